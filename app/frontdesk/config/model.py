"""The settings of `frontdesk.toml`, typed. What each one means stands in docs/configuration.md."""

from collections.abc import Collection
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from frontdesk.config import addresses
from frontdesk.config.fields import Fields
from frontdesk.config.inbox import Inbox
from frontdesk.config.look import Look
from frontdesk.config.section import Section, differ
from frontdesk.config.types import (
    Currency,
    DatabaseUrl,
    Duration,
    Folder,
    KeyHash,
    Localized,
    LocalizedLinks,
    OptionalContact,
    OptionalLocalized,
    OptionalLocalizedLinks,
    OptionalUrl,
    Origin,
    Rates,
    Receiver,
    Region,
    Size,
    Slug,
    SpokenLanguage,
    Storage,
    Untouched,
    contact_href,
    matching,
)
from frontdesk.config.units import UnitSource

LONGEST = 365 * 86400.0  # seconds


class CaptchaSection(Section):
    """What every captcha provider has; each provider's file adds its own keys."""

    provider: str
    on_outage: Literal["hold", "deliver", "refuse"] = "hold"


class AccountSection(Section):
    """What every account in a CRM has; each CRM's folder adds its own keys.

    `takes_anyone`: whether the CRM takes people who leave neither an email address nor a phone
    number, as those may who ask what a property is worth. `takes_leads`: whether what goes there
    reaches somebody who answers it.
    """

    takes_anyone: ClassVar[bool] = False
    takes_leads: ClassVar[bool] = True

    @property
    def last(self) -> bool:
        """Whether it gets a submission only once all other destinations have it."""
        return False

    connect_timeout: Duration = Field(10.0, gt=0, le=120)
    read_timeout: Duration = Field(30.0, gt=0, le=300)


class FormLimits(Section):
    """What one visitor may do with one form."""

    submissions: Rates = "5/minute; 30/hour"
    tokens: Rates = "60/minute"
    api_submissions: Rates = "600/minute"
    fill_time: Duration = Field(2.0, ge=0, le=3600)
    token_age: Duration = Field(86400.0, ge=60)


class Limits(FormLimits):
    storage: Storage = "memory://"
    max_body: Size = Field(64 * 1024, ge=4096, le=1024 * 1024)
    threads: int = Field(16, ge=1, le=1024)


class Delivery(Section):
    courier: Literal["inside", "apart"] = "inside"
    concurrency: int = Field(4, ge=1, le=64)
    retry_first: Duration = Field(30.0, gt=0)
    retry_longest: Duration = Field("1 hour", gt=0, validate_default=True)
    give_up_after: Duration = Field(5 * 86400.0, gt=0)
    same_within: Duration = Field(600.0, ge=0, le=86400)
    compare_every: Duration = Field("1 hour", ge=0, le=LONGEST, validate_default=True)

    @field_validator("retry_longest")
    @classmethod
    def _not_before_the_first(cls, longest: float, info: ValidationInfo) -> float:
        if longest < info.data.get("retry_first", 0):
            raise ValueError("is shorter than retry_first")
        return longest


class Journal(Section):
    """Where the journal is kept: in files of this machine, or in a database that several share."""

    store: Literal["files", "postgresql"] = "files"
    url: DatabaseUrl = Field("", repr=False, validate_default=True)  # may have a password in it
    on_outage: Literal["spool", "refuse"] = "spool"

    @field_validator("url")
    @classmethod
    def _names_the_database(cls, url: str, info: ValidationInfo) -> str:
        if info.data.get("store") == "postgresql" and not url:
            raise ValueError('is missing; write it like "${FRONTDESK_DATABASE_URL}"')
        return url


class Metrics(Section):
    """`/metrics`, for whoever has the token."""

    token: Annotated[
        str, Field(min_length=16), matching("[!-~]*", "must be ASCII without spaces"), Untouched
    ]


class Notify(Section):
    """Who is told when something needs a person, and how often."""

    urls: list[Receiver] = Field([], repr=False)  # with passwords and tokens in them
    late: Duration = Field(900.0, gt=0, le=LONGEST)
    bundle: Duration = Field(300.0, ge=0, le=86400)
    repeat: Duration = Field(86400.0, ge=0, le=LONGEST)

    @field_validator("urls")
    @classmethod
    def _receivers_differ(cls, urls: list[str]) -> list[str]:
        if len(set(urls)) < len(urls):
            raise ValueError("one of them is there twice")
        return urls


class Consent(Section):
    id: int = Field(ge=1)
    label: LocalizedLinks
    required: bool = False
    marketing: bool = False
    was: list[Annotated[int, Field(ge=1)]] = []  # ids that leads were given it under before


class ApiKey(Section):
    """A program that may send enquiries of other people's; the key itself is nowhere."""

    name: Slug
    sha256: KeyHash = Field(repr=False)


