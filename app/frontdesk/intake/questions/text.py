"""Questions that are answered in a visitor's own words, and what a page says of itself."""

import re
from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from babel import Locale
from babel.dates import format_date

from frontdesk.i18n import primary
from frontdesk.intake import attribution
from frontdesk.intake.contact import MAILTO, read_email
from frontdesk.intake.questions.base import (
    Attributes,
    Channel,
    Json,
    Question,
    Reading,
    Typed,
    wrong,
)
from frontdesk.intake.text import (
    TEXT_LIMIT,
    clean_figures,
    clean_line,
    clean_lines,
    clean_value,
    clip,
    length,
)

# What every address has, and what none has; email-validator knows the rest.
_CHARACTER = r"""[^\s@,;:<>()[\]\\"]"""
_DOT = r"[.\u3002\uff0e\uff61]"
_EMAIL = MAILTO + rf"(?!\.|.*(\.[.@]|@\.|\.$)){_CHARACTER}+@{_CHARACTER}*{_DOT}{_CHARACTER}*"
# ISO 639-1: Unicode has one code more, which the standard has withdrawn.
_LANGUAGES = frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2) - {"sh"}


class Text(Question):
    """One line of text.

    What is typed is also read in the browser, by static/fields.js: `kind` says how, `wrong` what is
    said then, `facts` what it has to know for that.
    """

    kind: ClassVar[str] = "text"
    # A box for the message always comes after it, so that there is a next field.
    keyboard: ClassVar[Attributes] = {"autocomplete": "off", "enterkeyhint": "next"}

    def clean(self, text: str) -> str:
        return clean_line(text)

    def typed(self, values: Sequence[str]) -> str:
        text = values[0].replace("\r\n", "\n") if values else ""
        # What is too long stays so, whatever would be cleaned out of it.
        return self.clean(text) if length(text.strip()) <= TEXT_LIMIT else text

    def told(self, value: object) -> str | None:
        return self.typed([value]) if isinstance(value, str) else None

    def read(self, typed: Typed, channel: Channel) -> Reading:
        text = str(typed)
        if length(text) > TEXT_LIMIT:
            return wrong(text, "too_long", self.wrong)
        return Reading(text, text)

    def schema(self) -> Json:
        return {"type": "string", "maxLength": TEXT_LIMIT}

    @property
    def wrong(self) -> str:
        return self.too_long(TEXT_LIMIT)

    def too_long(self, limit: int) -> str:
        message = self.ngettext(
            "Please shorten this to %(limit)s character.",
            "Please shorten this to %(limit)s characters.",
            limit,
        )
        return message % {"limit": self.written(limit)}

    @property
    def facts(self) -> object:
        return TEXT_LIMIT


class Note(Text):
    """Several lines of text."""

    control = "lines"
    keyboard: ClassVar[Attributes] = {"autocomplete": "off"}

    def clean(self, text: str) -> str:
        return clean_lines(text)


class Email(Text):
    """An email address."""

    kind = "email"
    facts = _EMAIL
    keyboard: ClassVar[Attributes] = {
        **Text.keyboard,
        "autocomplete": "email",
        "type": "email",
        "inputmode": "email",
        "autocapitalize": "off",
        "spellcheck": "false",
    }

    def clean(self, text: str) -> str:
        return clean_value(text)

    @property
    def wrong(self) -> str:
        return self.gettext("This email address is not complete, for example jana@example.com.")

    def schema(self) -> Json:
        return {"type": "string", "format": "email", "maxLength": 254}

    def read(self, typed: Typed, channel: Channel) -> Reading:
        address = read_email(str(typed))
        return wrong(typed, "invalid", self.wrong) if address is None else Reading(address, address)


