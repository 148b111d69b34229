"""`status`: how things stand, for a person and for a monitor."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import click

from frontdesk.cli.operator import (
    ATTENTION,
    Command,
    Operator,
    Span,
    console,
    pass_operator,
    plain,
    print_json,
    print_table,
)
from frontdesk.delivery.status import AccountStatus, Status, status
from frontdesk.extension import courier_lock
from frontdesk.journal.election import held_by_somebody
from frontdesk.journal.events import utcnow

DISK_LEFT = 0.05  # of its size, below which somebody should look


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
    now = utcnow()
    found = status(operator.ledger(), operator.settings.destinations, now)
    unwritable = operator.journal.readiness()
    delivering = held_by_somebody(courier_lock(operator.settings))
    disk = _disk_left(operator)
    problems = list(_problems(found, now, late, unwritable, disk, delivering=delivering))
    if as_json:
        print_json(
            {
                "at": now,
                "courier": delivering,
                "accounts": found.accounts,
                "states": found.states,
                "owed": found.owed,
                "oldest": found.oldest,
                "disk_left": disk,
                "problems": problems,
            }
        )
    else:
        _show(found, now, problems, delivering=delivering)
    if problems:
        raise SystemExit(ATTENTION)


def _disk_left(operator: Operator) -> float | None:
    """The part of the journal's disk that is free, 0 to 1."""
    try:
        usage = shutil.disk_usage(operator.settings.data_dir)
    except OSError:
        return None
    return round(usage.free / usage.total, 4) if usage.total else None


def _problems(
    found: Status,
    now: datetime,
    late: timedelta,
    unwritable: str | None,
    disk: float | None,
    *,
    delivering: bool,
) -> Iterator[str]:
    if unwritable:
        yield f"the journal cannot be written: {unwritable}"
    if disk is not None and disk < DISK_LEFT:
        yield f"only {disk:.1%} of the disk is free"
    for account in found.accounts:
        if account.condition == "closed":
            yield f"{account.name} is closed: {account.reason}"
    if found.owed and not delivering:
        yield "nobody delivers: no courier runs"
    if found.oldest is not None and now - found.oldest > late:
        yield f"the oldest lead has been owed for {span(now - found.oldest)}"
    for state in ("failed", "held"):
        if count := found.states.get(state):
            yield f"{count} {state}: frontdesk log --state {state}"


def _show(found: Status, now: datetime, problems: list[str], *, delivering: bool) -> None:
    def row(account: AccountStatus) -> tuple[Any, ...]:
        return (
            account.name,
            account.condition + (f" until {account.until:%H:%M:%S}" if account.until else ""),
            account.owed,
            span(now - account.oldest) if account.oldest else "",
            f"{account.delivered_at:%Y-%m-%d %H:%M:%S}" if account.delivered_at else "",
        )

    columns = ("account", "condition", "owed", "oldest", "last delivery (UTC)")
    print_table(columns, map(row, found.accounts))
    counts = ", ".join(f"{count} {state}" for state, count in sorted(found.states.items()))
    console.print(plain(f"submissions  {counts or 'none'}"))
    console.print(plain(f"courier      {'at work' if delivering else 'none runs'}"))
    for problem in problems:
        console.print(plain(f"attention    {problem}"))


def span(time: timedelta) -> str:
    """A time as people say it: `3 d 4 h`, `12 min`, `40 s`."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
