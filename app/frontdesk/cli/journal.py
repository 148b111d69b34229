"""`journal`: make it, and look whether every byte of it is as it should be."""

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import Remark, console, counted, plain, report
from frontdesk.operations.prepare import prepare


@click.group()
def journal() -> None:
    """Look after the journal."""


@journal.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def verify(operator: Operator, *, as_json: bool) -> None:
    """Read every line; name what is damaged, out of order, without beginning, or foreign."""
    found = operator.store.inspect()
    remarks = [Remark(flaw.where, not flaw.grave, flaw.what) for flaw in found.flaws]
    lines, segments = counted(found.lines, "line"), counted(found.segments, "segment")
    size = f"{lines} of {counted(found.submissions, 'submission')} in {segments}"
    report([*remarks, Remark("journal", True, size)], as_json=as_json)


@journal.command(cls=Command)
@pass_operator
def init(operator: Operator) -> None:
    """Make the tables of a journal in PostgreSQL, or bring older ones up to date."""
    done = prepare(operator.settings)
    if done is None:
        console.print(plain("files need no preparation: they are made when they are needed"))
        return
    said = f"its tables are of version {done.now}"
    if done.before == 0:
        said = f"its tables are made (version {done.now})"
    elif done.before < done.now:
        said = f"its tables were of version {done.before}, and are of version {done.now} now"
    console.print(plain(f"{done.where}: {said}"))
