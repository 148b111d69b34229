"""What makes two leads alike to a CRM, and a CRM's name one of ours."""

import html
import unicodedata

from frontdesk.model.lead import Lead

COMPARED = 200  # characters of a name; the cost of normalising grows with their square
# Letters that Unicode does not decompose, but that people write in this way.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)


def folded(name: str) -> str:
    """A name as it is compared: without all that CRMs change.

    These are accents, case, spaces, punctuation, HTML entities and ligatures.
    """
    text = html.unescape(" ".join(name.split())[:COMPARED])
    for _ in range(2):  # what is compatible with a capital has no case of its own
        text = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in text if c.isalnum()).translate(_PLAIN)
    return letters or text  # of a name without letters, what there is


def marks(lead: Lead) -> frozenset[str]:
    """The contacts and the name of a lead: a CRM may confuse two leads that share one of these."""
    if lead.anonymous:  # nothing says whose it is, so a CRM has nothing to compare, either
        return frozenset()
    return lead.contacts | {f"name:{folded(lead.name)}"}
