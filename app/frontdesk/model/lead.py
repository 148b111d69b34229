"""What a prospective buyer or seller told us, free of any CRM's vocabulary."""

import hashlib
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, field

# A time without its zone, in a line edited by hand, is refused rather than compared.
Aware = Annotated[datetime, Meta(tz=True)]
AttributeValue = bool | int | str | list[str]


def contact(text: str) -> str:
    """An email address or a number as it is compared."""
    return text.strip().casefold()


def digest(wording: str) -> str:
    """The SHA-256 of a consent's wording (UTF-8, hex)."""
    return hashlib.sha256(wording.encode()).hexdigest()


class Consent(Struct, frozen=True, omit_defaults=True):
    """One consent that the visitor was asked for: the wording that was shown, and its language.

    `sha256` is the `digest` of the wording, to compare it with a text kept elsewhere.
    """

    id: int
    granted: bool
    text: str = ""
    language: str = ""
    sha256: str = ""


class Lead(Struct, frozen=True, omit_defaults=True):
    """A validated enquiry. Absent answers are None or empty; only of the names an empty string."""

    first_name: str  # both names may be empty, of a valuation or a lead from elsewhere
    last_name: str
    language: str  # ISO 639-1
    email: str | None = None
    phone: str | None = None  # E.164
    unit: str | None = None
    rooms: tuple[str, ...] = ()
    price_max: int | None = None  # whole units of the form's currency
    note: str | None = None
    campaign: str | None = None
    tags: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    assignee: str | None = None  # the user whose it is where it comes from: an id there

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def anonymous(self) -> bool:
        """Whether it says nothing of who sent it, as one who only asks what a property is worth."""
        return not any((self.name, self.email, self.phone))

    @property
    def contacts(self) -> frozenset[str]:
        """By what a CRM knows a customer again."""
        return frozenset(map(contact, filter(None, (self.email, self.phone))))


class Message(Struct, frozen=True, omit_defaults=True):
    """What another system told us of a lead of its own, which it may do in several messages.

    `fields`: those of the lead that it spoke of, also to clear them; it leaves the others alone.
    `filed`: the paragraph of the note that is for a new lead only.
    """

    lead: str  # its id there
    digest: str  # of the body, by which a repeat is known whatever its headers say
    at: Aware  # when it was sent; never later than it came
    action: str
    id: str | None = None
    fields: tuple[str, ...] = ()
    filed: str = ""


class Origin(Struct, frozen=True, omit_defaults=True):
    """Where a submission came from."""

    channel: str  # "html", "json" or "realgeeks"
    ip: str  # empty where no visitor was there
    page: str | None = None  # its address, with the query
    title: str | None = None  # the page's
    referrer: str | None = None  # the page before that one
    user_agent: str | None = None
    source: str | None = None  # in words, where it is another system
    message: Message | None = None
    api_key: str | None = None  # the name of the program that sent it, and vouched for `ip`

    @property
    def address(self) -> str:
        """The visitor's, or ""; old lines have 0.0.0.0 where it was not known."""
        return "" if self.ip == "0.0.0.0" else self.ip  # noqa: S104


class Submission(Struct, frozen=True):
    """One lead as it came in; `destinations` are the accounts that it is owed to."""

    id: UUID
    at: Aware  # UTC
    form: str
    lead: Lead
    origin: Origin
    destinations: tuple[str, ...]