class Day(Text):
    """A date, YYYY-MM-DD as browsers' date fields send it."""

    kind = "pattern"
    pattern = r"\d{4}-\d{2}-\d{2}"
    keyboard: ClassVar[Attributes] = {**Text.keyboard, "type": "date"}

    def __init__(
        self, language: str, label: str, first: date, last: date, *, required: str = ""
    ) -> None:
        self.first, self.last = first.isoformat(), last.isoformat()
        bounds = {"min": self.first, "max": self.last}
        super().__init__(language, label, required=required, render=bounds)

    def clean(self, text: str) -> str:
        return clean_figures(text)

    @property
    def wrong(self) -> str:
        return self.gettext("Please write the date as year-month-day, for example 2026-03-17.")

    @property
    def impossible(self) -> str:
        message = self.gettext("Please choose a date from %(first)s to %(last)s.")
        days = (date.fromisoformat(day) for day in (self.first, self.last))
        first, last = (format_date(day, "long", locale=self.language) for day in days)
        return message % {"first": first, "last": last}

    @property
    def facts(self) -> list[str]:
        return [self.pattern, self.first, self.last, self.impossible]

    def schema(self) -> Json:
        return {
            "type": "string",
            "format": "date",
            "description": f"from {self.first} to {self.last}",
        }

    def read(self, typed: Typed, channel: Channel) -> Reading:
        text = str(typed)
        try:
            if not re.fullmatch(self.pattern, text):
                raise ValueError
            date.fromisoformat(text)
        except ValueError:
            return wrong(text, "invalid", self.wrong)
        if not self.first <= text <= self.last:
            return wrong(text, "out_of_range", self.impossible)
        return Reading(text, text)


class Language(Text):
    """The visitor's language, an ISO 639-1 code; another one than that is none."""

    kind = ""
    keyboard: ClassVar[Attributes] = {"autocomplete": "off"}
    of_page = True

    def schema(self) -> Json:
        return {"description": "two letters, or a tag that begins with them; else ignored"}

    def read(self, typed: Typed, channel: Channel) -> Reading:
        code = primary(str(typed))
        if code in _LANGUAGES:
            return Reading(code, code)
        if channel == "operator":
            return wrong(typed, "invalid", "This is not a language's two-letter code.")
        return Reading("", ignored=True)


class Hint(Text):
    """What the page says of itself (campaign, address); clipped rather than refused."""

    kind = ""
    keyboard: ClassVar[Attributes] = {"autocomplete": "off"}
    of_page = True

    def __init__(self, language: str, label: str, limit: int) -> None:
        super().__init__(language, label)
        self.limit = limit

    def schema(self) -> Json:
        return {"description": f"a text, clipped to {self.limit} characters; else ignored"}

    def typed(self, values: Sequence[str]) -> str:
        return clip(values[0], self.limit) if values else ""

    def told(self, value: object) -> str | None:
        text = spelt(value)
        return None if text is None else self.typed([text])

    def read(self, typed: Typed, channel: Channel) -> Reading:
        return Reading(typed, str(typed))


class Campaigns(Hint):
    """What the page knows of the way that led to it; a part that cannot be is left out."""

    def __init__(self, language: str, label: str) -> None:
        super().__init__(language, label, attribution.LIMIT + 1)  # what is cut would be another id

    def schema(self) -> Json:
        known = (*attribution.CLICKS, *attribution.CONSENT_MODE, *attribution.FIRST_TOUCH)
        return {"description": f"an object, or a query, with any of {', '.join(known)}"}

    def told(self, value: object) -> str | None:
        return super().told(attribution.written(value) if isinstance(value, dict) else value)

    def read(self, typed: Typed, channel: Channel) -> Reading:
        found, more = attribution.understood(str(typed))
        return Reading(typed, found, ignored=more)


class Trap(Hint):
    """What nobody sees, so that nobody fills it in."""

    def told(self, value: object) -> str | None:
        return self.typed([value]) if isinstance(value, str) else None


class Tags(Hint):
    """Tags of the page, comma-separated in HTML."""

    def schema(self) -> Json:
        return {"description": "a list of texts, or one with commas between them; else ignored"}

    def told(self, value: object) -> str | None:
        if not isinstance(value, list):
            return super().told(value)
        known = [text for item in value if (text := spelt(item)) is not None]
        return self.typed([",".join(known)]) if known or not value else None

    def read(self, typed: Typed, channel: Channel) -> Reading:
        tags = filter(None, map(str.strip, str(typed).split(",")))
        return Reading(typed, list(dict.fromkeys(tags)))


def spelt(value: object) -> str | None:
    """A text, or a number, which may well be the name of a campaign."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
