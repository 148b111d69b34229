"""Durable append of one journal line: our journal against what people use as a queue."""

import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from uuid import UUID

from bench import postgres
from bench.common import Verdict, percentile, ratio, running, spread, table
from bench.postgres import MissingError
from frontdesk.model.codec import encode
from frontdesk.model.events import Received, utcnow
from frontdesk.model.lead import Consent, Lead, Origin
from frontdesk.store.files.segments import Journal

THREADS = (1, 8, 32)
TARGET = 4.0
OURS = "frontdesk Journal"
PATIENCE = 60.0  # seconds that a writer waits for SQLite's lock

RECEIVED = Received(
    id=UUID("6f9b1d7e-2c1f-5a53-9b0e-0f0a4c9f3d21"),
    at=utcnow(),
    form="riverside",
    lead=Lead(
        first_name="Jana",
        last_name="Nováková",
        language="cs",
        email="jana.novakova@example.com",
        phone="+420777123456",
        unit="A.101",
        rooms=("2+kk", "3+kk"),
        price_max=8_500_000,
        note="Good afternoon, is there a cellar, and when could we see the flat? " * 3,
        campaign="spring",
        consents=(Consent(2, True, "I agree to the processing of my personal data."),),
        attributes={"customer_has_pets": True, "floor": "42.5"},
    ),
    origin=Origin(
        channel="html",
        ip="203.0.113.7",
        page="https://riverside.example.com/flats/a-101?utm_source=newsletter",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    destinations=("crm",),
)
LINE = encode(RECEIVED)

# Each thread enters what a store hands out, and gets a function that returns once the line is
# durable.
Put = Callable[[], object]
Writer = Callable[[], AbstractContextManager[Put]]


@contextmanager
def journal(directory: Path) -> Iterator[Writer]:
    made = Journal(directory)
    yield lambda: nullcontext(lambda: made.append(RECEIVED))  # encodes the event each time
    made.close()


@contextmanager
def sqlite(directory: Path) -> Iterator[Writer]:
    """A connection for each thread, WAL, every commit flushed."""
    path = directory / "lines.db"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def writer() -> Iterator[Put]:
        with closing(connect()) as connection:
            yield lambda: connection.execute("INSERT INTO line (body) VALUES (?)", (LINE,))

    with closing(connect()) as connection:
        connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, body BLOB)")
        yield writer


@contextmanager
def redis_stream(directory: Path) -> Iterator[Writer]:
    """One client for all threads, as redis-py recommends; every XADD flushed."""
    try:
        import redis
    except ImportError:
        raise MissingError("the Python package redis") from None
    binary = shutil.which("redis-server")
    if binary is None:
        raise MissingError("redis-server")
    sockets = Path(tempfile.mkdtemp(prefix="redis-"))  # a socket's path must be a short one
    path = sockets / "socket"
    settings = {
        "--port": "0",
        "--unixsocket": str(path),
        "--dir": str(directory),
        "--save": "",
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--auto-aof-rewrite-percentage": "0",  # no rewriting in the middle of a measurement
    }
    command = [binary, *(word for setting in settings.items() for word in setting)]
    client = redis.Redis(unix_socket_path=str(path))

    def ready() -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    try:
        with running(command, ready, directory / "log"), closing(client):
            yield lambda: nullcontext(lambda: client.xadd("lines", {"body": LINE}))
    finally:
        shutil.rmtree(sockets)


@contextmanager
def postgresql(directory: Path) -> Iterator[Writer]:
    """A connection for each thread; one insert, one commit, one round trip."""
    with postgres.server(directory) as address:
        import psycopg

        @contextmanager
        def writer() -> Iterator[Put]:
            with psycopg.connect(address, autocommit=True) as connection:
                yield lambda: connection.execute("INSERT INTO line (body) VALUES (%s)", (LINE,))

        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE line (id bigint GENERATED ALWAYS AS IDENTITY, body bytea)"
            )
        yield writer


