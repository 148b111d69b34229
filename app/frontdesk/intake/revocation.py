"""A revocation as a person, a program or a host site asks for it, read into what is kept."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec

from frontdesk.config.form import LAST_CONSENT
from frontdesk.intake.contact import read_email
from frontdesk.intake.text import clean_lines
from frontdesk.model.events import Revocation

WHO = ("email", "customer", "submission")
FIELDS = (*WHO, "consent", "notes", "destination")
NOTES = 2000  # characters
DIGITS = 18  # of a customer's id


class RevocationError(ValueError):
    """What cannot be meant; `problems` by field, for whoever asks, without what was written."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in problems.items()))
        self.problems = problems


def wanted(
    facts: Mapping[str, Any], keepers: Collection[str], by: str, key: str = ""
) -> Revocation:
    """The revocation that facts ask for; raises RevocationError.

    `keepers`: the destinations that may be meant. The same `key` with the same facts is the same
    revocation.
    """
    problems = {field: "there is no such field" for field in facts if field not in FIELDS}
    consent = _whole(facts.get("consent"))
    if consent is None or not 0 < consent <= LAST_CONSENT:
        problems["consent"] = "is no consent's id, which is a number"
    named = [field for field in WHO if field in facts]
    if len(named) != 1:
        problems["email"] = "say who: exactly one of email, customer and submission"
    email, customer = _email(facts.get("email")), _customer(facts.get("customer"))
    submission = _submission(facts.get("submission"))
    read = {
        "email": (email, "is no email address"),
        "customer": (customer, "is no customer's id, which is a number"),
        "submission": (submission, "is no submission's id"),
    }
    problems |= {field: read[field][1] for field in named if read[field][0] is None}
    notes = facts.get("notes", "")
    if not isinstance(notes, str) or len(notes) > NOTES:
        problems["notes"] = f"must be a text of at most {NOTES} characters"
    destinations = _destinations(facts, keepers, problems)
    if problems or consent is None:
        raise RevocationError(problems)
    return Revocation(
        id=_identify(by, key, facts) if key else uuid4(),
        consent=consent,
        destinations=destinations,
        by=by,
        email=email,
        customer=customer,
        submission=submission,
        notes=clean_lines(str(notes)) or None,
    )


def _destinations(
    facts: Mapping[str, Any], keepers: Collection[str], problems: dict[str, str]
) -> tuple[str, ...]:
    if "destination" in facts:
        if facts["destination"] not in tuple(keepers):
            problems["destination"] = "is none whose CRM keeps consents"
        return (str(facts["destination"]),)
    if not keepers:
        problems["destination"] = "there is none whose CRM keeps consents"
    elif "customer" in facts and len(keepers) > 1:
        problems["destination"] = f"say whose id that is: {' or '.join(keepers)}"
    return tuple(keepers)


def _identify(by: str, key: str, facts: Mapping[str, Any]) -> UUID:
    parts = (by.encode(), key.encode(), msgspec.json.encode(facts, order="sorted"))
    return uuid5(NAMESPACE_URL, hashlib.sha256(b"revocation\0" + b"\0".join(parts)).hexdigest())


def _email(value: object) -> str | None:
    return read_email(value) if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    """A number without fractions, which JSON may write as 7.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _customer(value: object) -> str | None:
    text = value if isinstance(value, str) else str(_whole(value))
    number = text.isascii() and text.isdigit() and len(text) <= DIGITS
    return str(int(text)) if number else None


def _submission(value: object) -> UUID | None:
    try:
        read = UUID(str(value))
    except ValueError:
        return None
    return read if str(read) == str(value).lower() else None  # it knows odd spellings, too
