"""What somebody should look at: the same for `status`, for /readyz and for the alerts."""

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from frontdesk import proxies
from frontdesk.monitoring.status import Status

LATE = timedelta(minutes=15)  # how long a lead may be owed
DISK_LEFT = 0.05  # of its size
NAMED = 10  # submissions in one text

Code = Literal[
    "journal",
    "disk",
    "closed",
    "missing",
    "courier",
    "late",
    "failed",
    "held",
    "notify",
    "captcha",
    "proxies",
]


class Condition(NamedTuple):
    """`code` is for programs; `text` may name accounts and say what a CRM answered."""

    code: Code
    text: str
    account: str = ""  # or the captcha provider: the one that is meant


def conditions(
    found: Status,
    now: datetime,
    late: timedelta,
    unwritable: str | None,
    disk: float | None,
    *,
    delivering: bool,
    outages: Iterable[str] = (),
    proxied: bool = False,
) -> Iterator[Condition]:
    """All that needs a person.

    `disk`: the part of it that is free; `outages`: captcha providers that cannot be asked;
    `proxied`: requests come through a proxy of which the configuration says nothing.
    """
    if proxied:
        yield Condition(
            "proxies",
            f"{proxies.UNKNOWN}: all visitors count as one, and nobody's address is known",
        )
    if unwritable:
        yield Condition("journal", f"the journal cannot be written: {unwritable}")
    if disk is not None and disk < DISK_LEFT:
        yield Condition("disk", f"only {disk:.1%} of the disk is free")
    for account in found.accounts:
        if account.condition == "closed":
            yield Condition("closed", f"{account.name} is closed: {account.reason}", account.name)
        if account.missing:
            ids = ", ".join(map(str, account.missing[:NAMED]))
            more = f" and {len(account.missing) - NAMED} more" if account.missing[NAMED:] else ""
            text = f"{account.name} lacks what it had taken: {ids}{more}"
            yield Condition("missing", text, account.name)
    if found.owed and not delivering:
        yield Condition("courier", "nobody delivers: no courier runs")
    if found.oldest is not None and now - found.oldest > late:
        owed = span(now - found.oldest)
        yield Condition("late", f"the oldest lead has been owed for {owed}")
    for state in ("failed", "held"):
        if count := found.states.get(state):
            yield Condition(state, f"{count} {state}: frontdesk log --state {state}")
    for entry, reason in found.unheard.items():
        yield Condition("notify", f"{entry} took no message: {reason}")
    for provider in outages:
        yield Condition(
            "captcha", f"{provider} cannot be asked; on_outage decides instead", provider
        )


def disk_left(folder: Path) -> float | None:
    """The part of a folder's disk that is free, 0 to 1."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return round(usage.free / usage.total, 4) if usage.total else None


def span(time: timedelta) -> str:
    """A time as people say it: `3 d 4 h`, `12 min`, `40 s`."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
