"""What still has to go out, derived from the journal and stored nowhere else."""

import heapq
from datetime import datetime, timedelta
from uuid import UUID

from frontdesk.delivery.twins import Twins
from frontdesk.journal import events
from frontdesk.journal.ledger import Account, Delivery, Ledger, Record

REMEMBERED = 50_000  # settled submissions, twice; a repeated line of theirs is not sent again


class Outbox:
    """Open deliveries, each with the time when it is due."""

    def __init__(self, patience: float, same_within: float = 0.0) -> None:
        """Both in seconds.

        `patience`: what the CRM gets to finish an attempt of unknown outcome. `same_within`: how
        soon after another an enquiry of the same content counts as that one sent again.
        """
        self._twins = Twins(timedelta(seconds=same_within))
        self._patience = timedelta(seconds=patience)
        self._ledger = Ledger()
        self._queues: dict[str, list[tuple[datetime, UUID]]] = {}
        self._settled: dict[UUID, datetime] = {}  # and when
        self._settled_before: dict[UUID, datetime] = {}

    def apply(self, event: events.AnyEvent) -> None:
        """Take one journal event in."""
        if isinstance(event, events.Erased | events.Discarded | events.Duplicate):
            self._twins.forget(event.id)
        settled = self._settled.get(event.id) or self._settled_before.get(event.id)
        if settled is not None:
            # Only a later decision to send it twice opens it again; lines may be read twice, and
            # a replay without force may have been decided before the courier was through.
            if not (isinstance(event, events.Replayed) and event.force and event.at > settled):
                return
            self._settled.pop(event.id, None)
            self._settled_before.pop(event.id, None)
        known = self._ledger.records.get(event.id)
        first = known is None or known.submission is None
        record = self._ledger.apply(event)
        if record is None:
            return
        if isinstance(event, events.Received) and first and record.held is None:
            self._twins.note(event)
        if record.settled:
            self._forget(record, event.at)
        else:
            for destination in record.deliveries:
                self.enqueue(record.id, destination)

    def _forget(self, record: Record, at: datetime) -> None:
        del self._ledger.records[record.id]
        self._twins.close(record.id)
        if len(self._settled) >= REMEMBERED:
            self._settled_before, self._settled = self._settled, {}
        self._settled[record.id] = at

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
