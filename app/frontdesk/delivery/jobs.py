"""Which delivery is made next, and which are under way; the courier only runs them."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from msgspec import Struct

from frontdesk.delivery.destination import LookupContext, OpenAttempt, PriorDelivery, Withdrawal
from frontdesk.delivery.outbox import Outbox, open_attempt_of
from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.model.lead import Submission
from frontdesk.model.record import Delivery
from frontdesk.store.base import Store

Needless = events.Duplicate | events.Superseded


class Job(Struct, eq=False):
    """All that a thread needs for one delivery; a copy, so that it shares nothing else.

    `setbacks`: how often it was deferred. `since`: when it was last put on its way. `lookup`: how
    to find out about an attempt of unknown outcome, before anything is sent. `undone`: see
    Consents. `cancelled`: the submission was erased; nothing more of it is sent.
    """

    id: UUID
    destination: str
    order: Submission | Withdrawal | None
    setbacks: int
    since: datetime
    prior: PriorDelivery
    lookup: LookupContext | None
    undone: Callable[[Submission, str, str], list[events.Revocation]]
    cancelled: bool = False


class Jobs:
    """The outbox as a series of jobs."""

    def __init__(
        self, store: Store, outbox: Outbox, patience: Mapping[str, float], at_once: int
    ) -> None:
        """`patience`: see Outbox. `at_once`: how many jobs may be under way to one account."""
        self._store = store
        self._outbox = outbox
        self._looked_up = patience.keys()
        self._at_once = at_once
        self._under_way: dict[tuple[UUID, str], Job] = {}

    def catch_up(self) -> bool:
        """Take in what has changed in the journal; whether something may have been erased.

        A delivery under way is not stopped by an erasure, but sends nothing more. Raises OSError,
        JournalError.
        """
        changes = self._outbox.catch_up(self._under_way.keys())
        records = changes.records
        if changes.whole:  # which has nothing of what is settled
            records = [record for one in self.busy() if (record := self._store.get(one))]
        erased = {record.id for record in records if record.erased is not None}
        for job in self._under_way.values():
            job.cancelled = job.cancelled or job.id in erased
        return changes.whole or bool(erased)

    def next(self, destination: str) -> Job | Needless | None:
        """Take the delivery to start now, or the event to write because none is needed.

        None if nothing is due, or the account may take no more at the moment.
        """
        now = utcnow()
        account = self._outbox.account(destination)
        under_way = [job for job in self._under_way.values() if job.destination == destination]
        # Until the CRM has accepted something, one lead at a time finds out whether it is well:
        # a ban, or a server that is down, must not meet the whole outbox.
        most = self._at_once if account.proven else 1
        if account.paused(now) or len(under_way) >= most or any(job.lookup for job in under_way):
            return None
        while found := self._outbox.next(destination, now):
            record, delivery = found
            if (record.id, destination) in self._under_way:
                continue  # queued once more when it lands
            needless = self._outbox.needless(record, delivery, destination)
            if needless is not None:
                return needless
            lookup = None
            attempt = open_attempt_of(record, delivery) if destination in self._looked_up else None
            if attempt is not None and attempt.unknown:
                # A lookup has the account to itself: a lead that is being stored at the
                # same moment could be taken for the one that is looked for.
                if under_way:
                    self._outbox.enqueue(record.id, destination)
                    return None
                lookup = self._context(attempt, destination)
            elif self._outbox.behind(record, destination, now):
                continue
            return Job(
                id=record.id,
                destination=destination,
                order=self._outbox.consents.order(record, destination),
                setbacks=delivery.setbacks,
                since=self._outbox.since(record, destination),
                prior=_prior(delivery),
                lookup=lookup,
                undone=self._outbox.consents.undone,
            )
        return None

    def _context(self, attempt: OpenAttempt, destination: str) -> LookupContext:
        return LookupContext(
            attempt,
            self._outbox.in_doubt(destination, but=attempt.submission.id),
            self._store.claims(destination),
            partial(self._store.people, destination),
        )

    def took_off(self, job: Job) -> None:
        """Note that a job has been started."""
        self._under_way[job.id, job.destination] = job
        self._outbox.took_off(job.id, job.destination)

    def landed(self, job: Job) -> None:
        """Note that a job has ended; the delivery may still be owed."""
        del self._under_way[job.id, job.destination]
        self._outbox.landed(job.id, job.destination)

    def busy(self) -> Collection[UUID]:
        """The submissions and revocations that are being sent."""
        return {submission for submission, _ in self._under_way}

    def destinations(self) -> Collection[str]:
        """The destinations to which something is being sent."""
        return {destination for _, destination in self._under_way}


def _prior(delivery: Delivery) -> PriorDelivery:
    if delivery.stored:
        return "yes"
    return "no" if delivery.attempted_at is None else "perhaps"
