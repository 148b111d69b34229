"""What happened to one submission or revocation, from its first line to the last."""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from frontdesk.config import Settings
from frontdesk.delivery.consents import Renamed, present
from frontdesk.model.events import AnyEvent, Attempt, Notified, Outcome
from frontdesk.model.record import Record
from frontdesk.model.revocations import Known, Revocations
from frontdesk.monitoring.recipients import entry, recipients
from frontdesk.store.base import Store


class Story(NamedTuple):
    """All that the journal tells of one record.

    `events`: its own events, and its part of the messages to receivers. `revoked`: revocations by
    the same person, since, of consents that it grants. `customers`: for a revocation, the customers
    in each destination whose consent it is known to mean. `receivers`: for each message, by its
    event's id, the entry of `notify.urls` that it went to.
    """

    record: Record
    events: list[AnyEvent]
    revoked: list[Known]
    customers: dict[str, list[str]]
    receivers: dict[UUID, str]


def story(store: Store, settings: Settings, record: Record, *, withdrawn: bool = False) -> Story:
    """The story of a record; `withdrawn`: with revocations that a person has discarded.

    Raises JournalError, OSError.
    """
    facts = store.facts()
    events = [line for event in store.events(record.id) if (line := _about(record, event))]
    configured = recipients(settings)
    return Story(
        record,
        events,
        _revoked(facts.revocations, record, settings.consents_renamed, withdrawn=withdrawn),
        _customers(facts.revocations, record),
        {
            event.id: entry(event.receiver, facts.receivers, configured)
            for event in events
            if isinstance(event, Notified)
        },
    )


def _about(record: Record, event: AnyEvent) -> AnyEvent | None:
    """What an event says of a record: of a message to a receiver, only the record's part."""
    if isinstance(event, Notified):
        own = tuple(key for key in event.what if key.endswith(f":{record.id}"))
        return replace(event, what=own, over=()) if own else None
    return event if event.id == record.id else None


def _revoked(
    revocations: Revocations, record: Record, renamed: Renamed, *, withdrawn: bool
) -> list[Known]:
    """Later revocations by the same person of consents that a submission grants."""
    submission = record.submission
    if submission is None:
        return []
    now = partial(present, renamed, submission.form)
    granted = {now(consent.id) for consent in submission.lead.consents if consent.granted}
    theirs = revocations.since(submission.at, record.marks, withdrawn=withdrawn)
    return [known for known in theirs if now(known.consent) in granted]


def _customers(revocations: Revocations, record: Record) -> dict[str, list[str]]:
    if (wanted := record.revocation) is None:
        return {}
    found = {name: [*revocations.customers(wanted, name)] for name in wanted.destinations}
    return {name: theirs for name, theirs in found.items() if theirs}


def attempts(events: Iterable[AnyEvent]) -> list[tuple[Attempt, Outcome | None]]:
    """Each attempt and how it ended, as far as that is known; lines may come twice."""
    made: dict[UUID, Attempt] = {}
    outcomes: dict[UUID | None, Outcome] = {}
    for event in events:
        if isinstance(event, Attempt):
            made[event.attempt] = event
        elif isinstance(event, Outcome):
            outcomes[event.attempt] = event
    return [(attempt, outcomes.get(attempt.attempt)) for attempt in made.values()]
