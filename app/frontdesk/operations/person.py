"""Find and erase all that the journal holds about a person."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from frontdesk.config import Settings
from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.model.revocations import marks_of
from frontdesk.operations.errors import NobodyError
from frontdesk.operations.whom import Whom
from frontdesk.store.base import Store

UNDER_WAY = timedelta(minutes=2)  # after an attempt, in which the CRM's answer may still come

_FIRST = datetime.min.replace(tzinfo=UTC)


class Holding(NamedTuple):
    """What the journal holds about a person: the records, oldest first, and all their lines."""

    whom: Whom
    records: dict[UUID, Record]
    events: list[events.AnyEvent]

    @property
    def revocations(self) -> int:
        """The number of records that are revocations."""
        return sum(record.revocation is not None for record in self.records.values())

    @property
    def submissions(self) -> int:
        """The number of records that are submissions."""
        return len(self.records) - self.revocations

    @property
    def mentions(self) -> set[UUID]:
        """The submissions that are by others, and only mention the person."""
        own = {event.id for event in self.events if self.whom.is_of(event)}
        return {r.id for r in self.records.values() if r.revocation is None} - own

    @property
    def others(self) -> int:
        """The number of those."""
        return len(self.mentions)

    @property
    def late(self) -> list[UUID]:
        """The submissions that are being sent; the CRM's answer may name the person."""
        return _under_way(self.records)


class Erasure(NamedTuple):
    """What an erasure did, and what is left to be done.

    `lines`: how many were emptied. `kept`: destinations and customers, which their CRM still has.
    `unsent`: revocations that had not arrived, and are not sent any more. `late`: submissions that
    were being sent; the CRM's answer may name the person, so erase again after UNDER_WAY.
    """

    lines: int
    kept: list[tuple[str, str]]
    unsent: list[UUID]
    late: list[UUID]


def search(store: Store, settings: Settings, *asked: str) -> Holding:
    """All that the journal holds about a person.

    `asked`: email addresses, telephone numbers, or whole ids of submissions. A submission is
    found if any version of it has the address or number anywhere, also in a text. Of a lead of
    another system, all messages are found. Finishes an erasure that was cut short. Raises
    NobodyError for any other text, OSError, JournalError.
    """
    forms = settings.forms.values()
    known = {text: Whom(text, forms) for text in asked}
    for text, meant in known.items():
        if not meant.marks:
            raise NobodyError(text)
    whom = reduce(or_, known.values())
    store.finish_erasure()  # else what it has left to erase would be shown
    perhaps = {*store.mentioning(whom.mentions), *store.sharing(whom.marks)}
    perhaps.update(whom.ids)
    theirs = {event.id for event in store.events(*perhaps) if whom.is_in(event)}
    records = _records(store, theirs)
    # One message of another system says who the person is, another what they do.
    told = [r.submission.origin.message for r in records.values() if r.submission]
    families = {message.lead for message in told if message} | set(map(str, theirs))
    theirs.update(one for lead in families for one in store.of_lead(lead))
    # Revocations may name the person by a submission's id, or by the CRM's number.
    records = _records(store, theirs)
    marks = set().union(*(record.marks for record in records.values()))
    revocations = store.facts().revocations.since(_FIRST, marks, withdrawn=True)
    for one, record in _records(store, {known.id for known in revocations}).items():
        if record.revocation is not None and not marks.isdisjoint(marks_of(record.revocation)):
            records[one] = record
    found = [event for event in store.events(*records) if event.id in records]
    return Holding(whom, dict(sorted(records.items(), key=lambda pair: _came(pair[1]))), found)


def known_by(store: Store, settings: Settings, record: Record) -> list[str]:
    """The addresses and numbers of a record's person in any version, the present ones first.

    What `search` could not recognise anybody by is left out. Raises OSError, JournalError.
    """
    found: list[str | None] = []
    for event in reversed(store.events(record.id)):
        if isinstance(event, events.Received | events.Amended):
            found += [event.lead.email, event.lead.phone]
        elif isinstance(event, events.Revocation):
            found.append(event.email)
    forms = settings.forms.values()
    return [text for text in dict.fromkeys(found) if text and Whom(text, forms).marks]


def _records(store: Store, ids: set[UUID]) -> dict[UUID, Record]:
    return {one: record for one in ids if (record := store.get(one))}


def _came(record: Record) -> datetime:
    """When a record came in; one whose first line is missing sorts before all others."""
    return record.at or _FIRST


def erase(store: Store, holding: Holding, by: str) -> Erasure:
    """Erase what `search` found; `by`: the person who erases. Raises OSError, JournalError."""
    leads = [e.lead for e in holding.events if isinstance(e, events.Received | events.Amended)]
    traces = {trace for lead in leads for trace in (lead.email, lead.phone) if trace}
    lines = store.erase(holding.records, traces | holding.whom.marks, by)
    records = holding.records.values()
    return Erasure(
        lines,
        kept=[
            (name, delivery.customer_id)
            for record in records
            for name, delivery in record.deliveries.items()
            if delivery.customer_id and record.submission
        ],
        unsent=[record.id for record in records if record.revocation and not record.settled],
        late=holding.late,
    )


def _under_way(records: Mapping[UUID, Record]) -> list[UUID]:
    since = events.utcnow() - UNDER_WAY
    return [
        one
        for one, record in records.items()
        if any(
            delivery.state == "attempting"
            and delivery.attempted_at is not None
            and delivery.attempted_at > since
            for delivery in record.deliveries.values()
        )
    ]
