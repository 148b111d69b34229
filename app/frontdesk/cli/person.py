"""`person`: everything that is held about somebody, and its erasure (GDPR, articles 15, 17, 20)."""

from typing import Literal

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator, point_out_damage
from frontdesk.cli.printing import (
    ATTENTION,
    console,
    counted,
    errors,
    plain,
    print_json,
    print_table,
)
from frontdesk.cli.records import COLUMNS, row
from frontdesk.operations.person import Holding, erase, search


@click.command(cls=Command)
@click.argument("who", metavar="EMAIL|PHONE|ID")
@click.argument("action", type=click.Choice(["show", "export", "erase"]))
@click.option("--yes", is_flag=True, help="Erase without asking back.")
@pass_operator
def person(
    operator: Operator, *, who: str, action: Literal["show", "export", "erase"], yes: bool
) -> None:
    """Show, export or erase what the journal holds about a person."""
    holding = search(operator.store, operator.settings, who)
    point_out_damage(operator.store)
    if not holding.records:
        errors.print("the journal holds nothing about this person")
        return
    match action:
        case "show":
            print_table(COLUMNS, map(row, holding.records.values()))
        case "export":
            for event in holding.events:
                print_json(event)
        case "erase":
            others = holding.others
            mention = f", {others} of them with other contacts" if others else ""
            question = f"Erase {_counted(holding)} for good{mention}?"
            if not yes and not click.confirm(question, err=True):
                raise SystemExit(ATTENTION)
            _erase(operator, holding)


def _counted(holding: Holding) -> str:
    submissions = counted(holding.submissions, "submission")
    if not holding.revocations:
        return submissions
    return f"{submissions} and {counted(holding.revocations, 'revocation')}"


def _erase(operator: Operator, holding: Holding) -> None:
    done = erase(operator.store, holding, by())
    console.print(plain(f"{_counted(holding)} erased, {counted(done.lines, 'line')} emptied"))
    for destination, customer in done.kept:
        console.print(plain(f"still in {destination}: customer {customer}"))
    if done.unsent:
        errors.print("note: a revocation had not arrived; it is not sent any more")
    if done.late:
        errors.print("a delivery was under way; run the same once more in two minutes")
        raise SystemExit(ATTENTION)
