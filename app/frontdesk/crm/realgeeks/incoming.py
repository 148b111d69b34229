"""What Real Geeks tells of a lead, read leniently: whatever is missing, odd or new is passed over.

Real Geeks' specification, "Leads" and "Activities".
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

from frontdesk.config import Form
from frontdesk.intake.contact import read_email, read_phone
from frontdesk.intake.text import TEXT_LIMIT, clean_figures, clean_lines, clip
from frontdesk.lead import Lead, Message

HOME = "US"  # Real Geeks' own; numbers without a prefix that the form's country doesn't have
LINE = 200  # characters of a name, an address, an id
LEADS = frozenset({"created", "updated", "unknown"})
ACTIVITIES = "activity_added"

_BLANK_LINES = re.compile(r"\n\s*\n")
# What Realpad has no parameter for, and a salesman wants to know all the same.
_REMARKS = (("Second email", "second_email"), ("Second phone", "phone2"), ("Address", "address"))


class Told(NamedTuple):
    """A message, and as much of a lead as it has."""

    message: Message
    lead: Lead
    source: str  # in words, for the CRM and for whoever looks at it later
    system: str  # that made the lead, and how it calls its source
    system_source: str
    activities: tuple[str, ...]  # their types

    @property
    def empty(self) -> bool:
        """Nothing of it is passed on."""
        if self.message.action == ACTIVITIES:
            return self.lead.note is None
        return self.message.action not in LEADS or not (self.message.fields or self.lead.note)


def read(
    facts: Mapping[str, Any],
    form: Form,
    notes: Collection[str],
    *,
    body: bytes,
    action: str,
    message_id: str,
    sent: str,
    now: datetime,
) -> Told:
    """Take a body apart; `notes`: types of activities; the other texts are its headers."""
    facts = _without_login(facts)
    digest = hashlib.sha256(body).hexdigest()
    told, remarks = dict(_told(facts, form)), []
    for name, key in (("Email", "email"), ("Phone", "phone")):
        if (written := clip(_text(facts.get(key)), LINE)) and not told.get(key):
            remarks.append(f"{name}: {written}")
            told.pop(key, None)  # not readable is not cleared
    for name, key in _REMARKS:
        if written := clip(_text(facts.get(key)), LINE):
            remarks.append(f"{name}: {written}")
    activities = [one for one in _list(facts.get("activities")) if isinstance(one, dict)]
    texts = [_text(facts.get("notes"))]
    texts += [_text(a.get("description")) for a in activities if a.get("type") in notes]
    remarks += map(_paragraph, texts)
    note = "\n\n".join(filter(None, dict.fromkeys(remarks)))[:TEXT_LIMIT].strip()
    system, source = (clip(_text(facts.get(key)), LINE) for key in ("source_system", "source"))
    return Told(
        message=Message(
            lead=_identity(_text(facts.get("id"))) or digest,
            digest=digest,
            at=_moment(sent, now),
            # The body is signed, its headers are not.
            action=clip(_text(facts.get("action")) or action, LINE).lower(),
            id=clip(message_id, LINE) or None,
            fields=tuple(told),
        ),
        lead=Lead(
            first_name=told.get("first_name") or "",
            last_name=told.get("last_name") or "",
            language=form.languages[0],
            email=told.get("email"),
            phone=told.get("phone"),
            note=note or None,
        ),
        source=f"Real Geeks: {source}" if source else "Real Geeks",
        system=system,
        system_source=source,
        activities=tuple(clip(_text(one.get("type")), LINE) for one in activities),
    )


def _without_login(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the link that logs in as the lead, which some clients' templates repeat in texts."""
    link = _text(facts.get("site_login_url"))
    if "/" not in link.strip("/"):  # no address; taking "-" out would spoil everything else
        return facts

    def clean(texts: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v.replace(link, "") if isinstance(v, str) else v for k, v in texts.items()}

    activities = _list(facts.get("activities"))
    return clean(facts) | {"activities": [clean(a) for a in activities if isinstance(a, dict)]}


def _told(facts: Mapping[str, Any], form: Form) -> Iterator[tuple[str, str | None]]:
    """The fields that it speaks of; what is there and empty is cleared."""
    for name in ("first_name", "last_name", "email", "phone"):
        if isinstance(facts.get(name, ()), str | int | None):
            text = _text(facts[name])
            match name:
                case "email":
                    yield name, read_email(text)
                case "phone":
                    yield name, _phone(text, form.phone_region)
                case _:
                    yield name, clip(text, LINE)


def _text(value: object) -> str:
    text = str(value) if type(value) is int else value
    return text.strip() if isinstance(text, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _paragraph(text: str) -> str:
    """A text without blank lines, which stand between one and the next."""
    return _BLANK_LINES.sub("\n", clean_lines(text[:TEXT_LIMIT]))


def _identity(text: str) -> str:
    """An id in one notation: Real Geeks writes UUIDs with and without their hyphens."""
    try:
        return str(UUID(text))
    except ValueError:
        return clip(text, LINE)


def _moment(text: str, now: datetime) -> datetime:
    """When it was sent, as far as that can be believed: nobody has signed it."""
    try:
        moment = datetime.fromisoformat(text)
        return min(moment.astimezone(UTC), now) if moment.tzinfo else now
    except (ValueError, OverflowError):  # the second at either end of the calendar
        return now


def _phone(text: str, region: str) -> str | None:
    """A number as E.164, by the form's country, else by Real Geeks' own."""
    found = read_phone(text, region).readings
    if found:
        return found[0]  # there is nobody to ask which one is meant
    try:
        number = phonenumbers.parse(clean_figures(text[:LINE]), HOME)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if _possible(number) else None


def _possible(number: phonenumbers.PhoneNumber) -> bool:
    """It has the right length; 555 numbers and the like are for the CRM to judge."""
    reason = phonenumbers.is_possible_number_with_reason(number)
    return bool(reason == ValidationResult.IS_POSSIBLE)
