"""The text of a notification, without personal data.

It goes through third parties, so it has no names, no addresses, and nothing that a visitor or a
CRM wrote.
"""

from collections.abc import Container, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from frontdesk.model.receivers import Receiver
from frontdesk.model.record import Record
from frontdesk.monitoring.conditions import Code, Condition
from frontdesk.store.facts import Facts

MOST = 10_000  # new matters in one message; the others come with the next
NAMED = 10  # leads of a kind whose ids are in a message
LEADS = ("failed", "held")
HOW = {
    "journal": "Visitors are turned away. See who owns the files, and what room the disk has.",
    "spool": "Enquiries are safe, and delivered once it takes them. The log says why it does not.",
    "limits": "Visitors may send more often than they should. See why it is away.",
    "disk": "Make room, before enquiries cannot be written down any more.",
    "closed": "Nothing is sent to it. Mend the reason, then: frontdesk check --open",
    "missing": "Look for them in the CRM; to send one again: frontdesk replay ID --force",
    "captcha": "on_outage decides what becomes of enquiries. What it may be: frontdesk check",
    "units": "Enquiries come in as before, and any unit may be named. More: frontdesk check",
    "late": "What holds them up: frontdesk status",
    "failed": "Amend and replay, or discard: frontdesk log --state failed",
    "held": "Release or discard: frontdesk log --state held",
}


class Matter(NamedTuple):
    """Something that needs a person.

    `text`: for a lead, what it has in common with others. `began`: if that is later than when a
    receiver was told of it, the receiver is told again.
    """

    code: Code
    text: str
    began: datetime | None = None


class Digest(NamedTuple):
    """A message (`title`, `text`), and what the journal keeps of it, as in `Notified`."""

    what: tuple[str, ...]
    over: tuple[str, ...]
    again: bool
    title: str
    text: str


def matters(
    found: Iterable[Condition], facts: Facts, records: Iterable[Record]
) -> dict[str, Matter]:
    """All that needs a person now, by the keys that the journal has for it (see `Notified`).

    `found`: the conditions, in whose order they come. `records`: all that are open.
    """
    standing: dict[str, Matter] = {}
    for condition in found:
        if condition.code == "closed":
            began = facts.account(condition.account).closed_at
            standing[f"closed:{condition.account}"] = Matter("closed", condition.text, began)
        elif condition.code == "missing":
            began = facts.account(condition.account).missing_at
            standing[f"missing:{condition.account}"] = Matter("missing", condition.text, began)
        elif condition.code in ("captcha", "units"):
            key = f"{condition.code}:{condition.account}"
            standing[key] = Matter(condition.code, condition.text)
        elif condition.code not in LEADS:
            standing[condition.code] = Matter(condition.code, condition.text)
    leads = [r for r in records if r.begun and r.state in LEADS]
    for record in sorted(leads, key=lambda record: record.state):
        standing[f"{record.state}:{record.id}"] = _lead(record)
    return standing


def _lead(record: Record) -> Matter:
    what = record.submission.form if record.submission else "a revocation"
    if record.held is not None:
        return Matter("held", f"{what}: {record.held}", record.at)
    failed = {n: d for n, d in record.deliveries.items() if d.state == "failed"}
    text = "; ".join(f"{what} to {name}: {d.reason}" for name, d in failed.items())
    return Matter("failed", text, max(d.ended_at or d.since for d in failed.values()))


def remembered(receiver: Receiver, standing: Container[str], accounts: Container[str]) -> Receiver:
    """The receiver without those matters of which it is not told when they are over.

    These are leads, and accounts that are not configured any more. `standing`: the matters that
    are not over, by key. `accounts`: the names of the configured ones.
    """
    told = dict(receiver.told)
    for key in receiver.told:
        code, _, name = key.partition(":")
        old = code in LEADS or (code in ("closed", "missing") and name not in accounts)
        if old and key not in standing:
            del told[key]
    return replace(receiver, told=told)


