"""Recognise a person in the journal, by an address, a number or an id, however it is written."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from copy import copy
from functools import lru_cache
from urllib.parse import unquote
from uuid import UUID

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat

from frontdesk.config import Form
from frontdesk.crm.realgeeks.incoming import HOME
from frontdesk.i18n import SOURCE
from frontdesk.model import events
from frontdesk.store.words import Worded, numbers

TAIL = 6  # last digits of a number, which every way to write it shares
# Characters that part the address of a page are left out: in an email address they are rare, except
# for the apostrophe of a name.
_OF_PART = r"[^\s<>()\[\]\"',:;@/?&=#]"
_PART = rf"{_OF_PART}++"
# Looked for in a time that grows as the text does: never from the middle of a part, nor for ever.
_ADDRESS = re.compile(rf"(?<!{_OF_PART}){_PART}(?:'{_PART}){{0,20}}+@{_PART}")


class Whom:
    """The person whom an operator asks about."""

    def __init__(self, asked: str, forms: Collection[Form]) -> None:
        """`asked`: an email address, a telephone number, or the whole id of a submission.

        Every form reads an address or a number as it would a visitor's. A person who left no
        contact is only known by the id. `ids`: of submissions that are certainly the person's.
        """
        self._regions = (*dict.fromkeys(form.phone_region for form in forms), HOME)
        text = unicodedata.normalize("NFKC", "".join(c for c in asked if not _unseen(c))).strip()
        identity = _identity(text)
        self.ids = frozenset([identity] if identity else ())
        contacts = frozenset(() if identity else self._read(asked, text, forms))
        self.marks = contacts | {*map(str, self.ids)}
        self._names = {mark.rpartition("@")[0] for mark in contacts if "@" in mark}
        self._tails = {mark[-TAIL:] for mark in contacts if "@" not in mark}

    def __or__(self, other: "Whom") -> "Whom":
        """One person who is meant by both."""
        both = copy(self)
        both._regions = (*dict.fromkeys((*self._regions, *other._regions)),)
        both.ids, both.marks = self.ids | other.ids, self.marks | other.marks
        both._names, both._tails = self._names | other._names, self._tails | other._tails
        return both

    @property
    def mentions(self) -> tuple[str, ...]:
        """Short texts, one of which is in every text that mentions the person."""
        return (*(f"{name}@" for name in self._names), *self._tails)

    def _read(self, asked: str, text: str, forms: Collection[Form]) -> Iterator[str]:
        name = "email" if "@" in text else "phone"
        yield from _answers(asked, name, forms)
        if "@" in text:
            # Forms may have been less strict when the address was stored.
            yield folded(text)
            yield _address(text)
            inside = _ADDRESS.findall(text)
            # As in "Jana <jana@example.com>". A part of a valid address would be another's address.
            if len(inside) == 1 and not _valid(text):
                yield _address(inside[0])
        else:
            yield from self._numbers(text)

    def _numbers(self, text: str) -> Iterator[str]:
        for region in self._regions:
            with suppress(phonenumbers.NumberParseException):
                number = phonenumbers.parse(text, region)
                if phonenumbers.is_possible_number(number):
                    yield phonenumbers.format_number(number, PhoneNumberFormat.E164)

    def is_of(self, event: events.AnyEvent) -> bool:
        """Whether an event is of the person's own submission, or a revocation by their address."""
        if event.id in self.ids:
            return True
        if isinstance(event, events.Revocation):
            return self._has(event.email)
        if not isinstance(event, events.Received | events.Amended):
            return False
        return self._has(event.lead.email) or event.lead.phone in self.marks

    def _has(self, email: str | None) -> bool:
        return email is not None and not self.marks.isdisjoint((folded(email), _address(email)))

    def is_in(self, event: events.AnyEvent) -> bool:
        """Whether an event mentions the person anywhere: also in a note, or a page's address."""
        if not isinstance(event, Worded):
            return False
        return self.is_of(event) or any(map(self._mentions, _texts(event)))

    def _mentions(self, text: str) -> bool:
        lower = text.casefold()
        if "@" in text and any(name in lower for name in self._names):
            found = map(_address, _ADDRESS.findall(text))
            if not self.marks.isdisjoint(found):
                return True
        digits = re.sub(r"\D", "", text) if self._tails else ""
        if any(tail in digits for tail in self._tails):
            for number in numbers(text):
                if not self.marks.isdisjoint(self._numbers(number)):
                    return True
        return False


def folded(email: str) -> str:
    """An address as it is compared: in small letters, and composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def _address(text: str) -> str:
    """An address as it is compared; an international domain is in one notation."""
    return _valid(text) or folded(text)


@lru_cache(1000)
def _valid(text: str) -> str | None:
    """The same, or None if the text as a whole is no address."""
    with suppress(EmailNotValidError):
        told = validate_email(text.strip(".…!?"), check_deliverability=False)
        return folded(told.normalized)
    return None


def _unlike(email: str | None) -> str | None:
    """The text of an address field that is not just an address, as `Jana <jana@example.com>`."""
    return None if email and _valid(email) else email


def _answers(asked: str, name: str, forms: Iterable[Form]) -> Iterator[str]:
    """What each form makes of an address or a number."""
    # The questions take long to import, and only this operation and `amend` need them.
    from frontdesk.intake.definition import Definition

    for form in forms:
        question = Definition(form, SOURCE).questions[name]
        typed = question.typed([asked])
        answer = question.read(typed, "operator").answer if typed else None
        if isinstance(answer, str):
            yield folded(answer)


def _texts(event: Worded) -> Iterator[str]:
    if isinstance(event, events.Commented):
        yield event.text
        return
    if isinstance(event, events.Revocation):
        yield from filter(None, (_unlike(event.email), event.notes))
        return
    lead = event.lead
    yield from filter(None, (lead.note, lead.name, _unlike(lead.email), lead.unit, lead.campaign))
    yield from lead.tags
    for answer in lead.attributes.values():
        yield from answer if isinstance(answer, list) else [str(answer)]
    if isinstance(event, events.Received):
        origin = event.origin
        yield from map(unquote, filter(None, (origin.page, origin.referrer, origin.title)))


def _identity(text: str) -> UUID | None:
    """The id that a text is. It must be whole: fewer digits could be a telephone number."""
    with suppress(ValueError):
        return UUID(text)
    return None


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cc") and character not in "\t\n"
