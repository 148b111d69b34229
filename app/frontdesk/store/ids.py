"""Read ids in texts."""

import re
from uuid import UUID

from frontdesk.model.events import Notified

LEAST = 4  # characters that the start of an id must have


def as_id(text: str) -> UUID | None:
    """The id that a text is; None if it is no whole id, with its hyphens."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def submissions_in(event: Notified) -> set[UUID]:
    """The submissions that a message to a receiver has named."""
    found = (as_id(key.rpartition(":")[2]) for key in event.what)
    return {one for one in found if one is not None}


def id_range(start: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that begin with a text; None if no id does, or it is too short."""
    start = start.strip().lower()
    digits = start.replace("-", "")
    if not re.fullmatch(rf"[0-9a-f]{{{LEAST},32}}", digits):
        return None
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    # Its hyphens have to be where an id has them, unless it has none.
    return (first, last) if start in (digits, str(first)[: len(start)]) else None
