"""`check`: whether all is as it should be, here and at every CRM."""

from collections.abc import Iterator

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator, told
from frontdesk.cli.printing import Remark, report
from frontdesk.crm.accounts import destinations
from frontdesk.operations import accounts
from frontdesk.operations import check as ours
from frontdesk.store.errors import JournalError


@click.command(cls=Command)
@click.option("--open", "opens", is_flag=True, help="Open closed accounts that take us again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def check(operator: Operator, *, opens: bool, as_json: bool) -> None:
    """Check the configuration, the journal, the captcha and every CRM account."""
    settings = operator.settings
    remarks = [Remark("configuration", True, "valid")]
    try:
        store = operator.store
    except JournalError as error:  # nothing else can be looked at without it
        report([*remarks, Remark("journal", False, str(error))], as_json=as_json)
        return
    remarks += [Remark(what, *finding) for what, finding in ours.check(store, settings)]
    for name, destination in destinations(settings).items():
        checked = accounts.check(store, settings, name, destination, by() if opens else None)
        remarks += [Remark(name, well, text) for well, text in _said(checked)]
    report(remarks, as_json=as_json)


def _said(checked: accounts.Checked) -> Iterator[tuple[bool, str]]:
    yield from checked.findings
    closed = ""
    if checked.closed_at:
        closed = f"closed since {checked.closed_at:%Y-%m-%d %H:%M} UTC ({checked.closed})"
    if checked.refusal is not None:
        yield False, told(checked.refusal)
        if closed:
            yield False, f"{closed}; nothing is sent"
    elif checked.opened:
        yield True, f"was {closed}; is open again"
    elif closed:
        # Not all can be asked without being sent something.
        yield False, f"{closed}; if that is mended, `frontdesk check --open` opens it"
