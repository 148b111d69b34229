"""The kinds of field that a form is made of; choices.py, phone.py and numbers.py have more.

Each is one WTForms field that serves HTML and JSON alike: `from_json` turns a JSON value into
what a browser would have sent, `json_schema` describes that value, `answer` is what goes into
the lead (None: not answered). What a visitor typed is also read in the browser, by
static/fields.js: `kind` says how, `wrong` what is said then, `facts` what it has to know for that.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup
from wtforms import StringField, TextAreaField
from wtforms.fields.core import Field
from wtforms.validators import StopValidation

from frontdesk.i18n import primary
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.contact import MAILTO, read_email
from frontdesk.intake.text import (
    TEXT_LIMIT,
    clean_figures,
    clean_line,
    clean_lines,
    clean_value,
    clip,
    length,
)
from frontdesk.model.lead import AttributeValue

MAX_LIST = 200  # entries of a JSON list
# What every address has, and what none has; email-validator knows the rest.
_CHARACTER = r"""[^\s@,;:<>()[\]\\"]"""
_DOT = r"[.\u3002\uff0e\uff61]"
_EMAIL = MAILTO + rf"(?!\.|.*(\.[.@]|@\.|\.$)){_CHARACTER}+@{_CHARACTER}*{_DOT}{_CHARACTER}*"
# ISO 639-1: Unicode has one code more, which the standard has withdrawn.
_LANGUAGES = frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2) - {"sh"}

Json = Mapping[str, Any]
Keyboard = Mapping[str, str]  # attributes that help with typing


class Required:
    """The visitor must answer; `message` says so in the visitor's words."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, form: object, field: Field) -> None:
        if not field.data:
            raise StopValidation(Complaint("missing", self.message))


class Text(StringField):
    """One line of text."""

    kind = "text"
    # A box for the message always comes after it, so that there is a next field.
    keyboard: ClassVar[Keyboard] = {"autocomplete": "off", "enterkeyhint": "next"}

    def json_schema(self) -> Json:
        return {"type": "string", "maxLength": TEXT_LIMIT}

    @staticmethod
    def clean(text: str) -> str:
        return clean_line(text)

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        """The value as a browser would send it; None when it is of the wrong type."""
        return [value] if isinstance(value, str) else None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]).replace("\r\n", "\n") if valuelist else ""
        # What is too long stays so, whatever would be cleaned out of it.
        self.data = self.clean(text) if length(text.strip()) <= TEXT_LIMIT else text

    @property
    def language(self) -> str:
        """The visitor's."""
        spoken: str = self.meta.spoken
        return spoken

    def written(self, number: int) -> str:
        """A number as it is written in the visitor's language."""
        return format_decimal(number, locale=self.language)

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

    def __call__(self, **kwargs: object) -> Markup:
        told: dict[str, object] = {**self.keyboard}
        if self.kind:
            facts = json.dumps(self.facts, separators=(",", ":"))
            told |= {"data-fd-kind": self.kind, "data-fd-wrong": self.wrong, "data-fd-facts": facts}
        return super().__call__(**{**told, **(self.render_kw or {}), **kwargs})

    def pre_validate(self, form: object) -> None:
        if length(self.data or "") > TEXT_LIMIT:
            raise StopValidation(Complaint("too_long", self.wrong))

    @property
    def answer(self) -> AttributeValue | None:
        return self.data or None

    @property
    def remark(self) -> str | None:
        """What the answer cannot say, for the note."""
        return None


class Note(Text, TextAreaField):
    """Several lines of text."""

    keyboard: ClassVar[Keyboard] = {"autocomplete": "off"}

    @staticmethod
    def clean(text: str) -> str:
        return clean_lines(text)


class Email(Text):
    """An email address."""

    kind = "email"
    facts = _EMAIL
    clean = staticmethod(clean_value)
    keyboard: ClassVar[Keyboard] = {
        **Text.keyboard,
        "autocomplete": "email",
        "type": "email",
        "inputmode": "email",
        "autocapitalize": "off",
        "spellcheck": "false",
    }

    @property
    def wrong(self) -> str:
        return self.gettext("This email address is not complete, for example jana@example.com.")

    def json_schema(self) -> Json:
        return {"type": "string", "format": "email", "maxLength": 254}

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        address = read_email(self.data)
        if address is None:
            raise StopValidation(Complaint("invalid", self.wrong))
        self.data = address


class Day(Text):
    """A date, YYYY-MM-DD as browsers' date fields send it."""

    kind = "pattern"
    pattern = r"\d{4}-\d{2}-\d{2}"
    keyboard: ClassVar[Keyboard] = {**Text.keyboard, "type": "date"}
    clean = staticmethod(clean_figures)

    def __init__(self, label: str, first: date, last: date, **kwargs: Any) -> None:
        self.first, self.last = first.isoformat(), last.isoformat()
        super().__init__(label, render_kw={"min": self.first, "max": self.last}, **kwargs)

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

    def json_schema(self) -> Json:
        return {
            "type": "string",
            "format": "date",
            "description": f"from {self.first} to {self.last}",
        }

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        try:
            if not re.fullmatch(self.pattern, self.data):
                raise ValueError
            date.fromisoformat(self.data)
        except ValueError:
            raise StopValidation(Complaint("invalid", self.wrong)) from None
        if not self.first <= self.data <= self.last:
            raise StopValidation(Complaint("out_of_range", self.impossible))


class Language(Text):
    """The visitor's language, an ISO 639-1 code; another one than that is none."""

    kind = ""
    keyboard: ClassVar[Keyboard] = {"autocomplete": "off"}
    ignored = False

    def json_schema(self) -> Json:
        return {"description": "two letters, or a tag that begins with them; else ignored"}

    def pre_validate(self, form: object) -> None:
        code = primary(self.data or "")
        if code in _LANGUAGES or not self.data:
            self.data = code
        elif self.meta.channel == "operator":
            raise StopValidation("This is not a language's two-letter code.")
        else:
            self.data, self.ignored = "", True


class Hint(Text):
    """What the page says of itself (campaign, address); clipped rather than refused."""

    kind = ""
    keyboard: ClassVar[Keyboard] = {"autocomplete": "off"}

    def __init__(self, label: str, limit: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.limit = limit

    def json_schema(self) -> Json:
        return {"description": f"a text, clipped to {self.limit} characters; else ignored"}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        """A number may well be the name of a campaign."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Text.from_json(str(value) if is_number else value)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = clip(str(valuelist[0]), self.limit) if valuelist else ""


class Trap(Hint):
    """What nobody sees, so that nobody fills it in."""

    from_json = staticmethod(Text.from_json)


class Tags(Hint):
    """Tags of the page, comma-separated in HTML."""

    def json_schema(self) -> Json:
        return {"description": "a list of texts, or one with commas between them; else ignored"}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        items = [Hint.from_json(item) for item in value] if isinstance(value, list) else []
        known = [item[0] for item in items if item]
        return [",".join(known)] if known or value == [] else Hint.from_json(value)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, map(str.strip, (self.data or "").split(",")))))


PAGES = (Language, Hint)  # what the page says, which its visitor cannot mend
