"""What grows with what waits and with history: tables from nothing to very much."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from bench.append import RECEIVED
from bench.common import Verdict, at_most, table
from bench.crowd import CROWD, HANGS, RATE, Crm, cell
from bench.restart import fill
from frontdesk.delivery.courier import Courier, Terms
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.schedule import Schedule
from frontdesk.model.events import Received, utcnow
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query

SETTLED = 3.0  # seconds until the index has what was gathered
WAITING = (0, 100, 1_000, CROWD)
HELD = (0, 1_000, 10_000)
SEGMENTS = (1, 30, 300, 1_800)
LINES = (1_000, 10_000, 100_000, 1_000_000)
ASKED = 50  # times
MOST = 1.2  # of the courier's CPU with nothing waiting
IDLE = 0.005  # of a core


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; `rounds` does not matter."""
    print("## What grows\n")
    return [
        *_waiting(scratch, seconds),
        *_held(scratch, seconds),
        *_segments(scratch, seconds),
        *_lines(scratch),
    ]


def _waiting(scratch: Path, seconds: float) -> list[Verdict]:
    rows, found = [], {}
    for number in WAITING:
        row = {"waiting": f"{number:,}"}
        for what, names in (("of one name", (HANGS,)), ("of as many names", None)):
            folder = scratch / f"waiting-{number}-{what.split()[-1]}"
            with cell(folder, number, Crm(everybody=names is None)) as one:
                one.busy(SETTLED)
                found[number, what] = one.busy(3 * seconds)
            row[f"{what}, ms of CPU a second"] = f"{found[number, what] * 1e3:.1f}"
        rows.append(row)
    print(f"The courier's CPU at {RATE:g} enquiries a second, by what waits:\n\n{table(rows)}")
    few, many = found[0, "of one name"], found[CROWD, "of one name"]
    what = f"courier's CPU with {CROWD:,} waiting, of that with none"
    return [at_most(what, many / few, MOST)]


def _held(scratch: Path, seconds: float) -> list[Verdict]:
    rows, found = [], {}
    for number in HELD:
        with cell(scratch / f"held-{number}", 0, Crm()) as one:
            for _ in range(0, number, 1_000):
                one.hold(min(number, 1_000))
            one.busy(SETTLED)
            found[number] = one.busy(3 * seconds)
        rows.append({"held": f"{number:,}", "ms of CPU a second": f"{found[number] * 1e3:.1f}"})
    print(f"\nThe same, by what is held for a person:\n\n{table(rows)}")
    what = f"courier's CPU with {HELD[-1]:,} held, of that with none"
    return [at_most(what, found[HELD[-1]] / found[0], MOST)]


def _segments(scratch: Path, seconds: float) -> list[Verdict]:
    rows, verdicts = [], []
    for number in SEGMENTS:
        folder = scratch / f"segments-{number}"
        fill(folder / "journal", 3 * number, number)
        with _idle(folder) as (store, used):
            idle = used(10 * seconds)
            store.append(_lead())
            began = time.thread_time()
            for _ in range(1_000):
                store.append(_lead())
            each = (time.thread_time() - began) / 1_000
        rows.append(
            {
                "segments": f"{number:,}",
                "idle courier, % of a core": f"{idle:.2%}",
                "append, µs of CPU": f"{each * 1e6:.0f}",
            }
        )
        if number == SEGMENTS[-1]:
            what = f"an idle courier's share of a core at {number:,} segments"
            verdicts.append(at_most(what, idle, IDLE, "{:.2%}"))
    print(f"\nBy segments:\n\n{table(rows)}")
    return verdicts


def _lines(scratch: Path) -> list[Verdict]:
    rows = []
    for number in LINES:
        folder = scratch / f"lines-{number}"
        fill(folder / "journal", number, 100)
        store = FileStore(folder)
        newest = store.find(Query(), limit=1).records[0]
        assert newest.submission is not None
        text = str(newest.submission.lead.note).split("visitor ")[1]
        row = {"lines": f"{number:,}"}
        for what, ask in _questions(store, newest.id, text):
            began = time.perf_counter()
            for _ in range(ASKED):
                ask()
            row[f"{what}, ms"] = f"{(time.perf_counter() - began) / ASKED * 1e3:.2f}"
        rows.append(row)
        store.close()
    print(f"\nBy lines of the journal, in a process that has it open:\n\n{table(rows)}")
    return []


def _questions(
    store: FileStore, one: object, text: str
) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "one by its id", lambda: store.get(one)  # type: ignore[arg-type]
    yield "newest 50", lambda: store.find(Query(), limit=50)
    yield "by a text", lambda: store.find(Query(texts=(text,)), limit=50)
    yield "counts by state", store.states


def _lead() -> Received:
    return replace(RECEIVED, id=uuid4(), at=utcnow(), destinations=())


@contextmanager
def _idle(folder: Path) -> Iterator[tuple[FileStore, Callable[[float], float]]]:
    """A courier with nothing to do, and what it takes of a core within some seconds."""
    store, crm = FileStore(folder), Crm()
    courier = Courier(
        store,
        Lanes(store.lease("courier.lock")),
        Terms({"crm": crm}, Schedule(30.0, 3600.0, 86400.0), 1),
    )
    thread = threading.Thread(target=courier.run)
    thread.start()
    assert thread.ident is not None
    clock = time.pthread_getcpuclockid(thread.ident)

    def used(seconds: float) -> float:
        time.sleep(2.0)  # until it has begun
        before, began = time.clock_gettime(clock), time.monotonic()
        time.sleep(seconds)
        return (time.clock_gettime(clock) - before) / (time.monotonic() - began)

    try:
        yield store, used
    finally:
        courier.stop()
        thread.join()
        store.close()
