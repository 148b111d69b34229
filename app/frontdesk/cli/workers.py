"""Processes that serve together: started by one that only watches, and started again."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

log = logging.getLogger("frontdesk.serve")

LEAST_LIFE = 1.0  # seconds; one that ends sooner is not followed by another before
GRACE = 60.0  # seconds that workers get to end


class Workers:
    """Forks `count` processes that do the same, until it is told to end."""

    def __init__(self, count: int, work: Callable[[], None]) -> None:
        """`work`: what each does until it is interrupted, as SIGTERM does it."""
        self._count = count
        self._work = work
        self._born: dict[int, float] = {}
        self._ending = False
        # Whoever holds the other end is alive: a worker does not outlive the one that watches.
        self._alive, self._holds = os.pipe()

    def run(self) -> None:
        """Keep so many at work; returns once SIGTERM or SIGINT has ended them all."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        while not self._ending:
            while len(self._born) < self._count and not self._ending:
                self._start()
            self._wait()
        self._let_end()

    def _start(self) -> None:
        begun = time.monotonic()
        child = os.fork()
        if child:
            self._born[child] = begun
            return
        code = 1
        try:
            os.close(self._holds)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            threading.Thread(target=self._outlive, daemon=True).start()
            self._work()
            code = 0
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            log.exception("a worker broke")
        finally:
            logging.shutdown()
            os._exit(code)

    def _outlive(self) -> None:
        os.read(self._alive, 1)  # returns when nobody holds the other end any more
        os.kill(os.getpid(), signal.SIGTERM)

    def _wait(self) -> None:
        try:
            child, status = os.wait()
        except (ChildProcessError, InterruptedError):
            return
        born = self._born.pop(child, None)
        if born is None or self._ending:
            return
        log.error("worker %d ended (%s), and is followed by another", child, _how(status))
        time.sleep(max(0.0, born + LEAST_LIFE - time.monotonic()))

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True
        for child in self._born:
            os.kill(child, signal.SIGTERM)

    def _let_end(self) -> None:
        self._end(signal.SIGTERM, None)  # also one that was being started
        until = time.monotonic() + GRACE
        while self._born and time.monotonic() < until:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if child:
                self._born.pop(child, None)
            else:
                time.sleep(0.05)
        for child in self._born:
            os.kill(child, signal.SIGKILL)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"
