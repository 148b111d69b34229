"""Links in a text, written `[text](https://…)`; everything else in it is plain text."""

import re
from typing import NamedTuple

from frontdesk.config import addresses

# A link has words to click on; its address has no spaces, and parentheses only in pairs.
_LINK = re.compile(r"\[([^\[\]]*[^\[\]\s][^\[\]]*)\]\(((?:[^\s()]|\([^\s()]*\))*)\)")


class Link(NamedTuple):
    """Words that lead somewhere."""

    text: str
    url: str

    @property
    def href(self) -> str:
        """The address as browsers send it; `url` stays as it was written."""
        return addresses.url(self.url)


def pieces(text: str) -> list[str | Link]:
    """The text in its order: plain parts and links. No plain part is empty."""
    found: list[str | Link] = []
    end = 0
    for match in _LINK.finditer(text):
        found += [text[end : match.start()], Link(match[1], match[2])]
        end = match.end()
    return [piece for piece in (*found, text[end:]) if piece]


def written(text: str) -> str:
    """The text with each address behind its words, for where nothing can be clicked on."""
    return "".join(f"{p.text} ({p.url})" if isinstance(p, Link) else p for p in pieces(text))


def plain(text: str) -> str:
    """The text as it reads, without the addresses."""
    return "".join(p.text if isinstance(p, Link) else p for p in pieces(text))
