"""Durable append to a journal in PostgreSQL: the lines of all threads in one statement."""

import hashlib
import os
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg import errors

from frontdesk import metrics
from frontdesk.model.codec import encode
from frontdesk.model.events import AnyEvent
from frontdesk.store.errors import JournalError, LeaseLostError
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.months import make_months
from frontdesk.store.postgresql.pool import GONE, Connections
from frontdesk.store.postgresql.statements import LATELY, THERE, TOUCH, WRITE, WRITE_AGAIN

APPEND = 10.0  # seconds
PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)  # seconds between attempts to reach the server


class Fence(NamedTuple):
    """What a lease's row must say, for lines to be written that depend on it."""

    lane: str
    holder: UUID
    epoch: int


class Row(NamedTuple):
    """A line as its table has it."""

    at: datetime
    id: UUID
    kind: str
    digest: bytes
    line: str

    @classmethod
    def of(cls, event: AnyEvent) -> "Row":
        line = encode(event)[:-1]
        kind = str(type(event).__struct_config__.tag)
        return cls(event.at.astimezone(UTC), event.id, kind, digest_of(line), line.decode())


def digest_of(line: bytes) -> bytes:
    """By what a line is known that comes a second time; `line`: without its line feed."""
    return hashlib.blake2b(line, digest_size=16).digest()


class _Batch:
    """Lines that share one statement. Every appender in it waits for the same result."""

    def __init__(self, opened: float) -> None:
        self.opened = opened
        self.again = False  # whether any of them may have been written before
        self.lines: list[tuple[Row, Fence | None]] = []
        self.waiting = threading.Lock()  # its appenders queue here
        self.settled = False
        self.error: JournalError | None = None
        self.held: set[Fence] = set()


