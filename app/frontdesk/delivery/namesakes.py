"""Leads that a CRM, or its list, could take for one another are sent one at a time.

So are the leads and revocations of one person: the CRM believes what arrives last.

A lead that has to wait is set aside under a mark that it shares with one that is ahead. When no
lead is ahead under the mark any more, the first that waits there is looked at again. So the cost
of ten thousand leads of one name grows neither with every line of the journal nor with every
delivery.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

LOOKS = timedelta(minutes=1)  # between looks for those that have waited for long enough
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
        """Let others with one of these marks wait for this one, `until` a time at most.

        A submission may be ahead for both reasons at once.
        """
        self.clear(submission, why)
        one = submission, why
        self._marks[one] = sorted(marks)
        for mark in self._marks[one]:
            self._ahead.setdefault(mark, {})[one] = until
        if why == "under way":
            self._called.pop(submission, None)

    def clear(self, submission: UUID, why: Why) -> None:
        """Let no others wait for this one any more, for that reason."""
        one = submission, why
        for mark in self._marks.pop(one, ()):
            del self._ahead[mark][one]
            if not self._ahead[mark]:
                del self._ahead[mark]
                self._freed[mark] = None

    def ahead_of(self, submission: UUID, marks: Iterable[str], now: datetime) -> str | None:
        """The mark that it shares with one that is ahead of it; None if it may go."""
        return next((m for m in sorted(marks) if self._taken(m, now, submission)), None)

    def wait(self, submission: UUID, mark: str) -> None:
        """Set one aside until no other is ahead under this mark."""
        self.skip(submission)
        self._waiting.setdefault(mark, deque()).append(submission)

    def skip(self, submission: UUID) -> None:
        """Pass one over, which cannot go now; if it was its turn, it is the next one's."""
        mark = self._called.pop(submission, None)
        if mark is not None:
            self._freed[mark] = None

    def call(self, now: datetime) -> Iterator[UUID]:
        """Take those whose turn it is: the first of each mark under which none is ahead now."""
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
