"""What strangers wrote, made fit to be shown: nothing unseen, nothing that turns the rest round."""

import re
import unicodedata

# Joiners are left: they make one emoji of several, and one word of Persian ones.
_ODD = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
CLIPPED = "…"


def visible(text: str) -> str:
    """A text with the number of each character that nobody would see, or that turns others round.

    Line feeds stay; tabs are blanks.
    """
    text = text.replace("\r\n", "\n").replace("\t", " ")
    return _ODD.sub(lambda odd: f"[U+{ord(odd[0]):04X}]", text)


def clipped(text: str, most: int) -> str:
    """The text on one line, with at most so many characters; what is cut off is told."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    while cut and unicodedata.combining(line[len(cut)]):  # never between a letter and its accent
        cut = cut[:-1]
    return cut.rstrip() + CLIPPED
