"""The index, as one process has it: opened, brought up to date, and replaced when it does not fit.

Where no file can be written, each process keeps an index of its own in memory.
"""

import itertools
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from frontdesk.store.errors import IndexBuildingError, JournalError
from frontdesk.store.files.index.build import Builder
from frontdesk.store.files.index.feed import MisfitError
from frontdesk.store.files.index.generations import (
    Generations,
    connect,
    inodes,
    is_passing,
)
from frontdesk.store.files.index.quick import Settled
from frontdesk.store.files.index.session import MOMENT, Session
from frontdesk.store.files.index.writer import Writer
from frontdesk.store.files.segments import Journal

log = logging.getLogger("frontdesk.index")

IN_MEMORY = 60.0  # seconds until a file is tried again where none could be written
TRIES = 5  # to bring an index up to date while the journal is changed in other ways than by appends
# What reading a damaged file leads to; SQLite looks at the shape of pages only.
DAMAGED = (sqlite3.DatabaseError, msgspec.MsgspecError, UnicodeDecodeError)
T = TypeVar("T")


class IndexDamagedError(JournalError):
    """What the index says makes no sense; it is being built anew."""


class Database:
    """One process's access to the index; for one thread at a time, see `lock`."""

    def __init__(
        self,
        journal: Journal,
        folder: Path | None,
        skips: Settled | None = None,
    ) -> None:
        """`folder`: where its file is; None: in memory. `skips`: whose lines are left out."""
        self._journal = journal
        self._files = Generations(folder) if folder is not None else None
        self._skips = skips
        self._readings = itertools.count(1)
        self._reset()
        os.register_at_fork(after_in_child=self._fork)
        self._abandoned: list[object] = []

    def _reset(self) -> None:
        self.lock = threading.RLock()
        self._builder = Builder(self._journal, self._skips, self._readings)
        self._session: Session | None = None
        self._path: Path | None = None
        self._inodes: tuple[int, ...] = ()
        self._file_again = 0.0
        self.generation = ""  # another one for each index that was built

    def _fork(self) -> None:
        # A connection must not be used, nor closed, in a child of the process that opened it.
        self._abandoned.append(self._session)
        self._reset()

    # -- questions ------------------------------------------------------------------------------

    def ask(
        self,
        question: Callable[[sqlite3.Connection, Writer], T],
        *,
        wait: bool = True,
        hurry: bool = False,
        written: bool = True,
    ) -> T:
        """The answer to a question; from another index, if this one turns out to be damaged."""
        with (
            suppress(IndexDamagedError),
            self.current(wait=wait, hurry=hurry, written=written) as known,
        ):
            return question(*known)
        with self.current(wait=wait, hurry=hurry, written=written) as known:
            return question(*known)

    @contextmanager
    def current(
        self, *, wait: bool = True, hurry: bool = False, written: bool = True
    ) -> Iterator[tuple[sqlite3.Connection, Writer]]:
        """The index, up to date, for as long as the block lasts; to be read only.

        Without `written`, what came last may be known to the writer only.

        Raises IndexBuildingError without `wait` as long as another process builds it, and in a
        `hurry` whenever it takes more than a moment. Raises OSError where the journal cannot be
        read.
        """
        if not self.lock.acquire(blocking=not hurry):
            raise IndexBuildingError(self._progress())
        try:
            with self._trusting():
                session = self._catch_up(wait=wait, hurry=hurry, written=written)
                yield session.db, session.writer
        finally:
            if self._session is not None:
                self._session.end()
            self.lock.release()

    @contextmanager
    def rewriting(self) -> Iterator[tuple[sqlite3.Connection, Callable[[str], None]]]:
        """The index, up to date, in a transaction of its session's `rewriting`."""
        with self.lock, self._trusting():
            session = self._catch_up()
            with session.rewriting() as accept:
                yield session.db, accept

    @contextmanager
    def _trusting(self) -> Iterator[None]:
        """What turns out to be damaged while it is read is built anew."""
        try:
            yield
        except DAMAGED as error:
            self._give_up(error)
            raise IndexDamagedError("the index was damaged, and is built anew; try again") from None

    def _catch_up(self, *, wait: bool = True, hurry: bool = False, written: bool = True) -> Session:
        # A short way for what is asked often.
        if not written and self._session is not None and self._session.is_up_to_date():
            return self._session
        for _ in range(TRIES):
            try:
                if hurry and not self.is_there():
                    raise IndexBuildingError(self._progress())
                session = self._opened(wait=wait and not hurry)
                if session.catch_up(hurry=hurry, written=written):
                    return session
                raise IndexBuildingError(1.0)
            except (MisfitError, *DAMAGED) as error:
                if hurry:
                    self._close()
                    raise IndexBuildingError(self._progress()) from None
                self._give_up(error, wait=wait)
        raise OSError(None, "the journal is changing too quickly to be indexed")

    def is_there(self) -> bool:
        """Whether nothing has to be built."""
        if self._session is not None:
            return self._is_current()
        return self._files is not None and self._files.newest() is not None

    def _progress(self) -> float:
        return self._files.progress() if self._files is not None else 0.0

    # -- what is opened -------------------------------------------------------------------------

    def _opened(self, *, wait: bool) -> Session:
        if self._session is not None and self._is_current():
            return self._session
        self._close()
        if self._files is None or time.monotonic() < self._file_again:
            return self._use(self._builder.in_memory(), None)
        try:
            while True:
                path = self._files.newest() or self._files.build(self._builder.fill, wait=wait)
                try:
                    return self._use(connect(path), path)
                except (OSError, sqlite3.OperationalError):
                    self._close()
                    if path.exists():
                        raise
                    # Another process has just put the next one in its place.
        except (OSError, sqlite3.OperationalError) as error:
            self._keep_in_memory(error)
            return self._use(self._builder.in_memory(), None)

    def _use(self, db: sqlite3.Connection, path: Path | None) -> Session:
        try:
            session = Session(db, self._journal, self._skips, self._readings, self._is_current)
            self._inodes = inodes(path) if path else ()
        except BaseException:
            self._path = path  # which is of no use
            db.close()
            raise
        self._session, self._path, self.generation = session, path, session.name
        return session

    def _is_current(self) -> bool:
        if self._path is None:
            return self._files is None or time.monotonic() < self._file_again
        return inodes(self._path) == self._inodes

    def _close(self) -> None:
        session, path = self._session, self._path
        self._session = self._path = None
        if session is not None:
            if path is not None and self._files is not None:
                self._files.discard_torn(path, self._inodes)
            with suppress(sqlite3.Error):
                session.db.close()

    def close(self) -> None:
        """Let go of the file, and end a build; the next question opens it again."""
        self._builder.stopping.set()
        with self.lock:
            self._builder.stopping.clear()
            if self._session is not None and not self._session.is_written():
                with suppress(MisfitError, OSError, *DAMAGED):  # the next who asks does it
                    self._session.write(time.monotonic() + MOMENT)
            self._close()

    # -- what is built --------------------------------------------------------------------------

    def _give_up(self, error: Exception, *, wait: bool = True) -> None:
        """What is there is of no use; the next is built beside it."""
        path = self._path
        self._close()
        if path is None or self._files is None:
            return
        if isinstance(error, sqlite3.OperationalError) and is_passing(error):
            self._keep_in_memory(error)
            return
        log.info("the journal is indexed anew: %s", error)
        try:
            self._files.build(self._builder.fill, instead=path, wait=wait)
        except MisfitError:
            return  # it has changed again meanwhile
        except (OSError, sqlite3.Error) as failure:
            self._keep_in_memory(failure)

    def resting(self) -> AbstractContextManager[None]:
        """Let a build in another thread of this process rest for as long as the block lasts."""
        return self._builder.resting()

    def rebuild(self) -> None:
        """Build the next generation, so that nothing is left of the last.

        Where that cannot be, there is none. Raises OSError if the last cannot be removed.
        """
        with self.lock:
            self._close()
            if self._files is None:
                return
            try:
                self._files.build(self._builder.fill, anew=True)
            except (OSError, sqlite3.Error, MisfitError) as error:
                self._keep_in_memory(error)
                self._files.remove()

    def _keep_in_memory(self, error: Exception) -> None:
        """For a while; then a file is tried again."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        log.warning("the index cannot be written, and is kept in memory: %s", reason)
        self._file_again = time.monotonic() + IN_MEMORY
