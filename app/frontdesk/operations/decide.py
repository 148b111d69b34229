"""Decide on what waits for a person: let it go, or discard it."""

from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.errors import NotPossibleError
from frontdesk.store.base import Store

RELEASABLE = ("held",)
DISCARDABLE = ("held", "failed")


def release(store: Store, record: Record, by: str) -> None:
    """Let a held submission go to its destinations.

    Raises NotPossibleError (`state`) for one that is not held; JournalError.
    """
    if record.state not in RELEASABLE:
        raise NotPossibleError(record, "state")
    store.append(events.Released(id=record.id, by=by))


def discard(store: Store, record: Record, by: str) -> None:
    """Do not send what is held or has failed, a revocation either; it stays in the journal.

    Raises NotPossibleError (`state`) for anything else; JournalError.
    """
    if record.state not in DISCARDABLE:
        raise NotPossibleError(record, "state")
    store.append(events.Discarded(id=record.id, by=by))
