"""Leads that a CRM, or its list, could take for one another go one at a time.

So do the leads and revocations of a person: what arrives last is what the CRM believes.

Whoever has to wait is set aside under what he has in common with one that is ahead, and the first
of those is looked at again when nobody is ahead under it any more: what ten thousand of a name
cost does not grow with every line of the journal, nor with every one that has arrived.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

LOOKS = timedelta(minutes=1)  # between looks for those whose hour is over
Why = Literal["under way", "unknown"]


class Namesakes:
    """The leads of one destination that are ahead, and those that wait for them."""

    def __init__(self) -> None:
        self._marks: dict[tuple[UUID, Why], list[str]] = {}
        # By mark: who is ahead, and how long others wait for it at most.
        self._ahead: dict[str, dict[tuple[UUID, Why], datetime | None]] = {}
        self._waiting: dict[str, deque[UUID]] = {}  # by mark
        self._called: dict[UUID, str] = {}  # whose turn it is, and by which mark
        self._freed: dict[str, None] = {}  # marks, in their order
        self._looked: datetime | None = None

    def go_ahead(
        self, submission: UUID, marks: Iterable[str], why: Why, until: datetime | None = None
    ) -> None:
        """Others wait for this one; it may be ahead for two reasons at a time."""
        self.clear(submission, why)
        one = submission, why
        self._marks[one] = sorted(marks)
        for mark in self._marks[one]:
            self._ahead.setdefault(mark, {})[one] = until
        if why == "under way":
            self._called.pop(submission, None)

    def clear(self, submission: UUID, why: Why) -> None:
        """Nobody need wait for this one any more, for that reason."""
        one = submission, why
        for mark in self._marks.pop(one, ()):
            del self._ahead[mark][one]
            if not self._ahead[mark]:
                del self._ahead[mark]
                self._freed[mark] = None

    def ahead_of(self, submission: UUID, marks: Iterable[str], now: datetime) -> str | None:
        """What it has in common with another that is ahead of it."""
        return next((m for m in sorted(marks) if self._taken(m, now, submission)), None)

    def wait(self, submission: UUID, mark: str) -> None:
        """Set one aside, until nobody is ahead under this mark."""
        self.skip(submission)
        self._waiting.setdefault(mark, deque()).append(submission)

    def skip(self, submission: UUID) -> None:
        """It cannot go now, whatever the reason; if it was its turn, it is the next one's."""
        mark = self._called.pop(submission, None)
        if mark is not None:
            self._freed[mark] = None

    def call(self, now: datetime) -> Iterator[UUID]:
        """Those whose turn it is: of each mark under which nobody is ahead any more, the first."""
        free, self._freed = self._freed, {}
        if self._looked is None or abs(now - self._looked) >= LOOKS:
            self._looked = now
            free |= dict.fromkeys(self._waiting)
        called = set(self._called.values()) if free else set()
        for mark in free:
            waiting = self._waiting.get(mark)
            if not waiting or mark in called or self._taken(mark, now):
                continue
            first = waiting.popleft()
            if not waiting:
                del self._waiting[mark]
            self._called[first] = mark
            yield first

    def _taken(self, mark: str, now: datetime, but: UUID | None = None) -> bool:
        return any(
            one != but and (until is None or now < until)
            for (one, _), until in self._ahead.get(mark, {}).items()
        )
