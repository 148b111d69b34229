"""Values as people write them in a configuration file: durations, sizes, origins, texts."""

import math
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from frontdesk import sender
from frontdesk.config import addresses, api_key, reading
from frontdesk.config.links import Link, pieces
from frontdesk.i18n import languages

SLUG = "[a-z0-9][a-z0-9-]{0,63}"
SLUG_RULE = "must be small letters, digits and hyphens, at most 64, no hyphen first"
BRANCH = "#"  # starts the mark that a union leaves in the path of a mistake; no key has it
TABLE = f"{BRANCH}table"  # that of a text for each language

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
_BYTES = {"B": 1, "KB": 1000, "KIB": 1024, "MB": 1000**2, "MIB": 1024**2}
# Limits as the `limits` package reads them, which takes longer to import than all of this, asyncio
# included: a command that only reads the journal has no use for it.
_SOME = "0*[1-9][0-9]*"
_RATE = rf"\s*{_SOME}\s*(?:/|per)\s*(?:{_SOME})?\s*(?:second|minute|hour|day|month|year)s?\s*"
_RATES = re.compile(f"{_RATE}(?:[,;|]{_RATE})*", re.IGNORECASE | re.ASCII)
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def _duration(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('write a duration with its unit, like "30 seconds"')
    match = _QUANTITY.fullmatch(value.strip())
    unit = match and _UNITS.get(match[2].lower())
    if not match or not unit:
        raise ValueError('not a duration; write it like "30 seconds", "2 hours" or "5 days"')
    return float(match[1]) * _SECONDS[unit]


def matching(pattern: str, rule: str) -> AfterValidator:
    """A validator of texts that match as a whole; `rule` says in words what they have to be."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(rule)
        return value

    return AfterValidator(check)


def _readable(text: str) -> str:
    if said := reading.unprintable(text):
        raise ValueError(said)
    return text


def _size(value: object) -> object:
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    factor = match and _BYTES.get(match[2].upper())
    if not match or not factor:
        raise ValueError('not a size; write it like "64 KiB" or "1 MiB"')
    size = float(match[1]) * factor
    return int(size) if math.isfinite(size) else sys.maxsize


def _rates(value: str) -> str:
    # An unparsable limit would later be no limit at all, without a word.
    if not _RATES.fullmatch(value):
        raise ValueError('not a rate; write it like "5/minute; 30/hour"')
    return value


def _storage(value: str) -> str:
    # Its driver may be missing, or the address wrong; better said here than by every worker.
    from limits.storage import storage_from_string  # see _RATE; most have no storage configured

    try:
        storage_from_string(value)
    except Exception:  # noqa: BLE001 - each has its own kinds, with the password in some
        raise ValueError("no such storage, or its Python package is not installed") from None
    return value


def _named(value: object) -> object:
    if value == "":  # which Python takes for the folder that the file is in
        raise ValueError("is empty; write the path of a folder")
    return value


def _folder(value: Path) -> Path:
    if "\0" in str(value):
        raise ValueError("is not a path")
    return value


def _links(text: dict[str, str] | str) -> dict[str, str] | str:
    for wording in [text] if isinstance(text, str) else text.values():
        for piece in pieces(wording):
            if isinstance(piece, Link):
                try:
                    addresses.url(piece.url)
                except ValueError:
                    said = f"the link {piece.text!r} does not lead to an http or https address"
                    raise ValueError(said) from None
    return text


def _contact(value: str) -> str:
    import email_validator  # 30 ms that every command would take, and many forms name no contact

    try:
        if "@" in value:
            return email_validator.validate_email(value, check_deliverability=False).normalized
        number = phonenumbers.parse(value)
    except (email_validator.EmailNotValidError, phonenumbers.NumberParseException):
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValueError(
            'neither an email address nor a phone number with its prefix, like "+420 777 123 456"'
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def contact_href(contact: str) -> str:
    """Where a contact's link leads: to a letter, or to a call."""
    if "@" in contact:
        return "mailto:" + quote(contact, safe="@")
    return "tel:" + re.sub(r"[^+\d]", "", contact)


def _region(value: str) -> str:
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError('not a country; write its two capital letters, like "CZ"')
    return value


def _spoken(value: str) -> str:
    if value not in languages():
        raise ValueError(f"there are no messages in {value!r}; there are {', '.join(languages())}")
    return value


def _currency(value: str) -> str:
    from babel.numbers import list_currencies  # as above; many forms leave the currency as it is

    if value not in list_currencies():
        raise ValueError('not a currency; write its three capital letters, like "CZK"')
    return value


def _secret(value: str) -> str:
    # A login that is refused may cost the account, so it is not tried with what has slipped in.
    if (wrong := reading.stray(value)) is not None:
        raise ValueError(wrong)
    return value


def _database(value: str) -> str:
    # It is never quoted: there may be a password in it.
    if value and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError('must be like "postgresql://user:password@host:5432/database"')
    return value


Duration = Annotated[float, BeforeValidator(_duration)]  # seconds
Size = Annotated[int, BeforeValidator(_size)]  # bytes
# Logins, passwords, tokens; after what else is checked of them.
Untouched = AfterValidator(_secret)
Secret = Annotated[str, Field(min_length=1), Untouched]
OptionalSecret = Annotated[str, Untouched]
Rates = Annotated[str, AfterValidator(_rates)]
Storage = Annotated[str, AfterValidator(_storage)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Folder = Annotated[Path, Field(strict=False), BeforeValidator(_named), AfterValidator(_folder)]
Url = Annotated[str, AfterValidator(addresses.url)]
Origin = Annotated[str, AfterValidator(addresses.origin)]
Receiver = Annotated[str, AfterValidator(sender.checked)]
Region = Annotated[str, AfterValidator(_region)]
KeyHash = Annotated[str, AfterValidator(api_key.checked)]
Currency = Annotated[str, AfterValidator(_currency)]
Slug = Annotated[str, matching(SLUG, SLUG_RULE)]
OptionalUrl = Annotated[str, AfterValidator(lambda value: value and addresses.url(value))]
OptionalContact = Annotated[str, AfterValidator(lambda value: value and _contact(value))]
Language = Annotated[str, matching("[a-z]{2}", 'must be a code of ISO 639-1, such as "cs"')]
SpokenLanguage = Annotated[str, AfterValidator(_spoken)]
Text = Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(_readable)]
_TEXT_OR_TABLE = Discriminator(lambda value: f"{BRANCH}text" if isinstance(value, str) else TABLE)
# One text for each language, or one for all. The tags keep the paths of mistakes exact.
Localized = Annotated[
    Annotated[dict[Language, Text], Tag(TABLE)] | Annotated[Text, Tag(f"{BRANCH}text")],
    _TEXT_OR_TABLE,
]

OptionalLocalized = Annotated[
    Annotated[dict[Language, Text], Tag(TABLE)]
    | Annotated[str, Field(max_length=5000), Tag(f"{BRANCH}text")],
    _TEXT_OR_TABLE,
]
LocalizedLinks = Annotated[Localized, AfterValidator(_links)]
OptionalLocalizedLinks = Annotated[OptionalLocalized, AfterValidator(_links)]


def localized(text: dict[str, str] | str, language: str) -> str:
    """The text in a language. A form has all of its own; an operator's may be another one."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()))


def untranslated(text: dict[str, str] | str, languages: Iterable[str]) -> Iterator[str]:
    """What is wrong with a text that some of a form's languages lack."""
    if isinstance(text, dict):
        for language in languages:
            if language not in text:
                yield f"has no text for the form's language {language!r}"
