"""What a character is worth: how typed text is cleaned. static/fields.js has the same rules.

Words are kept as they were written, without what nobody can see: `clean_lines`, `clean_line`. In
what is read, such as addresses, numbers and dates, a character that looks like one of ASCII is that
one: `clean_value`, `clean_figures`. A text in which nothing can be seen is empty.
"""

import re
import unicodedata

MARKS = 30
TEXT_LIMIT = 5000  # characters, by `length`; Realpad's specification refuses longer strings

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Letters and symbols by their category, blanks to those who look at them.
_SPACE_LIKE = re.compile("[\u2800\u3164\uffa0]")
_UNSEEN = frozenset("\u115f\u1160\ufffc\ufffd\U0001d159")
# They join letters and emoji, and tell words of Persian and Hindi apart.
_JOINERS = frozenset("\u200c\u200d")
# They put a full stop on the right side of a sentence in Arabic or Hebrew, and override nothing.
_DIRECTIONS = frozenset("\u061c\u200e\u200f")
# Unicode's Default_Ignorable_Code_Point beyond the format characters: selectors, fillers, tags.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2065\ufe00-\ufe0f\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
_WIDE = re.compile("[\uff01-\uff5e]")


def clean_lines(text: str) -> str:
    """Several lines, in Unicode's composed form (NFC)."""
    if not text.isprintable():  # most texts need no closer look
        text = _BREAKS.sub("\n", text)
        text = "".join(c for i, c in enumerate(text) if c in "\n\t" or _kept(text, i))
    return _composed(text)


def clean_line(text: str) -> str:
    """The same on one line, where marks of direction are of no use."""
    if text.isascii() and text.isprintable():  # all of it can be seen
        return " ".join(text.split())
    text = clean_lines(text)
    if not text.isprintable():
        text = "".join(c for c in text if c not in _DIRECTIONS)
    return " ".join(text.split())


def clean_value(text: str) -> str:
    """One line of what is read: without joiners and selectors, look-alikes in ASCII."""
    if text.isascii():
        return clean_line(text)
    text = _IGNORABLE.sub("", "".join(c for c in text if unicodedata.category(c) != "Cf"))
    text = _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return clean_line("".join("-" if _is_dash(c) else c for c in text))


def clean_figures(text: str) -> str:
    """A value of digits, whatever script they are of."""
    text = clean_value(text)
    if text.isascii():
        return text
    return clean_value("".join(map(_figure, text)))


def length(text: str) -> int:
    """Characters as JavaScript, Java and Windows count them: UTF-16 units, never fewer than ours.

    Nobody says how a CRM counts; what is short enough like this is so in either way.
    """
    return len(text) if text.isascii() else len(text) + sum(c > "\uffff" for c in text)


def cut(text: str, limit: int) -> str:
    """So many characters of it at most, by `length`, and no half of what is seen as one."""
    if length(text) <= limit:
        return text
    end = len(text.encode("utf-16-le", "replace")[: 2 * limit].decode("utf-16-le", "ignore"))
    for back in range(end, max(0, end - MARKS), -1):
        if not _joined(text[back - 1], text[back]):
            return text[:back]
    return text[:end]


def _joined(before: str, after: str) -> bool:
    """Whether two characters are seen as one: a letter and its accent, parts of an emoji."""
    if before in _JOINERS or after in _JOINERS or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    return _category(after) == "M" or "\U000e0020" <= after <= "\U000e007f"


def clip(text: str, limit: int) -> str:
    """So many characters of it at most, on one clean line."""
    # Before, so that little has to be cleaned; after, because composing can make it longer.
    return clean_line(text[:limit])[:limit].strip()


def without_marks(text: str) -> str:
    """Small letters without their marks, to compare words by."""
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in letters if unicodedata.category(c)[0] != "M").replace("ł", "l")


def _kept(text: str, index: int) -> bool:
    character = text[index]
    if character in _JOINERS:
        before, after = text[index - 1 : index], text[index + 1 : index + 2]
        return _category(before) in "LMS" and _category(after) in "LS"
    if "\U000e0000" <= character <= "\U000e00ff":  # tags, and what is set aside for more of them
        return False
    category = unicodedata.category(character)
    return character in _DIRECTIONS or category not in ("Cc", "Cf", "Cs")


def _category(character: str) -> str:
    """Its first letter; a blank where there is no character."""
    return unicodedata.category(character)[0] if character else " "


def _is_dash(character: str) -> bool:
    return character == "\u2212" or unicodedata.category(character) == "Pd"


def _figure(character: str) -> str:
    """A digit as that of ASCII. Exponents and fractions are none: 8² is not 82."""
    if unicodedata.category(character) == "No":
        return character
    text = unicodedata.normalize("NFKC", character)
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


def _composed(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", _stream_safe(_SPACE_LIKE.sub(" ", text)))
    text = text.strip()
    return text if any(map(_visible, text)) else ""


def _visible(character: str) -> bool:
    """Marks alone are not, nor is what has no character or a private one."""
    return _category(character) in "LNPS" and character not in _UNSEEN


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
