"""What a person may see: records, and forms; for others there are none."""

from uuid import UUID

from flask import abort

from frontdesk.inbox.context import desk, person, store
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


def visible(record: Record) -> bool:
    """Whether the person may see a record."""
    return person().sees(record.submission.form if record.submission else None)


def visible_forms() -> list[str]:
    """The forms to choose from: those of the configuration that the person may see."""
    return [slug for slug in desk().settings.forms if person().sees(slug)]
