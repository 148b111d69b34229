"""`verify`: what was delivered beside what the CRM lists."""

from collections.abc import Iterator, Sequence

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import Remark, report
from frontdesk.crm.accounts import destinations
from frontdesk.delivery.comparison import Result
from frontdesk.operations.accounts import compare
from frontdesk.operations.errors import NotComparedError

NAMED = 100  # entries of a CRM's list that people are told of one by one


@click.command(cls=Command)
@click.option("--accept", is_flag=True, help="What is missing now is so on purpose; say no more.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def verify(operator: Operator, *, accept: bool, as_json: bool) -> None:
    """Compare what was delivered with what the CRM lists, as far as its list goes back."""
    remarks = []
    for name, destination in destinations(operator.settings).items():
        try:
            result = compare(operator.store, name, destination, by(), accept=accept)
        except NotComparedError as error:
            remarks.append(_not_compared(error))
        else:
            found = _found(result, all_named=as_json)
            remarks += [Remark(name, well, text) for well, text in found]
    report(remarks, as_json=as_json)


def _not_compared(error: NotComparedError) -> Remark:
    if error.code == "list":
        return Remark(error.destination, True, "has no list to compare with")
    why = error.reason or f"it asked us to wait until {error.until:%Y-%m-%d %H:%M:%S} UTC"
    return Remark(error.destination, False, f"was not asked: {why}")


def _found(result: Result, *, all_named: bool) -> Iterator[tuple[bool, str]]:
    event, lost, compared, found = result
    if found is None:
        yield False, event.reason or ""
        return
    for claim in lost:
        customer = claim.customer_id or "unknown"
        well = claim.submission in event.accepted
        yield well, f"{claim.submission} (customer {customer}) is not in the CRM's list"
    yield from _unexplained(found.unexplained, all_named=all_named)
    yield True, f"{found.listed} in the CRM's list, {compared} in the journal"


def _unexplained(entries: Sequence[str], *, all_named: bool) -> Iterator[tuple[bool, str]]:
    """What only the CRM has: a list of years, or of other people's, would hide all else."""
    named = entries if all_named else entries[:NAMED]
    for entry in named:
        yield False, f"{entry} is not in the journal"
    if more := len(entries) - len(named):
        yield False, f"and {more} more that are not in the journal; --json names them all"
