"""How things stand, for monitoring: metrics for Prometheus, and the warnings of /readyz."""

import logging
import math
import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from frontdesk import metrics
from frontdesk.config import Settings
from frontdesk.forks import weakly
from frontdesk.model.events import utcnow
from frontdesk.model.record import SETTLED, STATES
from frontdesk.monitoring.conditions import conditions
from frontdesk.monitoring.machine import Machine
from frontdesk.monitoring.recipients import recipients
from frontdesk.monitoring.status import Status, status
from frontdesk.store.base import Store
from frontdesk.store.errors import IndexBuildingError, JournalError
from frontdesk.store.facts import OUTCOMES, Counts, Facts
from frontdesk.units.lists import Lists

log = logging.getLogger("frontdesk.monitoring")

OPEN = tuple(state for state in STATES if state not in SETTLED)
ALWAYS = (("captcha", "failed"), ("token", "stale"))  # what may be wrong in every form
INTERVAL = 1.0  # seconds between looks for warnings


class Monitor(Collector):
    """All metrics, and the warnings of /readyz.

    Totals come from the journal and not from a process's memory, so that every process says the
    same.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._recipients = recipients(settings)
        self._lists = Lists(store)
        self._looking = threading.Lock()
        self._looked = -math.inf
        self._warnings: list[str] | None = None
        os.register_at_fork(after_in_child=weakly(self._fork))

    def _fork(self) -> None:
        self._looking = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        """All metrics, up to date. Without an index, the whole journal is read first.

        Raises nothing: a part that fails is left out, and logged.
        """
        # Each part by itself: when a disk fails, what can still be told is what matters.
        for part in (self._journalled, self._machine, metrics.kept):
            try:
                told = list(part())
            except Exception:
                log.exception("some metrics are missing")
            else:
                yield from told

    def _journalled(self) -> Iterator[Metric]:
        facts = self._store.facts()
        yield from self._history(facts.counts)
        yield self._refused(facts)
        yield from self._present(self._status(facts))

    def warnings(self) -> list[str] | None:
        """The codes of the conditions that need a person, see `conditions`.

        None while that is not known: while the journal is being indexed, or cannot be read. Looks
        again once a second at most, and raises nothing.
        """
        if time.monotonic() - self._looked > INTERVAL and self._looking.acquire(blocking=False):
            try:
                self._warnings = self._look()
            except IndexBuildingError:
                self._warnings = None
            except (JournalError, OSError) as error:
                log.error("the journal could not be looked at: %s", error)
                self._warnings = ["journal"]
            except Exception:  # no fault of this may take the form away from visitors
                log.exception("the journal could not be looked at")
                self._warnings = None
            finally:
                self._looked = time.monotonic()
                self._looking.release()
        return self._warnings

    def _look(self) -> list[str]:
        found = self._status(self._store.facts(hurry=True))
        machine = Machine.now(self._store, self._settings, self._lists)
        return [condition.code for condition in conditions(found, machine, utcnow())]

    def _status(self, facts: Facts) -> Status:
        store, configured = self._store, self._settings.destinations
        records = store.changes(None).records
        receivers, last = self._recipients, self._settings.last
        return status(facts, store.states(), records, configured, utcnow(), receivers, last)

    def _history(self, counts: Counts) -> Iterator[Metric]:
        received = CounterMetricFamily(
            "frontdesk_submissions", "Submissions in the journal, by form.", labels=["form"]
        )
        held = CounterMetricFamily(
            "frontdesk_submissions_held",
            "Submissions that were held for a person, by form.",
            labels=["form"],
        )
        for form in sorted({*self._settings.forms, *counts.received}):
            received.add_metric([form], counts.received.get(form, 0))
            held.add_metric([form], counts.held.get(form, 0))
        deliveries = CounterMetricFamily(
            "frontdesk_deliveries",
            "Outcomes of attempts to deliver, by destination.",
            labels=["destination", "outcome"],
        )
        closures = CounterMetricFamily(
            "frontdesk_account_closures",
            "Outcomes that closed a destination's account.",
            labels=["destination"],
        )
        for name in sorted({*self._settings.destinations, *counts.outcomes}):
            outcomes = counts.outcomes.get(name, {})
            for outcome in OUTCOMES:
                deliveries.add_metric([name, outcome], outcomes.get(outcome, 0))
            closures.add_metric([name], counts.closures.get(name, 0))
        yield from (received, held, deliveries, closures)

    def _refused(self, facts: Facts) -> Metric:
        wrong = CounterMetricFamily(
            "frontdesk_refused_fields",
            "What was wrong in enquiries that were refused, by form, field and reason.",
            labels=["form", "field", "reason"],
        )
        # With a zero from the start, Prometheus sees the first one as a rise.
        known = {(form, *each): 0 for form in self._settings.forms for each in ALWAYS}
        for form, refusals in facts.refusals.total.items():
            for name, reasons in refusals.fields.items():
                known |= {(form, name, reason): times for reason, times in reasons.items()}
        for labels, times in sorted(known.items()):
            wrong.add_metric(labels, times)
        return wrong

    def _present(self, found: Status) -> Iterator[Metric]:
        submissions = _gauge(
            "open_submissions", "Submissions that are not settled, by state.", "state"
        )
        for state in OPEN:
            submissions.add_metric([state], found.states.get(state, 0))
        owed = _gauge("owed", "Leads that a destination is still owed.")
        oldest = _gauge("oldest_owed_seconds", "How long the oldest of them has been owed.")
        closed = _gauge("account_closed", "1 while nothing is sent until a person opens it again.")
        waiting = _gauge("account_waiting", "1 while nothing is sent because the CRM asked for it.")
        last = _gauge(
            "last_delivery_timestamp_seconds", "When a destination last took a lead; 0: never."
        )
        missing = _gauge("missing", "Leads that a CRM had taken and does not list.")
        unconfirmed = _gauge("unconfirmed", "Leads that it took without saying whose they are.")
        unexplained = _gauge("unexplained", "Entries of its list that no delivery explains.")
        compared = _gauge(
            "last_comparison_timestamp_seconds", "When its list was last asked for; 0: never."
        )
        now = utcnow()
        for account in found.accounts:
            name = [account.name]
            owed.add_metric(name, account.owed)
            oldest.add_metric(name, _age(account.oldest, now))
            closed.add_metric(name, account.condition == "closed")
            waiting.add_metric(name, account.condition == "waiting")
            last.add_metric(name, account.delivered_at.timestamp() if account.delivered_at else 0)
            missing.add_metric(name, len(account.missing))
            unconfirmed.add_metric(name, account.unconfirmed)
            unexplained.add_metric(name, account.unexplained)
            compared.add_metric(name, account.compared_at.timestamp() if account.compared_at else 0)
        yield from (submissions, owed, oldest, closed, waiting, last)
        yield from (missing, unconfirmed, unexplained, compared)

    def _machine(self) -> Iterator[Metric]:
        machine = Machine.now(self._store, self._settings, self._lists)
        yield GaugeMetricFamily(
            "frontdesk_journal_writable",
            "1 while enquiries can be written down.",
            machine.unwritable is None,
        )
        yield GaugeMetricFamily(
            "frontdesk_courier_running",
            "1 while some process of this machine delivers.",
            machine.delivering,
        )
        yield GaugeMetricFamily(
            "frontdesk_spooled",
            "Appends that wait on this machine for the database.",
            machine.spooled,
        )
        outage = _gauge("captcha_outage", "1 while it cannot be asked.", "provider")
        for provider in sorted({captcha.provider for captcha in self._settings.captchas}):
            outage.add_metric([provider], provider in machine.outages)
        yield outage
        if machine.disk_left is not None:
            yield GaugeMetricFamily(
                "frontdesk_disk_free_ratio",
                "The free part of data_dir's disk, 0 to 1.",
                machine.disk_left,
            )


def _gauge(name: str, documentation: str, label: str = "destination") -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{metrics.PREFIX}{name}", documentation, labels=[label])


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
