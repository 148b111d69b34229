"""Wait for what becomes of something that was put into the outbox."""

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from uuid import UUID

from frontdesk.config import Settings
from frontdesk.model.record import Record
from frontdesk.store.base import Facts, Store

PATIENCE = 60.0  # seconds
POLL = 0.05  # seconds between looks
_ENDS = ("delivered", "failed")


def delivering(settings: Settings, store: Store) -> AbstractContextManager[None]:
    """Deliver in a thread of this process, as long as no courier runs elsewhere."""
    # All that talks to CRMs; whoever does not deliver in the end does without.
    from frontdesk.couriers import make_courier
    from frontdesk.delivery.courier import run_beside

    return run_beside(make_courier(settings, store))


def wait(
    store: Store,
    ids: Collection[UUID],
    step: Callable[[], None] = lambda: None,
    patience: float = PATIENCE,
) -> dict[UUID, Record]:
    """Until all have an outcome, or wait for closed accounts alone; what is known of each then.

    Delivers nothing itself. `step`: called for each that has an outcome. `patience`: seconds.
    """
    waiting, known = set(ids), dict[UUID, Record]()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        known |= {one: record for one in waiting if (record := store.get(one))}
        ended = {one for one in waiting if one in known and _ended(known[one])}
        for _ in ended:
            step()
        waiting -= ended
        facts = store.facts()
        if all(one in known and _stuck(known[one], facts) for one in waiting):
            break
        time.sleep(POLL)
    return known


def _ended(record: Record) -> bool:
    """Whether every destination has said yes or no."""
    return all(delivery.state in _ENDS for delivery in record.deliveries.values())


def _stuck(record: Record, facts: Facts) -> bool:
    """Whether it waits for nothing but accounts that are closed."""
    return all(
        delivery.state in _ENDS or facts.account(name).closed
        for name, delivery in record.deliveries.items()
    )
