"""Email addresses and telephone numbers as people write them, read into the one way they are kept.

The form, the webhook and the commands that look somebody up all read them here.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat

from frontdesk.intake.text import clean_figures, clean_value

PHONE_LENGTH = 50  # characters
EMAIL_LENGTH = 254  # characters (RFC 5321, 4.5.3.1.3, without its brackets)
# What stands before the @ and needs no closer look: a dot-atom of 64 at most (RFC 5322, 3.2.3).
_PLAIN = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
# Also read by static/fields.js, of texts that clean_figures() and clean_value() have cleaned.
MAILTO = "(?:(?:[Mm][Aa][Ii][Ll][Tt][Oo]|[Ee]-?[Mm][Aa][Ii][Ll]): ?)?"
# "Tel.: ", "mob. ", "tel:": at least two characters, since a single letter may stand for a digit.
LABEL = r"[^\d+(]{2,20}"
# In the words of the forms' languages; what stands there is said to whoever answers the call.
EXTENSION = (
    r"[ ,;(]*(?:;ext=|(?:#|x|ext[a-z]*|linka|kl|klapka|dw|durchwahl|app[a-z]*|wewn?|mellék|вн|внутр"
    r"|дод|доб)[.:]? *)(\d{1,7})\)?"
)
# A country's code before a zero in brackets: written for abroad, without the plus.
CODE_AND_ZERO = r"\(?[1-9]\d{0,2}\)?[ ./-]*\(0"
HABIT = r"\+[ ./-]*\d{1,3}[ ./-]*\(0\)"
_TYPED = re.compile(r"[0-9 ()+./-]+")
_LAST_DIGITS = re.compile(r"\d */ *(?:-\d{1,4}|\d{1,2})$")  # of a second number, "777 123 456/7"
_BETWEEN = re.compile(r"[,;|/]|(?<=[\d)]) *(?=\+)")


class Phone(NamedTuple):
    """What a number was understood as, E.164: exactly one, unless it has to be asked for again."""

    readings: tuple[str, ...] = ()
    extension: str = ""
    several: bool = False  # numbers, rather than readings of one


def read_email(typed: str) -> str | None:
    """An address as it is kept; whether it receives mail is not asked."""
    text = re.sub(f"^{MAILTO}", "", clean_value(typed))
    local, _, domain = text.rpartition("@")
    if _PLAIN.fullmatch(local) and (host := _host(domain)) is not None:
        address = f"{local}@{host}"
        return address if len(address) <= EMAIL_LENGTH else _valid_email(text)
    return _valid_email(text)


def _valid_email(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


@lru_cache(maxsize=1000)
def _host(domain: str) -> str | None:
    """A domain as it is kept, if one can have addresses; most visitors have one of a few."""
    found = _valid_email(f"a@{domain}") if len(domain) <= EMAIL_LENGTH else None
    return found and found.removeprefix("a@")


def read_phone(typed: str, region: str) -> Phone:
    """A number in the notation of a region, or an international one."""
    text = clean_figures(typed)
    if len(text) > PHONE_LENGTH:
        return Phone()
    text = re.sub(f"^{LABEL}", "", text)
    extension = ""
    if at_end := re.search(f"{EXTENSION}$", text, re.IGNORECASE):
        text, extension = text[: at_end.start()], at_end[1]
    if _LAST_DIGITS.search(text):
        return Phone(_readings(text[: text.rindex("/")], region), several=True)
    parts = [part.strip() for part in _BETWEEN.split(text)]
    if len(parts) > 1:
        numbers = [_readings(part, region) for part in parts]
        if all(numbers):
            return Phone(tuple(dict.fromkeys(n for found in numbers for n in found)), several=True)
    return Phone(_readings(text, region), extension)


def _readings(text: str, region: str) -> tuple[str, ...]:
    """All that it may mean: without a plus, a number may begin with its country's code."""
    if not _TYPED.fullmatch(text):
        return ()
    spellings = [text]
    if "+" not in text:
        if re.match(CODE_AND_ZERO, text):
            spellings = [f"+{text}"]
        elif re.sub(r"\D", "", text).startswith(_code(region)):
            spellings.append(f"+{text}")
    found = (_valid(spelling, region) or _without_zero(spelling) for spelling in spellings)
    return tuple(dict.fromkeys(filter(None, found)))


def _without_zero(text: str) -> str | None:
    """A number written for abroad with the zero of habit, where the country has none."""
    number = _valid(text.replace("(0)", ""), None) if re.match(HABIT, text) else None
    country = phonenumbers.region_code_for_number(phonenumbers.parse(number)) if number else None
    if country is None or phonenumbers.ndd_prefix_for_region(country, strip_non_digits=True):
        return None
    return number


def _code(region: str) -> str:
    return str(phonenumbers.country_code_for_region(region))


def _valid(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
