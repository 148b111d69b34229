"""Decide what becomes of a record that waits for a person: release or discard it."""

from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.errors import NotPossibleError
from frontdesk.store.base import Store

RELEASABLE = ("held",)
DISCARDABLE = ("held", "failed")


def release(store: Store, record: Record, by: str) -> None:
    """Let a held submission go to its destinations; `by`: the person who decided it.

    Raises NotPossibleError (`state`) if it is not held; JournalError.
    """
    if record.state not in RELEASABLE:
        raise NotPossibleError(record, "state")
    store.append(events.Released(id=record.id, by=by))


def discard(store: Store, record: Record, by: str) -> None:
    """Give up a submission that is held, or a submission or revocation that has failed.

    It stays in the journal. `by`: the person who decided it. Raises NotPossibleError (`state`) for
    any other; JournalError.
    """
    if record.state not in DISCARDABLE:
        raise NotPossibleError(record, "state")
    store.append(events.Discarded(id=record.id, by=by))
