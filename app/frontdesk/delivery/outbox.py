"""What still has to go out, derived from the journal and stored nowhere else."""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from frontdesk.delivery.twins import Twins
from frontdesk.journal import events
from frontdesk.journal.ledger import Account, Delivery, Record
from frontdesk.journal.lines import Line, Place
from frontdesk.journal.standing import Standing


class Outbox:
    """Open deliveries, each with the time when it is due."""

    def __init__(
        self,
        patience: float,
        same_within: float = 0.0,
        standing: Standing | None = None,
        recent: Iterable[Line] = (),
    ) -> None:
        """`standing`, `recent`: what has been taken in before, and those of it that may be twins.

        `patience`: what the CRM gets to finish an attempt of unknown outcome. `same_within`: how
        soon after another an enquiry of the same content counts as that one sent again. Seconds.
        """
        self._twins = Twins(timedelta(seconds=same_within))
        self._patience = timedelta(seconds=patience)
        self.standing = standing or Standing()
        self._ledger = self.standing.ledger
        self._queues: dict[str, list[tuple[datetime, UUID]]] = {}
        for line in recent:
            self._note(line)
        for record in self._ledger.records.values():
            self._enqueue(record)

    def apply(self, line: Line) -> None:
        """Take one journal line in."""
        event = line.event
        if isinstance(event, events.Erased | events.Discarded | events.Duplicate):
            self._twins.forget(event.id)
        known = self._ledger.records.get(event.id)
        first = known is None or known.submission is None
        record = self.standing.apply(line)
        if record is None:
            return
        if first and record.held is None:
            self._note(line)
        if record.settled:
            self._twins.close(record.id)
        else:
            self._enqueue(record)

    def _note(self, line: Line) -> None:
        if isinstance(line.event, events.Received):
            self._twins.note(line.event, line.place)
            if line.event.id not in self._ledger.records:
                self._twins.close(line.event.id)

    def _enqueue(self, record: Record) -> None:
        for destination in record.deliveries:
            self.enqueue(record.id, destination)

    def recent(self) -> list[Place]:
        """The lines that may have twins still to come."""
        return self._twins.places()

    def duplicate_of(self, record: Record) -> UUID | None:
        """The submission that stands for this one too, unless a person asked for this one."""
        if record.replayed or record.decided:
            return None
        return next(filter(self._speaks, self._twins.earlier(record.id)), None)

    def _speaks(self, first: UUID) -> bool:
        """Whether it is delivered or still owed. What failed or is held says nothing."""
        record = self._ledger.records.get(first)
        return record is None or record.state not in ("failed", "held")

    def account(self, destination: str) -> Account:
        return self._ledger.account(destination)

    def __len__(self) -> int:
        return sum(
            self._due(record, delivery, events.utcnow()) is not None
            for record in self._ledger.records.values()
            for delivery in record.deliveries.values()
        )

    def enqueue(self, submission: UUID, destination: str) -> None:
        """Put a delivery in its queue, if it is owed at all. Twice does no harm."""
        record = self._ledger.records.get(submission)
        due = record and self._due(record, record.deliveries[destination], events.utcnow())
        if due:
            heapq.heappush(self._queues.setdefault(destination, []), (due, submission))

    def next(self, destination: str, now: datetime) -> tuple[Record, Delivery] | None:
        """Take the delivery that has been due for longest out of the queue."""
        queue = self._queues.get(destination, [])
        while queue and queue[0][0] <= now:
            _, submission = heapq.heappop(queue)
            record = self._ledger.records.get(submission)
            delivery = record and record.deliveries[destination]
            due = record and delivery and self._due(record, delivery, now)
            if not record or not delivery or not due:
                continue
            if due > now:  # deferred since it was queued
                heapq.heappush(queue, (due, submission))
                continue
            return record, delivery
        return None

    def _due(self, record: Record, delivery: Delivery, now: datetime) -> datetime | None:
        if record.submission is None or record.held is not None:
            return None
        if record.discarded or record.erased:
            return None
        match delivery.state:
            case "pending":
                # Whatever a wrong clock has written: it is not put off until then.
                return min(delivery.since, now)
            case "deferred":
                return delivery.until
            case "attempting":  # the process that sent it is gone
                return (delivery.attempted_at or delivery.since) + self._patience
            case _:
                return None
