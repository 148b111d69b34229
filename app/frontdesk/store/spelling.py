"""Names as people write them who lack a key for a letter, or read another alphabet."""

import re
import unicodedata

# Letters that have no accent to be left out, and are mostly written so.
PLAIN = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
# German, where there is no key for them; and Ukrainian, as in passports (resolution 55 of the
# Cabinet of Ministers, 2010), with the letters that Russian has besides.
_LATIN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue"}
    | dict(zip("абвгґдезиіїйклмнопрстуф", "abvhgdezyiiiklmnoprstuf", strict=True))
    | {"є": "ie", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"}
    | {"ю": "iu", "я": "ia", "ь": "", "ё": "e", "ъ": "", "ы": "y", "э": "e"}
)
_AT_START = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_START = re.compile(rf"\b[{''.join(_AT_START)}]")
_APOSTROPHE = re.compile(r"(?<=[\u0400-\u04ff])['\u2019\u02bc](?=[\u0400-\u04ff])")


def in_latin(text: str) -> str | None:
    """A text in small letters of the Latin alphabet, with `ue` for `ü`; None if it is so already.

    What is in other alphabets, and other accents, stay as they are.
    """
    if text.isascii():
        return None
    small = unicodedata.normalize("NFC", text.casefold())
    found = _START.sub(lambda letter: _AT_START[letter[0]], _APOSTROPHE.sub("", small))
    found = found.replace("зг", "zgh").translate(_LATIN)
    return found if found != small else None
