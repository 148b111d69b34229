"""`release`: what is held goes, or is discarded."""

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import ATTENTION, console, errors, plain
from frontdesk.cli.sentences import sentence
from frontdesk.operations import decide
from frontdesk.operations.errors import NotPossibleError
from frontdesk.operations.find import find_record, short
from frontdesk.store.pages import each
from frontdesk.store.query import Query


@click.command(cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--all", "everything", is_flag=True, help="All that are held (of --form, if given).")
@click.option("--form", help="With --all: only this form.")
@click.option(
    "--discard",
    is_flag=True,
    help="Do not send them, held or failed, or pending while no courier runs; they stay in the"
    " journal. Of revocations, too.",
)
@pass_operator
def release(
    operator: Operator, *, ids: tuple[str, ...], everything: bool, form: str | None, discard: bool
) -> None:
    """Let held submissions go to the CRM, or discard them."""
    if bool(ids) == everything:
        raise click.UsageError("say which: ids, or --all")
    store = operator.store
    if ids:
        chosen = [find_record(store, asked) for asked in ids]
    else:
        chosen = list(each(store, Query(state="held", form=form, oldest_first=True)))
    carry_out, done = (decide.discard, "discarded") if discard else (decide.release, "released")
    attention = False
    for record in chosen:
        try:
            carry_out(store, record, by())
            console.print(plain(f"{short(record.id)} {done}"))
        except NotPossibleError as error:
            errors.print(plain(sentence(error)))
            attention = True
    if not chosen:
        errors.print("nothing is held")
    if attention:
        raise SystemExit(ATTENTION)
