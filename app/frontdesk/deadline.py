"""A limit for how long something may take in all.

A time-out of a socket begins again with every byte, so a server that drips would hold a thread for
ever, and nothing can stop a thread. So the work is done in a thread of its own, which is left alone
once the time is up. What goes over connections that it has told of ends soon all the same: they are
cut then, and nothing is sent over another.
"""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import TypeVar

T = TypeVar("T")


class OverdueError(Exception):
    """The time is up. `unused`: no connection was used until then, and none will be."""

    def __init__(self, *, unused: bool) -> None:
        super().__init__()
        self.unused = unused


class Deadline:
    """The end of the time for some work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.over = False

    def use(self, connected: socket.socket) -> None:
        """Have this connection cut at the end; raises TimeoutError after it."""
        with self._lock:
            if self.over:
                raise TimeoutError
            self._socket = connected

    def cut(self) -> bool:
        """End it; whether no connection was used."""
        with self._lock:
            self.over = True
            if self._socket is None:
                return True
            with suppress(OSError):
                # Not TLS's own way of ending, which belongs to the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            return False


current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` does, or raise what it raises; raises OverdueError once the time is up."""
    deadline = Deadline()
    context = copy_context()
    context.run(current.set, deadline)
    outcome: Future[T] = Future()
    # A daemon: a process does not wait for it to end.
    threading.Thread(
        target=context.run, args=(_settle, outcome, work), name="within", daemon=True
    ).start()
    try:
        outcome.exception(seconds)
    except TimeoutError:
        raise OverdueError(unused=deadline.cut()) from None
    try:
        return outcome.result()
    finally:
        del outcome  # else its error keeps this frame, which keeps the error


def _settle(outcome: Future[T], work: Callable[[], T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
        outcome.set_exception(error)
        del outcome  # for the same reason
