"""How often each client came, in this process's memory; a clock that is set changes nothing."""

import threading
import time
from collections.abc import Callable
from math import floor

from limits.storage import MemoryStorage

SWEEP = 60.0  # seconds between looks for what can be forgotten


class Counters(MemoryStorage):
    """The limits library's own storage, but for its timer.

    That one starts a thread and looks at every client up to a hundred times a second.
    """

    STORAGE_SCHEME = ["frontdesk-memory"]  # noqa: RUF012 - as the base class has it

    def __init__(
        self, uri: str | None = None, clock: Callable[[], float] = time.monotonic, **_: object
    ) -> None:
        super().__init__(uri)
        self._clock = clock
        self._lock = threading.Lock()
        # By key: the number of the window, the visits in it and in the one before, and when
        # nobody will ask for them any more.
        self._counts: dict[str, tuple[int, int, int, float]] = {}
        self._swept = clock()

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        now = self._clock()
        with self._lock:
            previous, left, current, _ = self._window(key, expiry, now)
            if floor(previous * left / expiry + current) + amount > limit:
                return False
            window = int(now // expiry)
            self._counts[key] = (window, current + amount, previous, (window + 2) * expiry)
            if now - self._swept > SWEEP:
                self._swept = now
                self._counts = {k: c for k, c in self._counts.items() if c[3] > now}
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        return self._window(key, expiry, self._clock())

    def _window(self, key: str, expiry: int, now: float) -> tuple[int, float, int, float]:
        """Visits in the window before and in this one, and the seconds that each still counts."""
        window, current, previous, _ = self._counts.get(key, (0, 0, 0, 0.0))
        passed = int(now // expiry) - window
        if passed:
            previous, current = current if passed == 1 else 0, 0
        left = expiry - now % expiry
        return previous, left, current, left + expiry
