"""Decide what becomes of a record that waits for a person: release or discard it."""

from frontdesk.data_dir import COURIER
from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.errors import CourierRunsError, NotPossibleError
from frontdesk.store.base import Store

RELEASABLE = ("held",)
DISCARDABLE = ("held", "failed")
OWED = ("pending", "deferred")


def release(store: Store, record: Record, by: str) -> None:
    """Let a held submission go to its destinations; `by`: the person who decided it.

    Raises NotPossibleError (`state`) if it is not held; JournalError.
    """
    if record.state not in RELEASABLE:
        raise NotPossibleError(record, "state")
    store.append(events.Released(id=record.id, by=by))


def discard(store: Store, record: Record, by: str) -> None:
    """Give up what is held, has failed, or is owed: a submission or a revocation.

    It stays in the journal. `by`: the person who decided it. Raises NotPossibleError (`state`) for
    any other; CourierRunsError where it is owed, and may be sent at this moment; JournalError,
    OSError.
    """
    if record.state not in (*DISCARDABLE, *OWED):
        raise NotPossibleError(record, "state")
    if record.state in OWED and store.leased(COURIER):
        raise CourierRunsError(str(store))
    store.append(events.Discarded(id=record.id, by=by))
