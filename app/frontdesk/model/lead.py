"""What a prospective buyer or seller told us, in our own words and no CRM's."""

import hashlib
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, field

# A time without a zone, as in a line edited by hand, is refused: it could not be compared.
Aware = Annotated[datetime, Meta(tz=True)]
# An integer as the index can keep it (64 bits). A line edited by hand may have any.
Whole = Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
AttributeValue = bool | Whole | str | list[str]


def contact(text: str) -> str:
    """An email address or a telephone number as it is compared: without spaces and case."""
    return text.strip().casefold()


def digest(wording: str) -> str:
    """The SHA-256 of a consent's wording (UTF-8, hex)."""
    return hashlib.sha256(wording.encode()).hexdigest()


class Consent(Struct, frozen=True, omit_defaults=True, gc=False):
    """One consent that the visitor was asked for.

    `text`: the wording that was shown. `language`: its ISO 639-1 code. `sha256`: the `digest` of
    the wording, to compare it with a text that is kept elsewhere.
    """

    id: Whole
    granted: bool
    text: str = ""
    language: str = ""
    sha256: str = ""


class Lead(Struct, frozen=True, omit_defaults=True, gc=False):
    """A validated enquiry. An absent answer is None or empty; of the names, an empty string."""

    first_name: str  # both names may be empty, in a valuation or a lead of another system
    last_name: str
    language: str  # ISO 639-1
    email: str | None = None
    phone: str | None = None  # E.164
    unit: str | None = None
    rooms: tuple[str, ...] = ()
    price_max: Whole | None = None  # whole units of the form's currency
    note: str | None = None
    campaign: str | None = None
    tags: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    assignee: str | None = None  # the id of its user in the system that it comes from

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def anonymous(self) -> bool:
        """Whether it does not say who sent it, as when only a property's value is asked for."""
        return not any((self.name, self.email, self.phone))

    @property
    def contacts(self) -> frozenset[str]:
        """The address and the number as they are compared, by which a CRM recognises customers."""
        return frozenset(map(contact, filter(None, (self.email, self.phone))))


class Message(Struct, frozen=True, omit_defaults=True, gc=False):
    """A message of another system about one of its leads; there may be several about each.

    `fields`: the fields of the lead that it mentions, also to clear them; all others stay as they
    are. `filed`: the paragraph of the note that is for a new lead only.
    """

    lead: str  # the lead's id there
    digest: str  # of the body; by it a repeated message is recognised, whose headers may differ
    at: Aware  # when it was sent, at the latest when it came
    action: str
    id: str | None = None  # the message's id there
    fields: tuple[str, ...] = ()
    filed: str = ""


class Attribution(Struct, frozen=True, omit_defaults=True, gc=False):
    """What brought a visitor, as the page says; each by the names that advertisers have for it.

    `clicks`: of an advertisement, and of a browser. `consent_mode`: what the visitor has agreed to
    on the page, by Google's Consent Mode. `first_touch`: the campaign and page of the first visit.
    """

    clicks: dict[str, str] = {}
    consent_mode: dict[str, str] = {}
    first_touch: dict[str, str] = {}


class Origin(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a submission came from."""

    channel: str  # "html", "json" or "realgeeks"
    ip: str  # "" if no visitor sent it
    page: str | None = None  # the address of the page with the form, with its query
    title: str | None = None  # that page's title
    referrer: str | None = None  # the address of the page before it
    user_agent: str | None = None
    source: str | None = None  # of another system, its name in words
    message: Message | None = None
    api_key: str | None = None  # the name of the program that sent it, and vouched for `ip`
    captcha: str | None = None  # why no captcha has found its visitor human; None if one has
    attribution: Attribution | None = None

    @property
    def address(self) -> str:
        """The visitor's IP address, or "". Old lines have 0.0.0.0 where it was not known."""
        return "" if self.ip == "0.0.0.0" else self.ip  # noqa: S104


class Submission(Struct, frozen=True, gc=False):
    """One lead as it came in; `destinations`: the names of the accounts that it is owed to."""

    id: UUID
    at: Aware  # UTC
    form: str
    lead: Lead
    origin: Origin
    destinations: tuple[str, ...]
