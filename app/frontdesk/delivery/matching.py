"""When two leads may be of the same person, and when a CRM's name may be one of ours."""

import html
import unicodedata

from frontdesk.model.lead import Lead

COMPARED = 200  # characters of a name; what normalisation costs grows with their square
# Letters that are no letter with an accent by Unicode, and yet are written without it.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)


def folded(name: str) -> str:
    """A name without what CRMs vary: accents, case, spaces, punctuation, entities, ligatures."""
    text = html.unescape(" ".join(name.split())[:COMPARED])
    for _ in range(2):  # what is compatible with a capital has no case of its own
        text = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in text if c.isalnum()).translate(_PLAIN)
    return letters or text  # of a name without letters, what there is


def marks(lead: Lead) -> frozenset[str]:
    """What a CRM, or its list, may take for the same in another lead: contacts, and the name."""
    if lead.anonymous:  # nothing tells whose it is, to a CRM as little as to us
        return frozenset()
    return lead.contacts | {f"name:{folded(lead.name)}"}
