"""Keeps up with a journal that others write to."""

import math
import os
import threading
import time

from frontdesk.journal.checkpoint import resume
from frontdesk.journal.files import Journal
from frontdesk.journal.lines import Damage
from frontdesk.journal.standing import Counts, Standing


class Follower:
    """How things stand by the journal, up to date; use it under its lock."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reset()
        # Whoever held the lock, or was reading, is not in the child.
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self.lock = threading.Lock()
        self._segments: frozenset[str] | None = None
        self.standing = Standing()

    def catch_up(self, seconds: float = math.inf) -> bool:
        """Read what is new, for about so long at most; whether that was all. Raises OSError."""
        until = time.monotonic() + seconds
        before, self._segments = self._segments, self._present()
        if before is None or self.standing.rests_on(before - self._segments):
            self.standing, self._tail, _ = resume(self._journal)
        for line in self._tail.read():
            if not isinstance(line, Damage):
                self.standing.apply(line)
            if time.monotonic() > until:
                return False
        return True

    def counts(self) -> Counts:
        """What all segments that are there brought."""
        return self.standing.counts(self._present())

    def _present(self) -> frozenset[str]:
        return frozenset(path.name for path in self._journal.segments())
