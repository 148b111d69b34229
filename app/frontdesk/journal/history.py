"""Searches the whole journal for people, so that nothing of them need be kept elsewhere."""

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from uuid import UUID

from msgspec import Struct, field

from frontdesk.journal.files import Journal
from frontdesk.journal.lines import BUFFER, Damage, parse, raw_lines
from frontdesk.model import events
from frontdesk.model.lead import Lead, contact
from frontdesk.model.revocations import Revocations, customer_mark

_VALUE = re.compile(rb'"(?:email|phone|customer_id)":"([^"]*)"')
_ID = re.compile(rb'"id":"([0-9a-f-]{36})"')


class Acquaintance(Struct):
    """A submission of the journal: its lead in every version, and the customers that it is of."""

    submission: UUID
    leads: list[Lead] = field(default_factory=list)
    customers: set[str] = field(default_factory=set)


def acquaintances(
    journal: Journal,
    destination: str,
    contacts: Collection[str],
    customers: Collection[str],
    submissions: Collection[UUID | None],
) -> list[Acquaintance]:
    """The submissions with one of these emails and phones, for these customers, or of these ids.

    `contacts`: as Lead has them. Reads every segment twice, which takes two or three seconds for a
    million lines. Raises OSError.
    """
    wanted = {one for one in submissions if one is not None}
    values = {text.encode() for text in (*contacts, *customers)}

    def mentions(line: bytes) -> bool:
        return any(_compared(value) in values for value in _VALUE.findall(line))

    for event in _events(journal, mentions) if values else ():
        match event:
            case events.Received() | events.Amended():
                if not event.lead.contacts.isdisjoint(contacts):
                    wanted.add(event.id)
            case events.Delivered():
                if event.destination == destination and event.customer_id in customers:
                    wanted.add(event.id)
    if not wanted:
        return []
    ids = {str(one).encode() for one in wanted}
    found = {one: Acquaintance(one) for one in wanted}

    def theirs(line: bytes) -> bool:
        return any(one in ids for one in _ID.findall(line))

    for event in _events(journal, theirs):
        if (known := found.get(event.id)) is None:
            continue
        match event:
            case events.Received() | events.Amended():
                known.leads.append(event.lead)
            case events.Delivered(destination=name, customer_id=str(customer)):
                if name == destination:
                    known.customers.add(customer)
    return list(found.values())


def acquaint(journal: Journal, revocations: Revocations) -> None:
    """Let revocations know whose they are, by all that the journal has of these people.

    Reads every segment two or three times, whatever their number. Raises OSError.
    """
    revocations.introduce(partial(_people, journal, revocations))


def _people(journal: Journal, revocations: Revocations) -> Iterator[set[str]]:
    """The marks of lines that may be of somebody who has revoked something."""
    # A line has the customer's number without the destination, and contacts as they were typed.
    marks = revocations.marks()
    texts = {text.encode() for mark in marks for text in (mark, mark.rpartition("#")[2])}

    def mentions(line: bytes) -> bool:
        found = (*_VALUE.findall(line), *_ID.findall(line))
        return any(_compared(text) in texts for text in found)

    for event in _events(journal, mentions):
        match event:
            case events.Received() | events.Amended():
                yield {str(event.id), *event.lead.contacts}
            case events.Delivered(destination=name, customer_id=str(customer)):
                yield {str(event.id), customer_mark(name, customer)}


def _compared(raw: bytes) -> bytes:
    """What `contact` makes of a value of a line, at the speed of bytes for nearly all."""
    if raw.isascii():
        return raw.strip().lower()
    return contact(raw.decode(errors="replace")).encode()


def received(journal: Journal, submission: UUID) -> bool:
    """Whether a submission is in the journal at all; reads every segment. Raises OSError."""
    needle = f'"id":"{submission}"'.encode()
    lines = _events(journal, lambda raw: needle in raw)
    return any(isinstance(event, events.Received) and event.id == submission for event in lines)


def _events(journal: Journal, wanted: Callable[[bytes], object]) -> Iterator[events.AnyEvent]:
    """The events of those lines whose bytes are wanted: most need not even be parsed."""
    for path in journal.segments():
        with path.open("rb", buffering=BUFFER) as file:
            for offset, raw in raw_lines(file, 0):
                if wanted(raw):
                    for line in parse(raw, path.name, offset):
                        if not isinstance(line, Damage):
                            yield line.event
