"""Make the courier of a configuration, for a process of its own or a thread of a web process."""

import atexit
import os
import threading
from functools import partial

from frontdesk.config import Settings
from frontdesk.crm.accounts import destinations
from frontdesk.crm.sources import sources
from frontdesk.data_dir import COURIER
from frontdesk.delivery.courier import DEFAULT, Courier, Intervals, Terms
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.schedule import Schedule
from frontdesk.forks import weakly
from frontdesk.monitoring.alerter import Alerter
from frontdesk.store.base import Store
from frontdesk.units.fetcher import Fetcher

TENURE = 600.0  # seconds for which a machine of several delivers to a destination, about
GRACE = 40.0  # seconds that deliveries under way get to end when their process ends


def make_courier(settings: Settings, store: Store, intervals: Intervals = DEFAULT) -> Courier:
    """Make a courier that delivers for these settings, and sends notifications if any are wanted.

    It asks for the units of forms, where these have a source.

    Its `run` competes with all other couriers of the store.
    """
    delivery, alerter = settings.delivery, None
    if settings.notify.urls:
        alerter = Alerter(settings, store)
    terms = Terms(
        destinations(settings, store),
        Schedule(delivery.retry_first, delivery.retry_longest, delivery.give_up_after),
        delivery.concurrency,
        same_within=delivery.same_within,
        compare_every=delivery.compare_every,
        renamed=settings.consents_renamed,
        last=settings.last,
    )
    shared = settings.journal.store == "postgresql"  # among machines, perhaps
    apart = {name: store.lease(f"to {name}") for name in terms.destinations if shared}
    lanes = Lanes(store.lease(COURIER), apart, TENURE)
    listed = sources(settings)
    fetcher = Fetcher(listed, store) if listed else None
    return Courier(store, lanes, terms, alerter, intervals, fetcher)


class CourierThread:
    """A courier in a thread of a web process, which may be forked or reloaded at any time.

    After a fork it goes on in the child, if it had been started.
    """

    def __init__(self, settings: Settings, store: Store, intervals: Intervals) -> None:
        """Nothing runs before `start`. It is stopped before a fork, and when the process ends."""
        self._make = partial(make_courier, settings, store, intervals)
        self._reset()
        # A process that forks is a server's master, and its children serve; a thread at work
        # does not survive a fork, so it comes to rest before.
        os.register_at_fork(before=weakly(self.stop), after_in_child=weakly(self._forked))
        atexit.register(self.stop)
        self._wanted = self._ended = False

    def _reset(self) -> None:
        self._starting = threading.Lock()
        self._courier: Courier | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs already."""
        if self._ended or (self._thread is not None and self._thread.is_alive()):
            return
        with self._starting:
            if not self._ended and (self._thread is None or not self._thread.is_alive()):
                self._wanted = True
                self._courier = self._make()
                self._thread = threading.Thread(
                    target=self._courier.run_inside, name="courier", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Start no more deliveries, and wait at most GRACE for those under way to end."""
        with self._starting:
            if self._courier is not None and self._thread is not None:
                self._courier.stop()
                self._thread.join(GRACE)
            self._courier = self._thread = None

    def end(self) -> None:
        """Stop for good: another courier takes over, and no request starts this one again."""
        self._ended, self._wanted = True, False
        atexit.unregister(self.stop)
        self.stop()

    def _forked(self) -> None:
        self._reset()
        if self._wanted:
            self.start()
