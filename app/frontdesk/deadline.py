"""A limit for how long something may take in all.

A time-out of a socket begins again with every byte, so a server that drips would hold a thread for
ever, and nothing can stop a thread. What goes over connections that it has told of is cut once the
time is up, and nothing is sent over another: `in_time`. What else may hang, such as the look-up of
a name, is done in a thread of its own, which is left alone then: `within`.
"""

import heapq
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class OverdueError(Exception):
    """The time is up. `unused`: no connection was used until then, and none will be."""

    def __init__(self, *, unused: bool) -> None:
        super().__init__()
        self.unused = unused


class Deadline:
    """The end of the time for some work."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.over = False
        self.unused = True
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._opened: socket.socket | None = None

    def left(self) -> float:
        """Seconds until it."""
        return max(0.0, self.at - time.monotonic())

    def watch(self, opened: socket.socket) -> None:
        """Have a connection cut at the end that is not used yet; raises TimeoutError after it."""
        # A copy, for TLS takes the descriptor away from the socket that it is given.
        copy = socket.socket(fileno=os.dup(opened.fileno()))
        with self._lock:
            before, self._opened = self._opened, copy
        if before is not None:
            before.close()
        if self.over:
            raise TimeoutError

    def use(self, connected: socket.socket) -> None:
        """Have this connection cut at the end; raises TimeoutError after it."""
        with self._lock:
            if self.over:
                raise TimeoutError
            self._socket, self.unused = connected, False

    def cut(self) -> None:
        """End it, unless the work has ended before."""
        with self._lock:
            self.over = True
            for connection in (self._socket, self._opened):
                if connection is not None:
                    with suppress(OSError):
                        # Not TLS's own way of ending, which belongs to the thread that reads.
                        socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def end(self) -> None:
        """Let go of the connections: the work has ended."""
        with self._lock:
            opened, self._opened, self._socket = self._opened, None, None
        if opened is not None:
            opened.close()


class _Watch:
    """Cuts what is overdue, in one thread for all."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._turn = itertools.count()
        self._due: list[tuple[float, int, Deadline]] = []
        self._sooner = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, deadline: Deadline) -> None:
        """Cut this one when its time is up."""
        with self._sooner:
            heapq.heappush(self._due, (deadline.at, next(self._turn), deadline))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._due[0][2] is deadline:
                self._sooner.notify()

    def _run(self) -> None:
        while True:
            with self._sooner:
                while not self._due or self._due[0][2].left():
                    self._sooner.wait(self._due[0][2].left() if self._due else None)
                _, _, deadline = heapq.heappop(self._due)
            deadline.cut()


_WATCH = _Watch()
current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def in_time(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` does, or raise what it raises, if it ends in time.

    Raises OverdueError else, once what it waits for was cut: connections that it has told of.
    """
    deadline = Deadline(seconds)
    token = current.set(deadline)
    _WATCH.add(deadline)
    try:
        result = work()
    except Exception:
        if deadline.over:
            raise OverdueError(unused=deadline.unused) from None
        raise
    finally:
        current.reset(token)
        deadline.end()
    if deadline.over:  # what was cut may look as if it had come to its end
        raise OverdueError(unused=deadline.unused)
    return result


def within(seconds: float, work: Callable[[], T], late: Callable[[T], None] | None = None) -> T:
    """Return what `work` does, or raise what it raises; raises OverdueError once the time is up.

    In a thread of its own, which may go on; `late` gets what comes of it then.
    """
    deadline = Deadline(seconds)
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
        deadline.cut()
        if late is not None:
            outcome.add_done_callback(partial(_hand_over, late))
        raise OverdueError(unused=deadline.unused) from None
    try:
        return outcome.result()
    finally:
        del outcome  # else its error keeps this frame, which keeps the error


def _hand_over(late: Callable[[T], None], outcome: Future[T]) -> None:
    if outcome.exception() is None:
        late(outcome.result())


def _settle(outcome: Future[T], work: Callable[[], T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
        outcome.set_exception(error)
        del outcome  # for the same reason


def joined(threads: Iterable[threading.Thread], seconds: float) -> None:
    """Wait for all of these threads to end, but no longer than so many seconds in all."""
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
