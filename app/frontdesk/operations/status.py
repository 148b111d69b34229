"""How things stand: accounts, the outbox, and what waits for a person."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from frontdesk.config import Settings
from frontdesk.model.events import utcnow
from frontdesk.model.refusals import Forms
from frontdesk.monitoring.conditions import LATE, Condition, conditions
from frontdesk.monitoring.machine import Machine
from frontdesk.monitoring.recipients import recipients
from frontdesk.monitoring.status import Status, status
from frontdesk.store.base import Store

DAYS = 7  # of which refusals are counted, today's included


class Overview(Struct, frozen=True):
    """All that there is to be said.

    `delivering`: a courier is at work. `disk_left`: the part that is free, None if it is not known.
    `refused`: who was turned away, by form, `since` a day. `conditions`: what needs a person.
    """

    at: datetime
    status: Status
    delivering: bool
    disk_left: float | None
    since: date
    refused: Forms
    conditions: list[Condition]


def overview(store: Store, settings: Settings, late: timedelta = LATE) -> Overview:
    """Look at all of it; `late`: how long a lead may be owed. Raises OSError, JournalError."""
    now = utcnow()
    facts = store.facts()
    records, configured = store.changes(None).records, settings.destinations
    found = status(facts, store.states(), records, configured, now, recipients(settings))
    machine = Machine.now(store, settings)
    since = now.date() - timedelta(days=DAYS - 1)
    return Overview(
        at=now,
        status=found,
        delivering=machine.delivering,
        disk_left=machine.disk_left,
        since=since,
        refused=facts.refusals.between(since, now.date()),
        conditions=[*conditions(found, machine, now, late)],
    )
