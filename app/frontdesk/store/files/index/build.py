"""Build an index of the whole journal, without keeping the rest of the process waiting."""

import gc
import itertools
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from frontdesk.store.errors import IndexBuildingError
from frontdesk.store.files.index.generations import Progress
from frontdesk.store.files.index.quick import Settled
from frontdesk.store.files.index.schema import FOLD, INDEXES, TABLES
from frontdesk.store.files.index.session import Session
from frontdesk.store.files.segments import Journal

HASHED = 32 << 20  # bytes of words that are gathered before they are written
TURN = 0.0005  # seconds that a thread goes on while others wait, as long as an index is built
TOLD = 50  # lines between looks whether a build is to end, or to rest
REST = 0.1  # seconds between looks whether it is to end while it rests


class Builder:
    """Builds the indexes of one process."""

    def __init__(self, journal: Journal, skips: Settled | None, readings: Iterator[int]) -> None:
        """As in Session."""
        self._journal = journal
        self._skips = skips
        self._readings = readings
        self.stopping = threading.Event()  # while it is set, a build ends
        self._going = threading.Event()
        self._going.set()

    def fill(self, part: Path, progress: Progress) -> None:
        """Build one in an empty file. Raises IndexBuildingError when it is to end."""
        done, total = 0, sum(path.stat().st_size for path in self._journal.segments())
        lines = itertools.count(1)

        def tell(length: int) -> None:
            nonlocal done
            done += length
            if next(lines) % TOLD == 0:
                progress(done / max(total, 1))
                while not self._going.wait(REST) and not self.stopping.is_set():
                    pass
                if self.stopping.is_set():
                    raise IndexBuildingError(done / max(total, 1))

        db = sqlite3.connect(part, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
                db.execute(f"PRAGMA {pragma}")
            self._make(db, tell)
            db.execute("PRAGMA journal_mode = WAL")  # which those who open it need not agree on
        finally:
            db.close()

    def in_memory(self) -> sqlite3.Connection:
        """Build one that only this process has."""
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._make(db, lambda _: None)
        return db

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let a build in another thread of this process rest for as long as the block lasts."""
        self._going.clear()
        try:
            yield
        finally:
            self._going.set()

    def _make(self, db: sqlite3.Connection, tell: Callable[[int], None]) -> None:
        """Make an index of the whole journal in an empty database; see Session.fill."""
        db.execute("BEGIN")
        for statement in TABLES.split(";\n"):
            db.execute(statement)
        # Not the file's name: there may be one of the same name again after this one was removed.
        db.execute("INSERT INTO fact VALUES ('name', ?)", (uuid4().hex,))
        db.execute("INSERT INTO words (words, rank) VALUES ('hashsize', ?)", (HASHED,))
        with _few_collections(), _short_turns:
            Session(db, self._journal, self._skips, self._readings, lambda: True).fill(tell)
        db.execute("INSERT INTO words (words, rank) VALUES ('hashsize', 1048576)")
        for statement in INDEXES.split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {FOLD}")
        db.execute("COMMIT")


class _ShortTurns:
    """While it is entered, by however many threads, none keeps the others waiting for long.

    A visitor who comes while an index is built must not wait for it. Usually a thread of Python
    goes on for 5 ms although another one waits, at every request to the system anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._usual = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(TURN)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                sys.setswitchinterval(self._usual)


_short_turns = _ShortTurns()


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look for garbage less often: here it makes hardly any that needs looking for."""
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
