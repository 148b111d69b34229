"""Amounts of money and other numbers, read as people write them and shown as they are used to."""

import re
from decimal import Decimal as DecimalNumber
from typing import ClassVar

from babel import Locale
from babel.numbers import get_currency_symbol

from frontdesk.config import NUMBER_LIMIT
from frontdesk.intake.money import PRICE, currency_words, other_currency, parse_price
from frontdesk.intake.questions.base import Attributes, Channel, Json, Reading, Typed, wrong
from frontdesk.intake.questions.text import Text
from frontdesk.intake.text import clean_figures
from frontdesk.model.lead import AttributeValue

PRICE_LIMIT = 10**12
PRICE_LENGTH = 50  # characters
_NUMERIC: Attributes = {**Text.keyboard, "inputmode": "numeric"}


class Price(Text):
    """A whole amount of money as people write it."""

    kind = "price"
    keyboard: ClassVar[Attributes] = _NUMERIC

    def __init__(self, language: str, label: str, currency: str, *, required: str = "") -> None:
        super().__init__(language, label, required=required)
        self.currency = currency

    def clean(self, text: str) -> str:
        return clean_figures(text)

    def told(self, value: object) -> str | None:
        return super().told(digits(value))

    def schema(self) -> Json:
        return {
            "type": ["integer", "string"],
            "minimum": 1,
            "maximum": PRICE_LIMIT,
            "maxLength": PRICE_LENGTH,
        }

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

    def read(self, typed: Typed, channel: Channel) -> Reading:
        text = str(typed)
        short = len(text) <= PRICE_LENGTH
        amount = parse_price(text, self.currency) if short else None
        if amount is None:
            other = other_currency(text, self.currency) if short else None
            if other:
                return wrong(text, "currency", self.foreign(other))
            return wrong(text, "invalid", self.wrong)
        if not 1 <= amount <= PRICE_LIMIT:
            return wrong(text, "out_of_range", self.impossible)
        return Reading(text, amount)

    def shown(self, reading: Reading) -> Typed:
        """How it was understood."""
        if isinstance(reading.answer, int):
            return self.written(reading.answer)
        return super().shown(reading)


class Number(Text):
    """A number without a sign, between bounds if it has any."""

    kind = "pattern"
    pattern: ClassVar[str]

    def __init__(
        self,
        language: str,
        label: str,
        least: float | None = None,
        most: float | None = None,
        *,
        required: str = "",
    ) -> None:
        super().__init__(language, label, required=required)
        self.least, self.most = least or 0, NUMBER_LIMIT if most is None else most
        self.bounded = least is not None or most is not None

    def clean(self, text: str) -> str:
        return clean_figures(text)

    def schema(self) -> Json:
        ends = "exclusiveMaximum" if self.most == NUMBER_LIMIT else "maximum"
        return {
            "type": ["number", "string"],
            "minimum": self.least,
            ends: self.most,
            "pattern": rf"^\s*{self.pattern}\s*$",
        }

    @property
    def impossible(self) -> str:
        least = self.written(self.least)
        if self.most == NUMBER_LIMIT:
            return self.gettext("Please write a number of %(least)s or more.") % {"least": least}
        message = self.gettext("Please write a number from %(least)s to %(most)s.")
        return message % {"least": least, "most": self.written(self.most)}

    @property
    def facts(self) -> list[object]:
        bounds = [self.least, self.most, self.impossible] if self.bounded else []
        return [self.pattern, *bounds]

    def read(self, typed: Typed, channel: Channel) -> Reading:
        text = str(typed)
        if not re.fullmatch(self.pattern, text):
            return wrong(text, "invalid", self.wrong)
        number = DecimalNumber(text.replace(",", "."))
        if not DecimalNumber(str(self.least)) <= number <= DecimalNumber(str(self.most)):
            return wrong(text, "out_of_range", self.impossible)
        return Reading(text, self.value(text))

    def value(self, text: str) -> AttributeValue:
        """What a text that fits means."""
        return text.replace(",", ".")


class Whole(Number):
    """A whole number, digits only (Realpad's specification, custom attributes)."""

    pattern = "[0-9]{1,18}"
    keyboard: ClassVar[Attributes] = _NUMERIC

    def schema(self) -> Json:
        return {**super().schema(), "type": ["integer", "string"]}

    def told(self, value: object) -> str | None:
        return super().told(digits(value))

    @property
    def wrong(self) -> str:
        return self.gettext("Please write a whole number, digits only.")

    def value(self, text: str) -> int:
        return int(text)


class Decimal(Number):
    """A number with an optional fraction, kept exactly as a text with a decimal point."""

    pattern = "[0-9]{1,18}([.,][0-9]{1,12})?"
    keyboard: ClassVar[Attributes] = {**Text.keyboard, "inputmode": "decimal"}

    def told(self, value: object) -> str | None:
        if isinstance(value, float):
            # repr() would give 1e+16 notation to large floats, which nobody typed.
            return super().told(f"{value:.12f}".rstrip("0").rstrip("."))
        return super().told(digits(value))

    @property
    def wrong(self) -> str:
        message = self.gettext("Please write a number, for example %(number)s.")
        return message % {"number": self.written(42.5)}


def digits(value: object) -> object:
    """A whole number as it is typed; JSON tells 8500000 from 8500000.0 as little as its schema."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= PRICE_LIMIT:
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
