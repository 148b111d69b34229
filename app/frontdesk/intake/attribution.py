"""What a page hands on of where a visitor came from: read, and nothing taken that is not known.

In a form and an address it is written as a query, `gclid=…&ad_storage=granted&first_source=…`.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from frontdesk.intake.text import clean_line
from frontdesk.model.lead import Attribution

LIMIT: Final = 3000  # characters of all of it
_MOST: Final = 40  # entries
_WORDS: Final = 200  # characters of what is in words

# What advertisers call a click, and Meta a browser.
CLICKS: Final = ("gclid", "gbraid", "wbraid", "fbclid", "_fbp")
# Google's Consent Mode, version 2.
CONSENT_MODE: Final = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
FIRST_TOUCH: Final = {
    f"first_{name}": name
    for name in ("source", "medium", "campaign", "term", "content", "page", "referrer")
}
_CLICK: Final = re.compile(r"[A-Za-z0-9_.~-]{1,500}")
_CHOICE: Final = re.compile("granted|denied")


def understood(text: str) -> tuple[Attribution | None, bool]:
    """What a query says; and whether there is more in it, which is left out."""
    try:
        told = parse_qsl(text, max_num_fields=_MOST) if len(text) <= LIMIT else None
    except ValueError:
        told = None
    if told is None:
        return None, True
    clicks, consent_mode, first_touch, more = {}, {}, {}, False
    for name, value in told:
        words = clean_line(value)
        if name in CLICKS and _CLICK.fullmatch(value):
            clicks[name] = value
        elif name in CONSENT_MODE and _CHOICE.fullmatch(value):
            consent_mode[name] = value
        elif name in FIRST_TOUCH and 0 < len(words) <= _WORDS:
            first_touch[FIRST_TOUCH[name]] = words
        else:
            more = True
    found = Attribution(clicks, consent_mode, first_touch)
    return (found if found != Attribution() else None), more


def written(told: Mapping[object, object]) -> str:
    """The query that says what an object of JSON does; only its texts."""
    texts = {str(name): value for name, value in told.items() if isinstance(value, str)}
    return urlencode(texts)
