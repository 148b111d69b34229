"""`[forms.<form>]`: all that there is to say of a form. What it means: docs/configuration.md."""

from collections.abc import Collection
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from frontdesk.config import addresses
from frontdesk.config.attributes import Attribute
from frontdesk.config.fields import NOT_ASKED, Fields
from frontdesk.config.kinds import CaptchaSection
from frontdesk.config.look.section import Look
from frontdesk.config.section import Section, differ
from frontdesk.config.types import (
    Currency,
    Duration,
    KeyHash,
    Localized,
    LocalizedLinks,
    OptionalContact,
    OptionalLocalized,
    OptionalLocalizedLinks,
    OptionalUrl,
    Origin,
    Rates,
    Region,
    Slug,
    SpokenLanguage,
    contact_href,
    matching,
)
from frontdesk.config.units import UnitSource

LAST_CONSENT = (1 << 31) - 1  # ids are numbers of a database
ConsentId = Annotated[int, Field(ge=1, le=LAST_CONSENT)]


class FormLimits(Section):
    """What one visitor may do with one form."""

    submissions: Rates = "5/minute; 30/hour"
    tokens: Rates = "60/minute"
    api_submissions: Rates = "600/minute"
    fill_time: Duration = Field(2.0, ge=0, le=3600)
    token_age: Duration = Field(86400.0, ge=60)


class Consent(Section):
    id: ConsentId
    label: LocalizedLinks
    required: bool = False
    marketing: bool = False
    was: list[ConsentId] = []  # ids that leads were given it under before


class ApiKey(Section):
    """A program that may send enquiries of other people's; the key itself is nowhere."""

    name: Slug
    sha256: KeyHash = Field(repr=False)


class Form(Section):
    """One configured enquiry form. `crm` holds its sections for the CRMs, by CRM type."""

    title: Localized
    kind: Literal["enquiry", "valuation"] = "enquiry"
    destinations: list[str] = Field(min_length=1)
    languages: list[SpokenLanguage] = Field(["en"], min_length=1)
    phone_region: Region = "CZ"
    currency: Currency = "CZK"
    rooms: list[
        Annotated[str, Field(min_length=1, max_length=50), matching("[^|]+", "must have no |")]
    ] = []
    units: list[Annotated[str, Field(min_length=1, max_length=200)]] = []
    unit_source: UnitSource | None = None  # `units` as a table; see validation.py
    allowed_origins: list[Origin] = []
    privacy_url: OptionalUrl = ""
    success_url: OptionalUrl = ""
    lead: OptionalLocalizedLinks = ""
    button: OptionalLocalized = ""
    thanks: OptionalLocalizedLinks = ""
    thanks_next: OptionalLocalizedLinks = ""
    contact: OptionalContact = ""
    consents: list[Consent] = []
    attributes: list[Attribute] = []
    fields: Fields = "full"
    api_keys: list[ApiKey] = []
    captcha: CaptchaSection | None = None
    limits: FormLimits = FormLimits()
    look: Look | None = None
    crm: dict[str, Any] = {}

    _slug: str = PrivateAttr("")

    @cached_property
    def slug(self) -> str:
        return self._slug

    @property
    def contact_href(self) -> str:
        """The link to `contact`: mailto: or tel:."""
        return contact_href(self.contact)

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may show the form, and send to it."""
        return any(addresses.matches(origin, allowed) for allowed in self.allowed_origins)

    def consent_now(self, consent: int) -> int:
        """The id under which the CRM has a consent that was given under this one."""
        return self.consents_renamed.get(consent, consent)

    def marketing(self, granted: Collection[int]) -> bool | None:
        """Whether these consents are all that marketing needs; None if the form asks for none."""
        needed = [consent.id for consent in self.consents if consent.marketing]
        return all(one in granted for one in needed) if needed else None

    @property
    def consents_renamed(self) -> dict[int, int]:
        """The present ids of consents, by these and by the former ones."""
        return {one: consent.id for consent in self.consents for one in (consent.id, *consent.was)}

    @model_validator(mode="before")
    @classmethod
    def _formerly(cls, raw: Any) -> Any:
        """`promise` is what `thanks_next` was called before."""
        if not isinstance(raw, dict) or "promise" not in raw or "thanks_next" in raw:
            return raw
        return {"thanks_next" if key == "promise" else key: raw[key] for key in raw}

    @field_validator("consents")
    @classmethod
    def _consents_differ(cls, consents: list[Consent]) -> list[Consent]:
        differ([consent.id for consent in consents])
        now: dict[int, int] = {}
        for consent in consents:
            for former in consent.was:
                if former in {other.id for other in consents}:
                    raise ValueError(f"{former} is the id of a consent, and cannot be what one was")
                if now.setdefault(former, consent.id) != consent.id:
                    said = f"both {now[former]} and {consent.id} claim to have been {former}"
                    raise ValueError(said)
        return consents

    @field_validator("attributes")
    @classmethod
    def _attributes_differ(cls, attributes: list[Attribute]) -> list[Attribute]:
        differ([attribute.key for attribute in attributes])
        return attributes

    @field_validator("api_keys")
    @classmethod
    def _keys_differ(cls, keys: list[ApiKey]) -> list[ApiKey]:
        differ([key.name for key in keys])
        if len({key.sha256 for key in keys}) < len(keys):
            raise ValueError("two programs have the same key")
        return keys

    @field_validator("rooms", "units")
    @classmethod
    def _asked_by_those_who_buy(cls, entries: list[str], info: ValidationInfo) -> list[str]:
        if entries and info.data.get("kind") == "valuation":
            raise ValueError(NOT_ASKED)
        return entries

    @field_validator("destinations", "languages", "rooms", "units")
    @classmethod
    def _entries_differ(cls, entries: list[str]) -> list[str]:
        differ(entries)
        return entries
