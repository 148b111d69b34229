"""The accounts in CRMs: check one, open it, compare it with the CRM's list, list its users."""

from datetime import datetime
from typing import NamedTuple

from frontdesk.config import Settings
from frontdesk.crm.accounts import destinations
from frontdesk.delivery import comparison
from frontdesk.delivery.comparison import Result, Snapshot
from frontdesk.delivery.destination import (
    DeliveryError,
    Destination,
    Finding,
    Searchable,
    Staffed,
)
from frontdesk.model import events
from frontdesk.operations.errors import IncapableError, NotComparedError
from frontdesk.store.base import Store


class Checked(NamedTuple):
    """What a check of an account found.

    `findings`: what the CRM says of itself and of the forms. `refusal`: why it refuses our
    credentials, or None. `closed`, `closed_at`: why and since when the account was closed before
    the check, or None. `opened`: the check has opened it.
    """

    findings: list[Finding]
    refusal: DeliveryError | None
    closed: str | None
    closed_at: datetime | None
    opened: bool = False


def check(
    store: Store,
    settings: Settings,
    name: str,
    destination: Destination,
    open_by: str | None = None,
) -> Checked:
    """Ask a CRM whether it accepts our credentials, and knows what the forms refer to.

    `name`: the destination's. `open_by`: the person in whose name a closed account is opened if
    the CRM accepts us again; with None it stays closed. Raises JournalError; what the CRM refuses
    is in the answer.
    """
    account = store.facts().account(name)
    closed, closed_at = account.closed, account.closed_at
    findings = list[Finding]()
    try:
        for finding in destination.check(
            [form for form in settings.forms.values() if name in form.destinations]
        ):
            findings.append(finding)
    except DeliveryError as error:
        return Checked(findings, error, closed, closed_at)
    if closed_at is None or open_by is None:
        return Checked(findings, None, closed, closed_at)
    open_again(store, name, open_by)
    return Checked(findings, None, closed, closed_at, opened=True)


def open_again(store: Store, name: str, by: str) -> None:
    """Open a closed account; `by`: the person who decided it. Raises JournalError."""
    store.append(events.Opened(destination=name, by=by))


def compare(
    store: Store, name: str, destination: Destination, by: str, *, accept: bool = False
) -> Result:
    """Compare a CRM's own list with the journal, and write the result down.

    `name`: the destination's. `by`: the person who asked. `accept`: leads that are missing now are
    missing on purpose. If the CRM could not be asked, the result's event has a `reason`. Raises
    NotComparedError if it must not be asked, OSError, JournalError.
    """
    account = store.facts().account(name)
    if destination.lookups is None or not isinstance(destination, Searchable):
        raise NotComparedError(name, "list")
    if account.closed is not None:
        raise NotComparedError(name, "closed", account.closed)
    if account.paused(events.utcnow()):
        raise NotComparedError(name, "waits", until=account.until)
    known = Snapshot.of(name, store, store.changes(None).records)
    lookups = destination.lookups
    result = comparison.compare(store, known, destination, lookups, by, accept=accept)
    store.append(result.event)
    return result


def users(settings: Settings) -> list[tuple[str, str, str]]:
    """The users who can be assigned a lead: destination, id in its CRM, name.

    Raises IncapableError if no CRM lists its users, DeliveryError if one cannot be asked.
    """
    every = destinations(settings)
    staffed = {name: known for name, known in every.items() if isinstance(known, Staffed)}
    if not staffed:
        raise IncapableError([*every], "users")
    return [(name, *user) for name, known in staffed.items() for user in known.users()]