def digest(
    standing: dict[str, Matter], receiver: Receiver, now: datetime, repeat: timedelta, speaker: str
) -> Digest | None:
    """The message that a receiver is due, or None.

    It says what is new to the receiver and what is over; and if it was told something `repeat` ago
    (0: never), it is reminded of everything. `receiver`: what it knows, as from `remembered`.
    `speaker`: how the message says where it comes from.
    """
    told = receiver.told
    fresh = [key for key, matter in standing.items() if _is_news(matter, told.get(key))][:MOST]
    known = [key for key in standing if key in told and key not in fresh]
    again = bool(repeat) and any(now - told[key] >= repeat for key in known)
    over = [key for key in told if key not in standing]
    if not fresh and not over and not again:
        return None
    shown = {key: matter for key, matter in standing.items() if again or key in fresh}
    headlines = [*_headlines(shown), *map(_relief, over)]
    reminder = "reminder: " if again and not fresh else ""
    title = f"Frontdesk: {reminder}{', '.join(headlines)}"
    text = "\n\n".join([*_paragraphs(shown), *_good_news(over, standing), f"This is {speaker}."])
    return Digest(tuple(fresh), tuple(over), again, title, text)


def _is_news(matter: Matter, told: datetime | None) -> bool:
    return told is None or (matter.began is not None and matter.began > told)


def _headlines(shown: dict[str, Matter]) -> Iterator[str]:
    for code, of_it in _by_code(shown).items():
        match code:
            case "closed":
                yield from (f"{_account(key)} is closed" for key in of_it)
            case "missing":
                yield from (f"{_account(key)} lacks leads that it had taken" for key in of_it)
            case "captcha":
                yield from (f"{_account(key)} cannot be asked" for key in of_it)
            case "units":
                yield from (f"the units of {_account(key)} are old" for key in of_it)
            case "failed":
                yield f"{_leads(len(of_it))} failed"
            case "held":
                yield f"{_leads(len(of_it))} held"
            case "late":
                yield "leads are late"
            case "disk":
                yield "the disk is nearly full"
            case "journal":
                yield "the journal cannot be written"
            case "spool":
                yield "enquiries wait for the database"
            case "limits":
                yield "rate limits are not counted together"


def _paragraphs(shown: dict[str, Matter]) -> Iterator[str]:
    for code, of_it in _by_code(shown).items():
        if code in LEADS:
            lines = [f"{_leads(len(of_it))} {code}:", *_kinds(of_it)]
        else:
            lines = [f"- {matter.text}" for matter in of_it.values()]
        yield "\n".join([*lines, HOW[code]])


def _kinds(leads: dict[str, Matter]) -> Iterator[str]:
    """The lines about leads: one for each form, destination and reason, most frequent first."""
    kinds: dict[str, list[str]] = {}
    for key, matter in leads.items():
        kinds.setdefault(matter.text, []).append(key.partition(":")[2][:8])
    for text, ids in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        yield f"- {len(ids)} of {text} ({', '.join(ids[:NAMED])}{more})"


def _good_news(over: list[str], standing: dict[str, Matter]) -> Iterator[str]:
    if over:
        lines = [f"- {_relief(key)}" for key in over]
        yield "\n".join(lines if standing else [*lines, "Nothing else needs you."])


def _relief(key: str) -> str:
    """What a message says when a matter is over."""
    match key:
        case "journal":
            return "the journal can be written again"
        case "disk":
            return "the disk has room again"
        case "spool":
            return "no enquiry waits for the database any more"
        case "limits":
            return "rate limits are counted together again"
        case "late":
            return "no lead is late any more"
        case _ if key.startswith("missing:"):
            return f"{_account(key)} lacks no lead any more"
        case _ if key.startswith("units:"):
            return f"the units of {_account(key)} are up to date again"
        case _ if key.startswith("captcha:"):
            return f"{_account(key)} answers again"
        case _:
            return f"{_account(key)} is open again"


def _by_code(shown: dict[str, Matter]) -> dict[str, dict[str, Matter]]:
    found: dict[str, dict[str, Matter]] = {}
    for key, matter in shown.items():
        found.setdefault(matter.code, {})[key] = matter
    return found


def _account(key: str) -> str:
    return key.partition(":")[2]


def _leads(count: int) -> str:
    return f"{count} {'lead' if count == 1 else 'leads'}"
