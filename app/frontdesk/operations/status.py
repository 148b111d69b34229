"""How things stand: accounts, the outbox, and what waits for a person."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from frontdesk.config import Settings
from frontdesk.model.events import utcnow
from frontdesk.model.receivers import Told
from frontdesk.model.record import Record
from frontdesk.model.refusals import Forms
from frontdesk.monitoring.conditions import LATE, Condition, conditions
from frontdesk.monitoring.machine import Machine
from frontdesk.monitoring.recipients import entry, recipients
from frontdesk.monitoring.status import AccountStatus, Status, status
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


def overview(
    store: Store,
    settings: Settings,
    late: timedelta = LATE,
    forms: Collection[str] | None = None,
) -> Overview:
    """Look at everything; `late`: how long a lead may be owed. Raises OSError, JournalError.

    `forms`: only what concerns these; nothing is said then of the machine, but for whether it
    writes and delivers, and of an account to which others deliver, too, only how it stands.
    """
    now = utcnow()
    facts, records = store.facts(), store.changes(None).records
    machine = Machine.now(store, settings)
    since = now.date() - timedelta(days=DAYS - 1)
    refused = facts.refusals.between(since, now.date())
    if forms is None:
        configured = settings.destinations
        receivers = recipients(settings)
        states = store.states()
        found = status(facts, states, records, configured, now, receivers, settings.last)
        disk = machine.disk_left
    else:
        names, disk = destinations_of(settings, forms), None
        own = [record for record in records if _is_of(record, forms)]
        found = status(facts, store.states(forms), own, names, now, (), settings.last)
        alone = [name for name in names if not shared(settings, name, forms)]
        accounts = [each if each.name in alone else _outside(each) for each in found.accounts]
        found = replace(found, accounts=accounts)
        old = tuple(each for each in machine.old if each.form in forms)
        machine = Machine(unwritable=machine.unwritable, delivering=machine.delivering, old=old)
        refused = {form: told for form, told in refused.items() if form in forms}
    return Overview(
        at=now,
        status=found,
        delivering=machine.delivering,
        disk_left=disk,
        since=since,
        refused=refused,
        conditions=[*conditions(found, machine, now, late)],
    )


def _is_of(record: Record, forms: Collection[str]) -> bool:
    return record.submission is not None and record.submission.form in forms


def _outside(account: AccountStatus) -> AccountStatus:
    """An account as those see it who may not see all that goes there."""
    return replace(account, delivered_at=None, missing=(), unexplained=0, unconfirmed=0)


def destinations_of(settings: Settings, forms: Collection[str] | None) -> list[str]:
    """The destinations that any of these forms delivers to, None for all, as configured."""
    if forms is None:
        return [*settings.destinations]
    theirs = {name for one in forms if one in settings.forms for name in _of(settings, one)}
    return [name for name in settings.destinations if name in theirs]


def shared(settings: Settings, destination: str, forms: Collection[str] | None) -> bool:
    """Whether other forms than these, None for all, deliver to a destination, too."""
    if forms is None:
        return False
    return any(destination in _of(settings, one) for one in settings.forms if one not in forms)


def _of(settings: Settings, form: str) -> list[str]:
    return settings.forms[form].destinations


class Alert(NamedTuple):
    """A message that somebody was sent; `entry`: the receiver, as an entry of `notify.urls`."""

    entry: str
    told: Told


def alerts(store: Store, settings: Settings) -> Iterator[Alert]:
    """The last messages to receivers, newest first. Raises OSError, JournalError."""
    receivers, present = store.facts().receivers, recipients(settings)
    for told in reversed(receivers.latest):
        yield Alert(entry(told.receiver, receivers, present), told)
