"""Wait for the outcome of deliveries."""

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from uuid import UUID

from frontdesk.config import Settings
from frontdesk.model.record import Record
from frontdesk.model.turns import owed_since
from frontdesk.store.base import Store
from frontdesk.store.facts import Facts

PATIENCE = 60.0  # seconds
POLL = 0.05  # seconds between looks
_ENDS = ("delivered", "failed", "withheld")


def delivering(settings: Settings, store: Store) -> AbstractContextManager[None]:
    """Deliver in a thread of this process for as long as the block lasts.

    While another courier runs, that one delivers instead.
    """
    # It imports all that talks to CRMs, which is not needed where nothing is delivered.
    from frontdesk.couriers import make_courier
    from frontdesk.delivery.courier import run_beside

    return run_beside(make_courier(settings, store))


def wait(
    store: Store,
    ids: Collection[UUID],
    step: Callable[[], None] = lambda: None,
    patience: float = PATIENCE,
    last: Collection[str] = (),
) -> dict[UUID, Record]:
    """Wait until every submission or revocation has an outcome; the records, by id.

    Returns earlier when all others wait for closed accounts only, and after `patience` seconds.
    `step`: called once for each that gets an outcome. `last`: see owed_since. Delivers nothing
    itself. Raises JournalError, OSError.
    """
    waiting, known = set(ids), dict[UUID, Record]()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        known |= {one: record for one in waiting if (record := store.get(one))}
        ended = {one for one in waiting if one in known and _ended(known[one], last)}
        for _ in ended:
            step()
        waiting -= ended
        facts = store.facts()
        if all(one in known and _stuck(known[one], facts, last) for one in waiting):
            break
        time.sleep(POLL)
    return known


def _ended(record: Record, last: Collection[str]) -> bool:
    """Whether every delivery has succeeded or failed, or waits for one that has failed."""
    return all(
        delivery.state in _ENDS or owed_since(record, name, last) is None
        for name, delivery in record.deliveries.items()
    )


def _stuck(record: Record, facts: Facts, last: Collection[str]) -> bool:
    """Whether all deliveries that have no outcome wait for a closed account."""
    return all(
        delivery.state in _ENDS
        or facts.account(name).closed
        or owed_since(record, name, last) is None
        for name, delivery in record.deliveries.items()
    )
