"""A visitor's wait while the CRM is well, slow, down or hanging: it should be the same."""

import json
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from bench.append import RECEIVED
from bench.common import Verdict, accepts, at_most, free_port, percentile, running, table
from bench.enquiry import FILL_TIME, configure, environment, serve, submissions
from bench.load import paced
from frontdesk.model.events import utcnow
from frontdesk.store.files.store import FileStore

RATE = 40.0  # enquiries a second: some thousand times what a housing project gets
TARGET = 1.1  # of the p99 with a CRM that is well
WELL = "well"
CROWD = 10_000
HANGS = {"fault": "hang", "seconds": 3600.0}
CRMS: dict[str, dict[str, Any] | None] = {
    WELL: None,
    "takes 5 s": {"fault": "hang_after", "seconds": 5.0},
    "answers 503": {"fault": "status", "status": 503},
    "hangs": HANGS,
    f"hangs, and {CROWD:,} of one name wait": HANGS,
}


@dataclass
class Cell:
    """A Frontdesk with a CRM of its own, and how long its visitors waited, in seconds."""

    port: int
    crm: str
    requests: list[bytes]
    sent: int = 0
    took: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)  # the p99 of each


def _post(url: str, facts: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(facts).encode(), headers)
    urllib.request.urlopen(request, timeout=30).close()


def asked(crm: str) -> int:
    """How many times the CRM was asked for something."""
    with urllib.request.urlopen(f"{crm}/_sandbox/requests", timeout=30) as answer:
        return len(json.load(answer))


def start_crm(stack: ExitStack, folder: Path) -> str:
    """A sandbox CRM as a process of its own; its address."""
    port = free_port()
    command = [sys.executable, "-m", "frontdesk.sandbox.realpad", "--port", str(port)]
    log = folder / f"crm-{port}.log"
    stack.enter_context(running(command, accepts(port), log, env=environment()))
    return f"http://127.0.0.1:{port}"


def _gather(folder: Path) -> None:
    """Write leads of one name, which are to be delivered one after the other."""
    store = FileStore(folder / "var")
    for start in range(0, CROWD, 500):
        numbers = range(start, start + 500)
        emails = (f"jana{number}@example.com" for number in numbers)
        leads = [replace(RECEIVED.lead, email=email, phone=None) for email in emails]
        store.append(*(replace(RECEIVED, id=uuid4(), at=utcnow(), lead=lead) for lead in leads))
    store.close()


def _start(stack: ExitStack, folder: Path, *, crowd: bool) -> Cell:
    folder.mkdir()
    if crowd:
        _gather(folder)
    crm = start_crm(stack, folder)
    config = configure(folder, courier="inside", crm=crm)
    port = free_port()
    environ = environment(config)
    log = folder / "log"
    stack.enter_context(running(serve(port), accepts(port), log, env=environ, cwd=folder))
    return Cell(port, crm, submissions(port, 1))


def _send(cell: Cell, seconds: float) -> list[float]:
    took = paced(cell.port, cell.requests[0], 202, RATE, seconds, cell.sent)
    cell.sent += len(took)
    return took


def _until(check: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not check():
        if time.monotonic() > deadline:
            sys.exit(f"never came true: {what}")
        time.sleep(0.05)


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print."""
    print(f"## A visitor's wait at {RATE:g} enquiries a second, courier inside\n")
    with ExitStack() as stack:
        cells = {
            name: _start(stack, scratch / str(number), crowd="wait" in name)
            for number, name in enumerate(CRMS)
        }
        time.sleep(FILL_TIME)
        for name, fault in CRMS.items():
            crm = cells[name].crm
            _send(cells[name], 1.0)
            _until(partial(asked, crm), "the courier delivers")  # now it trusts the CRM
            if fault is not None:
                _post(f"{crm}/_sandbox/faults", {**fault, "times": None})
        for turn in range(rounds):
            for cell in list(cells.values())[:: -1 if turn % 2 else 1]:
                took = _send(cell, 3 * seconds)
                cell.took += took
                cell.rounds.append(percentile(took, 0.99))
        reached = {name: asked(cell.crm) for name, cell in cells.items()}
    well = percentile(cells[WELL].took, 0.99)
    shares = {name: percentile(cell.took, 0.99) / well for name, cell in cells.items()}
    rows = [
        {
            "CRM": name,
            "enquiries": len(cell.took),
            "p50 ms": f"{percentile(cell.took, 0.5) * 1e3:.1f}",
            "p99 ms": f"{percentile(cell.took, 0.99) * 1e3:.1f}",
            "p99 of the rounds, median ms": f"{statistics.median(cell.rounds) * 1e3:.1f}",
            "p99 of a CRM that is well": f"{shares[name]:.2f}",
            "requests to the CRM": reached[name],
        }
        for name, cell in cells.items()
    ]
    print(table(rows))
    return [
        at_most(f"visitor's p99 while the CRM {name}, of one that is well", share, TARGET)
        for name, share in shares.items()
        if name != WELL
    ]
