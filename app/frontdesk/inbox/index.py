"""The store's index, which pages wait for, but not for long."""

import time

from frontdesk.store.base import Store
from frontdesk.store.errors import IndexBuildingError

PATIENCE = 1.0  # seconds


def await_index(events: Store) -> None:
    """Wait a moment for the index, if it is built anew.

    Raises IndexBuildingError where that takes longer: the page then says so, and asks again.
    """
    until = time.monotonic() + PATIENCE
    while not events.indexed():
        try:
            events.facts(hurry=True)
        except IndexBuildingError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