class Option(Section):
    value: Annotated[
        str, Field(min_length=1, max_length=200), matching("[^,|]+", "must have no comma and no |")
    ]
    label: Localized


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
NUMBER_LIMIT = 10**18


def _day(bound: object, default: date) -> date:
    """A date of TOML, or a text; a date and time is none."""
    if bound is None:
        return default
    if isinstance(bound, str):
        try:
            return date.fromisoformat(bound)
        except ValueError:
            pass
    if type(bound) is not date:
        raise ValueError("is not a date; write it like 2026-03-17")
    return bound


class Attribute(Section):
    key: Annotated[
        str,
        matching(
            "[a-z][a-z0-9_]{0,99}",
            "must be small letters, digits and underscores, at most 100, a letter first",
        ),
    ]
    type: Literal["boolean", "string", "integer", "decimal", "date", "select", "multiselect"]
    label: Localized
    required: bool = False
    hidden: bool = False  # answered by the page; nobody is asked
    # Dates or numbers; of a union, the mistakes of each member would be told.
    min: Any = Field(None, validate_default=True)
    max: Any = Field(None, validate_default=True)
    options: list[Option] = Field([], validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _called_by_its_key(cls, raw: Any) -> Any:
        """A label for those who read what a hidden one says; no visitor does."""
        hidden = isinstance(raw, dict) and raw.get("hidden") is True
        return {"label": raw.get("key"), **raw} if hidden and "key" in raw else raw

    @field_validator("hidden")
    @classmethod
    def _asks_nobody(cls, hidden: bool, info: ValidationInfo) -> bool:
        if hidden and info.data.get("required"):
            raise ValueError("nobody could answer it, so it cannot be required")
        return hidden

    @field_validator("min", "max")
    @classmethod
    def _bounds_of_the_type(cls, bound: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("type")
        if kind == "date":
            bound = _day(bound, FIRST_DAY if info.field_name == "min" else LAST_DAY)
        elif bound is not None and kind in ("integer", "decimal"):
            if type(bound) not in (int, float) or not 0 <= bound < NUMBER_LIMIT:
                raise ValueError("is not a number from 0 on, of 18 digits at most")
            if kind == "integer" and not float(bound).is_integer():
                raise ValueError("is not a whole number")
        elif bound is not None and kind is not None:
            raise ValueError("date, integer and decimal have bounds, no other type has them")
        least = info.data.get("min")
        if info.field_name == "max" and None not in (least, bound) and bound < least:
            raise ValueError(f"is less than min, {least}")
        return bound

    @field_validator("options")
    @classmethod
    def _fit_the_type(cls, options: list[Option], info: ValidationInfo) -> list[Option]:
        differ([option.value for option in options])
        kind = info.data.get("type")
        if kind is not None and (kind in ("select", "multiselect")) != bool(options):
            raise ValueError("select and multiselect need options, no other type has them")
        return options


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
    unit_source: UnitSource | None = None  # `units` as a table; see load.py
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
            raise ValueError('a form of kind = "valuation" does not ask for it; take it out')
        return entries

    @field_validator("destinations", "languages", "rooms", "units")
    @classmethod
    def _entries_differ(cls, entries: list[str]) -> list[str]:
        differ(entries)
        return entries


class Destination(Section):
    """An account in a CRM: its type, and the `AccountSection` of this type of CRM."""

    type: str
    account: Any


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Settings(Section):
    data_dir: Folder = Path("var")
    forms_dir: Folder | None = None
    templates_dir: Folder | None = None
    secret_key: Annotated[
        list[Annotated[str, Field(min_length=16), Untouched]],
        BeforeValidator(_list),
        Field(min_length=1),
    ]
    public_url: OptionalUrl = ""
    trusted_proxies: int = Field(0, ge=0, le=10)
    limits: Limits = Limits()
    captcha: CaptchaSection
    delivery: Delivery = Delivery()
    journal: Journal = Journal()
    metrics: Metrics | None = None
    notify: Notify = Notify()
    inbox: Inbox | None = None
    look: Look | None = None
    destinations: dict[Slug, Destination] = Field(min_length=1)
    forms: dict[Slug, Form] = Field(min_length=1)

    def model_post_init(self, _: Any) -> None:
        for slug, form in self.forms.items():
            form._slug = slug

    @property
    def consents_renamed(self) -> dict[str, dict[int, int]]:
        """By form, the present ids of consents, by these and by the former ones."""
        return {slug: form.consents_renamed for slug, form in self.forms.items()}

    @property
    def last(self) -> frozenset[str]:
        """The destinations that get a submission only once all others have it."""
        return frozenset(name for name, made in self.destinations.items() if made.account.last)

    def captcha_of(self, form: Form) -> CaptchaSection:
        """The form's own captcha, else the general one."""
        return form.captcha or self.captcha

    @property
    def captchas(self) -> tuple[CaptchaSection, ...]:
        """The captchas that the forms have, each once."""
        return (*dict.fromkeys(map(self.captcha_of, self.forms.values())),)
