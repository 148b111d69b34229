"""`status`: how things stand, for a person and for a monitor."""

from datetime import datetime, timedelta
from typing import Any

import click

from frontdesk import proxies
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.params import Span
from frontdesk.cli.printing import ATTENTION, console, hanging, plain, print_json, print_table
from frontdesk.data_dir import courier_lock, outage_locks
from frontdesk.delivery.addressees import addressees
from frontdesk.delivery.problems import disk_left, problems, span
from frontdesk.delivery.status import AccountStatus, Status, status
from frontdesk.journal.election import held_by_somebody, held_of
from frontdesk.journal.follower import Follower
from frontdesk.model.events import utcnow
from frontdesk.model.refusals import Forms, Refusals

DAYS = 7  # of which refusals are shown, today's included
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
    now = utcnow()
    settings = operator.settings
    follower = Follower(operator.journal)
    follower.catch_up()
    ledger = follower.standing.ledger
    found = status(ledger, settings.destinations, now, addressees(settings))
    settled = sum(follower.counts().received.values()) - found.submissions
    if settled > 0:
        found.states["settled"] = settled
    first = now.date() - timedelta(days=DAYS - 1)
    refused = ledger.refusals.between(first, now.date())
    unwritable = operator.journal.readiness()
    delivering = held_by_somebody(courier_lock(settings))
    disk = disk_left(settings.data_dir)
    outages = held_of(outage_locks(settings))
    texts = [
        problem.text
        for problem in problems(
            found,
            now,
            late,
            unwritable,
            disk,
            delivering=delivering,
            outages=outages,
            proxied=proxies.noticed(settings.data_dir, settings.trusted_proxies),
        )
    ]
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
                "refused": {"since": first, "forms": refused},
                "problems": texts,
            }
        )
    else:
        _show(found, now, texts, refused, delivering=delivering)
    if texts:
        raise SystemExit(ATTENTION)


def _show(
    found: Status, now: datetime, texts: list[str], refused: Forms, *, delivering: bool
) -> None:
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
    for form, refusals in sorted(refused.items()):
        console.print(plain(f"turned away  {hanging(f'{form}: {_turned_away(refusals)}', 13)}"))
    for text in texts:
        console.print(plain(f"attention    {text}"))


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
