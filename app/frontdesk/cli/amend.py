"""`amend`: a lead corrected."""

from typing import Any

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import WRONG, console, errors, plain
from frontdesk.cli.records import shown
from frontdesk.operations.amend import amend
from frontdesk.operations.errors import InvalidError
from frontdesk.operations.find import find_record, short


@click.command("amend", cls=Command)
@click.argument("submission", metavar="ID")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE…")
@pass_operator
def command(operator: Operator, submission: str, changes: tuple[str, ...]) -> None:
    """Correct a lead, for example: amend 3f2c email=jana@example.com rooms=2+kk,3+kk

    The form's own validation applies; FIELD= empties a field. Then `replay` sends it.
    """
    record = find_record(operator.store, submission)
    wanted = dict(map(_field_and_value, changes))
    try:
        changed = amend(operator.store, operator.settings, record, wanted, by())
    except InvalidError as error:
        for field, messages in error.problems.items():
            errors.print(plain(f"{field}: {' '.join(messages)}"))
        raise SystemExit(WRONG) from None
    if not changed:
        errors.print("nothing has changed")
        return
    for key, old, new in changed:
        console.print(plain(f"{key}: {_value(key, old)} -> {_value(key, new)}"))
    if record.state == "delivered":
        errors.print("note: the CRM still has the values from before")
        if any(change.field == "consents" for change in changed):
            errors.print("`frontdesk consents revoke` takes a consent away there")
    elif record.state == "failed":
        console.print(plain(f"Now: frontdesk replay {short(record.id)}"))


def _field_and_value(change: str) -> tuple[str, str]:
    field, equals, value = change.partition("=")
    if not equals:
        raise click.UsageError(f"{change!r} is not FIELD=VALUE")
    return field, value


def _value(field: str, value: Any) -> str:
    if field == "consents":  # as they are typed: the ids of those that were given
        value = [consent["id"] for consent in value or () if consent["granted"]]
    return "" if value is None else shown(value)
