"""`status`: how things stand, for a person and for a monitor."""

from datetime import timedelta
from typing import Any

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.params import Span
from frontdesk.cli.printing import ATTENTION, console, hanging, plain, print_json, print_table
from frontdesk.model.refusals import Refusals
from frontdesk.monitoring.conditions import span
from frontdesk.monitoring.status import AccountStatus
from frontdesk.operations.status import DAYS, Overview, overview

MOST = 6  # kinds of them that a line names
TOLD_BY_FIELDS = ("fields", "token", "captcha", "outage")


@click.command("status", cls=Command)
@click.option(
    "--late",
    type=Span(),
    default="15m",
    show_default=True,
    help="How long a lead may be owed before that needs attention.",
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@pass_operator
def status_command(operator: Operator, *, late: timedelta, as_json: bool) -> None:
    """Show accounts, the outbox, and what waits for a person; exits with 1 if something does."""
    found = overview(operator.store, operator.settings, late)
    if as_json:
        print_json(
            {
                "at": found.at,
                "courier": found.delivering,
                "accounts": found.status.accounts,
                "states": found.status.states,
                "owed": found.status.owed,
                "oldest": found.status.oldest,
                "disk_left": found.disk_left,
                "refused": {"since": found.since, "forms": found.refused},
                "problems": [condition.text for condition in found.conditions],
            }
        )
    else:
        _show(found)
    if found.conditions:
        raise SystemExit(ATTENTION)


def _show(found: Overview) -> None:
    def row(account: AccountStatus) -> tuple[Any, ...]:
        return (
            account.name,
            account.condition + (f" until {account.until:%H:%M:%S}" if account.until else ""),
            account.owed,
            span(found.at - account.oldest) if account.oldest else "",
            f"{account.delivered_at:%Y-%m-%d %H:%M:%S}" if account.delivered_at else "",
        )

    columns = ("account", "condition", "owed", "oldest", "last delivery (UTC)")
    print_table(columns, map(row, found.status.accounts))
    counts = ", ".join(f"{count} {state}" for state, count in sorted(found.status.states.items()))
    console.print(plain(f"submissions  {counts or 'none'}"))
    console.print(plain(f"courier      {'at work' if found.delivering else 'none runs'}"))
    for form, refusals in sorted(found.refused.items()):
        console.print(plain(f"turned away  {hanging(f'{form}: {_turned_away(refusals)}', 13)}"))
    for condition in found.conditions:
        console.print(plain(f"attention    {condition.text}"))


def _turned_away(refusals: Refusals) -> str:
    """How many enquiries were refused, and what for, most frequent first."""
    counts = {code: n for code, n in refusals.reasons.items() if code not in TOLD_BY_FIELDS}
    for name, codes in refusals.fields.items():
        counts |= {f"{name} {code}": n for code, n in codes.items()}
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [f"{what.replace('_', ' ')} {n}" for what, n in ranked[:MOST]]
    if more := sum(n for _, n in ranked[MOST:]):
        told.append(f"others {more}")
    return f"{refusals.enquiries} in {DAYS} days: {', '.join(told)}"
