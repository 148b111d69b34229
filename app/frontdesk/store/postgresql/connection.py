"""One connection to PostgreSQL, which keeps nothing in its session, for poolers to share it."""

import math
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

T = TypeVar("T")

INTERVAL = 0.1  # seconds after which a deadline is looked at


class DeadlineError(psycopg.OperationalError):
    """The server did not answer in time; what it was asked for may still be done."""


class Connection(psycopg.Connection[TupleRow]):
    """A connection that never cancels what it asked for.

    A commit that is cancelled while it waits for a standby is there, and may be lost again. Whoever
    does not want to wait any longer closes the connection.
    """

    deadline = math.inf  # by time.monotonic()
    retired = False  # whether it is closed by the next one who has done with it

    def wait(self, gen: PQGen[T], interval: float = INTERVAL, timeout: float | None = None) -> T:
        try:
            return waiting.wait(self._limited(gen), self.pgconn.socket, interval=INTERVAL)
        except (DeadlineError, KeyboardInterrupt, SystemExit):
            self.close()
            raise

    def _limited(self, gen: PQGen[T]) -> PQGen[T]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > self.deadline:
                    raise DeadlineError("it does not answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result


def has_something(connection: Connection) -> bool:
    """Whether a server has sent what nobody asked for, such as a goodbye."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Send statements in one go that need no answers of each other. Raises psycopg.Error.

    What goes wrong with one may be raised by a later one, or in the end.
    """
    if psycopg.Pipeline.is_supported():
        with connection.pipeline():
            yield
    else:  # a libpq that is older than 14
        yield
