"""What processes count and time for Prometheus; what can be read in the journal is not here."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

PREFIX = "frontdesk_"


class Counter(NamedTuple):
    """Something that is counted, by these labels."""

    name: str
    what: str
    labels: tuple[str, ...] = ()


class Histogram(NamedTuple):
    """Something that is timed, by these labels; `buckets` in seconds."""

    name: str
    what: str
    buckets: tuple[float, ...]
    labels: tuple[str, ...] = ()


REFUSED = Counter(
    "frontdesk_refused",
    "Enquiries that were refused, by form and reason.",
    ("form", "reason"),
)
VERDICTS = Counter(
    "frontdesk_captcha_verdicts",
    "Looks at a captcha's answer, by provider and verdict.",
    ("provider", "verdict"),
)
UNASKED = Counter(
    "frontdesk_captcha_unasked",
    "Captcha's answers that the provider was not asked about, by provider and reason.",
    ("provider", "reason"),
)
REQUESTS = Histogram(
    "frontdesk_request_duration_seconds",
    "Time to answer a request, by endpoint and class of status.",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    ("endpoint", "status"),
)
FLUSHES = Histogram(
    "frontdesk_journal_flush_duration_seconds",
    "Time to write lines to the journal and flush them to the disk.",
    (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5),
)
FLUSH_FAILURES = Counter(
    "frontdesk_journal_flush_failures",
    "Writes to the journal that failed; nobody was thanked for what was in them.",
)
_ALL: tuple[Counter | Histogram, ...] = (
    *(REFUSED, VERDICTS, UNASKED, REQUESTS, FLUSHES, FLUSH_FAILURES),
)


# A child that is forked while another thread counts, or imports what counts, would wait for that
# thread for ever, which it does not have.
_turn = threading.RLock()
os.register_at_fork(
    before=_turn.acquire, after_in_parent=_turn.release, after_in_child=_turn.release
)


class _Kept(NamedTuple):
    """All of them as Prometheus has them."""

    registry: "CollectorRegistry"
    metrics: dict[Counter | Histogram, Any]


@cache
def _kept() -> _Kept:
    # Its library takes as long to import as a command to answer, and most write nothing.
    import prometheus_client as prometheus

    registry = prometheus.CollectorRegistry()  # the global one is the host site's
    made: dict[Counter | Histogram, Any] = {}
    for one in _ALL:
        if isinstance(one, Counter):
            made[one] = prometheus.Counter(one.name, one.what, one.labels, registry=registry)
        else:
            made[one] = prometheus.Histogram(
                one.name, one.what, one.labels, registry=registry, buckets=one.buckets
            )
    return _Kept(registry, made)


def _child(one: Counter | Histogram, labels: tuple[str, ...]) -> Any:
    metric = _kept().metrics[one]
    return metric.labels(*labels) if labels else metric


def count(counter: Counter, *labels: str) -> None:
    """Add one. Where that cannot be kept, no enquiry is lost for it."""
    with _turn, suppress(OSError):  # of the folder that processes share
        _child(counter, labels).inc()


def expect(counter: Counter, *labels: str) -> None:
    """Have it shown as 0 from the start, so that Prometheus sees the first one as a rise."""
    with _turn:
        _child(counter, labels)


def observe(histogram: Histogram, seconds: float, *labels: str) -> None:
    """Take a duration in. Where that cannot be kept, no enquiry is lost for it."""
    with _turn, suppress(OSError):
        _child(histogram, labels).observe(seconds)


def kept() -> "Iterator[Metric]":
    """All of these, of this process; of all processes where PROMETHEUS_MULTIPROC_DIR is set."""
    from prometheus_client.multiprocess import MultiProcessCollector  # as above

    shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
    with _turn:
        source = MultiProcessCollector(None) if shared else _kept().registry  # type: ignore[no-untyped-call]
        found = [*source.collect()]
    for metric in found:
        if metric.name.startswith(PREFIX):  # the host site may share the folder
            # When a counter was made says nothing, and is not told of several processes.
            metric.samples = [s for s in metric.samples if not s.name.endswith("_created")]
            if metric.samples:
                yield metric
