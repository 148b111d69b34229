"""Processes that serve together: started by one that only watches, and started again."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NamedTuple

from frontdesk.cli.control import Control, Reload
from frontdesk.cli.lines import Line, lines

log = logging.getLogger("frontdesk.serve")

LEAST_LIFE = 1.0  # seconds; one that ends sooner is not followed by another before
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
GRACE = 60.0  # seconds that workers get to end


class _Worker(NamedTuple):
    born: float
    line: Line


class Workers:
    """Forks `count` processes that do the same, until it is told to end."""

    def __init__(
        self, count: int, work: Callable[[], None], take: Callable[[bytes], None], control: Control
    ) -> None:
        """`work`: what each does until it is interrupted, as SIGTERM does it.

        `take`: what each does with news, see `tell`; raises when it cannot.
        """
        self._count = count
        self._work = work
        self._take = take
        self._control = control
        self._born: dict[int, _Worker] = {}
        self._ending = False

    def run(self, reload: Reload) -> None:
        """Keep so many at work; returns once SIGTERM or SIGINT has ended them all.

        `reload`: what to do when a new configuration is to be taken; it may `tell` the workers.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, self._control.wake)
        while not self._ending:
            while len(self._born) < self._count and not self._ending:
                self._start()
            self._control.attend(reload)
            self._bury()
        self._let_end()

    def tell(self, news: bytes) -> None:
        """Have all workers take something in, and wait for it; who cannot is replaced."""
        told = {pid for pid, worker in self._born.items() if worker.line.send(news)}
        for pid, worker in self._born.items():
            if pid not in told or not worker.line.taken():
                log.error("worker %d has not taken the news, and is to be followed", pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)

    def _start(self) -> None:
        begun = time.monotonic()
        ours, theirs = lines()
        # A child that is told to end before it can be would take that for its parent's affair.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        child = os.fork()
        if child:
            theirs.close()
            self._born[child] = _Worker(begun, ours)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            return
        code = 1
        try:
            # Whoever holds the other end is alive: a worker does not outlive the one that watches.
            for line in (ours, *(worker.line for worker in self._born.values())):
                line.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all
            self._control.forsake()
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            threading.Thread(target=self._listen, args=(theirs,), daemon=True).start()
            self._work()
            code = 0
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            log.exception("a worker broke")
        finally:
            logging.shutdown()
            os._exit(code)

    def _listen(self, line: Line) -> None:
        for news in line.news():
            try:
                self._take(news)
            except Exception:
                log.exception("a worker cannot take what it is told")
                break
            line.take()
        os.kill(os.getpid(), signal.SIGTERM)

    def _bury(self) -> None:
        while self._born and not self._ending:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            worker = self._born.pop(child)
            worker.line.close()
            log.error("worker %d ended (%s), and is followed by another", child, _how(status))
            time.sleep(max(0.0, worker.born + LEAST_LIFE - time.monotonic()))

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True
        self._control.wake()
        for child in list(self._born):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    def _let_end(self) -> None:
        self._end(signal.SIGTERM, None)  # also one that was started meanwhile
        until = time.monotonic() + GRACE
        while self._born and time.monotonic() < until:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if child:
                self._born.pop(child).line.close()
            else:
                time.sleep(0.05)
        for child, worker in self._born.items():
            os.kill(child, signal.SIGKILL)
            worker.line.close()


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"
