"""A start on a journal of a million lines, against one on an empty journal."""

import http.client
import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec

from bench.append import RECEIVED
from bench.common import Verdict, at_most, free_port, memory, running, table
from bench.enquiry import ENQUIRY, configure, environment, serve, token
from bench.visitor import start_crm
from frontdesk.model.codec import encode
from frontdesk.model.events import Attempt, Delivered, utcnow

LINES = 1_000_000
STORY = 3  # lines a submission: received, attempt, delivered
DAYS = 300
# Than on an empty journal:
READY = 0.5  # seconds later
REBUILT = {"first": 5.0, "next": 0.5}  # seconds until the outbox is known
INDEXED = 60.0  # seconds that building the index may take
GROWTH = 10.0  # MB more
FIRST, NEXT = "first start, without an index", "next start"
NAMESPACE = UUID(int=0)
PATIENCE = 120.0  # seconds


class Start(NamedTuple):
    """One start of the server; seconds since the process was started, and megabytes."""

    ready: float
    delivered: float  # an enquiry that was sent as soon as it was ready
    resident: float
    indexed: float  # the index is there
    stopped: float  # seconds that the end took


def fill(directory: Path, lines: int = LINES, days: int = DAYS) -> None:
    """A journal of so many lines, all delivered long ago."""
    directory.mkdir(mode=0o700, parents=True)
    each = max(1, lines // STORY // days)
    for day in range(days):
        midnight = (utcnow() - timedelta(days=days - day)).replace(hour=0, minute=0, second=0)
        with (directory / f"{midnight:%Y-%m-%d}.jsonl").open("wb") as segment:
            segment.writelines(
                _story(midnight + timedelta(days=number / each), f"{day:04} {number:05}")
                for number in range(each)
            )


def _story(at: datetime, name: str) -> bytes:
    """One submission, of which no other has the content, delivered two seconds later."""
    one = uuid5(NAMESPACE, name)
    lead = msgspec.structs.replace(
        RECEIVED.lead, note=f"I am visitor {name}.", email=f"{one.hex[:12]}@example.com"
    )
    received = msgspec.structs.replace(RECEIVED, id=one, at=at, lead=lead)
    attempt = Attempt(id=one, at=at + timedelta(seconds=1), destination="crm")
    delivered = Delivered(
        id=one,
        at=at + timedelta(seconds=2),
        destination="crm",
        attempt=attempt.attempt,
        customer_id="4711",
    )
    return encode(received) + encode(attempt) + encode(delivered)


def start(
    folder: Path,
    crm: str,
    name: str,
    database: str = "",
    indexed: Callable[[Path], bool] = lambda folder: any(folder.glob("var/index/*.sqlite")),
) -> Start:
    """Start, send an enquiry at once, wait until the CRM has it and there is an index, and stop."""
    config = configure(folder, courier="inside", crm=crm, fill_time=0, database=database)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    with running(
        serve(port),
        lambda: _ready(f"{address}/readyz"),
        folder / "log",
        env=environment(config),
        cwd=folder,
    ) as server:
        ready = time.perf_counter() - begun
        email = f"{name}@example.com"
        body = {**ENQUIRY, "first_name": name, "email": email, "token": token(port)}
        enquiry = urllib.request.Request(
            f"{address}/forms/riverside",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Accept": "application/json"},
        )
        urllib.request.urlopen(enquiry, timeout=30).close()
        _until(lambda: email in _leads(crm))
        delivered = time.perf_counter() - begun
        resident = memory(server.pid)
        _until(lambda: indexed(folder))
        built = time.perf_counter() - begun
        ending = time.perf_counter()
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        stopped = time.perf_counter() - ending
    return Start(ready, delivered, resident, built, stopped)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def _leads(crm: str) -> str:
    with urllib.request.urlopen(f"{crm}/_sandbox/leads", timeout=30) as answer:
        text: bytes = answer.read()
        return text.decode()


def _until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not check():
        if time.monotonic() > deadline:
            raise RuntimeError("the new enquiry was not delivered")
        time.sleep(0.02)


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; once, whatever `seconds` and `rounds` say."""
    print(f"## A start on {LINES:,} lines of journal\n")
    empty, full = scratch / "empty", scratch / "full"
    empty.mkdir()
    begun = time.perf_counter()
    fill(full / "var/journal")
    size = sum(path.stat().st_size for path in (full / "var/journal").iterdir())
    print(f"{size / 1e6:,.0f} MB of it, written in {time.perf_counter() - begun:.0f} s.\n")
    with ExitStack() as stack:
        crm = start_crm(stack, scratch)
        starts = {
            "empty journal": start(empty, crm, "Anna"),
            "empty journal, again": start(empty, crm, "Berta"),
            FIRST: start(full, crm, "Cecil"),
        }
        starts |= {
            NEXT: start(full, crm, "Dora"),
            "and the next": start(full, crm, "Emil"),
        }
    bare = starts["empty journal, again"]
    rows = [
        {
            "journal": name,
            "/readyz 200 after, s": f"{took.ready:.2f}",
            "new enquiry in the CRM after, s": f"{took.delivered:.2f}",
            "longer than if empty, s": f"{took.delivered - bare.delivered:+.2f}",
            "RSS MB": f"{took.resident:.0f}",
            "index there after, s": f"{took.indexed:.2f}",
            "stopped in, s": f"{took.stopped:.2f}",
        }
        for name, took in starts.items()
    ]
    print(table(rows))
    verdicts = []
    for name, limit in ((FIRST, REBUILT["first"]), (NEXT, REBUILT["next"])):
        took = starts[name]
        verdicts += [
            at_most(
                f"{name}: ready later than if empty", took.ready - bare.ready, READY, "{:.2f} s"
            ),
            at_most(f"{name}: outbox known", took.delivered - bare.delivered, limit, "{:.2f} s"),
        ]
    more = starts[NEXT].resident - bare.resident
    verdicts.append(at_most(f"{NEXT}: more memory", more, GROWTH, "{:.1f} MB"))
    return [*verdicts, at_most("the index of it built", starts[FIRST].indexed, INDEXED, "{:.0f} s")]
