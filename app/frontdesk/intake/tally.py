"""Counts enquiries that are refused, so that the journal knows of those who were turned away.

What is counted is which of our fields was wrong and how, never what was typed. A process counts in
memory and writes one line for a while of it, so that a flood of rubbish makes the journal no
longer than a single visitor does; what it has not written yet is lost when it is killed.
"""

import atexit
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import uuid4

from frontdesk import metrics
from frontdesk.forks import weakly
from frontdesk.model.events import Refusal, Refused, utcnow
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError

log = logging.getLogger("frontdesk.intake")

EVERY = 60.0  # seconds between two lines of a process
EnquiryReason = Literal["rate", "token", "fields", "captcha", "outage", "unwritable"]
# Also of a request that was no enquiry yet.
Reason = Literal[EnquiryReason, "origin", "key", "malformed", "too_large", "tokens", "broken"]
_OF_STATUS: dict[int | None, Reason] = {401: "key", 403: "origin", 413: "too_large"}
_TICK = timedelta(microseconds=1)


def reason_of(status: int | None) -> Reason:
    """Why a request was refused before it was an enquiry, by the HTTP status."""
    return _OF_STATUS.get(status, "malformed")


class Tally:
    """What a process has refused, and not written down yet."""

    def __init__(
        self,
        store: Store,
        interval: float = EVERY,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        """`interval`: seconds between two lines, at least."""
        self._store = store
        self._interval = interval
        self._clock = clock
        self._reset()
        os.register_at_fork(after_in_child=weakly(self._reset))
        atexit.register(self.write)

    def _reset(self) -> None:
        # What a parent has counted, the parent writes down.
        self._counting = threading.Lock()
        self._writing = threading.Lock()
        self._counts: Counter[tuple[date, str, str | None, str]] = Counter()
        self._lines: list[Refused] = []  # to be written before anything else
        self._timer: threading.Timer | None = None
        self._id, self._last = uuid4(), self._clock()

    def count(self, form: str, reason: Reason, wrong: Iterable[tuple[str, str]] = ()) -> None:
        """Count an enquiry that is refused; `wrong`: fields, each with the code of what it was."""
        metrics.count(metrics.REFUSED, form, reason)
        day = self._clock().date()
        with self._counting:
            self._counts[day, form, None, reason] += 1
            for field, code in wrong:
                self._counts[day, form, field, code] += 1
            self._wait()

    def _wait(self) -> None:
        """Have it written after a while, unless that is so already."""
        if self._timer is None:
            timer = threading.Timer(self._interval, self._due)
            timer.daemon = True
            with suppress(RuntimeError):  # no more threads; the next one who is refused tries again
                timer.start()
                self._timer = timer

    def _due(self) -> None:
        try:
            self.write()
        finally:
            with self._counting:
                self._timer = None
                if self._counts or self._lines:
                    self._wait()

    def write(self) -> None:
        """Write down what was counted; what cannot be written is kept for the next time."""
        with self._writing:
            try:
                # If only their flush failed they are there already, and the very same count once.
                self._append()
                self._lines = self._taken()
                self._append()
            except JournalError as error:
                log.warning("the counts of what was refused wait for the journal: %s", error)

    def _append(self) -> None:
        if self._lines:
            self._store.append(*self._lines)
            self._lines = []

    def _taken(self) -> list[Refused]:
        """A line for each day, of what was counted since the last."""
        with self._counting:
            counts, self._counts = self._counts, Counter()
        lines = []
        for day in sorted({key[0] for key in counts}):
            # By its time a line is known again, also where the clock was set back.
            self._last = max(self._clock(), self._last + _TICK)
            told = tuple(
                Refusal(form, reason, times, field)
                for (on, form, field, reason), times in counts.items()
                if on == day
            )
            lines.append(Refused(id=self._id, at=self._last, day=day, counts=told))
        return lines

    def stop(self) -> None:
        """Write down what was counted, now, and not again when the process ends."""
        atexit.unregister(self.write)
        with self._counting:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self.write()
