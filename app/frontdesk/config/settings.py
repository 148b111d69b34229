"""`frontdesk.toml` as a whole. What each setting means stands in docs/configuration.md."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from frontdesk.config.form import Form, FormLimits
from frontdesk.config.inbox import Inbox
from frontdesk.config.kinds import CaptchaSection
from frontdesk.config.look.section import Look
from frontdesk.config.section import Section
from frontdesk.config.types import (
    DatabaseUrl,
    Duration,
    Folder,
    OptionalUrl,
    Receiver,
    Size,
    Slug,
    Storage,
    Untouched,
    matching,
)

LONGEST = 365 * 86400.0  # seconds


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
