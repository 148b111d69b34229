"""What processes count and time for Prometheus; what can be read in the journal is not here."""

import os
from collections.abc import Iterator
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

PREFIX = "frontdesk_"
_OURS = CollectorRegistry()  # the global one is the host site's

REFUSED = Counter(
    "frontdesk_refused",
    "Enquiries that were refused, by form and reason.",
    ["form", "reason"],
    registry=_OURS,
)
VERDICTS = Counter(
    "frontdesk_captcha_verdicts",
    "Looks at a captcha's answer, by provider and verdict.",
    ["provider", "verdict"],
    registry=_OURS,
)
UNASKED = Counter(
    "frontdesk_captcha_unasked",
    "Captcha's answers that the provider was not asked about, by provider and reason.",
    ["provider", "reason"],
    registry=_OURS,
)
REQUESTS = Histogram(
    "frontdesk_request_duration_seconds",
    "Time to answer a request, by endpoint and class of status.",
    ["endpoint", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_OURS,
)
FLUSHES = Histogram(
    "frontdesk_journal_flush_duration_seconds",
    "Time to write lines to the journal and flush them to the disk.",
    buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5),
    registry=_OURS,
)
FLUSH_FAILURES = Counter(
    "frontdesk_journal_flush_failures",
    "Writes to the journal that failed; nobody was thanked for what was in them.",
    registry=_OURS,
)


def count(counter: Counter, *labels: str) -> None:
    """Add one. Where that cannot be kept, no enquiry is lost for it."""
    with suppress(OSError):  # of the folder that processes share
        (counter.labels(*labels) if labels else counter).inc()


def expect(counter: Counter, *labels: str) -> None:
    """Have it shown as 0 from the start, so that Prometheus sees the first one as a rise."""
    counter.labels(*labels)


def observe(histogram: Histogram, seconds: float, *labels: str) -> None:
    """Take a duration in. Where that cannot be kept, no enquiry is lost for it."""
    with suppress(OSError):
        (histogram.labels(*labels) if labels else histogram).observe(seconds)


def kept() -> Iterator[Metric]:
    """All of these, of this process; of all processes where PROMETHEUS_MULTIPROC_DIR is set."""
    shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
    source = MultiProcessCollector(None) if shared else _OURS  # type: ignore[no-untyped-call]
    for metric in source.collect():
        if metric.name.startswith(PREFIX):  # the host site may share the folder
            # When a counter was made says nothing, and is not told of several processes.
            metric.samples = [s for s in metric.samples if not s.name.endswith("_created")]
            if metric.samples:
                yield metric
