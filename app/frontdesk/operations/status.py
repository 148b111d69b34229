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

DAYS = 7  # for which refusals are counted, today included


class Overview(Struct, frozen=True):
    """How things stand at a moment.

    `delivering`: a courier is at work. `disk_left`: the free part of the disk, 0 to 1, or None if
    it is not known. `refused`: refused enquiries, by form, `since` that day. `conditions`: what
    needs a person.
    """

    at: datetime
    status: Status
    delivering: bool
    disk_left: float | None
    since: date
    refused: Forms
    conditions: list[Condition]


def overview(store: Store, settings: Settings, late: timedelta = LATE) -> Overview:
    """Look at everything; `late`: how long a lead may be owed. Raises OSError, JournalError."""
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
