"""Cleaning and reading of what people type."""

import re
import unicodedata
from collections.abc import Iterable

MARKS = 30
TEXT_LIMIT = 5000  # characters; Realpad's specification refuses longer strings

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Direction overrides make a text look like another one to the operator who reads it.
_DECEPTIVE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# What stands before the zeros of a fraction does not group as well: 8.500.00 lacks a digit.
_NUMBER = r"(\d{1,3}([ .,'])\d{3}(?:\2\d{3})*(?!\2[0])|\d+)(?:[.,]0{1,2}|[.,][-–—]{1,2})?"
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")


def clean_lines(text: str) -> str:
    """Several lines without control characters, in Unicode's composed form (NFC)."""
    if not text.isprintable():  # most texts need no closer look
        text = _BREAKS.sub("\n", text)
        text = "".join(c for c in text if c in "\n\t" or _printable(c))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _stream_safe(text))
    return text.strip()


def _stream_safe(text: str) -> str:
    """Without the excess of long runs of marks, which cost the square of their length to compose.

    Thirty are allowed after a character (Unicode Standard Annex 15, Stream-Safe Text Format).
    """
    run, kept = 0, []
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= MARKS:
            kept.append(character)
    return "".join(kept)


def clean_line(text: str) -> str:
    """The same on one line."""
    return " ".join(clean_lines(text).split())


def clip(text: str, limit: int) -> str:
    """So many characters of it at most, on one clean line."""
    # Before, so that little has to be cleaned; after, because composing can make it longer.
    return clean_line(text[:limit])[:limit].strip()


def _printable(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _DECEPTIVE


def _folded(text: str) -> str:
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", text))
    return text.replace("’", "'").lower().strip()


def price_pattern(currency_names: Iterable[str]) -> str:
    """The regular expression of a price, its digits in group 1; static/fields.js has it as well."""
    names = sorted(map(_folded, currency_names), key=len, reverse=True)
    name = f"(?:{'|'.join(map(re.escape, names))})?"
    return f"{name} ?{_NUMBER} ?{name}"


def parse_price(text: str, pattern: str) -> int | None:
    """A whole amount as people type it (`8 500 000`, `8.500.000 Kč`), or None.

    Digits may stand in groups of three; anything that abbreviates (`8,5 mil.`) is None, because
    a guess would be wrong by a factor of thousands.
    """
    match = re.fullmatch(pattern, _folded(text))
    return int(re.sub(r"\D", "", match[1])) if match else None
