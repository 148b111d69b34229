"""A journal in PostgreSQL, which several machines share, against files and against other queues."""

import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import postgres, writers
from bench.common import (
    ROOT,
    Verdict,
    accepts,
    free_port,
    percentile,
    ratio,
    running,
    spread,
    table,
)
from bench.enquiry import FILL_TIME, configure, environment, serve, submissions
from bench.load import load
from bench.postgres import Databases
from bench.visitor import start_crm

PROCESSES = (1, 2, 4)
OURS, FILES = "postgresql", "files"
NAMES = {
    FILES: "ours, files",
    OURS: "ours, PostgreSQL",
    "procrastinate": "procrastinate",
    "pgqueuer": "pgqueuer",
}
# Microseconds that the server waits before it flushes: a stand-in for a slower disk, or a standby.
COMMITS = {"as it is": 0, "3 ms longer": 3000}
HOLDER = "select holder from frontdesk.lease where lane = 'to crm' and until > clock_timestamp()"


@dataclass
class Cell:
    """What was measured of one store with so many processes, round by round."""

    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; there is no target."""
    print("## Several machines: the journal in PostgreSQL\n")
    folder = scratch / "pg"
    folder.mkdir()
    try:
        with postgres.server(folder) as address:
            databases = Databases(address)
            _appends(scratch, databases, seconds, rounds)
            _enquiries(scratch, databases, seconds, rounds)
            _leases(scratch, databases, rounds)
    except postgres.MissingError as what:
        print(f"skipped: {what} is not installed\n")
    return []


# -- appends -----------------------------------------------------------------------------------


class Writers:
    """Processes that stand by, each with threads that write into one store."""

    def __init__(self, stack: ExitStack, store: str, address: str) -> None:
        command = [sys.executable, "-m", "bench.writers", store, address]
        self._all = [stack.enter_context(_talking(command)) for _ in range(PROCESSES[-1])]

    def measure(self, processes: int, seconds: float) -> list[float]:
        """How long each append took of so many processes at once, in seconds."""
        chosen = self._all[:processes]
        for process in chosen:
            assert process.stdin is not None
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
        took: list[float] = []
        for process in chosen:
            assert process.stdout is not None
            took += json.loads(process.stdout.readline())
        return took


@contextmanager
def _talking(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=environment(), cwd=ROOT
    ) as process:
        yield process  # its end is the end of its input


def _appends(scratch: Path, databases: Databases, seconds: float, rounds: int) -> None:
    with ExitStack() as stack:
        stores = {}
        for store in NAMES:
            address = str(scratch / "journal") if store == FILES else databases.make(store)
            try:
                writers.prepare(store, address)
            except ImportError as error:
                print(f"skipped: {store}: the Python package {error.name} is not installed\n")
            else:
                stores[store] = Writers(stack, store, address)

        def measure(store: str, processes: int) -> tuple[float, list[float]]:
            took = stores[store].measure(processes, seconds)
            return len(took) / seconds, took

        for commit, cells in _rounds(databases, list(stores), rounds, measure):
            print(f"Appends/s, {writers.THREADS} threads a process, a commit {commit}:\n")
            print(_table(cells), "\n")


def _rounds(
    databases: Databases,
    stores: Sequence[str],
    rounds: int,
    measure: Callable[[str, int], tuple[float, list[float]]],
) -> Iterator[tuple[str, dict[tuple[str, int], Cell]]]:
    """Rounds of all stores and numbers of processes, every other one backwards."""
    found: dict[str, dict[tuple[str, int], Cell]] = {}
    for turn in range(rounds):
        for commit, delay in COMMITS.items():
            databases.delay(delay)
            cells = found.setdefault(commit, {})
            step = -1 if turn % 2 else 1
            for processes in PROCESSES[::step]:
                for store in stores[::step]:
                    rate, took = measure(store, processes)
                    cell = cells.setdefault((store, processes), Cell())
                    cell.rates.append(rate)
                    cell.took += took
    databases.delay(0)
    yield from found.items()


def _table(cells: dict[tuple[str, int], Cell]) -> str:
    """Rates and waits; beside each rate, what it is of our rate in PostgreSQL."""
    rows = []
    for store in dict.fromkeys(store for store, _ in cells):
        row = {"store": NAMES[store]}
        for n in PROCESSES:
            cell, ours = cells[store, n], cells[OURS, n]
            what = f"{n} process{'es' * (n > 1)}"
            row[what] = spread(cell.rates)
            row[f"of ours, {n}"] = f"{ratio(cell.rates, ours.rates):.2f}"
        for n in (PROCESSES[0], PROCESSES[-1]):
            took = cells[store, n].took
            half, most = (percentile(took, share) * 1e3 for share in (0.5, 0.99))
            row[f"p50 / p99 of {n}, ms"] = f"{half:.1f} / {most:.1f}"
        rows.append(row)
    return table(rows)


# -- whole enquiries ---------------------------------------------------------------------------


@dataclass
class Site:
    """`frontdesk serve` with so many processes, and what is sent to it."""

    port: int
    requests: list[bytes]
    sent: int = 0


def _enquiries(scratch: Path, databases: Databases, seconds: float, rounds: int) -> None:
    sites: dict[tuple[str, int], Site] = {}
    errors = 0
    with ExitStack() as stack:
        for store in (FILES, OURS):
            for n in PROCESSES:
                folder = scratch / f"{store}-{n}"
                database = databases.make(folder.name) if store == OURS else ""
                config = configure(folder, database=database)
                port = free_port()
                command = [*serve(port), "--workers", str(n)]
                log = folder / "log"
                stack.enter_context(
                    running(command, accepts(port), log, env=environment(config), cwd=folder)
                )
                sites[store, n] = Site(port, submissions(port))
        time.sleep(FILL_TIME)

        def measure(store: str, processes: int) -> tuple[float, list[float]]:
            nonlocal errors
            site = sites[store, processes]
            result = load(site.port, site.requests, 202, seconds, site.sent)
            site.sent += result.answered + result.errors
            errors += result.errors
            return result.rate, result.took

        for commit, cells in _rounds(databases, (FILES, OURS), rounds, measure):
            print(f"Enquiries/s by `frontdesk serve --workers N`, a commit {commit}:\n")
            print(_table(cells), "\n")
    print(f"Answers other than 202: {errors}.\n")


# -- leases ------------------------------------------------------------------------------------


def _leases(scratch: Path, databases: Databases, rounds: int) -> None:
    """How long nobody delivers to an account after its courier has ended."""
    address = databases.make("leases")
    took: dict[str, list[float]] = {"SIGTERM": [], "SIGKILL": []}
    with ExitStack() as stack:
        crm = start_crm(stack, scratch)
        couriers = []

        def courier() -> subprocess.Popen[bytes]:
            folder = scratch / f"courier-{len(couriers)}-{sum(map(len, took.values()))}"
            config = configure(folder, crm=crm, database=address)
            command = [sys.executable, "-m", "frontdesk", "courier"]
            log = folder / "log"
            return stack.enter_context(
                running(command, log.exists, log, env=environment(config), cwd=folder)
            )

        holding = courier()
        before = _until(lambda: databases.execute(HOLDER, address) or None, ready=True)
        for turn in range(2 * rounds):
            waiting = courier()
            time.sleep(3.0)  # until it waits
            how = ("SIGTERM", "SIGKILL")[turn % 2]
            began = time.perf_counter()
            holding.send_signal(signal.Signals[how])
            gone = before
            before = _until(
                lambda gone=gone: (
                    now  # type: ignore[misc]
                    if (now := databases.execute(HOLDER, address)) and now != gone
                    else None
                )
            )
            took[how].append(time.perf_counter() - began)
            holding = waiting
    rows = [
        {
            "the courier ends by": how,
            "its lease is another's after, s: median (least–most)": (
                f"{statistics.median(each):.1f} ({min(each):.1f}–{max(each):.1f})"
            ),
        }
        for how, each in took.items()
    ]
    print(f"A lease is taken over:\n\n{table(rows)}")


def _until(
    look: Callable[[], list[tuple[object, ...]] | None], *, ready: bool = False
) -> list[tuple[object, ...]]:
    import psycopg

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            found = look()
        except psycopg.errors.UndefinedTable:
            if not ready:
                raise
            found = None
        if found:
            return found
        time.sleep(0.02)
    raise RuntimeError("nobody took the lease")
