"""The accounts in CRMs: check and open one, compare it with the CRM's list, who may get leads."""

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
    """How an account stands.

    `findings`: what the CRM says. `refusal`: why it does not take us, or None. `closed`,
    `closed_at`: why nothing was sent before, and since when; `opened`: now it is sent again.
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
    """Ask a CRM whether all is as it should be.

    `open_by`: who opens a closed account, if the CRM takes us again; None leaves it closed. Raises
    JournalError.
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
    """Send to a closed account again. Raises JournalError."""
    store.append(events.Opened(destination=name, by=by))


def compare(
    store: Store, name: str, destination: Destination, by: str, *, accept: bool = False
) -> Result:
    """Hold a CRM's own list against the journal, and write down what it lacks.

    `accept`: what is missing now is so on purpose. The result's event has a `reason` if the CRM
    could not be asked. Raises NotComparedError, if it was not to be asked; JournalError.
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
    """Who can get a lead: destination, id there, name.

    Raises IncapableError, if no CRM lists its users; DeliveryError.
    """
    every = destinations(settings)
    staffed = {name: known for name, known in every.items() if isinstance(known, Staffed)}
    if not staffed:
        raise IncapableError([*every], "users")
    return [(name, *user) for name, known in staffed.items() for user in known.users()]
