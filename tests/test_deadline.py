"""The limit for how long something may take in all, over real connections and without."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from queue import SimpleQueue

import pytest

from frontdesk import deadline
from frontdesk.deadline import OverdueError, in_time, within

LONG = 60.0  # seconds; no test takes them
SHORT = 0.2

whose: ContextVar[str] = ContextVar("whose", default="nobody's")


@pytest.fixture
def dripping() -> Iterator[socket.socket]:
    """A connection over which a byte comes now and then, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.settimeout(0.01)
                while True:
                    connection.sendall(b".")
                    with suppress(TimeoutError):
                        if not connection.recv(1):
                            return

        thread = threading.Thread(target=drip)
        thread.start()
        with socket.create_connection(server.getsockname(), timeout=LONG) as connected:
            yield connected
        thread.join()


def use(connected: socket.socket) -> None:
    """Tell of a connection, as http/connections.py does."""
    limit = deadline.current.get()
    assert limit
    limit.use(connected)


def test_what_is_done_in_time_is_as_if_it_was_done_here() -> None:
    assert within(LONG, lambda: 5) == 5

    def knock() -> str:
        found = whose.get()
        whose.set("the work's")
        return found

    whose.set("the caller's")
    assert within(LONG, knock) == "the caller's"
    assert whose.get() == "the caller's"
    assert deadline.current.get() is None


@pytest.mark.parametrize("error", [ValueError, TimeoutError, SystemExit])
def test_what_the_work_raises_is_raised(error: type[BaseException]) -> None:
    def fail() -> None:
        raise error("of its own")

    with pytest.raises(error, match="of its own"):
        within(LONG, fail)


def test_what_drips_is_cut(dripping: socket.socket) -> None:
    unused = SimpleQueue[bool]()

    def read() -> None:
        try:
            use(dripping)
        except TimeoutError:  # this machine is slow today
            unused.put(True)
            return
        while dripping.recv(1):  # no pause is longer than its time-out
            pass
        unused.put(False)

    with pytest.raises(OverdueError) as overdue:
        within(SHORT, read)
    assert unused.get(timeout=LONG) is overdue.value.unused


def test_what_was_done_in_time_is_not_cut(dripping: socket.socket) -> None:
    def read() -> bytes:
        use(dripping)
        return dripping.recv(1)

    assert within(LONG, read) == b"."
    with pytest.raises(OverdueError) as overdue:
        within(SHORT, threading.Event().wait)
    assert overdue.value.unused
    assert dripping.recv(1) == b"."


def test_nothing_is_begun_once_the_time_is_up(dripping: socket.socket) -> None:
    go, ended = threading.Event(), SimpleQueue[type[BaseException] | None]()

    def begin_late() -> None:
        go.wait(LONG)
        try:
            use(dripping)
        except BaseException as error:
            ended.put(type(error))
            raise
        ended.put(None)

    with pytest.raises(OverdueError) as overdue:
        within(SHORT, begin_late)
    assert overdue.value.unused
    go.set()
    assert ended.get(timeout=LONG) is TimeoutError
    assert dripping.recv(1) == b"."


def test_no_error_waits_for_the_collector_of_garbage() -> None:
    """Else what it holds, such as a connection, would be closed some time."""
    gone = threading.Event()

    class Held:
        def __del__(self) -> None:
            gone.set()

    def fail() -> None:
        held = Held()
        raise ValueError(id(held))

    with suppress(ValueError):
        within(LONG, fail)
    assert gone.wait(LONG)


def test_in_time_works_in_the_callers_thread_and_cuts_what_drips(dripping: socket.socket) -> None:
    assert in_time(LONG, threading.current_thread) is threading.current_thread()

    def read() -> bytes:
        use(dripping)
        while dripping.recv(1):
            pass
        return b"as if it had come to its end"

    with pytest.raises(OverdueError):
        in_time(SHORT, read)
    assert deadline.current.get() is None


def test_in_time_gives_back_what_was_not_late(dripping: socket.socket) -> None:
    def read() -> bytes:
        use(dripping)
        return dripping.recv(1)

    for _ in range(3):
        assert in_time(LONG, read) == b"."
    with pytest.raises(ValueError, match="of its own"):
        in_time(LONG, lambda: int("of its own"))


FORKED = """
import os, socket
from frontdesk import deadline
from frontdesk.deadline import OverdueError, in_time

def read(connection):
    deadline.current.get().use(connection)
    return connection.recv(1)

def is_cut():
    ours, theirs = socket.socketpair()
    try:
        in_time(0.05, lambda: read(ours))
    except OverdueError:
        return True
    return False

assert is_cut()
child = os.fork()
if not child:
    os._exit(0 if is_cut() else 1)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_child_has_somebody_who_cuts_too() -> None:
    subprocess.run([sys.executable, "-c", FORKED], check=True, timeout=60)


def test_what_comes_too_late_is_handed_over() -> None:
    go, came = threading.Event(), SimpleQueue[str]()

    def late() -> str:
        go.wait(LONG)
        return "late"

    with pytest.raises(OverdueError):
        within(SHORT, late, came.put)
    go.set()
    assert came.get(timeout=LONG) == "late"
