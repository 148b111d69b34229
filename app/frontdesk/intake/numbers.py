"""Amounts of money and other numbers, read as people write them and shown as they are used to."""

import re
from decimal import Decimal as DecimalNumber
from typing import Any, ClassVar

from babel import Locale
from babel.numbers import format_decimal, get_currency_symbol
from wtforms.validators import StopValidation

from frontdesk.config import NUMBER_LIMIT
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.fields import Json, Keyboard, Text
from frontdesk.intake.money import PRICE, currency_words, other_currency, parse_price
from frontdesk.intake.text import clean_figures
from frontdesk.model.lead import AttributeValue

PRICE_LIMIT = 10**12
PRICE_LENGTH = 50  # characters
_NUMERIC: Keyboard = {**Text.keyboard, "inputmode": "numeric"}


class Price(Text):
    """A whole amount of money as people write it."""

    kind = "price"
    keyboard: ClassVar[Keyboard] = _NUMERIC
    clean = staticmethod(clean_figures)

    def json_schema(self) -> Json:
        return {
            "type": ["integer", "string"],
            "minimum": 1,
            "maximum": PRICE_LIMIT,
            "maxLength": PRICE_LENGTH,
        }

    def __init__(self, label: str, currency: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.currency = currency
        self.amount: int | None = None

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        # JSON tells 8500000 from 8500000.0 as little as JSON Schema does.
        if isinstance(value, float) and value.is_integer() and abs(value) <= PRICE_LIMIT:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return [str(value)]
        return Text.from_json(value)

    @property
    def example(self) -> str:
        """An amount as it is written in the visitor's language."""
        return self.written(8_500_000)

    @property
    def symbol(self) -> str:
        return get_currency_symbol(self.currency, locale=self.language)

    @property
    def symbol_leads(self) -> bool:
        """Whether the visitor's language writes the currency before the amount."""
        pattern: str = Locale(self.language).currency_formats["standard"].pattern
        return pattern.startswith("¤")

    @property
    def money(self) -> str:
        """How an amount is written with its currency; the amount stands where the % is."""
        if not self.symbol_leads:
            return f"%\u00a0{self.symbol}"
        return f"{self.symbol}\u00a0%" if self.symbol[-1].isalpha() else f"{self.symbol}%"

    @property
    def wrong(self) -> str:
        message = self.gettext("Please write the whole amount in digits, for example %(amount)s.")
        return message % {"amount": self.money.replace("%", self.example)}

    @property
    def impossible(self) -> str:
        return self.gettext("This amount is not possible.")

    def foreign(self, code: str) -> str:
        message = self.gettext("Please write the amount in %(own)s, not in %(other)s.")
        return message % {"own": self.currency, "other": code}

    @property
    def facts(self) -> Json:
        return {
            "language": self.language,
            "money": self.money,
            "pattern": PRICE,
            "own": currency_words(self.currency).own,  # of others the server alone knows
            "most": PRICE_LIMIT,
            "impossible": self.impossible,
        }

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        short = len(self.data) <= PRICE_LENGTH
        amount = parse_price(self.data, self.currency) if short else None
        if amount is None:
            other = other_currency(self.data, self.currency) if short else None
            if other:
                raise StopValidation(Complaint("currency", self.foreign(other)))
            raise StopValidation(Complaint("invalid", self.wrong))
        if not 1 <= amount <= PRICE_LIMIT:
            raise StopValidation(Complaint("out_of_range", self.impossible))
        self.amount = amount

    def _value(self) -> str:
        # How it was understood, where the form comes back for something else.
        return str(self.data or "") if self.amount is None else self.written(self.amount)

    @property
    def answer(self) -> int | None:
        return self.amount


class Number(Text):
    """A number without a sign, between bounds if it has any."""

    kind = "pattern"
    pattern: ClassVar[str]
    clean = staticmethod(clean_figures)

    def __init__(
        self, label: str, least: float | None = None, most: float | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.least, self.most = least or 0, NUMBER_LIMIT if most is None else most
        self.bounded = least is not None or most is not None

    def json_schema(self) -> Json:
        ends = "exclusiveMaximum" if self.most == NUMBER_LIMIT else "maximum"
        return {
            "type": ["number", "string"],
            "minimum": self.least,
            ends: self.most,
            "pattern": rf"^\s*{self.pattern}\s*$",
        }

    @property
    def impossible(self) -> str:
        least = format_decimal(self.least, locale=self.language)
        if self.most == NUMBER_LIMIT:
            return self.gettext("Please write a number from %(least)s on.") % {"least": least}
        message = self.gettext("Please write a number from %(least)s to %(most)s.")
        return message % {"least": least, "most": format_decimal(self.most, locale=self.language)}

    @property
    def facts(self) -> list[object]:
        bounds = [self.least, self.most, self.impossible] if self.bounded else []
        return [self.pattern, *bounds]

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        if not re.fullmatch(self.pattern, self.data):
            raise StopValidation(Complaint("invalid", self.wrong))
        number = DecimalNumber(self.data.replace(",", "."))
        if not DecimalNumber(str(self.least)) <= number <= DecimalNumber(str(self.most)):
            raise StopValidation(Complaint("out_of_range", self.impossible))


class Whole(Number):
    """A whole number, digits only (Realpad's specification, custom attributes)."""

    pattern = "[0-9]{1,18}"
    keyboard: ClassVar[Keyboard] = _NUMERIC

    def json_schema(self) -> Json:
        return {**super().json_schema(), "type": ["integer", "string"]}

    from_json = staticmethod(Price.from_json)

    @property
    def wrong(self) -> str:
        return self.gettext("Please write a whole number, digits only.")

    @property
    def answer(self) -> AttributeValue | None:
        return int(self.data) if self.data else None


class Decimal(Number):
    """A number with an optional fraction, kept exactly as a text with a decimal point."""

    pattern = "[0-9]{1,18}([.,][0-9]{1,12})?"
    keyboard: ClassVar[Keyboard] = {**Text.keyboard, "inputmode": "decimal"}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        if isinstance(value, float):
            # repr() would give 1e+16 notation to large floats, which nobody typed.
            return [f"{value:.12f}".rstrip("0").rstrip(".")]
        return Price.from_json(value)

    @property
    def wrong(self) -> str:
        message = self.gettext("Please write a number, for example %(number)s.")
        return message % {"number": format_decimal(42.5, locale=self.language)}

    @property
    def answer(self) -> AttributeValue | None:
        return self.data.replace(",", ".") if self.data else None
