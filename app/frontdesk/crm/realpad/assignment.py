"""Gives everybody one thing at most, and says who has one however it is done."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

P = TypeVar("P", bound=Hashable)
T = TypeVar("T", bound=Hashable)


class Share(NamedTuple, Generic[T]):
    """What somebody gets, and whether it could be nothing else."""

    thing: T
    only: bool


def certain(wants: Mapping[P, Sequence[T]], who: P) -> Share[T] | None:
    """What `who` gets, first choice first, if nobody's getting more could leave `who` without.

    None if as many could have one each without `who`: it cannot be told then who has what.
    """
    wants = _concerned(wants, who)
    others = {person: things for person, things in wants.items() if person != who}
    if not wants[who] or most(wants) == most(others):
        return None
    possible = [
        thing
        for thing in wants[who]
        if most({p: [t for t in things if t != thing] for p, things in others.items()})
        == most(others)
    ]
    return Share(possible[0], len(possible) == 1) if possible else None


def most(wants: Mapping[P, Sequence[T]]) -> int:
    """How many can get one of the things that they want."""
    owner: dict[T, P] = {}
    has: dict[P, T] = {}
    for newcomer in wants:
        _serve(newcomer, wants, owner, has)
    return len(has)


def _serve(newcomer: P, wants: Mapping[P, Sequence[T]], owner: dict[T, P], has: dict[P, T]) -> None:
    """Find one thing more, those who have one already changing theirs for it."""
    asked: dict[T, P] = {}  # things, and for whom
    asking = [newcomer]
    while asking:
        person = asking.pop()
        for thing in wants[person]:
            if thing in asked:
                continue
            asked[thing] = person
            if thing in owner:
                asking.append(owner[thing])
                continue
            while True:
                person = asked[thing]
                before = has.get(person)
                owner[thing], has[person] = person, thing
                if before is None:
                    return
                thing = before


def _concerned(wants: Mapping[P, Sequence[T]], who: P) -> dict[P, Sequence[T]]:
    """Only those who could take something from `who`, or from one who could, and so on."""
    wanting: dict[T, list[P]] = {}
    for person, things in wants.items():
        for thing in things:
            wanting.setdefault(thing, []).append(person)
    found, seen = {who: wants.get(who, ())}, set[T]()
    asking = [who]
    while asking:
        for thing in found[asking.pop()]:
            if thing in seen:
                continue
            seen.add(thing)
            for person in wanting[thing]:
                if person not in found:
                    found[person] = wants[person]
                    asking.append(person)
    return found