class Appender:
    """Writes events to a database; any number of threads and processes may do so."""

    def __init__(self, connections: Connections, timeout: float = APPEND) -> None:
        """`timeout`: seconds for which a server that cannot be reached is tried again."""
        self._connections, self._timeout = connections, timeout
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        # A forked child must not inherit a lock that some other thread of its parent held.
        self._gate = threading.Lock()  # guards the open batch
        self._turn = threading.Lock()  # held by the appender that writes
        self._batch: _Batch | None = None
        self._connection: Connection | None = None
        self._written = threading.Event()
        self._looking = threading.Lock()
        self._looked: float | None = None
        self._reason: str | None = None

    # -- writing ---------------------------------------------------------------------------

    def append(self, *events: AnyEvent, fence: Fence | None = None, again: bool = False) -> None:
        """Write the events, in order and next to each other, and return once they are durable.

        `fence`: they are written only while that lease is held. `again`: that may have been done
        before, and the person erased since. Raises JournalError, and LeaseLostError where the lease
        is not held; the events then count as not written.
        """
        lines = [(Row.of(event), fence) for event in events]
        with self._gate:
            if self._batch is None:
                self._batch = _Batch(time.monotonic())
            batch = self._batch
            batch.lines.extend(lines)
            batch.again = batch.again or again
        # As with files: the first of a batch writes for all who have joined by then.
        with batch.waiting:
            if not batch.settled:
                with self._turn:
                    with self._gate:
                        self._batch = None
                    self._commit(batch)
        if batch.error is not None:
            raise type(batch.error)(*batch.error.args) from batch.error
        if fence is not None and fence not in batch.held:
            raise LeaseLostError(f"{self._connections}: this process does not hold {fence.lane}")
        self._written.set()

    def _commit(self, batch: _Batch) -> None:
        started = time.perf_counter()
        try:
            batch.held = self._insist(batch, batch.opened + self._timeout)
        except psycopg.Error as error:
            batch.error = self._connections.complaint(error)
            metrics.count(metrics.FLUSH_FAILURES)
        except JournalError as error:  # the database is none that can be relied on
            batch.error = error
            metrics.count(metrics.FLUSH_FAILURES)
        except BaseException as error:  # out of memory, or told to exit: nobody is acknowledged
            batch.error = JournalError(f"{self._connections}: {type(error).__name__}")
            self._let_go()
            raise
        else:
            metrics.observe(metrics.FLUSHES, time.perf_counter() - started)
        finally:
            batch.settled = True

    def _insist(self, batch: _Batch, deadline: float) -> set[Fence]:
        """Write the lines, over as many connections as it takes; the fences that stand.

        What became of a statement whose connection broke is not known, so it is sent again: what
        is there already stays as it is, and what was erased stays away. Raises psycopg.Error.
        """
        pauses = iter(PAUSES)
        pause = 0.0
        while True:
            try:
                return self._write(batch, deadline)
            except psycopg.Error as error:
                batch.again = True
                self._let_go()
                self._connections.note(error)
                if not _passes(error) or time.monotonic() + pause >= deadline:
                    raise
            time.sleep(pause)
            pause = next(pauses, pause)

    def _write(self, batch: _Batch, deadline: float) -> set[Fence]:
        connection = self._connection
        if connection is None or connection.retired:
            self._let_go()
            connection = self._connection = self._connections.connect()
        # One attempt is made even by those who had to wait for others' to fail.
        connection.deadline = max(deadline, time.monotonic() + 1)
        lines, statement = batch.lines, WRITE_AGAIN if batch.again else WRITE
        asked = sorted({fence for _, fence in lines if fence is not None})
        values = _values(lines, asked)
        try:
            found = connection.execute(statement, values).fetchone()
        except errors.CheckViolation:
            make_months(connection, [row.at for row, _ in lines])
            found = connection.execute(statement, values).fetchone()
        written, held, _ = found or (0, [], None)
        standing = {asked[number - 1] for number in held}
        if written < len(lines):
            self._find(connection, [row for row, fence in lines if fence in {None, *standing}])
        return standing

    def _find(self, connection: Connection, rows: list[Row]) -> None:
        """Raise JournalError unless lines are there that came before, durably."""
        connection.execute(TOUCH)
        found = connection.execute(THERE, _values([(row, None) for row in rows], [])).fetchone()
        if found != (len(rows),):
            raise JournalError(
                f"{self._connections}: it does not keep what is written to it; is there a trigger"
                " on frontdesk.event, or is the row in frontdesk.about gone?"
            )

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connections.drop(self._connection)
            self._connection = None

    def close(self) -> None:
        """Let go of the connection; the next append opens one again."""
        with self._turn:
            self._let_go()

    # -- beside it -------------------------------------------------------------------------

    def readiness(self) -> str | None:
        """Why nothing can be written, or None; looks again once a second."""
        with self._looking:
            now = time.monotonic()
            if self._looked is None or now - self._looked > 1:
                self._reason = self._try()
                self._looked = time.monotonic()
            return self._reason

    def _try(self) -> str | None:
        """Commit something durably that changes nothing."""

        def question(connection: Connection) -> str | None:
            may = connection.execute(
                "select has_table_privilege('frontdesk.event', 'insert') from frontdesk.about"
                " for key share"
            ).fetchone()
            if may is None:
                return "the row in frontdesk.about is gone"
            return None if may == (True,) else "the user may not write to frontdesk.event"

        try:
            return self._connections.ask_quick(question)
        except JournalError as error:
            return str(error)

    def received_lately(self, submission: UUID) -> bool:
        """Whether a submission was written down, and was not erased; False if that is unknown."""
        try:
            found = self._connections.ask_quick(
                lambda connection: connection.execute(LATELY, [submission]).fetchone()
            )
        except JournalError:
            return False
        return found == ("received",)

    def wait(self, seconds: float) -> None:
        """Sleep until this process appends something, at most `seconds`."""
        self._written.wait(seconds)
        self._written.clear()

    def wake(self) -> None:
        """End a `wait`, although nothing was written."""
        self._written.set()


def _passes(error: psycopg.Error) -> bool:
    """Whether the same lines may be taken in a moment."""
    if isinstance(error, errors.DiskFull | errors.QueryCanceled):
        return False
    # The last one: a month was taken away again between the two steps.
    passing = (psycopg.OperationalError, psycopg.InterfaceError, *GONE, errors.CheckViolation)
    return isinstance(error, passing)


def _values(
    lines: Sequence[tuple[Row, Fence | None]], asked: Sequence[Fence]
) -> dict[str, list[object]]:
    number = {fence: number for number, fence in enumerate(asked, 1)}
    return {
        "at": [row.at for row, _ in lines],
        "id": [row.id for row, _ in lines],
        "kind": [row.kind for row, _ in lines],
        "digest": [row.digest for row, _ in lines],
        "line": [row.line for row, _ in lines],
        "fence": [fence and number[fence] for _, fence in lines],
        "lanes": [fence.lane for fence in asked],
        "holders": [fence.holder for fence in asked],
        "epochs": [fence.epoch for fence in asked],
    }
