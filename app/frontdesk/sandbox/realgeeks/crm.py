"""What the Real Geeks stand-in accepts, refuses and remembers. Knows neither HTTP nor `frontdesk`.

Source: Real Geeks' specification, "Leads", and its page "Activities".
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

IDENTIFYING: Final = ("first_name", "last_name", "email", "phone", "address")
# All that is known of a potential seller is the property; with one of these it would be a lead.
NOT_OF_SELLERS: Final = {*IDENTIFYING, "second_email", "phone2", "role"}
ASSIGNMENTS: Final = ("was_assigned", "was_unassigned")

ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "role": ("Buyer", "Seller", "Buyer and Seller", "Renter"),
    "timeframe": (
        *("Immediately", "1 Week", "2-4 Weeks", "30 Days", "60 Days", "90 Days"),
        *("3-6 Months", "6-12 Months", "1 Year Or More"),
    ),
    "urgency": ("Cold", "Warm", "Hot", "Contacted", "Not Contacted"),
    "status": ("Active", "Cancelled", "In Escrow", "Closed Escrow", "Dead"),
}
CUSTOM: Final = ("urgency", "status")  # to which the CRM's users may add


class Refusal(Exception):  # noqa: N818  (it is an answer, not a defect)
    """A call turned down: the status and the message that say so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None and "T" in value
    except ValueError:
        return False


def _anything(_: str) -> bool:
    return True


