"""What the courier works while many leads of one name wait for one that hangs, against none."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from bench.append import RECEIVED
from bench.common import Verdict, at_most, table
from frontdesk.config import Form
from frontdesk.delivery.courier import Courier, Terms
from frontdesk.delivery.destination import Delivered, Finding, Lookups, PriorDelivery
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.schedule import Schedule
from frontdesk.model.events import Held, Received, utcnow
from frontdesk.model.lead import Submission
from frontdesk.store.files.store import FileStore

CROWD = 10_000
RATE = 40.0  # enquiries a second
TARGET = 1.5  # of the CPU without a crowd
HANGS = "Jana"


class Crm:
    """Takes everything at once, but for one name, whose first lead hangs; or `everybody` does."""

    lookups = Lookups(patience=3600.0, back=timedelta(days=7))

    def __init__(self, *, everybody: bool = False) -> None:
        self.everybody = everybody
        self.hangs, self.ends, self.taken = threading.Event(), threading.Event(), 0

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        if submission.lead.first_name == HANGS or (self.everybody and self.taken):
            self.hangs.set()
            self.ends.wait()
        self.taken += 1
        return Delivered("60001")

    def find(self, case: object) -> None:
        raise NotImplementedError

    def compare(self, delivered: object, since: object) -> Iterator[Finding]:
        raise NotImplementedError

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        raise NotImplementedError


class Cell:
    """A courier at work; enquiries come in at a steady rate."""

    def __init__(self, store: FileStore, crm: Crm, thread: threading.Thread) -> None:
        self._store, self._crm = store, crm
        assert thread.ident is not None
        self._clock = time.pthread_getcpuclockid(thread.ident)
        self._came = 0

    def lead(self, name: str) -> Received:
        self._came += 1
        known = replace(
            RECEIVED.lead, first_name=name, email=f"{name}{self._came}@example.com", phone=None
        )
        return replace(RECEIVED, id=uuid4(), at=utcnow(), lead=known, destinations=("crm",))

    def gather(self, number: int) -> None:
        """Prove the account, then let one hang, and so many wait behind it."""
        self._store.append(self.lead("First"))
        _until(lambda: self._crm.taken)
        self._store.append(self.lead(HANGS))
        self._crm.hangs.wait(30)
        if number:
            names = (f"Eva {n} " if self._crm.everybody else HANGS for n in range(number))
            self._store.append(*map(self.lead, names))
        self.busy(1.0)

    def hold(self, number: int) -> None:
        """Let so many wait for a person."""
        for line in [self.lead("Held") for _ in range(number)]:
            held = Held(id=line.id, at=line.at, reason="spam suspected")
            self._store.append(held, replace(line, cleared=False))

    def busy(self, seconds: float) -> float:
        """Seconds of the courier's CPU for each second, while enquiries come in."""
        began, used = time.monotonic(), time.clock_gettime(self._clock)
        for turn in range(int(seconds * RATE)):
            time.sleep(max(0.0, began + turn / RATE - time.monotonic()))
            self._store.append(self.lead(f"Petr {self._came} "))
        return (time.clock_gettime(self._clock) - used) / (time.monotonic() - began)


def _until(check: Callable[[], object]) -> None:
    while not check():
        time.sleep(0.01)


@contextmanager
def cell(folder: Path, crowd: int, crm: Crm) -> Iterator[Cell]:
    """A courier at work, with so many leads that wait."""
    store = FileStore(folder)
    terms = Terms({"crm": crm}, Schedule(30.0, 3600.0, 86400.0), 64)
    courier = Courier(store, Lanes(store.lease("courier.lock")), terms)
    thread = threading.Thread(target=courier.run)
    thread.start()
    try:
        made = Cell(store, crm, thread)
        made.gather(crowd)
        yield made
    finally:
        courier.stop()
        crm.ends.set()
        thread.join()
        store.close()


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print."""
    print(f"## The courier's CPU at {RATE:g} enquiries a second\n")
    with (
        cell(scratch / "alone", 0, Crm()) as alone,
        cell(scratch / "crowd", CROWD, Crm()) as crowd,
    ):
        pairs = [
            (alone.busy(3 * seconds), crowd.busy(3 * seconds))
            if turn % 2
            else (crowd.busy(3 * seconds), alone.busy(3 * seconds))[::-1]
            for turn in range(rounds)
        ]
    ratio = statistics.median(theirs / ours for ours, theirs in pairs)
    rows = [
        {"waiting": f"{number:,}", "ms of CPU a second": f"{statistics.median(used) * 1e3:.1f}"}
        for number, used in zip((0, CROWD), zip(*pairs, strict=True), strict=True)
    ]
    print(table(rows))
    what = f"courier's CPU with {CROWD:,} of one name waiting, of that with none"
    return [at_most(what, ratio, TARGET)]
