"""The journal in numbers: what came of all submissions, and which of them are open."""

import math
import os
import threading
import time
from collections import Counter
from datetime import datetime
from uuid import UUID

from frontdesk.delivery.outbox import REMEMBERED
from frontdesk.journal import events
from frontdesk.journal.files import Damage, Journal
from frontdesk.journal.ledger import Ledger

OUTCOMES = ("delivered", "deferred", "failed")


class Tally:
    """Counts since the journal's first line, and a ledger of what is not settled."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.received: Counter[str] = Counter()  # by form
        self.held: Counter[str] = Counter()  # by form
        self.outcomes: Counter[tuple[str, str]] = Counter()  # by destination, and event
        self.closures: Counter[str] = Counter()  # by destination
        self._settled: dict[UUID, datetime] = {}  # and when; see Outbox
        self._settled_before: dict[UUID, datetime] = {}

    def apply(self, event: events.AnyEvent) -> None:
        """Take one journal event in."""
        settled = self._settled.get(event.id) or self._settled_before.get(event.id)
        if settled is not None:
            if not (isinstance(event, events.Replayed) and event.force and event.at > settled):
                return  # a line that is there twice counts once
            self._settled.pop(event.id, None)
            self._settled_before.pop(event.id, None)
        before = self.ledger.records.get(event.id)
        lines, new = len(before.seen) if before else 0, before is None or before.submission is None
        record = self.ledger.apply(event)
        if record is None or len(record.seen) == lines:
            return
        match event:
            case events.Received() if new:
                self.received[event.form] += 1
                self.held[event.form] += record.held is not None
            case events.Delivered() | events.Deferred() | events.Failed():
                self.outcomes[event.destination, type(event).__name__.lower()] += 1
                self.closures[event.destination] += event.closes_account
        if record.settled:
            del self.ledger.records[record.id]
            if len(self._settled) >= REMEMBERED:
                self._settled_before, self._settled = self._settled, {}
            self._settled[record.id] = event.at


class Follower:
    """Keeps a tally up to date with the journal; use it under its lock."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reset()
        # Whoever held the lock, or was reading, is not in the child.
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self.lock = threading.Lock()
        self._start()

    def _start(self) -> None:
        self.tally = Tally()
        self._tail = self._journal.tail()
        self._segments: frozenset[str] = frozenset()

    def catch_up(self, seconds: float = math.inf) -> bool:
        """Read what is new, for so long at most; whether that was all. Raises OSError."""
        until = time.monotonic() + seconds
        segments = frozenset(path.name for path in self._journal.segments())
        if self._segments - segments:
            # Days were pruned. Every process must come to the same counts, also one that has
            # never read them.
            self._start()
        self._segments = segments
        for line in self._tail.read():
            if not isinstance(line, Damage):
                self.tally.apply(line.event)
            if time.monotonic() > until:
                return False
        return True
