"""How things stand: accounts, the outbox, and what waits for a person."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from frontdesk import proxies
from frontdesk.config import Settings
from frontdesk.data_dir import COURIER, outages
from frontdesk.model.events import utcnow
from frontdesk.model.refusals import Forms
from frontdesk.monitoring.conditions import LATE, Condition, conditions, disk_left
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
    records = store.changes(None).records
    known = facts, store.states(), records, settings.destinations
    found = status(*known, now, recipients(settings))
    since = now.date() - timedelta(days=DAYS - 1)
    delivering = store.leased(COURIER)
    disk = disk_left(settings.data_dir)
    return Overview(
        at=now,
        status=found,
        delivering=delivering,
        disk_left=disk,
        since=since,
        refused=facts.refusals.between(since, now.date()),
        conditions=[
            *conditions(
                found,
                now,
                late,
                store.readiness(),
                disk,
                delivering=delivering,
                outages=outages(settings, store),
                proxied=proxies.noticed(settings.data_dir, settings.trusted_proxies),
            )
        ],
    )
