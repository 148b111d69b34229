"""The kinds of field that a form is made of.

Each is one WTForms field that serves HTML and JSON alike: `from_json` turns a JSON value into
what a browser would have sent, `json_schema` describes that value, `answer` is what goes into
the lead (None: not answered).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import phonenumbers
from babel import Locale
from babel.numbers import get_currency_symbol
from email_validator import EmailNotValidError, validate_email
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.core import Field
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from frontdesk.i18n import languages
from frontdesk.intake.text import TEXT_LIMIT, clean_line, clean_lines, parse_price
from frontdesk.lead import AttributeValue

PRICE_LIMIT = 10**12
NUMBER_LIMIT = 10**18
MAX_LIST = 200  # entries of a JSON list
_TEL_TYPED = re.compile(r"[\d\s()+./\u00a0\u2010-\u2015-]{1,50}")
_LANGUAGES = frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2)

Json = Mapping[str, Any]


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
        self.data = self.clean(str(valuelist[0])) if valuelist else ""

    def pre_validate(self, form: object) -> None:
        if len(self.data or "") > TEXT_LIMIT:
            raise StopValidation(
                self.gettext("Please shorten this to %(limit)d characters.") % {"limit": TEXT_LIMIT}
            )

    @property
    def answer(self) -> AttributeValue | None:
        return self.data or None


class Note(Text, TextAreaField):
    """Several lines of text."""

    @staticmethod
    def clean(text: str) -> str:
        return clean_lines(text)


class Email(Text):
    """An email address, normalised; whether it receives mail is not asked."""

    def json_schema(self) -> Json:
        return {"type": "string", "format": "email", "maxLength": 254}

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        try:
            self.data = validate_email(self.data, check_deliverability=False).normalized
        except EmailNotValidError:
            raise StopValidation(
                self.gettext("This email address is not complete, for example jana@example.com.")
            ) from None


class Phone(Text):
    """A telephone number in national or international notation, stored as E.164."""

    def json_schema(self) -> Json:
        return {"type": "string", "maxLength": 50}

    def __init__(self, label: str, region: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.region = region
        self.parsed: str | None = None

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        number = None
        if _TEL_TYPED.fullmatch(self.data):
            try:
                number = phonenumbers.parse(self.data, self.region)
            except phonenumbers.NumberParseException:
                number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise StopValidation(
                self.gettext(
                    "This is not a complete phone number."
                    " Add the country's prefix if it is from abroad, for example +420."
                )
            )
        self.parsed = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    @property
    def answer(self) -> str | None:
        return self.parsed


def currency_names(currency: str) -> frozenset[str]:
    """How people write a currency beside an amount, in any language of the forms."""
    symbols = {get_currency_symbol(currency, locale=language) for language in languages()}
    return frozenset(name.casefold() for name in {currency, *symbols})


class Price(Text):
    """A whole amount of money as people write it."""

    def json_schema(self) -> Json:
        return {
            "type": ["integer", "string"],
            "minimum": 1,
            "maximum": PRICE_LIMIT,
            "maxLength": 50,
        }

    def __init__(self, label: str, currency_names: frozenset[str], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.currency_names = currency_names
        self.amount: int | None = None

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        # JSON tells 8500000 from 8500000.0 as little as JSON Schema does.
        if isinstance(value, float) and value.is_integer() and abs(value) <= PRICE_LIMIT:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return [str(value)]
        return Text.from_json(value)

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        self.amount = parse_price(self.data, self.currency_names) if len(self.data) <= 50 else None
        if self.amount is None:
            raise StopValidation(
                self.gettext(
                    "Please write the whole amount in digits, for example 8\u00a0500\u00a0000."
                )
            )
        if not 1 <= self.amount <= PRICE_LIMIT:
            raise StopValidation(self.gettext("This amount is not possible."))

    @property
    def answer(self) -> int | None:
        return self.amount


class Whole(Text):
    """A whole number, digits only (Realpad's specification, custom attributes)."""

    def json_schema(self) -> Json:
        return {
            "type": ["integer", "string"],
            "minimum": 0,
            "exclusiveMaximum": NUMBER_LIMIT,
            "pattern": r"^\s*[0-9]{1,18}\s*$",
        }

    from_json = staticmethod(Price.from_json)

    def pre_validate(self, form: object) -> None:
        if self.data and not re.fullmatch(r"[0-9]{1,18}", self.data):
            raise StopValidation(self.gettext("Please write a whole number, digits only."))

    @property
    def answer(self) -> AttributeValue | None:
        return int(self.data) if self.data else None


class Decimal(Text):
    """A number with an optional fraction, kept exactly as a text with a decimal point."""

    def json_schema(self) -> Json:
        return {
            "type": ["number", "string"],
            "minimum": 0,
            "exclusiveMaximum": NUMBER_LIMIT,
            "pattern": r"^\s*[0-9]{1,18}([.,][0-9]{1,12})?\s*$",
        }

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        if isinstance(value, float):
            # repr() would give 1e+16 notation to large floats, which nobody typed.
            return [f"{value:.12f}".rstrip("0").rstrip(".")]
        return Price.from_json(value)

    def pre_validate(self, form: object) -> None:
        if self.data and not re.fullmatch(r"[0-9]{1,18}([.,][0-9]{1,12})?", self.data):
            raise StopValidation(self.gettext("Please write a number, for example 42.5."))

    @property
    def answer(self) -> AttributeValue | None:
        return self.data.replace(",", ".") if self.data else None


class Day(Text):
    """A date, YYYY-MM-DD as browsers' date fields send it."""

    def json_schema(self) -> Json:
        return {"type": "string", "format": "date"}

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.data):
                raise ValueError
            date.fromisoformat(self.data)
        except ValueError:
            raise StopValidation(
                self.gettext("Please write the date as year-month-day, for example 2026-03-17.")
            ) from None


class Choice(SelectField):
    """One of the configured options, or none of them."""

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
    """One consent's checkbox."""

    false_values = (False, "false", "False", "", "0", "off", "no")


class Language(Text):
    """The visitor's language, an ISO 639-1 code."""

    def json_schema(self) -> Json:
        return {"type": "string", "pattern": "^[a-z]{2}$"}

    def pre_validate(self, form: object) -> None:
        if self.data and self.data not in _LANGUAGES:
            raise StopValidation(self.gettext("This is not a language's two-letter code."))


class Hint(Text):
    """What the page says of itself (campaign, address); clipped rather than refused."""

    def __init__(self, label: str, limit: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.limit = limit

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata([str(v)[: self.limit] for v in valuelist])


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