@contextmanager
def huey(directory: Path) -> Iterator[Writer]:
    """A task of SqliteHuey, each flushed, which older versions do only when asked."""
    try:
        from huey import SqliteHuey
    except ImportError:
        raise MissingError("the Python package huey") from None
    queue = SqliteHuey(filename=str(directory / "huey.db"), fsync=True, timeout=PATIENCE)

    @queue.task()
    def deliver(line: bytes) -> None:
        """Never run: only the queueing is measured."""

    yield lambda: nullcontext(lambda: deliver(LINE))


@contextmanager
def persist_queue(directory: Path) -> Iterator[Writer]:
    try:
        from persistqueue import SQLiteQueue
    except ImportError:
        raise MissingError("the Python package persist-queue") from None
    queue = SQLiteQueue(str(directory), multithreading=True, auto_commit=True, timeout=PATIENCE)
    yield lambda: nullcontext(lambda: queue.put(LINE))
    queue.close()


STORES: dict[str, Callable[[Path], AbstractContextManager[Writer]]] = {
    OURS: journal,
    "SQLite, WAL, synchronous FULL": sqlite,
    "Redis XADD, appendfsync always": redis_stream,
    "PostgreSQL insert + commit": postgresql,
    "huey SqliteHuey, fsync": huey,
    "persist-queue SQLiteQueue": persist_queue,
}


def measure(writer: Writer, threads: int, seconds: float) -> list[float]:
    """How long each append took, in seconds; the last one of each thread ended after the time."""
    start = threading.Barrier(threads)

    def work() -> list[float]:
        took = []
        with writer() as put:
            put()  # opens what is opened at first use
            start.wait()
            before = time.perf_counter()
            deadline = before + seconds
            while True:
                put()
                now = time.perf_counter()
                took.append(now - before)
                if now > deadline:
                    return took
                before = now

    with ThreadPoolExecutor(threads) as pool:
        works = [pool.submit(work) for _ in range(threads)]
        return [each for done in works for each in done.result()]


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print."""
    print(f"## Durable append of {len(LINE)} bytes, records/s: median (lowest–highest)\n")
    rates: dict[tuple[str, int], list[float]] = {}
    waits: dict[str, list[float]] = {}
    with ExitStack() as stack:
        writers: dict[str, Writer] = {}
        for name, store in STORES.items():
            directory = scratch / name.split()[0].strip(",")
            directory.mkdir()
            try:
                writers[name] = stack.enter_context(store(directory))
            except MissingError as what:
                print(f"skipped: {name}: {what} is not installed\n")
        for turn in range(rounds):
            for threads in THREADS:
                # Every other round backwards, so that nobody always comes after the same one.
                for name in list(writers)[:: -1 if turn % 2 else 1]:
                    took = measure(writers[name], threads, seconds)
                    rates.setdefault((name, threads), []).append((len(took) - threads) / seconds)
                    if threads == THREADS[-1]:
                        waits.setdefault(name, []).extend(took)
    most = THREADS[-1]
    ours = rates[OURS, most]
    rows = [
        {"store": name}
        | {f"{n} thread{'s' * (n > 1)}": spread(rates[name, n]) for n in THREADS}
        | {
            f"p99 at {most}, ms": f"{percentile(waits[name], 0.99) * 1e3:.1f}",
            f"longest at {most}, ms": f"{max(waits[name]) * 1e3:,.0f}",
            f"of ours at {most}": f"{ratio(rates[name, most], ours):.2f}",
        }
        for name in writers
    ]
    print(table(rows))
    peers = [name for name in writers if name != OURS]
    if not peers:
        return []
    best = max(peers, key=lambda name: statistics.median(rates[name, most]))
    times = ratio(ours, rates[best, most])
    target = f"durable append at {most} threads, of the best peer ({best.split(',')[0].split()[0]})"
    return [Verdict(target, f"≥ {TARGET:g} ×", f"{times:.2f} ×", times >= TARGET)]
