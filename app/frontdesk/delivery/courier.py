"""The courier empties the outbox: an elected process, a few threads."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, Protocol

from frontdesk.delivery.comparison import Comparisons
from frontdesk.delivery.consents import Renamed
from frontdesk.delivery.destination import ConsentKeeper, Destination, Searchable
from frontdesk.delivery.jobs import Job, Jobs, Needless
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.messages import Messages
from frontdesk.delivery.outbox import Outbox
from frontdesk.delivery.runner import Runner
from frontdesk.delivery.schedule import Schedule
from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.store.base import Store
from frontdesk.store.errors import IndexBuildingError, JournalError
from frontdesk.units.fetcher import Fetcher

log = logging.getLogger("frontdesk.courier")

POLL = 0.25  # seconds between looks at what other processes have written


class Intervals(NamedTuple):
    """How long a courier waits, in seconds."""

    hesitation: float = 1.0  # before it begins in a web process, whose master may be about to fork
    election: float = 1.0  # between candidacies
    poll: float = POLL  # between looks at what other processes have written
    unwritable: float = 1.0  # between tries to write an outcome down


DEFAULT = Intervals()


class Alerter(Protocol):
    """Sends notifications while deliveries go on."""

    def look(self, store: Store, records: Collection[Record]) -> None:
        """Start sending what is due now. Does not wait for it, and raises nothing.

        `store`: the one to ask. `records`: all that are open at the moment.
        """

    def rest(self) -> None:
        """Give messages that are being sent a moment to end."""


class Terms(NamedTuple):
    """How deliveries are made.

    `destinations`: by name. `concurrency`: how many deliveries to one account go at a time.
    `same_within` (seconds), `renamed` and `last`: see Outbox. `compare_every`: seconds between
    comparisons with a CRM's own list; 0 for none.
    """

    destinations: Mapping[str, Destination]
    schedule: Schedule
    concurrency: int
    same_within: float = 0.0
    compare_every: float = 0.0
    renamed: Renamed | None = None
    last: Collection[str] = ()


class Courier:
    """Delivers what the journal says is owed, to destinations whose leases it holds."""

    def __init__(
        self,
        store: Store,
        lanes: Lanes,
        terms: Terms,
        alerter: Alerter | None = None,
        intervals: Intervals = DEFAULT,
        fetcher: Fetcher | None = None,
    ) -> None:
        """`lanes`: what couriers compete for. Raises TypeError for an unsearchable destination."""
        for name, destination in terms.destinations.items():
            # What is unknown would be sent again unasked, to a CRM that takes it for a new lead.
            if destination.lookups and not isinstance(destination, Searchable):
                raise TypeError(f"{name} has lookups, but cannot be searched")
        self._store = store
        self._lanes = lanes
        self._threads = terms.concurrency * max(1, len(terms.destinations))
        self._alerter = alerter
        self._fetcher = fetcher
        self._intervals = intervals
        self._stop = threading.Event()
        self._in_trouble = False  # since that was told, and has not ended
        self._shift: Callable[[Store], Shift] = partial(
            Shift, lanes=lanes, terms=terms, stop=self._stop, unwritable=intervals.unwritable
        )

    def stop(self) -> None:
        """Start no more deliveries; `run` returns when those under way have ended."""
        self._stop.set()
        self._store.wake()

    def run_inside(self) -> None:
        """Run in a thread of a web process: first wait, in case the process is about to fork."""
        self._stop.wait(self._intervals.hesitation)
        self.run()

    def run(self) -> None:
        """Compete for leases, and deliver while holding any, until `stop`; raises nothing."""
        while not self._stop.is_set():
            try:
                if self._lanes.win():
                    self._deliver()
                else:
                    self._works()
            except IndexBuildingError as error:  # another process builds it
                log.info("the courier waits: %s", error)
            except (OSError, JournalError) as error:
                if not self._in_trouble:
                    reason = getattr(error, "strerror", None) or error
                    log.error("the courier cannot work: %s; it tries again and again", reason)
                self._in_trouble = True
            except Exception:  # no fault may leave the outbox alone
                log.exception("the courier stumbled and starts again")
            self._stop.wait(self._intervals.election)

    def _deliver(self) -> None:
        log.info("this process is the courier now")
        known = self._store.soon()
        shift = self._shift(known)
        try:
            with ThreadPoolExecutor(self._threads, thread_name_prefix="courier") as pool:
                # Once everything is indexed, `run` begins anew, with the whole store.
                elected = time.monotonic()
                while self._goes_on() and (known is self._store or not self._store.indexed()):
                    if time.monotonic() - elected > self._intervals.election:
                        elected = time.monotonic()
                        self._lanes.win(shift.busy())
                    shift.step(pool)
                    self._works()
                    if self._lanes.general.won():
                        if self._alerter is not None:
                            self._alerter.look(known, shift.outbox.records())
                        if self._fetcher is not None:
                            self._fetcher.look()
                    self._store.wait(self._intervals.poll)
        finally:
            if self._alerter is not None:
                self._alerter.rest()
            if self._fetcher is not None:
                self._fetcher.rest()
            self._lanes.resign()

    def _works(self) -> None:
        if self._in_trouble:
            log.warning("the courier works again")
        self._in_trouble = False

    def _goes_on(self) -> bool:
        return not self._stop.is_set() and self._lanes.won()


class Shift:
    """A courier's work while it holds leases, step by step."""

    def __init__(
        self, store: Store, lanes: Lanes, terms: Terms, stop: threading.Event, unwritable: float
    ) -> None:
        """`unwritable`: see Intervals."""
        destinations, schedule = terms.destinations, terms.schedule
        # How long a CRM gets to finish a request before its list is searched for the lead.
        patience = {
            name: max(schedule.first, destination.lookups.patience)
            for name, destination in destinations.items()
            if destination.lookups
        }
        keepers = [name for name, known in destinations.items() if isinstance(known, ConsentKeeper)]
        self.outbox = Outbox(store, patience, terms.same_within, keepers, terms.renamed, terms.last)
        self._store = store
        self._lanes = lanes
        self._stop = stop
        self._destinations = destinations
        self._jobs = Jobs(store, self.outbox, patience, terms.concurrency)
        self._runner = Runner(store, lanes, destinations, schedule, patience, stop, unwritable)
        self._messages = Messages(store)
        self._comparisons = Comparisons(store, destinations, terms.compare_every, schedule.first)
        self._flights: list[tuple[Job, Future[None]]] = []

    def step(self, pool: Executor) -> None:
        """Take in what is new in the journal, and start the deliveries that are due in `pool`."""
        # A flight writes its outcome before it ends. Those that have ended by now are removed after
        # the journal was read, so that none of them is taken for one that is still owed.
        landed = [flight for flight in self._flights if flight[1].done()]
        self._comparisons.land()
        self._catch_up()
        for job, future in landed:
            self._flights.remove((job, future))
            self._jobs.landed(job)
            future.result()
        general = self._lanes.general.won()
        if general and self._messages.put_together(self.outbox, self._jobs.busy()):
            self._catch_up()
        held = self._lanes.held(self._destinations)
        for name in held:
            while (found := self._jobs.next(name)) is not None:
                if not isinstance(found, Job):
                    if self._spare(found):
                        continue
                    self.outbox.enqueue(found.id, name)
                    break
                try:
                    future = pool.submit(self._runner.run, found)
                except RuntimeError:  # the interpreter is on its way out
                    self._stop.set()
                    return
                self._flights.append((found, future))
                self._jobs.took_off(found)
        self._comparisons.start(held, self.outbox, pool, self._jobs.destinations())

    def busy(self) -> Collection[str]:
        """The destinations to which something is being sent."""
        return self._jobs.destinations()

    def _catch_up(self) -> None:
        if not self._jobs.catch_up():
            return
        try:
            self._store.empty_late()
        except (OSError, JournalError) as error:  # tried again when more comes
            log.error("what came of an erased submission is still in the journal: %s", error)

    def _spare(self, event: Needless) -> bool:
        """Write down that something need not be sent; whether that could be written."""
        try:
            self._store.append(event)
        except JournalError as error:
            log.error("nothing is sent while the journal cannot be written: %s", error)
            return False
        self._catch_up()  # so that it is written once
        if isinstance(event, events.Duplicate):
            log.info("%s is the same enquiry as %s, sent again", event.id, event.of)
        else:
            log.info("%s was granted again by %s", event.id, event.submission)
        return True


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
