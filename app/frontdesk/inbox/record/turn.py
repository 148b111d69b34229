"""One decision at a time: of two people who decide about a record at once, one is too late."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import ServiceUnavailable

from frontdesk.i18n import N_
from frontdesk.store.base import Store

LEASE = "inbox.lock"
BUSY = N_("Somebody else is at it. Nothing was done; please try again.")
_PATIENCE = 10.0  # seconds
_PAUSE = 0.02  # seconds between two looks


class Turns:
    """Gives the turn to one request at a time, among all processes and machines."""

    def __init__(self, store: Store) -> None:
        self._lease = store.lease(LEASE)
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the turn; aborts with 503 if others keep it for long. Raises OSError."""
        until = time.monotonic() + _PATIENCE
        if not self._lock.acquire(timeout=_PATIENCE):
            raise _busy()
        try:
            while not self._lease.win():
                if time.monotonic() > until:
                    raise _busy()
                time.sleep(_PAUSE)
            try:
                yield
            finally:
                self._lease.resign()
        finally:
            self._lock.release()


def _busy() -> ServiceUnavailable:
    return ServiceUnavailable(BUSY)
