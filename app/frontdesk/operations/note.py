"""Write down what a person has to say about a record, for others who look at it."""

import unicodedata

from frontdesk.intake.text import length
from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.errors import NotPossibleError, UnfitCommentError
from frontdesk.store.base import Store

LONGEST = 2000  # characters
MOST = 100  # of one record


def note(store: Store, record: Record, text: str, by: str) -> None:
    """Write a note about a submission or a revocation; no CRM gets it.

    `text`: may have several lines, and LONGEST characters. `by`: who wrote it. Raises
    NotPossibleError (`beginning`, `erased`), UnfitCommentError, JournalError.
    """
    if not record.begun:
        raise NotPossibleError(record, "beginning")
    if record.erased is not None:
        raise NotPossibleError(record, "erased")
    text = tidied(text)
    if not text:
        raise UnfitCommentError("empty")
    if length(text) > LONGEST:
        raise UnfitCommentError("long", LONGEST)
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        raise UnfitCommentError("characters")
    if len(record.comments) >= MOST:
        raise UnfitCommentError("many", MOST)
    store.append(events.Commented(id=record.id, by=by, text=text))


def tidied(text: str) -> str:
    """A text as it is written down: with one kind of line breaks, and none around it."""
    return text.replace("\r\n", "\n").strip()
