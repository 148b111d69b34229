"""Amounts as people write them, with the currency as people call it.

static/fields.js reads them by the same expression and the same words, which the page hands it.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from babel import Locale
from babel.numbers import get_currency_symbol, list_currencies

from frontdesk.i18n import languages
from frontdesk.intake.text import clean_figures, without_marks

# What stands before the zeros of a fraction does not group as well: 8.500.00 lacks a digit.
_NUMBER = r"(\d{1,3}([ .,'’])\d{3}(?:\2\d{3})*(?!\2[0])|\d+)(?:[.,]0{1,2}|[.,]-{1,2})?"
_WORD = r"[^\d\s.,'’-][^\d\s.,'’]*"
_WORDS = rf"(?:{_WORD}\.?(?: {_WORD}\.?){{0,3}})?"
# The digits are in group 1.
PRICE = f"{_WORDS} ?{_NUMBER} ?{_WORDS}"
# What CLDR does not say, in small letters without marks; the star stands for any ending.
_CUSTOMARY = {
    "EUR": "eur* € євр* евр*",
    "USD": "usd $ us$ us dol* us-* usa-* долар*",
    "GBP": "gbp £ pound* sterling libr* liber libier funt* font* pfund* фунт*",
    "CHF": "chf sfr fran* фран*",
    "CZK": "czk kc kcs kor* kron* крон*",
    "PLN": "pln zl zlot* злот*",
    "HUF": "huf ft forint* форинт*",
    "UAH": "uah ₴ грн hrn hri* hry* грив*",
    "AUD": "$",
    "CAD": "$",
    "NZD": "$",
    "DKK": "kr",
    "NOK": "kr",
    "SEK": "kr",
}
_COMMON = ("EUR", "USD", "GBP", "CHF", "CZK", "PLN", "HUF", "UAH")


class Words(NamedTuple):
    """What a form's currency is called, and what others are: texts of words."""

    own: str
    others: str  # with commas between them; each begins with its code


@cache
def currency_words(currency: str) -> Words:
    """In all languages that forms speak, in all plural forms of CLDR."""
    names = {currency.lower()}
    for language in languages():
        locale = Locale(language)
        plurals = locale._data["currency_names_plural"].get(
            currency, {}
        )  # babel has no face for it
        singular = (get_currency_symbol(currency, locale), locale.currencies.get(currency, ""))
        names |= {word for name in (*singular, *plurals.values()) for word in _folded(name).split()}
    customary = _CUSTOMARY.get(currency, "").split()
    called = _shortened(name for name in names if not _is_one(name, customary))
    others = (
        _CUSTOMARY[code]
        for code in _COMMON
        # Crowns and dollars are of many countries.
        if not any(_is_one(name, _CUSTOMARY[code].split()) for name in (*called, *customary))
    )
    return Words(" ".join([*customary, *called]), ",".join(others))


def _shortened(names: Iterable[str]) -> list[str]:
    """The same with a star for all the endings of an adjective."""
    by_stem: dict[str, list[str]] = {}
    for name in sorted(names):
        by_stem.setdefault(name[:4], []).append(name)
    return [found[0] if len(found) == 1 else f"{stem}*" for stem, found in by_stem.items()]


def parse_price(text: str, currency: str) -> int | None:
    """A whole amount as people type it (`8 500 000`, `8.500.000 Kč`), or None.

    Digits may stand in groups of three; anything that abbreviates (`8,5 mil.`) is None, because
    a guess would be wrong by a factor of thousands.
    """
    text = _folded(text)
    match = re.fullmatch(PRICE, text)
    own = currency_words(currency).own.split()
    if match is None or not all(_is_one(word, own) for word in re.findall(_WORD, text)):
        return None
    return int(re.sub(r"\D", "", match[1]))


def other_currency(text: str, currency: str) -> str | None:
    """The code of another currency that is named beside an amount."""
    own, others = currency_words(currency)
    words = [word for word in re.findall(_WORD, _folded(text)) if not _is_one(word, own.split())]
    for names in others.split(","):
        if any(_is_one(word, names.split()) for word in words):
            return names[:3].upper()
    return next((word.upper() for word in words if word.upper() in list_currencies()), None)


def _is_one(word: str, names: Iterable[str]) -> bool:
    return any(word.startswith(name[:-1]) if name.endswith("*") else word == name for name in names)


def _folded(text: str) -> str:
    return without_marks(clean_figures(text))
