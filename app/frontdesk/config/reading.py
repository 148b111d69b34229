"""From bytes to texts: how a configuration is encoded, and what strays into its values."""

import codecs
import re
import unicodedata

_MARKED = {
    codecs.BOM_UTF32_LE: "UTF-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_ENDLESS = re.compile(r"\d(?:_?\d){4299}")  # more digits than Python reads
_NAMES = {
    "\r": "a carriage return",
    "\n": "a line feed",
    "\t": "a tab",
    " ": "a blank",
    "\ufeff": "a byte order mark",
}
_QUOTES = {('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"), ("„", "“"), ("‘", "’")}


def decode(content: bytes) -> str:
    """The text of a file; raises ValueError that says how it is encoded, and how to mend that."""
    for mark, name in _MARKED.items():
        if content.startswith(mark):
            raise ValueError(_elsewhere(f"is in {name}", name))
    # Most of it is ASCII in any configuration, so that zeros stand where the others do not. A few
    # by themselves are the parser's to name.
    if content.count(0) > len(content) / 4:
        every = 4 if content.count(0) > len(content) / 2 else 2
        first = content.index(0)
        name = f"UTF-{every * 8}{'BE' if first % every == 0 else 'LE'}"
        raise ValueError(_elsewhere(f"is in {name}, or it is no text", name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        # Nothing printable stands there in ISO 8859.
        windows = any(0x80 <= byte <= 0x9F for byte in content)
        name = "Windows-1250 or Windows-1252" if windows else "Windows-1250 or ISO 8859 (Latin)"
        said = f"line {line} is not in UTF-8; it looks like {name}"
        raise ValueError(_elsewhere(said, "WINDOWS-1250")) from None


def _elsewhere(said: str, name: str) -> str:
    return f"{said}; save it as UTF-8, for example with: iconv -f {name} -t UTF-8 OLD > NEW"


def pointed(message: str, text: str) -> str:
    """A parser's message, with what cannot be told by eye at the place that it names."""
    found = _PLACE.search(message)
    if found is None:
        return message
    row, column = map(int, found.groups())
    rest = (text.split("\n")[row - 1 : row] or [""])[0][column - 1 :]
    odd = next((c for c in rest[:1] if not c.isascii()), "")
    return f"{message}; there is {_named(odd)}" if odd else message


def number_too_long(text: str) -> str | None:
    """Which number of a file Python does not read for its length."""
    found = _ENDLESS.search(text)
    if found is None:
        return None
    line = text.count("\n", 0, found.start()) + 1
    return f"line {line} has a number that is far too long"


def unprintable(text: str) -> str | None:
    """What is in a text that nobody can read; line feeds and tabs are."""
    odd = next((c for c in text if c not in "\n\t" and unicodedata.category(c) == "Cc"), "")
    return f"has {_named(odd)} in it" if odd else None


def stray(text: str) -> str | None:
    """What is in a value that nobody has meant to be there; never the value itself."""
    if text and (text[0].isspace() or _unseen(text[0])):
        return f"begins with {_named(text[0])}"
    if text and (text[-1].isspace() or _unseen(text[-1])):
        return f"ends with {_named(text[-1])}"
    odd = next((c for c in text if c not in "\n\t\u200c\u200d" and _unseen(c)), "")
    if "\ud800" <= odd <= "\udfff":
        return "is not in UTF-8"
    return f"has {_named(odd)} in it" if odd else None


def quoted(text: str) -> bool:
    """Whether a value stands in quotes, as some readers of `.env` files leave them."""
    return len(text) > 1 and (text[0], text[-1]) in _QUOTES


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _named(character: str) -> str:
    name = _NAMES.get(character) or unicodedata.name(character, "a control character").lower()
    return f"{name} (U+{ord(character):04X})"
