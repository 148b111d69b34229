"""`crm users` and `verify`: what is asked of the CRM itself."""

from collections.abc import Iterator, Sequence

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import Remark, print_json, print_table, report
from frontdesk.crm import accounts
from frontdesk.delivery.comparison import Snapshot, compare
from frontdesk.delivery.destination import Destination, Finding, Searchable, Staffed
from frontdesk.model import events
from frontdesk.model.ledger import Ledger

NAMED = 100  # entries of a CRM's list that people are told of one by one


@click.group(name="crm")
def crm_group() -> None:
    """What a CRM says of itself."""


@crm_group.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a user.")
@pass_operator
def users(operator: Operator, *, as_json: bool) -> None:
    """List who can get a lead, for `assign_to` and `salesmen`."""
    destinations = accounts.destinations(operator.settings)
    staffed = {name: known for name, known in destinations.items() if isinstance(known, Staffed)}
    if not staffed:
        raise click.UsageError(f"{', '.join(destinations)}: this CRM does not list its users")
    rows = [(name, *user) for name, known in staffed.items() for user in known.users()]
    if as_json:
        for destination, identity, user in rows:
            print_json({"destination": destination, "id": identity, "name": user})
    else:
        print_table(("destination", "id", "name"), rows)


@click.command(cls=Command)
@click.option("--accept", is_flag=True, help="What is missing now is so on purpose; say no more.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def verify(operator: Operator, *, accept: bool, as_json: bool) -> None:
    """Compare what was delivered with what the CRM lists, as far as its list goes back."""
    ledger = operator.ledger()
    findings = [
        (name, finding)
        for name, destination in accounts.destinations(operator.settings).items()
        for finding in _compare(
            operator, name, destination, ledger, accept=accept, all_named=as_json
        )
    ]
    report([Remark(name, *finding) for name, finding in findings], as_json=as_json)


def _unexplained(entries: Sequence[str], *, all_named: bool) -> Iterator[Finding]:
    """What only the CRM has: a list of years, or of other people's, would hide all else."""
    named = entries if all_named else entries[:NAMED]
    for entry in named:
        yield Finding(False, f"{entry} is not in the journal")
    if more := len(entries) - len(named):
        yield Finding(False, f"and {more} more that are not in the journal; --json names them all")


def _compare(
    operator: Operator,
    name: str,
    destination: Destination,
    ledger: Ledger,
    *,
    accept: bool,
    all_named: bool,
) -> Iterator[Finding]:
    account = ledger.account(name)
    if destination.lookups is None or not isinstance(destination, Searchable):
        yield Finding(True, "has no list to compare with")
        return
    if account.paused(events.utcnow()):
        why = account.closed or f"it asked us to wait until {account.until:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding(False, f"was not asked: {why}")
        return
    known = Snapshot.of(name, ledger)
    event, lost, compared, found = compare(
        operator.journal, known, destination, destination.lookups, by(), accept=accept
    )
    operator.journal.append(event)
    if found is None:
        yield Finding(False, event.reason or "")
        return
    for claim in lost:
        customer = claim.customer_id or "unknown"
        well = claim.submission in event.accepted
        yield Finding(well, f"{claim.submission} (customer {customer}) is not in the CRM's list")
    yield from _unexplained(found.unexplained, all_named=all_named)
    yield Finding(True, f"{found.listed} in the CRM's list, {compared} in the journal")
