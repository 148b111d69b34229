"""One record by its address, for those who may see it; for others there is none."""

from uuid import UUID

from flask import abort

from frontdesk.inbox.context import person, store
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
