"""Amounts as people write them."""

import re
from collections.abc import Iterable
from functools import cache

from babel.numbers import get_currency_symbol

from frontdesk.i18n import languages
from frontdesk.intake.text import clean_figures, without_marks

# What stands before the zeros of a fraction does not group as well: 8.500.00 lacks a digit.
_NUMBER = r"([0-9]{1,3}([ .,'])[0-9]{3}(?:\2[0-9]{3})*(?!\2[0])|[0-9]+)(?:[.,]0{1,2}|[.,]-{1,2})?"


def _folded(text: str) -> str:
    return without_marks(clean_figures(text).replace("’", "'"))


def price_pattern(currency_names: Iterable[str]) -> str:
    """The regular expression of a price, its digits in group 1; static/fields.js has it as well."""
    names = sorted(map(_folded, currency_names), key=len, reverse=True)
    name = f"(?:{'|'.join(map(re.escape, names))})?"
    return f"{name} ?{_NUMBER} ?{name}"


@cache
def currency_pattern(currency: str) -> str:
    """Of prices, with the currency as any language of the forms calls it."""
    symbols = {get_currency_symbol(currency, locale=language) for language in languages()}
    return price_pattern({currency, *symbols})


def parse_price(text: str, pattern: str) -> int | None:
    """A whole amount as people type it (`8 500 000`, `8.500.000 Kč`), or None.

    Digits may stand in groups of three; anything that abbreviates (`8,5 mil.`) is None, because
    a guess would be wrong by a factor of thousands.
    """
    match = re.fullmatch(pattern, _folded(text))
    return int(re.sub(r"\D", "", match[1])) if match else None
