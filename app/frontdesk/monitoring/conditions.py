"""What needs a person: the same for `status`, /readyz and notifications."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from frontdesk import proxies
from frontdesk.monitoring.machine import Machine
from frontdesk.monitoring.status import Status

LATE = timedelta(minutes=15)  # how long a lead may be owed
DISK_LEFT = 0.05  # the part of the disk below which that needs a person
NAMED = 10  # submissions in one text

Code = Literal[
    "journal",
    "spool",
    "disk",
    "closed",
    "missing",
    "courier",
    "late",
    "failed",
    "held",
    "notify",
    "captcha",
    "limits",
    "proxies",
    "units",
]


class Condition(NamedTuple):
    """Something that needs a person.

    `code`: for programs. `text`: for operators; it may say what a CRM answered. `account`: the
    destination, the captcha provider or the form that it is about, or "".
    """

    code: Code
    text: str
    account: str = ""


def conditions(
    found: Status, machine: Machine, now: datetime, late: timedelta = LATE
) -> Iterator[Condition]:
    """All that needs a person. `late`: how long a lead may be owed."""
    if machine.proxied:
        yield Condition(
            "proxies",
            f"{proxies.UNKNOWN}: all visitors count as one, and nobody's address is known",
        )
    if machine.unwritable:
        yield Condition("journal", f"the journal cannot be written: {machine.unwritable}")
    if machine.spooled:
        yield Condition("spool", f"waiting in data_dir/spool of this machine: {machine.spooled}")
    if machine.disk_left is not None and machine.disk_left < DISK_LEFT:
        yield Condition("disk", f"only {machine.disk_left:.1%} of the disk is free")
    for account in found.accounts:
        if account.condition == "closed":
            yield Condition("closed", f"{account.name} is closed: {account.reason}", account.name)
        if account.missing:
            ids = ", ".join(map(str, account.missing[:NAMED]))
            more = f" and {len(account.missing) - NAMED} more" if account.missing[NAMED:] else ""
            text = f"{account.name} lacks what it had taken: {ids}{more}"
            yield Condition("missing", text, account.name)
    if found.owed and not machine.delivering:
        yield Condition("courier", "nobody delivers: no courier runs")
    if found.oldest is not None and now - found.oldest > late:
        owed = span(now - found.oldest)
        yield Condition("late", f"the oldest lead has been owed for {owed}")
    for state in ("failed", "held"):
        if count := found.states.get(state):
            yield Condition(state, f"{count} {state}: frontdesk log --state {state}")
    for entry, reason in found.unheard.items():
        yield Condition("notify", f"{entry} took no message: {reason}")
    for provider in machine.outages:
        yield Condition(
            "captcha", f"{provider} cannot be asked; on_outage decides instead", provider
        )
    for old in machine.old:
        yield Condition("units", old.text, old.form)
    if machine.uncounted:
        yield Condition(
            "limits", "the storage of rate limits does not answer; each process counts by itself"
        )


def span(time: timedelta) -> str:
    """A duration as people say it: `3 d 4 h`, `12 min`, `40 s`."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
