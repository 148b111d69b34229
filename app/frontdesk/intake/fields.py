"""The kinds of field that a form is made of; phone.py and numbers.py have more.

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
from babel.numbers import format_decimal
from email_validator import EmailNotValidError, validate_email
from markupsafe import Markup
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.core import Field
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from frontdesk.config.links import Link
from frontdesk.intake.text import TEXT_LIMIT, clean_line, clean_lines, clip
from frontdesk.lead import AttributeValue

MAX_LIST = 200  # entries of a JSON list
# What every address has, and what none has; email-validator knows the rest.
_CHARACTER = r"""[^\s@,;:<>()[\]\\"]"""
_DOT = r"[.\u3002\uff0e\uff61]"
_EMAIL = rf"(?!\.|.*(\.[.@]|@\.|\.$)){_CHARACTER}+@{_CHARACTER}*{_DOT}{_CHARACTER}*"
_LANGUAGES = frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2)

Json = Mapping[str, Any]
Keyboard = Mapping[str, str]  # attributes that help with typing


class Required:
    """The visitor must answer; `message` says so in the visitor's words."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, form: object, field: Field) -> None:
        if not field.data:
            raise StopValidation(self.message)


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
        self.data = self.clean(text) if len(text) <= TEXT_LIMIT else text

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
        message = self.ngettext(
            "Please shorten this to %(limit)s character.",
            "Please shorten this to %(limit)s characters.",
            TEXT_LIMIT,
        )
        return message % {"limit": self.written(TEXT_LIMIT)}

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
        if len(self.data or "") > TEXT_LIMIT:
            raise StopValidation(self.wrong)

    @property
    def answer(self) -> AttributeValue | None:
        return self.data or None


class Note(Text, TextAreaField):
    """Several lines of text."""

    keyboard: ClassVar[Keyboard] = {"autocomplete": "off"}

    @staticmethod
    def clean(text: str) -> str:
        return clean_lines(text)


class Email(Text):
    """An email address, normalised; whether it receives mail is not asked."""

    kind = "pattern"
    facts = _EMAIL
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
        try:
            self.data = validate_email(self.data, check_deliverability=False).normalized
        except EmailNotValidError:
            raise StopValidation(self.wrong) from None


class Day(Text):
    """A date, YYYY-MM-DD as browsers' date fields send it."""

    kind = "pattern"
    facts = r"\d{4}-\d{2}-\d{2}"
    keyboard: ClassVar[Keyboard] = {**Text.keyboard, "type": "date"}

    @property
    def wrong(self) -> str:
        return self.gettext("Please write the date as year-month-day, for example 2026-03-17.")

    def json_schema(self) -> Json:
        return {"type": "string", "format": "date"}

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        try:
            if not re.fullmatch(self.facts, self.data):
                raise ValueError
            date.fromisoformat(self.data)
        except ValueError:
            raise StopValidation(self.wrong) from None


class Choice(SelectField):
    """One of the configured options, or none of them."""

    def __call__(self, **kwargs: object) -> Markup:
        return super().__call__(**{"autocomplete": "off", **kwargs})

    def __init__(self, label: str, options: Mapping[str, str], **kwargs: Any) -> None:
        choices: Any = {"": "–", **options}
        super().__init__(label, choices=choices, **kwargs)
        self.offered = list(options)

    def json_schema(self) -> Json:
        return {"type": "string", "enum": self.offered}

    from_json = staticmethod(Text.from_json)

    def pre_validate(self, form: object) -> None:
        if self.data and self.data not in self.offered:
            raise ValidationError(self.gettext("Please choose one of the options."))

    @property
    def answer(self) -> AttributeValue | None:
        return self.data or None


class YesNo(Choice):
    """A question that may also be left unanswered, which a lone checkbox could not tell."""

    def __init__(self, label: str, yes: str, no: str, **kwargs: Any) -> None:
        super().__init__(label, {"true": yes, "false": no}, **kwargs)

    def json_schema(self) -> Json:
        return {"type": "boolean"}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        return [str(value).lower()] if isinstance(value, bool) else None

    @property
    def answer(self) -> AttributeValue | None:
        return self.data == "true" if self.data else None


class Choices(SelectMultipleField):
    """Any number of the configured options, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, options: Mapping[str, str], **kwargs: Any) -> None:
        choices: Any = dict(options)
        super().__init__(label, choices=choices, **kwargs)
        self.offered = list(options)

    def json_schema(self) -> Json:
        items = {"type": "string", "enum": self.offered}
        return {"type": "array", "items": items, "maxItems": MAX_LIST}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        return None

    def pre_validate(self, form: object) -> None:
        if not set(self.offered).issuperset(self.data or ()):
            raise ValidationError(self.gettext("Please choose from the options."))

    @property
    def answer(self) -> AttributeValue | None:
        return list(dict.fromkeys(self.data or ())) or None


class Tick(BooleanField):
    """One consent's checkbox. Its wording may have links, of which the label has the words."""

    def __init__(self, label: str, wording: Sequence[str | Link], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.wording = wording

    false_values = (False, "false", "False", "", "0", "off", "no")


class Language(Text):
    """The visitor's language, an ISO 639-1 code."""

    kind = ""
    keyboard: ClassVar[Keyboard] = {"autocomplete": "off"}

    def json_schema(self) -> Json:
        return {"type": "string", "pattern": "^[a-z]{2}$"}

    def pre_validate(self, form: object) -> None:
        if self.data and self.data not in _LANGUAGES:
            raise StopValidation(self.gettext("This is not a language's two-letter code."))


class Hint(Text):
    """What the page says of itself (campaign, address); clipped rather than refused."""

    kind = ""
    keyboard: ClassVar[Keyboard] = {"autocomplete": "off"}

    def __init__(self, label: str, limit: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.limit = limit

    def json_schema(self) -> Json:
        return {"type": "string"}

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = clip(str(valuelist[0]), self.limit) if valuelist else ""


class Tags(Hint):
    """Tags of the page, comma-separated in HTML."""

    def json_schema(self) -> Json:
        return {"type": "array", "items": {"type": "string"}}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        items = Choices.from_json(value)
        return None if items is None else [",".join(items)]

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, map(str.strip, (self.data or "").split(",")))))
