"""Make one delivery, in a thread: announce it, send it, and write its outcome down."""

import logging
import threading
from collections.abc import Mapping
from uuid import UUID

from frontdesk.delivery.consents import named
from frontdesk.delivery.destination import (
    ConsentKeeper,
    Delivered,
    DeliveryError,
    Destination,
    Previewable,
    Searchable,
    Sending,
    Withdrawal,
    Withheld,
)
from frontdesk.delivery.jobs import Job
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.schedule import Schedule
from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.model.lead import Submission
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError, LeaseLostError

log = logging.getLogger("frontdesk.courier")

Outcome = events.Delivered | events.Deferred | events.Failed | events.Withheld


class Runner:
    """Runs jobs. It sends nothing before it has announced it, and writes every outcome down."""

    def __init__(
        self,
        store: Store,
        lanes: Lanes,
        destinations: Mapping[str, Destination],
        schedule: Schedule,
        patience: Mapping[str, float],
        stopping: threading.Event,
        unwritable: float,
    ) -> None:
        """`lanes`: leases without which nothing is sent. `patience`: see Outbox.

        `stopping`: set when the courier stops. `unwritable`: seconds between tries to write.
        """
        self._store = store
        self._lanes = lanes
        self._destinations = destinations
        self._schedule = schedule
        self._patience = patience
        self._stopping = stopping
        self._unwritable = unwritable

    def run(self, job: Job) -> None:
        """Deliver, or find out that it was delivered before, and write the outcome down."""
        destination = self._destinations[job.destination]
        attempt: UUID | None = None
        try:
            if job.lookup is not None:
                if not isinstance(destination, Searchable):  # rather stuck than sent twice
                    raise TypeError(f"{job.destination} has lookups, but nothing to find with")
                found = destination.find(job.lookup)
                if found is not None:
                    self._arrived(job, None, found, reconciled=True)
                    return
            lease = self._lanes.of(job.destination)
            if job.cancelled or not lease.won():
                return
            intent = _intent(job, destination)
            try:
                self._store.append(intent, lease=lease)
            except LeaseLostError:
                return
            except JournalError as error:
                log.error("nothing is sent while the journal cannot be written: %s", error)
                self._stopping.wait(self._unwritable)
                return
            if not lease.won():
                # The courier that holds the lease now may have read the journal before this was
                # written, and send the lead itself. If it reads this, it looks the lead up.
                return
            attempt = intent.attempt
            result = self._ask(destination, job)
            if isinstance(result, Withheld):
                self._withheld(job, attempt, result)
            else:
                self._arrived(job, attempt, result, reconciled=False)
        except DeliveryError as error:
            self._write(self._failure(job, attempt, error))
        except Exception:
            log.exception("delivery of %s to %s broke", job.id, job.destination)
            broken = DeliveryError("internal error; see the log", unknown=attempt is not None)
            self._write(self._failure(job, attempt, broken))

    def _ask(self, destination: Destination, job: Job) -> Delivered | Withheld:
        match job.order:
            case Submission():
                return destination.deliver(job.order, job.prior)
            case Withdrawal() if isinstance(destination, ConsentKeeper):
                return destination.revoke(named(job.order, self._store, job.destination))
        raise DeliveryError("this CRM keeps no consents", permanent=True)

    def _arrived(
        self, job: Job, attempt: UUID | None, result: Delivered, *, reconciled: bool
    ) -> None:
        again: list[events.Revocation] = []
        if isinstance(job.order, Submission) and result.customer_id:
            again = job.undone(job.order, job.destination, result.customer_id)
        delivered = events.Delivered(
            id=job.id,
            destination=job.destination,
            attempt=attempt,
            customer_id=result.customer_id,
            inquiry_id=result.inquiry_id,
            reconciled=reconciled,
            answer=result.answer,
        )
        # Before the outcome: if they are lost with it, the lead is looked up, and comes here again.
        self._write(delivered, *again)

    def _withheld(self, job: Job, attempt: UUID, result: Withheld) -> None:
        self._write(
            events.Withheld(
                id=job.id,
                destination=job.destination,
                attempt=attempt,
                answer=result.answer,
                reason=result.reason,
            )
        )

    def _failure(
        self, job: Job, attempt: UUID | None, error: DeliveryError
    ) -> events.Deferred | events.Failed:
        now = utcnow()
        reason = str(error)
        # Nothing was sent when only the lookup failed: what was unknown before still is.
        unknown = error.unknown if attempt is not None else job.lookup is not None
        permanent = error.permanent and attempt is not None
        if not permanent and self._schedule.given_up(job.since, now, job.setbacks + 1):
            doubt = ", and the CRM may have it" if unknown else ""
            permanent, reason = True, f"given up after trying for too long{doubt}; last: {reason}"
        closes = error.account and error.permanent
        if permanent:
            return events.Failed(
                id=job.id,
                destination=job.destination,
                attempt=attempt,
                answer=error.answer,
                reason=reason,
                unknown=unknown,
                closes_account=closes,
            )
        # A request that has just been sent may still be under way; a lookup leaves nothing behind.
        least = (
            self._patience.get(job.destination, 0.0)
            if attempt is not None
            else self._schedule.first
        )
        until = self._schedule.again(
            job.setbacks + 1,
            now,
            least=least if unknown else 0.0,
            retry_after=error.retry_after,
        )
        return events.Deferred(
            id=job.id,
            destination=job.destination,
            attempt=attempt,
            answer=error.answer,
            reason=reason,
            until=until,
            unknown=unknown,
            account_until=until if error.account else None,
            closes_account=closes,
        )

    def _write(self, outcome: Outcome, *before: events.Revocation) -> None:
        """Write an outcome down, and try until the disk takes it: it cannot be learnt again."""
        told = False
        while True:
            try:
                self._store.append(*before, outcome)
                break
            except JournalError as error:
                if not told:
                    log.error("outcome of %s waits for the journal: %s", outcome.id, error)
                told = True
                if self._stopping.wait(self._unwritable):
                    return  # left unknown, and looked up by the next courier
        _tell(outcome)


def _intent(job: Job, destination: Destination) -> events.Attempt:
    sending = Sending()
    if isinstance(job.order, Submission) and isinstance(destination, Previewable):
        sending = destination.sending(job.order, job.prior)
    return events.Attempt(id=job.id, destination=job.destination, **sending._asdict())


def _tell(outcome: Outcome) -> None:
    match outcome:
        case events.Delivered():
            log.info("%s delivered to %s", outcome.id, outcome.destination)
        case events.Withheld():
            text = "%s is not sent to %s: %s"
            log.info(text, outcome.id, outcome.destination, outcome.reason)
        case events.Deferred():
            log.warning(
                "%s to %s deferred until %s: %s",
                outcome.id,
                outcome.destination,
                f"{outcome.until:%Y-%m-%d %H:%M:%S}Z",
                outcome.reason,
            )
        case events.Failed():
            log.error("%s to %s failed: %s", outcome.id, outcome.destination, outcome.reason)
    if outcome.closes_account:
        log.error(
            "%s is closed and takes no leads until `frontdesk check --open` or `replay` opens it",
            outcome.destination,
        )
