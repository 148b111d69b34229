"""`note`: something to be said about a submission, for others who look at it."""

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import console, plain
from frontdesk.operations.find import find_record, short
from frontdesk.operations.note import note


@click.command("note", cls=Command)
@click.argument("submission", metavar="ID")
@click.argument("text", nargs=-1, required=True, metavar="TEXT…")
@pass_operator
def command(operator: Operator, submission: str, text: tuple[str, ...]) -> None:
    """Write a note about a submission or a revocation: note 3f2c called back, wants a cellar

    It is in the journal, and sent to nobody.
    """
    record = find_record(operator.store, submission)
    note(operator.store, record, " ".join(text), by())
    console.print(plain(f"{short(record.id)} noted"))
