"""What still has to go out, derived from the journal and stored nowhere else."""

import heapq
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from frontdesk.delivery.consents import Consents, Renamed
from frontdesk.delivery.destination import Doubt
from frontdesk.delivery.likeness import marks
from frontdesk.delivery.namesakes import Namesakes
from frontdesk.delivery.twins import Twins
from frontdesk.journal.lines import Line, Place
from frontdesk.journal.standing import Standing
from frontdesk.model import events
from frontdesk.model.ledger import Account, Delivery, Record

NAMESAKES_APART = timedelta(hours=1)  # then their times tell them apart well enough


class Outbox:
    """Open deliveries, each with the time when it is due."""

    def __init__(
        self,
        patience: Mapping[str, float],
        same_within: float = 0.0,
        standing: Standing | None = None,
        recent: Iterable[Line] = (),
        keepers: Collection[str] = (),
        renamed: Renamed | None = None,
    ) -> None:
        """`patience`: seconds that each CRM gets to finish an attempt of unknown outcome.

        Of one without it, the CRM recognises a repeat. `same_within`: seconds after another in
        which an enquiry of the same content counts as that one sent again. `standing`, `recent`:
        what has been taken in before, and those of it that may be twins. `keepers`: the
        destinations whose CRM keeps consents, and so can be told of a revocation. `renamed`: by
        form, the present ids of consents, by these and by the former ones.
        """
        self._twins = Twins(timedelta(seconds=same_within))
        self._patience = {name: timedelta(seconds=wait) for name, wait in patience.items()}
        self.standing = standing or Standing()
        self._ledger = self.standing.ledger
        self.consents = Consents(self._ledger.revocations, keepers, renamed or {})
        self._queues: dict[str, list[tuple[datetime, UUID]]] = {}
        self._touched: dict[UUID, Record] = {}  # to be queued when somebody asks for the next
        self._namesakes = {name: Namesakes() for name in {*patience, *keepers}}
        # Messages of other systems, in their order, that nobody has compared with others yet.
        self.undecided: dict[UUID, None] = {}
        for line in recent:
            self._note(line)
        for record in self._ledger.records.values():
            self._ponder(record)
            self._enqueue(record)

    def apply(self, line: Line) -> None:
        """Take one journal line in."""
        event = line.event
        if isinstance(event, events.Erased | events.Discarded | events.Duplicate):
            self._twins.forget(event.id)
        known = self._ledger.records.get(event.id)
        first = known is None or not known.begun
        waited = known is not None and known.held is not None
        record = self.standing.apply(line)
        if record is None:
            return
        if first:
            self._ponder(record)
        if (first or waited) and record.held is None:
            self._note(line)
        if record.settled:
            self.undecided.pop(record.id, None)
            self._twins.close(record.id)
            self._touched.pop(record.id, None)
            for namesakes in self._namesakes.values():
                namesakes.clear(record.id, "unknown")
                namesakes.skip(record.id)
        else:
            # Not at once: of years that are read again, nearly all is settled some lines later.
            self._touched[record.id] = record

    def _note(self, line: Line) -> None:
        # Messages are told apart by more than what they say of the lead.
        if isinstance(line.event, events.Received) and line.event.origin.message is None:
            self._twins.note(line.event, line.place)
            if line.event.id not in self._ledger.records:
                self._twins.close(line.event.id)

    def _ponder(self, record: Record) -> None:
        submission = record.submission
        if (
            submission is not None
            and submission.origin.message is not None
            and (record.held is None or record.incomplete)
            and not any(delivery.attempts for delivery in record.deliveries.values())
        ):
            self.undecided[record.id] = None

    def decided(self, submission: UUID) -> None:
        """A message need not wait for others of its lead any more."""
        self.undecided.pop(submission, None)
        if (record := self.record(submission)) is not None:
            self._enqueue(record)

    def record(self, submission: UUID) -> Record | None:
        """What is known of a submission that is not settled."""
        return self._ledger.records.get(submission)

    def _enqueue_touched(self) -> None:
        for record in self._touched.values():
            self._enqueue(record)
        self._touched.clear()

    def _enqueue(self, record: Record) -> None:
        for destination in record.deliveries:
            self.enqueue(record.id, destination)

    def recent(self) -> list[Place]:
        """The lines that may have twins still to come."""
        return self._twins.places()

    def needless(
        self, record: Record, delivery: Delivery, destination: str
    ) -> events.Duplicate | events.Superseded | None:
        """What is to be written down instead of sending it: another stands for it, or undid it."""
        if record.revocation is not None:
            newer = self.consents.granted_again(record.revocation, destination)
            if newer is not None:
                return events.Superseded(id=record.id, destination=destination, submission=newer)
        elif delivery.state == "pending" and (earlier := self.duplicate_of(record)):
            return events.Duplicate(id=record.id, of=earlier)
        return None

    def duplicate_of(self, record: Record) -> UUID | None:
        """The submission that stands for this one too, unless a person asked for this one."""
        if record.replayed or record.decided:
            return None
        earlier = self._twins.earlier(record.id)
        return next((one for one, at in earlier if self._speaks(one, at, record)), None)

    def _speaks(self, first: UUID, at: datetime, again: Record) -> bool:
        """Whether it is delivered or still owed, and means the same as this one.

        What failed or is held says nothing; nor what was said before a consent was revoked.
        """
        record = self._ledger.records.get(first)
        if record is not None and record.state in ("failed", "held"):
            return False
        return not self.consents.changed(at, again)

    def account(self, destination: str) -> Account:
        return self._ledger.account(destination)

    def __len__(self) -> int:
        return sum(
            self._due(name, record, delivery, events.utcnow()) is not None
            for record in self._ledger.records.values()
            for name, delivery in record.deliveries.items()
        )

    def enqueue(self, submission: UUID, destination: str) -> bool:
        """Put a delivery in its queue, if it is owed at all. Twice does no harm."""
        record = self._ledger.records.get(submission)
        delivery = record.deliveries.get(destination) if record else None
        if record is None or delivery is None:
            return False
        due = self._due(destination, record, delivery, events.utcnow())
        if (namesakes := self._namesakes.get(destination)) is not None:
            began = delivery.doubted_at or delivery.attempted_at
            if due and began and _is_unknown(delivery):
                until = began + NAMESAKES_APART
                namesakes.go_ahead(submission, self._marks(record), "unknown", until)
            else:
                namesakes.clear(submission, "unknown")
        if due:
            heapq.heappush(self._queues.setdefault(destination, []), (due, submission))
        return due is not None

    def next(self, destination: str, now: datetime) -> tuple[Record, Delivery] | None:
        """Take the delivery that has been due for longest out of the queue."""
        self._enqueue_touched()
        namesakes = self._namesakes.get(destination)
        while namesakes and (called := list(namesakes.call(now))):
            for waiting in called:
                if not self.enqueue(waiting, destination):
                    namesakes.skip(waiting)
        queue = self._queues.get(destination, [])
        while queue and queue[0][0] <= now:
            _, submission = heapq.heappop(queue)
            record = self._ledger.records.get(submission)
            # What began anew after it was queued may go elsewhere.
            delivery = record.deliveries.get(destination) if record else None
            due = record and delivery and self._due(destination, record, delivery, now)
            if record and delivery and due and due <= now and submission not in self.undecided:
                return record, delivery
            if namesakes:
                namesakes.skip(submission)
            if due and due > now:  # deferred since it was queued
                heapq.heappush(queue, (due, submission))
        return None

    def in_doubt(self, destination: str, but: UUID) -> list[Doubt]:
        """All the others that were attempted and are not known to be delivered."""
        return [
            doubt
            for record in self._ledger.records.values()
            if record.id != but
            and (delivery := record.deliveries.get(destination))
            and delivery.state != "delivered"
            and (doubt := doubt_of(record, delivery))
        ]

    def behind(self, record: Record, destination: str, now: datetime) -> bool:
        """Whether the CRM may just get, or have got, a lead that it could not tell from this one.

        Or a revocation of the same person, which it must not get out of turn. That one is cleared
        up first, so that no two of a name are unknown at a time. This one is set aside, and comes
        again when it may go.
        """
        self._enqueue_touched()
        namesakes = self._namesakes.get(destination)
        mark = namesakes and namesakes.ahead_of(record.id, self._marks(record), now)
        if namesakes and mark:
            namesakes.wait(record.id, mark)
        return bool(mark)

    def took_off(self, submission: UUID, destination: str) -> None:
        """It is being sent now."""
        namesakes, record = self._namesakes.get(destination), self.record(submission)
        if namesakes is not None and record is not None:
            namesakes.go_ahead(submission, self._marks(record), "under way")

    def _marks(self, record: Record) -> frozenset[str]:
        """What nothing else may have that goes at the same time."""
        if record.revocation is not None:
            return self.consents.marks(record.revocation)
        return marks(record.submission.lead) | record.marks if record.submission else frozenset()

    def landed(self, submission: UUID, destination: str) -> None:
        """It is not being sent any more, and may still be owed."""
        if (namesakes := self._namesakes.get(destination)) is not None:
            namesakes.clear(submission, "under way")
        self.enqueue(submission, destination)

    def _due(
        self, destination: str, record: Record, delivery: Delivery, now: datetime
    ) -> datetime | None:
        if not record.begun or record.held is not None:
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
                attempted = delivery.attempted_at or delivery.since
                return attempted + self._patience.get(destination, timedelta())
            case _:
                return None


def doubt_of(record: Record, delivery: Delivery) -> Doubt | None:
    """A delivery that was attempted, as the CRM's list is searched for it."""
    last = delivery.attempted_at
    if record.submission is None or last is None:
        return None
    return Doubt(record.submission, delivery.doubted_at or last, last, _is_unknown(delivery))


def _is_unknown(delivery: Delivery) -> bool:
    return delivery.unknown or delivery.state == "attempting"
