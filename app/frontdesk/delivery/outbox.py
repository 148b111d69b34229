"""The deliveries that are still to be made; derived from the journal, and stored nowhere else."""

import heapq
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from frontdesk.delivery.consents import Consents, Renamed
from frontdesk.delivery.destination import OpenAttempt
from frontdesk.delivery.matching import marks
from frontdesk.delivery.namesakes import Namesakes
from frontdesk.model import events
from frontdesk.model.account import Account
from frontdesk.model.record import Delivery, Record
from frontdesk.model.turns import owed_since
from frontdesk.store.base import Changes, Store
from frontdesk.store.facts import Facts

NAMESAKES_APART = timedelta(hours=1)  # after which their times tell two leads of a name apart


class Outbox:
    """Open deliveries, each with the time when it is due."""

    def __init__(
        self,
        store: Store,
        patience: Mapping[str, float],
        same_within: float = 0.0,
        keepers: Collection[str] = (),
        renamed: Renamed | None = None,
        last: Collection[str] = (),
    ) -> None:
        """`patience`: by destination, the seconds that its CRM gets to finish an attempt.

        After these, its list is searched for a lead of unknown outcome; a CRM that is not in it
        recognises a repeated lead. `same_within`: seconds in which a second enquiry of the same
        content counts as the first one sent again; 0 for none. `keepers`: the destinations whose
        CRM keeps consents, and can be told of a revocation. `renamed`: see Renamed. `last`: see
        owed_since.
        """
        self._store = store
        self._same_within = timedelta(seconds=same_within)
        self._patience = {name: timedelta(seconds=wait) for name, wait in patience.items()}
        self._keepers, self._renamed = keepers, renamed or {}
        self._last = last
        self._namesakes_of = {*patience, *keepers}
        self._cursor: str | None = None
        self.facts = Facts()  # what is known besides submissions
        self._begin()

    def _begin(self) -> None:
        self._records: dict[UUID, Record] = {}
        self._queues: dict[str, list[tuple[datetime, UUID]]] = {}
        self._touched: dict[UUID, Record] = {}  # to be queued before the next is taken
        self._namesakes = {name: Namesakes() for name in self._namesakes_of}
        # Messages of other systems, in their order, that were not put together with others yet.
        self.undecided: dict[UUID, None] = {}

    def catch_up(self, under_way: Collection[tuple[UUID, str]] = ()) -> Changes:
        """Take in what has changed in the store, and return it.

        `under_way`: the submissions that are being sent, each with its destination. Raises OSError,
        JournalError.
        """
        changes = self._store.changes(self._cursor, wait=False)
        if changes.whole:
            self._begin()
        if changes.cursor != self._cursor:  # facts may have changed, and no record
            self.facts = self._store.facts()
        self._cursor = changes.cursor
        for record in changes.records:
            self._take(record)
        if changes.whole:
            for submission, destination in under_way:
                self.took_off(submission, destination)
        return changes

    @property
    def consents(self) -> Consents:
        """What decides about consents, by what is known now."""
        return Consents(self.facts.revocations, self._keepers, self._renamed)

    def _take(self, record: Record) -> None:
        known = self._records.get(record.id)
        if record.settled:
            self._records.pop(record.id, None)
            self.undecided.pop(record.id, None)
            self._touched.pop(record.id, None)
            for namesakes in self._namesakes.values():
                namesakes.clear(record.id, "unknown")
                namesakes.skip(record.id)
            return
        self._records[record.id] = self._touched[record.id] = record
        if known is None or not known.begun or known.began != record.began:
            self._ponder(record)

    def records(self) -> Collection[Record]:
        """All records that are open."""
        return self._records.values()

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
        """Note that a message need not wait for others of its lead any more."""
        self.undecided.pop(submission, None)
        if (record := self.record(submission)) is not None:
            self._enqueue(record)

    def record(self, submission: UUID) -> Record | None:
        """The record of a submission or revocation that is open; None for any other."""
        return self._records.get(submission)

    def _enqueue_touched(self) -> None:
        for record in self._touched.values():
            self._enqueue(record)
        self._touched.clear()

    def _enqueue(self, record: Record) -> None:
        for destination in record.deliveries:
            self.enqueue(record.id, destination)

    def needless(
        self, record: Record, delivery: Delivery, destination: str
    ) -> events.Duplicate | events.Superseded | None:
        """The event to write instead of sending a record: another stands for it, or undid it.

        None if it has to be sent.
        """
        if record.revocation is not None:
            newer = self.consents.granted_again(record.revocation, destination)
            if newer is not None:
                return events.Superseded(id=record.id, destination=destination, submission=newer)
        elif delivery.state == "pending" and (earlier := self.duplicate_of(record)):
            return events.Duplicate(id=record.id, of=earlier)
        return None

    def duplicate_of(self, record: Record) -> UUID | None:
        """The earlier submission of the same content; None if a person asked for this one."""
        if record.replayed or record.decided or not self._same_within:
            return None
        # An earlier one does not count if the person has revoked a consent in between.
        earlier = self._store.same_content(record.id, self._same_within)
        speak = (one.id for one in earlier if one.at and not self.consents.changed(one.at, record))
        return next(speak, None)

    def since(self, record: Record, destination: str) -> datetime:
        """Since when a destination has been owed a record that is due."""
        delivery = record.deliveries[destination]
        return owed_since(record, destination, self._last) or delivery.since

    def account(self, destination: str) -> Account:
        return self.facts.account(destination)

    def __len__(self) -> int:
        return sum(
            self._due(name, record, delivery, events.utcnow()) is not None
            for record in self._records.values()
            for name, delivery in record.deliveries.items()
        )

    def enqueue(self, submission: UUID, destination: str) -> bool:
        """Put a delivery into its queue, if it is owed; whether it is. May be repeated."""
        record = self._records.get(submission)
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
        """Take the delivery that has been due for longest out of its queue; None if none is due."""
        self._enqueue_touched()
        namesakes = self._namesakes.get(destination)
        while namesakes and (called := list(namesakes.call(now))):
            for waiting in called:
                if not self.enqueue(waiting, destination):
                    namesakes.skip(waiting)
        queue = self._queues.get(destination, [])
        while queue and queue[0][0] <= now:
            _, submission = heapq.heappop(queue)
            record = self._records.get(submission)
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

    def in_doubt(self, destination: str, but: UUID) -> list[OpenAttempt]:
        """All leads, except `but`, that were attempted and are not known to be delivered."""
        return [
            attempt
            for record in self._records.values()
            if record.id != but
            and (delivery := record.deliveries.get(destination))
            and delivery.state != "delivered"
            and (attempt := open_attempt_of(record, delivery))
        ]

    def behind(self, record: Record, destination: str, now: datetime) -> bool:
        """Whether a record has to wait for another that the CRM is getting, or may have got.

        It waits for leads that the CRM could not tell from it, so that no two of them are unknown
        at a time, and for those and the revocations of the same person, so that they arrive in
        order. It is set aside then, and is taken again by `next` when it may go.
        """
        self._enqueue_touched()
        namesakes = self._namesakes.get(destination)
        mark = namesakes and namesakes.ahead_of(record.id, self._marks(record), now)
        if namesakes and mark:
            namesakes.wait(record.id, mark)
        return bool(mark)

    def took_off(self, submission: UUID, destination: str) -> None:
        """Note that a delivery has been started."""
        namesakes, record = self._namesakes.get(destination), self.record(submission)
        if namesakes is not None and record is not None:
            namesakes.go_ahead(submission, self._marks(record), "under way")

    def _marks(self, record: Record) -> frozenset[str]:
        """The marks of a record; nothing else with one of them is sent at the same time."""
        if record.revocation is not None:
            return self.consents.marks(record.revocation)
        return marks(record.submission.lead) | record.marks if record.submission else frozenset()

    def landed(self, submission: UUID, destination: str) -> None:
        """Note that a delivery is not under way any more; it may still be owed."""
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
        since = owed_since(record, destination, self._last)
        if since is None:
            return None
        match delivery.state:
            case "pending":
                # A time in the future, which a wrong clock wrote, puts nothing off.
                return min(since, now)
            case "deferred":
                return delivery.until
            case "attempting":  # the process that sent it is gone
                attempted = delivery.attempted_at or delivery.since
                return attempted + self._patience.get(destination, timedelta())
            case _:
                return None


def open_attempt_of(record: Record, delivery: Delivery) -> OpenAttempt | None:
    """A delivery that was attempted, in the form in which a CRM's list is searched for it.

    None for a revocation, and for what was never attempted.
    """
    last = delivery.attempted_at
    if record.submission is None or last is None:
        return None
    return OpenAttempt(record.submission, delivery.doubted_at or last, last, _is_unknown(delivery))


def _is_unknown(delivery: Delivery) -> bool:
    return delivery.unknown or delivery.state == "attempting"