_US = r"\d{3}-\d{3}-\d{4}|\(\d{3}\) \d{3}-\d{4}"
_email = _matches(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_phone = _matches(rf"{_US}|\+\d{{1,3}}( \d[\d -]*\d)")
# Texts that a lead may have, and what they must look like.
TEXTS: Final[Mapping[str, Callable[[str], object]]] = {
    "id": _is_uuid,
    "source": _anything,
    "source_details": _anything,
    "email": _email,
    "second_email": _email,
    "first_name": _anything,
    "last_name": _anything,
    "phone": _phone,
    "phone2": _phone,
    "address": _anything,
    "street_address": _anything,
    "city": _anything,
    "state": _anything,
    "zip": _anything,
    "role": _anything,
    "region": _anything,
    "created": _is_time,
    "timeframe": _anything,
    "urgency": _anything,
    "status": _anything,
    "notes": _anything,
}
# What each field of a property must be. Only `full_baths`, and how it is refused, is attested.
PROPERTY: Final[Mapping[str, tuple[str, tuple[type, ...]]]] = {
    **dict.fromkeys(
        ("address", "street_address", "unit_number", "city", "state", "zip", "property_type"),
        ("string", (str,)),
    ),
    **dict.fromkeys(("beds", "full_baths", "sqft", "lot_sqft", "year_built"), ("integer", (int,))),
    "baths": ("number", (int, float)),
}
ACTIVITY: Final = frozenset(
    {"type", "source", "description", "property", "user", "role", "created", "notify_users"}
)


@dataclass
class Lead:
    """A lead as it stands; `fields` as received but for the id and the activities."""

    id: str
    at: str
    source_system: str
    requests: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    activities: list[dict[str, Any]] = field(default_factory=list)


class Crm:
    """The memory of one site, and what its calls do. Not locked by itself."""

    def __init__(
        self, username: str, custom: Collection[str], clock: Callable[[], datetime]
    ) -> None:
        self._username = username
        self._allowed = {
            name: values + (tuple(custom) if name in CUSTOM else ())
            for name, values in ALLOWED.items()
        }
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget every lead."""
        self.leads: dict[str, Lead] = {}
        self.potential_sellers: dict[str, Lead] = {}

    def create(self, sent: Any) -> None:
        """Store a lead, or what is new of one whose id is known. Raises Refusal."""
        self._check(sent)
        _refuse(not sent.get("source"), "Field 'source' is required.")
        one = ", ".join(IDENTIFYING)
        _refuse(not any(map(sent.get, IDENTIFYING)), f"At least one of {one} is required.")
        self._take(self.leads, sent)

    def create_potential_seller(self, sent: Any) -> None:
        """Store a property that somebody asked about without a contact. Raises Refusal."""
        self._check(sent)
        told = sorted(sent.keys() & NOT_OF_SELLERS)
        _refuse(told, f"A potential seller has no {', '.join(told)}.")
        _refuse(not sent.get("source"), "Field 'source' is required.")
        activities = sent.get("activities")
        _refuse(not activities, "Field 'activities' is required.")
        of_property = any(activity.get("property") for activity in activities)
        _refuse(not of_property, "One of the activities needs a 'property'.")
        self._take(self.potential_sellers, sent)

    def update(self, identity: str, sent: Any) -> None:
        """Change what is named of a lead; when it was created cannot be. Raises Refusal."""
        lead = self._known(identity)
        self._check(sent)
        named = {key: value for key, value in sent.items() if key not in ("id", "created")}
        self._merge(lead, named)

    def add_activities(self, identity: str, sent: Any) -> None:
        """Add to a lead's history. Raises Refusal."""
        lead = self._known(identity)
        _refuse(not isinstance(sent, list) or not sent, "Activities must be a list.")
        for activity in sent:
            _check_activity(activity)
        lead.requests += 1
        lead.activities.extend(sent)

    def _known(self, identity: str) -> Lead:
        lead = self.leads.get(str(UUID(identity))) if _is_uuid(identity) else None
        if lead is None:
            raise Refusal(404, "Lead not found.")
        return lead

    def _take(self, shelf: dict[str, Lead], sent: dict[str, Any]) -> None:
        now = self._clock().isoformat(timespec="seconds")
        identity = str(UUID(sent["id"])) if "id" in sent else str(uuid4())
        known = identity in shelf
        lead = shelf.setdefault(identity, Lead(identity, now, self._username))
        dropped = ("id", "created") if known else ("id",)
        named = {key: value for key, value in sent.items() if key not in dropped}
        self._merge(lead, named if known else {"created": now, **named})

    def _merge(self, lead: Lead, named: dict[str, Any]) -> None:
        lead.requests += 1
        for activity in named.pop("activities", ()):
            if activity not in lead.activities:  # a repeated request tells nothing new
                lead.activities.append(activity)
        lead.fields.update(named)

    def _check(self, sent: Any) -> None:
        _refuse(not isinstance(sent, dict), "A lead must be an object.")
        for name, value in sent.items():
            if name == "activities":
                _refuse(not isinstance(value, list), "Field 'activities' is not a list.")
                for activity in value:
                    _check_activity(activity)
            elif name == "tags":
                fits = isinstance(value, list) and all(isinstance(tag, str) for tag in value)
                _refuse(not fits, "Field 'tags' is not a list of strings.")
            else:
                _refuse(name not in TEXTS, f"Field '{name}' is not known.")
                _refuse(not isinstance(value, str), f"Field '{name}' is not a string.")
                looked_at = value or name == "id"  # which alone cannot be empty
                valid = not looked_at or TEXTS[name](value)
                _refuse(not valid, f"Field '{name}' is not valid: {value}")
                allowed = self._allowed.get(name)
                odd = allowed is not None and value and value not in allowed
                _refuse(odd, f"Field '{name}' is none of {', '.join(allowed or ())}.")


def _check_activity(activity: Any) -> None:
    _refuse(not isinstance(activity, dict), "An activity is not an object.")
    unknown = sorted(activity.keys() - ACTIVITY)
    _refuse(unknown, f"Activity has unknown fields: {', '.join(unknown)}.")
    kind = activity.get("type")
    _refuse(not isinstance(kind, str) or not kind, "Activity field 'type' is required.")
    if kind in ASSIGNMENTS:
        user = activity.get("user")
        known = isinstance(user, dict) and isinstance(user.get("id"), str)
        _refuse(not known, "Activity field 'user' needs an 'id'.")
        return
    for name in ("source", "description"):
        value = activity.get(name)
        _refuse(not isinstance(value, str) or not value, f"Activity field '{name}' is required.")
    if "property" in activity:
        _check_property(activity["property"])
    created = activity.get("created")
    _refuse(created is not None and not _is_time(created), "Activity field 'created' is not valid.")


def _check_property(sent: Any) -> None:
    _refuse(not isinstance(sent, dict), "Activity field 'property' is not an object.")
    for name, value in sent.items():
        _refuse(name not in PROPERTY, f"Property field '{name}' is not known.")
        what, types = PROPERTY[name]
        fits = isinstance(value, types) and not isinstance(value, bool)
        _refuse(not fits, f"Property field '{name}' is not a valid {what}.")


def _refuse(objection: object, message: str) -> None:
    if objection:
        raise Refusal(422, message)
