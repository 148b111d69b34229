"""The courier empties the outbox: one elected process, a few threads."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from frontdesk.delivery.comparison import Comparisons
from frontdesk.delivery.consents import Renamed, named
from frontdesk.delivery.destination import (
    Case,
    ConsentKeeper,
    Delivered,
    DeliveryError,
    Destination,
    Doubt,
    Previewable,
    Searchable,
    Sending,
    There,
    Withdrawal,
)
from frontdesk.delivery.messages import Messages
from frontdesk.delivery.notifier import Notifier
from frontdesk.delivery.outbox import Outbox, doubt_of
from frontdesk.delivery.schedule import Schedule
from frontdesk.model import events
from frontdesk.model.lead import Submission
from frontdesk.model.ledger import Delivery
from frontdesk.store.base import IndexBuildingError, JournalError, Lease, Store

log = logging.getLogger("frontdesk.courier")

POLL = 0.25  # seconds between looks at what other processes have written


class Intervals(NamedTuple):
    """Seconds; how often a courier looks at what nobody can tell it."""

    hesitation: float = 1.0  # in a web process; a server's master has forked by then
    election: float = 1.0  # between candidacies
    poll: float = POLL  # between looks at what other processes have written
    unwritable: float = 1.0  # between tries to write an outcome down


DEFAULT = Intervals()


class _Job(NamedTuple):
    """All that a thread needs for one delivery; a copy, so that it shares nothing but `undone`."""

    id: UUID
    destination: str
    order: Submission | Withdrawal | None
    setbacks: int  # how often it was deferred before
    since: datetime
    there: There
    lookup: Case | None  # of an attempt whose outcome is unknown
    undone: Callable[[Submission, str, str], list[events.Revocation]]


class _Flight(Struct):
    job: _Job
    future: Future[None]


class Courier:
    """Delivers what the journal says is owed, as long as it is the elected one."""

    def __init__(
        self,
        store: Store,
        lease: Lease,
        destinations: Mapping[str, Destination],
        schedule: Schedule,
        concurrency: int,
        same_within: float = 0.0,
        notifier: Notifier | None = None,
        intervals: Intervals = DEFAULT,
        compare_every: float = 0.0,
        renamed: Renamed | None = None,
    ) -> None:
        """`same_within`, `renamed`: see Outbox. `compare_every`: seconds, 0 for never."""
        self._store = store
        self._lease = lease
        self._destinations = destinations
        self._schedule = schedule
        self._concurrency = concurrency
        self._same_within = same_within
        self._notifier = notifier
        self._intervals = intervals
        for name, destination in destinations.items():
            # Else what is unknown would be sent again unasked, to a CRM that takes it for new.
            if destination.lookups and not isinstance(destination, Searchable):
                raise TypeError(f"{name} has lookups, but cannot be searched")
        # What a CRM gets to finish before it is asked, where it has to be asked.
        self._patience = {
            name: max(schedule.first, destination.lookups.patience)
            for name, destination in destinations.items()
            if destination.lookups
        }
        self._keepers = [
            name for name, known in destinations.items() if isinstance(known, ConsentKeeper)
        ]
        self._renamed = renamed
        self._stop = threading.Event()
        self._flights: dict[tuple[UUID, str], _Flight] = {}
        self._erased: set[tuple[UUID, str]] = set()  # of the flights
        self._compare_every = compare_every
        self._ask(store)

    def stop(self) -> None:
        """Send nothing new; `run` returns when what is under way has ended."""
        self._stop.set()
        self._store.wake()

    def run_inside(self) -> None:
        """The same in a thread of a web process, which may be about to fork."""
        self._stop.wait(self._intervals.hesitation)
        self.run()

    def run(self) -> None:
        """Stand for election, and deliver once elected, until `stop`."""
        while not self._stop.is_set():
            try:
                if self._lease.win():
                    self._deliver()
            except IndexBuildingError as error:  # by another process, which will be through with it
                log.info("the courier waits: %s", error)
            except (OSError, JournalError) as error:
                log.error("the courier cannot work: %s", error)
            except Exception:  # whatever it was, the outbox must not be left alone for it
                log.exception("the courier stumbled and starts again")
            self._stop.wait(self._intervals.election)

    def _deliver(self) -> None:
        log.info("this process is the courier now")
        known = self._store.soon()
        self._ask(known)
        outbox = Outbox(known, self._patience, self._same_within, self._keepers, self._renamed)
        workers = self._concurrency * max(1, len(self._destinations))
        try:
            with ThreadPoolExecutor(workers, thread_name_prefix="courier") as pool:
                # Once all is indexed, it begins anew, with that.
                while self._goes_on() and (known is self._store or not self._store.indexed()):
                    self._step(outbox, pool)
                    if self._notifier is not None:
                        self._notifier.look(known, outbox.records())
                    self._store.wait(self._intervals.poll)
        finally:
            if self._notifier is not None:
                self._notifier.rest()
            self._lease.resign()

    def _goes_on(self) -> bool:
        return not self._stop.is_set() and self._lease.won()

    def _ask(self, known: Store) -> None:
        """Ask this store for all that is known from now on."""
        self._known = known
        self._messages = Messages(known)
        self._comparisons = Comparisons(
            known, self._destinations, self._compare_every, self._schedule.first
        )

    def _step(self, outbox: Outbox, pool: ThreadPoolExecutor) -> None:
        """Take in what is new, and start what is due."""
        # A flight that has ended wrote its outcome before; so that is taken in below before the
        # delivery can be taken for one that is still owed.
        landed = [key for key, flight in self._flights.items() if flight.future.done()]
        self._comparisons.land()
        self._catch_up(outbox)
        for key in landed:
            self._flights.pop(key).future.result()
            outbox.landed(*key)
            self._erased.discard(key)
        busy = {submission for submission, _ in self._flights}
        if self._messages.put_together(outbox, busy):
            self._catch_up(outbox)
        for name in self._destinations:
            while job := self._next(name, outbox):
                try:
                    future = pool.submit(self._send, job)
                except RuntimeError:  # the interpreter is on its way out
                    self.stop()
                    return
                self._flights[job.id, name] = _Flight(job, future)
                outbox.took_off(job.id, name)
        self._comparisons.start(outbox, pool, {name for _, name in self._flights})

    def _catch_up(self, outbox: Outbox) -> None:
        """Take in what is new. What is under way is not stopped by an erasure; no more is sent."""
        changes = outbox.catch_up(self._flights.keys())
        under_way = {submission for submission, _ in self._flights}
        if changes.whole:  # which has nothing of what is settled
            known = [record for one in under_way if (record := self._known.get(one))]
        else:
            known = changes.records
        erased = {record.id for record in known if record.erased is not None}
        self._erased.update(key for key in self._flights if key[0] in erased)
        if not (erased or changes.whole):
            return
        try:
            self._known.empty_late()
        except (OSError, JournalError) as error:  # tried again when more comes
            log.error("what came of an erased submission is still in the journal: %s", error)

    def _next(self, name: str, outbox: Outbox) -> _Job | None:
        """The delivery to start now, if the account may take one."""
        now = events.utcnow()
        account = outbox.account(name)
        flights = [flight for key, flight in self._flights.items() if key[1] == name]
        # Until the CRM has accepted something, one lead at a time finds out whether it is well:
        # a ban, or a server that is down, must not meet the whole outbox.
        slots = self._concurrency if account.proven else 1
        if account.paused(now) or len(flights) >= slots:
            return None
        if any(flight.job.lookup for flight in flights):
            return None
        while found := outbox.next(name, now):
            record, delivery = found
            if (record.id, name) in self._flights:
                continue  # queued once more when it lands
            needless = outbox.needless(record, delivery, name)
            if needless is not None:
                if self._spare(needless, outbox):
                    continue
                outbox.enqueue(record.id, name)
                return None
            lookup = None
            doubt = doubt_of(record, delivery) if name in self._patience else None
            if doubt is not None and doubt.unknown:
                # A lookup has the account to itself: a lead that is being stored at the
                # same moment could be taken for the one that is looked for.
                if flights:
                    outbox.enqueue(record.id, name)
                    return None
                lookup = self._case(doubt, name, outbox)
            elif outbox.behind(record, name, now):
                continue
            return _Job(
                id=record.id,
                destination=name,
                order=outbox.consents.order(record, name),
                setbacks=delivery.setbacks,
                since=delivery.since,
                there=_there(delivery),
                lookup=lookup,
                undone=outbox.consents.undone,
            )
        return None

    def _case(self, doubt: Doubt, name: str, outbox: Outbox) -> Case:
        return Case(
            doubt,
            outbox.in_doubt(name, but=doubt.submission.id),
            self._known.claims(name),
            partial(self._known.people, name),
        )

    def _spare(self, event: events.Duplicate | events.Superseded, outbox: Outbox) -> bool:
        """Write down that something need not be sent; False when that can't be done now."""
        try:
            self._store.append(event)
        except JournalError as error:
            log.error("nothing is sent while the journal cannot be written: %s", error)
            return False
        self._catch_up(outbox)  # so that it is written once
        if isinstance(event, events.Duplicate):
            log.info("%s is the same enquiry as %s, sent again", event.id, event.of)
        else:
            log.info("%s was granted again by %s", event.id, event.submission)
        return True

    # -- in a thread of the pool -----------------------------------------------------------

    def _send(self, job: _Job) -> None:
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
            if (job.id, job.destination) in self._erased or not self._lease.won():
                return
            intent = _intent(job, destination)
            try:
                self._store.append(intent)
            except JournalError as error:
                log.error("nothing is sent while the journal cannot be written: %s", error)
                self._stop.wait(self._intervals.unwritable)
                return
            if not self._lease.won():  # whoever has it now may have read before this was written
                return  # else it reads this, and looks the lead up
            attempt = intent.attempt
            delivered = self._ask_crm(destination, job)
            self._arrived(job, attempt, delivered, reconciled=False)
        except DeliveryError as error:
            self._write(self._failure(job, attempt, error))
        except Exception:
            log.exception("delivery of %s to %s broke", job.id, job.destination)
            broken = DeliveryError("internal error; see the log", unknown=attempt is not None)
            self._write(self._failure(job, attempt, broken))

    def _ask_crm(self, destination: Destination, job: _Job) -> Delivered:
        """Ask of a CRM what it owes us an answer to; raises DeliveryError."""
        match job.order:
            case Submission():
                return destination.deliver(job.order, job.there)
            case Withdrawal() if isinstance(destination, ConsentKeeper):
                return destination.revoke(named(job.order, self._known, job.destination))
        raise DeliveryError("this CRM keeps no consents", permanent=True)

    def _arrived(
        self, job: _Job, attempt: UUID | None, result: Delivered, *, reconciled: bool
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

    def _failure(
        self, job: _Job, attempt: UUID | None, error: DeliveryError
    ) -> events.Deferred | events.Failed:
        now = events.utcnow()
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

    def _write(
        self,
        outcome: events.Delivered | events.Deferred | events.Failed,
        *before: events.Revocation,
    ) -> None:
        """Write an outcome down, however long the disk refuses: it cannot be had again."""
        while True:
            try:
                self._store.append(*before, outcome)
                break
            except JournalError as error:
                log.error("outcome of %s waits for the journal: %s", outcome.id, error)
                if self._stop.wait(self._intervals.unwritable):
                    return  # left unknown, and looked up by the next courier
        _tell(outcome)


def _intent(job: _Job, destination: Destination) -> events.Attempt:
    sending = Sending()
    if isinstance(job.order, Submission) and isinstance(destination, Previewable):
        sending = destination.sending(job.order, job.there)
    return events.Attempt(id=job.id, destination=job.destination, **sending._asdict())


def _there(delivery: Delivery) -> There:
    if delivery.stored:
        return "yes"
    return "no" if delivery.attempted_at is None else "perhaps"


def _tell(outcome: events.Delivered | events.Deferred | events.Failed) -> None:
    match outcome:
        case events.Delivered():
            log.info("%s delivered to %s", outcome.id, outcome.destination)
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


@contextmanager
def run_beside(courier: Courier) -> Iterator[None]:
    """Run a courier in a thread for as long as the block lasts."""
    thread = threading.Thread(target=courier.run, name="courier")
    thread.start()
    try:
        yield
    finally:
        courier.stop()
        thread.join()
