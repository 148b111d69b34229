"""`journal verify`: whether every byte of the journal is as it should be."""

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import Remark, counted, report


@click.group()
def journal() -> None:
    """Look after the journal's files."""


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
