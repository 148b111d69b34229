"""Keeps a provider that does not answer from holding up everybody else.

Only some of the threads may wait for providers, and one that keeps them waiting is left alone for
a while. What is slow is what counts: an error that comes at once holds nobody up, and to ask again
finds out first when it is over.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from frontdesk import metrics
from frontdesk.forks import weakly
from frontdesk.intake.captcha.base import Verdict
from frontdesk.store.lease import Lease

log = logging.getLogger("frontdesk.captcha")

IN_A_ROW = 3
SLOW = 0.9  # of the provider's time limit
PAUSE = 2.0  # time limits; for so long nobody asks

Unasked = Literal["full", "open"]


class Bulkhead:
    """Lets half of the threads that serve wait for providers, and no more."""

    def __init__(self, threads: int) -> None:
        self._number = max(1, threads // 2)
        self._reset()
        os.register_at_fork(after_in_child=weakly(self._reset))

    def _reset(self) -> None:
        self._free = threading.Semaphore(self._number)

    def enter(self) -> bool:
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        self._free.release()


class Breaker:
    """Lets questions to one provider through, as long as it answers them in time.

    While it is open, one question at a time finds out whether the provider is back. `lease` tells
    other processes: it is held as long as this one gets no answers, and by the dead never.
    """

    def __init__(
        self,
        provider: str,
        limit: float,
        bulkhead: Bulkhead,
        lease: Lease,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider = provider
        self._limit = limit  # seconds that a question takes at most
        self._bulkhead = bulkhead
        self._clock = clock
        self._told = lease
        self._reset()
        os.register_at_fork(after_in_child=weakly(self._reset))

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0  # outages in a row, quick or slow
        self._slow = 0  # slow ones in a row
        self._probe_at = 0.0  # when the next question may find out
        self._probing = False

    def ask(self, question: Callable[[], Verdict]) -> Verdict:
        """The answer to a question; without asking, UNAVAILABLE or BUSY.

        BUSY: the provider answers, but too many ask. Anybody can bring that about.
        """
        with self._lock:
            probe = self._slow >= IN_A_ROW
            if probe and (self._probing or self._clock() < self._probe_at):
                return self._unasked("open", Verdict.UNAVAILABLE)
            if not self._bulkhead.enter():
                return self._unasked("full", self._full())
            self._probing = self._probing or probe
        started = self._clock()
        verdict = Verdict.UNAVAILABLE
        try:
            verdict = question()
        finally:
            self._bulkhead.leave()
            self._learn(verdict, self._clock() - started, probe=probe)
        return verdict

    def close(self) -> None:
        """Say nothing of an outage any more."""
        with self._lock:
            self._told.resign()

    def _full(self) -> Verdict:
        return Verdict.UNAVAILABLE if self._failures else Verdict.BUSY

    def _unasked(self, reason: Unasked, verdict: Verdict) -> Verdict:
        metrics.count(metrics.UNASKED, self._provider, reason)
        return verdict

    def _learn(self, verdict: Verdict, took: float, *, probe: bool) -> None:
        with self._lock:
            if probe:
                self._probing = False
            was_open = self._slow >= IN_A_ROW
            if verdict is not Verdict.UNAVAILABLE:
                if self._failures >= IN_A_ROW:
                    log.warning("%s answers again", self._provider)
                    self._told.resign()
                self._failures = self._slow = 0
                return
            self._failures += 1
            if took >= SLOW * self._limit:
                self._slow += 1
            elif not was_open or probe:
                self._slow = 0
            if self._slow >= IN_A_ROW:
                self._probe_at = self._clock() + PAUSE * self._limit
                if not was_open:
                    log.error("%s keeps us waiting: for a while it is not asked", self._provider)
            if self._failures >= IN_A_ROW:
                with suppress(OSError):  # of a full disk, say: then this process alone knows
                    self._told.win()
