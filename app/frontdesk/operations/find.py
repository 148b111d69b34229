"""Find records by the start of an id, by form, or by a text."""

from collections.abc import Mapping
from uuid import UUID

from frontdesk.config import Settings
from frontdesk.model.record import Record
from frontdesk.operations.errors import NotFoundError, UnknownFormError
from frontdesk.store.base import Store
from frontdesk.store.ids import LEAST
from frontdesk.store.query import Query

SHORT = 8  # characters of an id by which people are told of it
_DIGITS = 6  # of what may be a telephone number
_NAME = 4  # words of a name, at most


def short(identity: UUID) -> str:
    """The start of an id, by which people are told of it."""
    return str(identity)[:SHORT]


def find_record(store: Store, asked: str) -> Record:
    """The record whose id begins with these characters.

    Raises NotFoundError if there is none, or more than one, or fewer than LEAST characters.
    """
    if len(asked) < LEAST:
        raise NotFoundError(asked, "short")
    found = store.starting(asked)
    record = store.get(found[0]) if len(found) == 1 else None
    if record is None:
        raise NotFoundError(asked, "ambiguous" if found else "unknown", found)
    return record


def find_among(records: Mapping[UUID, Record], asked: str) -> Record:
    """The same among records that are in no store; raises NotFoundError."""
    if len(asked) < LEAST:
        raise NotFoundError(asked, "short")
    start = asked.lower()
    found = [r for one, r in records.items() if str(one).startswith(start) and r.begun]
    if len(found) != 1:
        candidates = [record.id for record in found[:2]]
        raise NotFoundError(asked, "ambiguous" if found else "unknown", candidates)
    return found[0]


def is_configured(store: Store, settings: Settings, form: str) -> bool:
    """Whether the configuration has a form; False for a former form, of which there are records.

    Raises UnknownFormError for one that never was.
    """
    if form in settings.forms:
        return True
    if not store.find(Query(form=form), limit=1).records:
        raise UnknownFormError(form, [*settings.forms])
    return False


def search_texts(text: str, settings: Settings) -> tuple[str, ...]:
    """The texts to search for: as typed, and as it may be stored.

    An address or a number in its usual form, and a name with the surname last.
    """
    if "@" not in text and sum(c.isdecimal() for c in text) < _DIGITS:
        words = text.split()
        parts = range(1, len(words)) if len(words) <= _NAME else ()
        return (text, *(" ".join(words[n:] + words[:n]) for n in parts))
    from frontdesk.operations.whom import Whom  # what reads addresses, which few lists need

    return (text, *sorted(Whom(text, settings.forms.values()).marks))
