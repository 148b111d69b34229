"""`journal`: make it, and look whether every byte of it is as it should be."""

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import Remark, console, counted, errors, plain, report
from frontdesk.data_dir import Kind
from frontdesk.operations import moving
from frontdesk.operations.prepare import prepare

NAMED = 100  # submissions that people are told of one by one


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


@journal.command(cls=Command)
@click.option(
    "--from", "source", type=click.Choice(moving.KINDS), required=True, help="Where the lines are."
)
@click.option(
    "--to", "target", type=click.Choice(moving.KINDS), required=True, help="Where they go."
)
@pass_operator
def copy(operator: Operator, *, source: Kind, target: Kind) -> None:
    """Copy a journal between files and PostgreSQL; stop forms and couriers first."""
    if source == target:
        raise click.UsageError("--from and --to are the same")
    done = moving.copy(operator.settings, source, target)
    console.print(plain(f"{counted(done.lines, 'line')} of {source} are in {target}"))
    if done.damaged:
        said = f"note: {done.damaged} lines that are no events stay behind"
        errors.print(plain(f"{said}; frontdesk journal verify names them"))


@journal.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def compare(operator: Operator, *, as_json: bool) -> None:
    """Compare the journal in files with the one in PostgreSQL."""
    found = moving.compare(operator.settings)
    remarks = [
        Remark(kind, False, f"{segment}: {counted(number, 'line')} only here")
        for (kind, segment), number in found.only.items()
    ]
    states = list(found.states.items())
    shown = states if as_json else states[:NAMED]
    for identity, (one, other) in shown:
        said = f"{one or 'unknown'} in files, {other or 'unknown'} in postgresql"
        remarks.append(Remark(str(identity), False, said))
    if more := len(states) - len(shown):
        remarks.append(Remark("journal", False, f"and {more} more; --json names them all"))
    remarks += [Remark(kind, True, counted(n, "line")) for kind, n in found.lines.items()]
    report(remarks, as_json=as_json)
