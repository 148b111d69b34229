"""The connections of a process to a database, which any number of threads borrow in turn."""

import errno
import math
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import conninfo, errors
from psycopg.pq import TransactionStatus

from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.complaints import Complaints
from frontdesk.store.postgresql.connection import Connection, DeadlineError, has_something
from frontdesk.store.postgresql.look import Look

T = TypeVar("T")

CONNECT = 5  # seconds that a server has to answer, each of its addresses
QUESTIONS = 4  # connections for questions, at most
QUICK = 3  # connections for questions that do not wait for those
GLANCE = 2.0  # seconds that a quick answer may take as a rule
_PORTS = re.compile(r"\d*(,\d*)*")  # one for each host
FIXED = {
    "application_name": "frontdesk",
    "client_encoding": "UTF8",
    "target_session_attrs": "read-write",
    # A server that is gone without a word is noticed within half a minute.
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# The server says goodbye, or takes no writes any more: its other connections are as good as lost.
GONE = (
    errors.ReadOnlySqlTransaction,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
)


class _Pool:
    """Connections that are lent, so many at a time at most; its user guards them."""

    def __init__(self, size: int) -> None:
        self.places = threading.BoundedSemaphore(size)
        self.idle: list[Connection] = []


class Connections:
    """Connections to one database: any number of threads may ask it, over a few connections."""

    def __init__(
        self,
        url: str,
        connect_timeout: int = CONNECT,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """`url`: as libpq takes it. `connect_timeout`: in seconds. Raises JournalError.

        `look`: looks at the database before anybody else uses it, over these connections, and again
        on another server; raises JournalError where it is unfit.
        """
        self._look = Look(look)
        given = _parts(url)
        self._parameters: dict[str, Any] = {"connect_timeout": connect_timeout, **given, **FIXED}
        self._complaints = Complaints(given)
        self._reset()
        os.register_at_fork(after_in_child=self._disown)

    def _reset(self) -> None:
        self._gate = threading.Lock()  # guards the rest
        self._pool, self._quick = _Pool(QUESTIONS), _Pool(QUICK)
        self._open: set[Connection] = set()

    def _disown(self) -> None:
        # A forked child must neither use its parent's connections nor say goodbye on them. They are
        # kept from being collected, which would complain that they were not closed.
        for connection in self._open:
            with suppress(psycopg.Error):  # it is broken, and has none
                os.close(connection.fileno())
        self._inherited = [*getattr(self, "_inherited", []), *self._open]
        self._reset()

    def __str__(self) -> str:
        """Where the database is, for people; without who logs in."""
        return self._complaints.where

    def ask(self, question: Callable[[Connection], T]) -> T:
        """The answer to a question, which may be asked a second time on another connection.

        It must do the same when it is done twice, for it may be known only afterwards that the
        first connection was lost. Questions do not nest. Raises JournalError.
        """
        return self._ask(question, self._pool, math.inf)

    def ask_quick(self, question: Callable[[Connection], T], seconds: float = GLANCE) -> T:
        """The same for one that never takes long; it waits for no other questions.

        `seconds`: how long the server has to answer. Raises JournalError.
        """
        return self._ask(question, self._quick, time.monotonic() + seconds)

    def _ask(self, question: Callable[[Connection], T], pool: _Pool, deadline: float) -> T:
        patience = None if deadline == math.inf else max(0, deadline - time.monotonic())
        if not pool.places.acquire(timeout=patience):
            raise JournalError(f"{self}: all connections are busy")
        try:
            connection = self._from_idle(pool)
            if connection is not None:
                try:
                    return self._ask_over(connection, question, pool, deadline)
                except DeadlineError:
                    raise
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    if not connection.closed:
                        raise
            return self._ask_over(self.connect(), question, pool, deadline)
        except psycopg.Error as error:
            raise self.complaint(error) from None
        finally:
            pool.places.release()

    def _ask_over(
        self,
        connection: Connection,
        question: Callable[[Connection], T],
        pool: _Pool,
        deadline: float,
    ) -> T:
        connection.deadline = deadline
        try:
            return question(connection)
        except GONE as error:
            self.note(error)
            raise
        finally:
            self._give_back(connection, pool)

    def _from_idle(self, pool: _Pool) -> Connection | None:
        """A connection that nobody uses, and whose server has not hung up, as far as is known."""
        while True:
            with self._gate:
                if not pool.idle:
                    return None
                connection = pool.idle.pop()
            if not has_something(connection):
                return connection
            self.drop(connection)

    def _give_back(self, connection: Connection, pool: _Pool) -> None:
        idle = connection.info.transaction_status is TransactionStatus.IDLE
        with self._gate:
            if idle and not connection.retired:
                pool.idle.append(connection)
                return
        self.drop(connection)

    def connect(self) -> Connection:
        """A connection of the caller's own, who `drop`s it. Raises psycopg.Error, JournalError."""
        self._look.before()
        connection = Connection.connect(
            autocommit=True,
            prepare_threshold=None,
            **self._parameters,
        )
        with self._gate:
            self._open.add(connection)
        connection.deadline = time.monotonic() + CONNECT
        try:
            self._look.at(connection)
        except BaseException:
            self.drop(connection)
            raise
        connection.deadline = math.inf
        return connection

    def drop(self, connection: Connection) -> None:
        """Close a connection."""
        with self._gate:
            self._open.discard(connection)
        connection.close()

    def note(self, error: psycopg.Error) -> None:
        """Close all connections where an error says that the server is none to write to."""
        if isinstance(error, GONE):
            self.close()

    def complaint(self, error: psycopg.Error) -> JournalError:
        """What went wrong, in one line that has no secret in it."""
        return self._complaints.of(error)

    def words(self, error: psycopg.Error) -> str:
        """The same without the place."""
        return self._complaints.words(error)

    def close(self) -> None:
        """Close all connections; those in use, as soon as they are not.

        The next question opens one again.
        """
        with self._gate:
            idle = [*self._pool.idle, *self._quick.idle]
            self._pool.idle, self._quick.idle = [], []
            for connection in self._open:
                connection.retired = True
        for connection in idle:
            self.drop(connection)


def _parts(url: str) -> dict[str, Any]:
    """The parts of a URL. Raises JournalError, which quotes none of it, as libpq's message does."""
    try:
        given = conninfo.conninfo_to_dict(url)
        # A bare / or @ ends a password: what follows would be the host or the database, and
        # what stands before it, or before a host that was forgotten, the port.
        known = not any("@" in str(given.get(name, "")) for name in ("host", "port", "dbname"))
        known = known and _PORTS.fullmatch(str(given.get("port", ""))) is not None
    except psycopg.ProgrammingError:
        known = False
    if not known:
        raise JournalError(
            "the journal's `url` is no address of a PostgreSQL, which is like"
            " postgresql://user:password@host:5432/database; in a password, write @ as %40, / as"
            " %2F, : as %3A and % as %25"
        )
    return given


@contextmanager
def as_os_error() -> Iterator[None]:
    """Raise OSError for JournalError, as what is asked among processes does."""
    try:
        yield
    except JournalError as error:
        raise OSError(errno.EIO, str(error)) from error
