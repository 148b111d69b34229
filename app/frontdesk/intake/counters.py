"""How often each client came, in memory; a clock that is set changes nothing.

Processes that are forked from the one that made it count together. However many clients come, it
takes no more room: they give way to each other, first those who have been away the longest.
"""

import fcntl
import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import floor
from struct import Struct
from typing import NamedTuple

from limits.storage import MemoryStorage

SETS = 1 << 13  # of places; a key has its place in one of them
WAYS = 8  # places in a set
MOST = 2**32 - 1  # visits


class _Count(NamedTuple):
    """A place: the key's hash, the number of a window, the visits in it and in the one before.

    `until`: when nobody will ask for them any more, by the clock; 0 where there is none.
    """

    key: int
    window: int
    current: int
    previous: int
    until: float


_PLACE = Struct("=qqIId")
_SET = WAYS * _PLACE.size


class _Turn:
    """One at a time, among threads and among the processes that were forked from this one."""

    def __init__(self) -> None:
        self._file = os.memfd_create("frontdesk-limits")
        self._alone = True  # then no other process need be kept out, and other threads go on
        self._lock = threading.Lock()
        os.register_at_fork(before=self._share, after_in_child=self._renew)

    def _share(self) -> None:
        self._alone = False

    def _renew(self) -> None:
        # In a forked child, nobody would ever release what another thread of its parent held.
        self._lock = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        with self._lock:
            if self._alone:
                yield
                return
            fcntl.lockf(self._file, fcntl.LOCK_EX)  # which a process that dies lets go of
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


_TURN = _Turn()


class Counters(MemoryStorage):
    """The limits library's own storage, but for its timer, and for all processes of a server.

    That one starts a thread and looks at every client up to a hundred times a second.
    """

    STORAGE_SCHEME = ["frontdesk-memory"]  # noqa: RUF012 - as the base class has it

    def __init__(
        self, uri: str | None = None, clock: Callable[[], float] = time.monotonic, **_: object
    ) -> None:
        super().__init__(uri)
        self._clock = clock
        self._table = mmap.mmap(-1, SETS * _SET)

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        now, name = self._clock(), hash(key)
        with _TURN.taken():
            place, known = self._find(name, now)
            previous, left, current, _ = _seen(known, expiry, now)
            if floor(previous * left / expiry + current) + amount > limit:
                return False
            window = int(now // expiry)
            counted = min(current + amount, MOST), previous, (window + 2.0) * expiry
            _PLACE.pack_into(self._table, place, name, window, *counted)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        now = self._clock()
        with _TURN.taken():
            _, known = self._find(hash(key), now)
        return _seen(known, expiry, now)

    def _find(self, name: int, now: float) -> tuple[int, _Count | None]:
        """Where a key has its place, and what stands there of it."""
        start = name % SETS * _SET
        places = map(_Count._make, _PLACE.iter_unpack(self._table[start : start + _SET]))
        first, soonest = start, float("inf")
        for place, count in enumerate(places):
            offset = start + place * _PLACE.size
            if count.until > now and count.key == name:
                return offset, count
            if count.until < soonest:
                first, soonest = offset, count.until
        return first, None


def _seen(known: _Count | None, expiry: int, now: float) -> tuple[int, float, int, float]:
    """Visits in the window before and in this one, and the seconds that each still counts."""
    previous = current = 0
    if known is not None:
        passed = int(now // expiry) - known.window
        if not passed:
            previous, current = known.previous, known.current
        elif passed == 1:
            previous = known.current
    left = expiry - now % expiry
    return previous, left, current, left + expiry
