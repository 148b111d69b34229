"""Which consents people have revoked, so that no older lead of theirs grants them again.

People are recognised by marks: contacts, customers of a CRM, ids of submissions. Records that share
a mark are of the same person. Only people who have revoked something are remembered, so the cost
depends on their number alone.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from itertools import chain
from operator import attrgetter
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model import events
from frontdesk.model.lead import Submission, contact

Key = UUID | tuple[UUID, datetime]
# Given some marks, all marks of every record that has one of them.
Sharing = Callable[[Collection[str]], Iterable[Collection[str]]]
Regranted = dict[str, dict[str, UUID]]  # by destination and customer: the newer submission


def customer_mark(destination: str, customer: str) -> str:
    """The mark of a customer of a CRM; `customer`: the id there."""
    return f"{destination}#{customer}"


def key_of(event: events.Revocation | events.Revoked) -> Key:
    """What identifies a revocation, also if its line comes twice.

    The `id` of a former version's line is a submission's, so its time belongs to the key.
    """
    return event.id if isinstance(event, events.Revocation) else (event.id, event.at)


class Known(Struct):
    """One revocation.

    `withdrawn`: a person has discarded it. `regranted`: by destination and customer, the newer
    submission that has granted the consent again.
    """

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


class Kept(Struct):
    """Revocations as the index keeps them.

    `known`: each, and whether it is a `Revocation` and not a `Revoked`. `people`: for each, the
    marks, and the positions of their revocations in `known`.
    """

    known: list[tuple[Known, bool]] = field(default_factory=list)
    people: list[tuple[list[str], list[int]]] = field(default_factory=list)


class Revocations:
    """All revocations of a journal, by the people whose consents they are of."""

    def __init__(self) -> None:
        self._known: dict[Key, Known] = {}
        self._people: dict[str, _Person] = {}  # by mark

    def __bool__(self) -> bool:
        return bool(self._known)

    def note(self, event: events.Revocation | events.Revoked, sharing: Sharing) -> Known:
        """Take a revocation in; one that comes twice counts once."""
        key = key_of(event)
        if key in self._known:
            return self._known[key]
        if isinstance(event, events.Revocation):
            destinations = event.destinations
        else:
            destinations = (event.destination,)
        known = Known(event.id, event.at, event.consent, event.by, destinations)
        self._known[key] = known
        person = next(iter(self._persons(marks_of(event))), None) or _Person()
        person.revocations.append(known)
        self._acquaint(person, marks_of(event), sharing)
        return known

    def forget(self, revocation: UUID) -> None:
        """Note that a revocation was discarded."""
        if (known := self._known.get(revocation)) is not None:
            known.withdrawn = True

    def meet(self, marks: Collection[str], sharing: Sharing) -> None:
        """Learn the marks of a submission, if it is of a person who has revoked something."""
        for person in self._persons(marks)[:1]:
            self._acquaint(person, marks, sharing)

    def _acquaint(self, person: _Person, marks: Iterable[str], sharing: Sharing) -> None:
        """Give a person these marks, those of all records that share one of them, and so on."""
        while new := set(marks) - person.marks:
            others = self._persons(new)
            self._add(person, new)
            for other in others:
                if other is not person:
                    person.revocations += other.revocations
                    self._add(person, other.marks)
            marks = set().union(*sharing(new))

    def since(
        self, at: datetime, marks: Collection[str], *, withdrawn: bool = False
    ) -> list[Known]:
        """The revocations by the person of these marks, at that time or later, oldest first.

        `withdrawn`: also those that were discarded.
        """
        # Copies, because another thread may note one meanwhile.
        theirs = [known for person in self._persons(marks) for known in tuple(person.revocations)]
        found = [k for k in theirs if k.at >= at and (withdrawn or not k.withdrawn)]
        return sorted(found, key=attrgetter("at"))

    def theirs(self, event: events.Revocation) -> frozenset[str]:
        """All marks of the person whose consent is revoked."""
        known = (frozenset(person.marks) for person in self._persons(marks_of(event)))
        return frozenset(marks_of(event)).union(*known)

    def granted(self, submission: Submission, destination: str, customer: str) -> None:
        """Note that a lead has arrived: earlier revocations do not take back what it grants."""
        theirs = (person.revocations for person in self._persons([str(submission.id)]))
        for known in chain.from_iterable(theirs):
            if known.at < submission.at and any(
                consent.granted and consent.id == known.consent
                for consent in submission.lead.consents
            ):
                known.regranted.setdefault(destination, {})[customer] = submission.id

    def regranted(self, event: events.Revocation, destination: str) -> UUID | None:
        """The newer lead that has granted the consent again; None if that is not certain.

        It is certain only if there is one customer whom the revocation can mean.
        """
        again = self._known[key_of(event)].regranted.get(destination, {})
        meant = self.customers(event, destination)
        return again.get(meant[0]) if len(meant) == 1 else None

    def customers(self, event: events.Revocation, destination: str) -> list[str]:
        """The ids in the CRM of all customers whom a revocation may mean, as far as known."""
        if event.customer is not None:
            return [event.customer]
        start = customer_mark(destination, "")
        return sorted(m.removeprefix(start) for m in self.theirs(event) if m.startswith(start))

    def kept(self) -> "Kept":
        """All of it, as the index keeps it."""
        people = list({id(person): person for person in self._people.values()}.values())
        number = {id(known): n for n, known in enumerate(self._known.values())}
        return Kept(
            [(known, isinstance(key, UUID)) for key, known in self._known.items()],
            [(sorted(p.marks), [number[id(known)] for known in p.revocations]) for p in people],
        )

    @classmethod
    def of(cls, kept: "Kept") -> "Revocations":
        """Make it again of what the index has kept."""
        made = cls()
        for known, whole in kept.known:
            made._known[known.id if whole else (known.id, known.at)] = known
        every = list(made._known.values())
        for marks, numbers in kept.people:
            made._add(_Person(set(), [every[number] for number in numbers]), marks)
        return made

    def _persons(self, marks: Iterable[str]) -> list[_Person]:
        """The people of these marks; one, as soon as they are known to be the same."""
        return list({id(p): p for mark in marks if (p := self._people.get(mark))}.values())

    def _add(self, person: _Person, marks: Iterable[str]) -> None:
        person.marks.update(marks)
        for mark in marks:
            self._people[mark] = person


def marks_of(event: events.Revocation | events.Revoked) -> set[str]:
    """The marks by which a revocation says whose consent it is of."""
    if isinstance(event, events.Revoked):
        return {str(event.id)}
    if event.email is not None:
        return {contact(event.email)}
    if event.customer is not None:
        return {customer_mark(name, event.customer) for name in event.destinations}
    return {str(event.submission or event.id)}
