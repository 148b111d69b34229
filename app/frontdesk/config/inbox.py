"""`[inbox]`: whether the operators have pages of their own, and who may do what there."""

import base64
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, field_validator

from frontdesk.config.problems import Problem
from frontdesk.config.section import Section, differ
from frontdesk.config.types import (
    Duration,
    OptionalUrl,
    SpokenLanguage,
    Untouched,
    Url,
    matching,
)

DAY = 86400.0  # seconds
HOW = "`frontdesk inbox password` makes the line"
_HASH = re.compile(r"scrypt:[1-9]\d{3,9}:[1-9]\d?:[1-9]\d?\$[!-#%-~]{8,200}\$[0-9a-f]{128}")

SECOND = "`frontdesk inbox totp` makes the lines"
_LEAST_SECRET = 16  # bytes, as RFC 4226 asks for

Role = Literal["read", "act", "admin"]


def _hash(value: str) -> str:
    # It is never quoted: somebody may have written the password itself.
    if value and not _HASH.fullmatch(value):
        raise ValueError(f'must be like "scrypt:32768:8:1$…"; {HOW}')
    return value


def _base32(value: str) -> str:
    # Nor is this one. Apps show it in groups, and some in small letters.
    plain = "".join(value.split()).upper().rstrip("=")
    plain += "=" * (-len(plain) % 8)
    try:
        long = len(base64.b32decode(plain)) >= _LEAST_SECRET or not value
    except ValueError:
        long = False
    if not long:
        raise ValueError(f"must be at least 26 letters and digits of base 32; {SECOND}")
    return plain


def _recovery(value: str) -> str:
    # It may be a code itself.
    if not re.fullmatch("[0-9a-f]{64}", value):
        raise ValueError(f"not the SHA-256 of a code, 64 hex digits; {SECOND}")
    return value


def encrypted_or_here(url: str) -> bool:
    """Whether an address is an https one, or an http one of this computer."""
    parts = urlsplit(url)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "https" or (parts.scheme == "http" and here)


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    if not encrypted_or_here(value) or parts.query or parts.fragment:
        raise ValueError(
            "must be an https address, as the provider writes it; http is for localhost"
        )
    return value


def _zone(value: str) -> str:
    if value != "UTC" and value not in available_timezones():
        said = 'no such time zone; write it like "Europe/Prague" (the system needs tzdata for it)'
        raise ValueError(said)
    return value


RecoveryHash = Annotated[str, AfterValidator(_recovery)]
LONGEST_NAME = 100  # characters
PersonName = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_NAME),
    matching(r"[^\x00-\x1f\x7f]*\S", "must have no line breaks, and no blank at its end"),
]


class InboxPerson(Section):
    """Somebody who may sign in; `forms`: None for all. `language`: None for the inbox's."""

    name: PersonName
    password: Annotated[str, AfterValidator(_hash)] = Field("", repr=False)
    totp: Annotated[str, AfterValidator(_base32)] = Field("", repr=False)
    recovery: list[RecoveryHash] = Field([], max_length=50, repr=False)
    role: Role = "read"
    forms: list[str] | None = Field(None, min_length=1)
    language: SpokenLanguage | None = None

    @field_validator("forms")
    @classmethod
    def _forms_differ(cls, forms: list[str] | None) -> list[str] | None:
        differ(forms or [])
        return forms


class InboxHeader(Section):
    """The header by which a proxy says who has signed in there."""

    name: Annotated[str, matching("[A-Za-z][A-Za-z0-9-]{0,99}", "is not the name of a header")]


class InboxOidc(Section):
    """A provider of OpenID Connect where people sign in.

    `claim`: which of its claims is the name of one of the people.
    """

    issuer: Annotated[Url, AfterValidator(_issuer)]
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    client_secret: Annotated[str, Untouched] = Field("", repr=False)
    claim: Annotated[str, matching("[A-Za-z0-9_.:/-]{1,200}", "is not the name of a claim")] = (
        "email"
    )
    verified: bool = True
    label: Annotated[str, Field(max_length=100)] = ""
    redirect_uri: OptionalUrl = ""


class Inbox(Section):
    """Who may use the inbox, and how long they stay signed in (seconds).

    `language`: of its pages; None for that of each browser.
    """

    people: list[InboxPerson] = []
    header: InboxHeader | None = None
    oidc: InboxOidc | None = None
    host: bool = False
    public_url: OptionalUrl = ""
    idle: Duration = Field("1 hour", ge=60, le=7 * DAY, validate_default=True)
    longest: Duration = Field("12 hours", ge=60, le=30 * DAY, validate_default=True)
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    language: SpokenLanguage | None = None

    @field_validator("people")
    @classmethod
    def _people_differ(cls, people: list[InboxPerson]) -> list[InboxPerson]:
        differ([person.name for person in people])
        return people


def inbox_problems(tree: dict[str, Any]) -> Iterator[Problem]:
    """What only shows beside the rest of the file: ways to sign in, forms, trusted proxies.

    `tree`: the file, with all its forms. What has a wrong type is for the models to complain about.
    """
    inbox = tree.get("inbox")
    if not isinstance(inbox, dict):
        return
    people, header, host = inbox.get("people", []), inbox.get("header"), inbox.get("host", False)
    oidc = inbox.get("oidc")
    if host is True:
        for key in ("people", "header", "oidc"):
            if key in inbox:
                yield (
                    ("inbox", key),
                    "with host = true, the site around says who it is: take it out",
                )
    elif people == []:
        said = f"nobody could sign in; write [[inbox.people]] with a name and a password ({HOW})"
        yield ("inbox", "people"), said
    if header is not None and tree.get("trusted_proxies", 0) == 0:
        said = "anybody could send it: it is only believed with trusted_proxies = 1 or more"
        yield ("inbox", "header"), said
    if oidc is not None and find_spec("authlib") is None:
        said = "needs the package Authlib: install `frontdesk[oidc]`, or authlib beside Frontdesk"
        yield ("inbox", "oidc"), said
    forms = tree.get("forms")
    for index, person in enumerate(people if isinstance(people, list) else []):
        if not isinstance(person, dict):
            continue
        place = ("inbox", "people", index)
        if header is None and oidc is None and not person.get("password"):
            yield (*place, "password"), f"is missing; {HOW}"
        if person.get("totp") and not person.get("password"):
            yield (*place, "totp"), f"is asked for after a password, which is missing; {HOW}"
        if person.get("recovery") and not person.get("totp"):
            said = f"is for who has lost what makes the codes of totp, which is missing; {SECOND}"
            yield (*place, "recovery"), said
        named = person.get("forms")
        for number, form in enumerate(named if isinstance(named, list) else []):
            if isinstance(form, str) and isinstance(forms, dict) and form not in forms:
                yield (*place, "forms", number), f"no form is called {form!r}"
