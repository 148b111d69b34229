"""What a person may see: records, as they stood on a page or stand now, and forms."""

from collections.abc import Iterable
from uuid import UUID

from flask import abort, request

from frontdesk.inbox.context import desk, person, store
from frontdesk.model.events import AnyEvent
from frontdesk.model.record import Record


def found(identity: str) -> Record:
    """The record of a whole id; aborts with 404 also where the person may not see its form."""
    try:
        record = store().get(UUID(identity)) if len(identity) == 36 else None
    except ValueError:
        record = None
    if record is None or not visible(record):
        abort(404)
    return record


def found_with_person(identity: str) -> Record:
    """The same, if there is a person in it; else aborts with 404, too."""
    record = found(identity)
    if not has_person(record):
        abort(404)
    return record


def has_person(record: Record) -> bool:
    """Whether a person is known of a record: its first line is there, and nobody was erased."""
    return record.begun and record.erased is None


def version(record: Record, lines: Iterable[AnyEvent]) -> str:
    """What is another one as soon as anything has happened to a record; `lines`: what names it."""
    return str(sum(line.id == record.id for line in lines))


def as_seen(record: Record) -> bool:
    """Whether a record stands as it did on the page that was sent."""
    return request.form.get("version") == version(record, store().events(record.id))


def visible(record: Record) -> bool:
    """Whether the person may see a record."""
    return person().sees(record.submission.form if record.submission else None)


def visible_forms() -> list[str]:
    """The forms to choose from: those of the configuration that the person may see."""
    return [slug for slug in desk().settings.forms if person().sees(slug)]
