"""Which consents people have revoked, so that no older lead of theirs grants them again.

A person is whom marks have in common: contacts, customers of a CRM, ids of submissions. Only
people who have revoked something are remembered, so what this costs grows with their number alone.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model import events
from frontdesk.model.lead import Submission, contact

Key = UUID | tuple[UUID, datetime]
Regranted = dict[str, dict[str, UUID]]  # by destination and customer: the newer submission


def customer_mark(destination: str, customer: str) -> str:
    """A customer of a CRM, as a mark."""
    return f"{destination}#{customer}"


def key_of(event: events.Revocation | events.Revoked) -> Key:
    """The same for a line that comes twice; the `id` of an old one is a submission's."""
    return event.id if isinstance(event, events.Revocation) else (event.id, event.at)


class Known(Struct):
    """One revocation; `regranted`: by which newer leads the consent was given again, and where."""

    id: UUID
    at: datetime
    consent: int
    by: str
    destinations: tuple[str, ...]
    withdrawn: bool = False
    regranted: Regranted = field(default_factory=dict)


class _Person(Struct, eq=False):
    marks: set[str] = field(default_factory=set)
    revocations: list[Known] = field(default_factory=list)


class Revocations:
    """All of them, by the people whose they are; whatever became of each."""

    def __init__(self) -> None:
        self._known: dict[Key, Known] = {}
        self._people: dict[str, _Person] = {}  # by mark
        self._stranger: datetime | None = None  # the newest of those whom nobody was introduced to

    def __bool__(self) -> bool:
        return bool(self._known)

    def note(self, event: events.Revocation | events.Revoked) -> Known:
        """Take a revocation in; a line that comes twice counts once."""
        key = key_of(event)
        if key in self._known:
            return self._known[key]
        if isinstance(event, events.Revocation):
            destinations = event.destinations
        else:
            destinations = (event.destination,)
        known = Known(event.id, event.at, event.consent, event.by, destinations)
        self._known[key] = known
        person = self._person_of(marks_of(event)) or _Person()
        person.revocations.append(known)
        self._add(person, marks_of(event))
        self._stranger = max(event.at, self._stranger or event.at)
        return known

    def forget(self, revocation: UUID) -> None:
        """A person decided that it is none."""
        if (known := self._known.get(revocation)) is not None:
            known.withdrawn = True

    def meet(self, marks: Collection[str]) -> bool:
        """Learn what a submission has in common with others; whether anything of it was new."""
        person = self._person_of(marks)
        if person is None or person.marks.issuperset(marks):
            return False
        self._add(person, marks)
        return True

    def strange(self, at: datetime) -> bool:
        """Whether there is one since then who must first be introduced to everybody."""
        return self._stranger is not None and self._stranger >= at

    def introduce(self, everybody: Callable[[], Iterable[Collection[str]]]) -> None:
        """Meet the submissions of whom somebody knows, until nobody is new."""
        while sum(map(self.meet, everybody())):
            pass
        self._stranger = None

    def marks(self) -> Collection[str]:
        """Of all people."""
        return self._people.keys()

    def since(
        self, at: datetime, marks: Collection[str], *, withdrawn: bool = False
    ) -> list[Known]:
        """What was revoked at that time or later by the person of these marks, oldest first.

        `withdrawn`: also what a person has decided is none.
        """
        person = self._person_of(marks)
        theirs = tuple(person.revocations) if person else ()  # others may be noted meanwhile
        found = [k for k in theirs if k.at >= at and (withdrawn or not k.withdrawn)]
        return sorted(found, key=attrgetter("at"))

    def theirs(self, event: events.Revocation) -> frozenset[str]:
        """All marks of the person whose consent is to be revoked."""
        person = self._person_of(marks_of(event))
        return frozenset(person.marks if person else marks_of(event))

    def granted(self, submission: Submission, destination: str, customer: str) -> None:
        """A lead has arrived; what it grants, revocations before it take back no more."""
        person = self._person_of([str(submission.id)])
        for known in person.revocations if person else ():
            if known.at < submission.at and any(
                consent.granted and consent.id == known.consent
                for consent in submission.lead.consents
            ):
                known.regranted.setdefault(destination, {})[customer] = submission.id

    def regranted(self, event: events.Revocation, destination: str) -> UUID | None:
        """The newer lead that has given the consent again to whom alone the revocation can mean."""
        again = self._known[key_of(event)].regranted.get(destination, {})
        meant = self.customers(event, destination)
        return again.get(meant[0]) if len(meant) == 1 else None

    def customers(self, event: events.Revocation, destination: str) -> list[str]:
        """The CRM's numbers of whom it may mean, as far as the journal knows them."""
        if event.customer is not None:
            return [event.customer]
        start = customer_mark(destination, "")
        return sorted(m.removeprefix(start) for m in self.theirs(event) if m.startswith(start))

    def _person_of(self, marks: Iterable[str]) -> _Person | None:
        """The person of these marks; several are merged, for they have turned out to be one."""
        found = {id(p): p for mark in marks if (p := self._people.get(mark))}
        if not found:
            return None
        first, *others = sorted(found.values(), key=lambda person: -len(person.marks))
        for other in others:
            first.revocations += other.revocations
            self._add(first, other.marks)
        return first

    def _add(self, person: _Person, marks: Iterable[str]) -> None:
        person.marks.update(marks)
        for mark in marks:
            self._people[mark] = person


def marks_of(event: events.Revocation | events.Revoked) -> set[str]:
    """By what alone a revocation says whose it is."""
    if isinstance(event, events.Revoked):
        return {str(event.id)}
    if event.email is not None:
        return {contact(event.email)}
    if event.customer is not None:
        return {customer_mark(name, event.customer) for name in event.destinations}
    return {str(event.submission or event.id)}
