"""A full submission against a bare Flask JSON echo on the same server."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.common import (
    ROOT,
    Verdict,
    accepts,
    cpu,
    free_port,
    memory,
    percentile,
    ratio,
    running,
    spread,
    table,
)
from bench.enquiry import (
    ENQUIRY,
    FILL_TIME,
    NO_CAPTCHA,
    VISITORS,
    configure,
    contact,
    environment,
    request,
    submissions,
)
from bench.load import CONNECTIONS, Result, load

TARGET = 0.5
OURS = "waitress 1×16"  # what `frontdesk serve` runs
WARM_UP = 0.5  # seconds
ECHO = "echo"

PIPELINES = {
    "full, no captcha": NO_CAPTCHA,
    "full, hcaptcha stubbed": 'provider = "hcaptcha"\nsitekey = "bench"\nsecret = "bench"\n'
    'verify_url = "http://127.0.0.1:{stub}/siteverify"',
}

Command = Callable[[str, int], list[str]]


def _granian(workers: int) -> Command:
    return lambda app, port: [
        *("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", "16", "--log-level", "warning", app),
    ]


def _gunicorn(app: str, port: int) -> list[str]:
    place = ("--bind", f"127.0.0.1:{port}", "--worker-tmp-dir", "/dev/shm")
    return ["gunicorn", "-k", "gthread", "--workers", "2", "--threads", "16", *place, app]


def _waitress(app: str, port: int) -> list[str]:
    # As `frontdesk serve` runs it: the headers of proxies are the app's to judge.
    told = "--no-clear-untrusted-proxy-headers"
    return ["waitress", "--threads=16", told, f"--listen=127.0.0.1:{port}", app]


SERVERS: dict[str, Command] = {
    "granian 1×16": _granian(1),
    "granian 2×16": _granian(2),
    "gunicorn gthread 2×16": _gunicorn,
    OURS: _waitress,
}


@dataclass
class Cell:
    """One app on one server, and what was measured of it."""

    port: int
    process: subprocess.Popen[bytes]
    requests: list[bytes]
    status: int
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)  # seconds of the server's CPU a request
    took: list[float] = field(default_factory=list)
    answered: int = 0
    errors: int = 0
    sent: int = 0
    journal: Path | None = None


def _installed(module: str) -> bool:
    code = f"import {module}"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode == 0


def _start(
    stack: ExitStack, command: Command, app: str, directory: Path, config: Path | None
) -> tuple[int, subprocess.Popen[bytes]]:
    port = free_port()
    words = [sys.executable, "-m", *command(app, port)]
    log = directory / f"{port}.log"
    process = stack.enter_context(
        running(words, accepts(port), log, env=environment(config), cwd=directory)
    )
    return port, process


def _cells(stack: ExitStack, scratch: Path, command: Command, stub: int) -> dict[str, Cell]:
    """Start the echo and the pipelines on one server."""
    scratch.mkdir()
    port, process = _start(stack, command, "bench.echo:app", scratch, None)
    body = {**ENQUIRY, "token": "x" * 80}
    echoed = [request("/echo", {**body, **contact(n)}, n) for n in range(VISITORS)]
    cells = {ECHO: Cell(port, process, echoed, 200)}
    for name, captcha in PIPELINES.items():
        directory = scratch / name.replace(" ", "-")
        config = configure(directory, captcha=captcha.format(stub=stub))
        port, process = _start(stack, command, "wsgi:app", directory, config)
        requests = submissions(port)
        cells[name] = Cell(port, process, requests, 202, journal=directory / "var" / "journal")
    return cells


def _measure(cell: Cell, seconds: float) -> float:
    """One round of one cell; the share of a core that the generator used."""
    _load(cell, WARM_UP)
    before = cpu(cell.process.pid)
    result = _load(cell, seconds)
    used = cpu(cell.process.pid) - before
    cell.rates.append(result.rate)
    cell.costs.append(used / max(1, result.answered))
    cell.took += result.took
    return result.busy / result.seconds


def _load(cell: Cell, seconds: float) -> Result:
    result = load(cell.port, cell.requests, cell.status, seconds, cell.sent)
    cell.sent += result.answered + result.errors
    cell.answered += result.answered
    cell.errors += result.errors
    return result


def _lost(cell: Cell) -> str:
    """What is wrong with a cell: refused or held enquiries, a 202 that is not in the journal."""
    problems = [f"{cell.errors} errors"] if cell.errors else []
    if cell.journal:
        lines = [line for path in cell.journal.glob("*.jsonl") for line in path.open("rb")]
        received = sum(b'"event":"received"' in line for line in lines)
        if received != len(lines):
            problems.append(f"{len(lines) - received} held")
        if received != cell.answered:
            problems.append(f"{cell.answered} accepted, but {received} written")
    return ", ".join(problems) or "none"


def _row(server: str, name: str, cells: dict[str, Cell]) -> dict[str, object]:
    cell, echo = cells[name], cells[ECHO]
    return {
        "server": server,
        "app": name,
        "requests/s": spread(cell.rates),
        "of echo": f"{ratio(cell.rates, echo.rates):.2f}",
        "p50 ms": f"{percentile(cell.took, 0.5) * 1e3:.1f}",
        "p99 ms": f"{percentile(cell.took, 0.99) * 1e3:.1f}",
        "CPU µs a request": f"{statistics.median(cell.costs) * 1e6:,.0f}",
        "RSS MB": f"{memory(cell.process.pid):.0f}",
        "errors": _lost(cell),
    }


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print."""
    print(f"## Requests/s at {CONNECTIONS} connections: median (lowest–highest)\n")
    with ExitStack() as stack:
        stub = free_port()
        command = [sys.executable, "-m", "bench.hcaptcha_stub", str(stub)]
        stack.enter_context(running(command, accepts(stub), scratch / "stub.log", cwd=ROOT))
        servers: dict[str, dict[str, Cell]] = {}
        for name, server in SERVERS.items():
            if _installed(name.split()[0]):
                servers[name] = _cells(stack, scratch / name.replace(" ", "-"), server, stub)
            else:
                print(f"skipped: {name.split()[0]} is not installed\n")
        time.sleep(FILL_TIME)
        busy: list[float] = []
        for turn in range(rounds):
            # Every other round backwards, so that nobody always comes after the same one.
            step = -1 if turn % 2 else 1
            for cells in list(servers.values())[::step]:
                busy += [_measure(cell, seconds) for cell in list(cells.values())[::step]]
        rows = [_row(server, name, cells) for server, cells in servers.items() for name in cells]
    print(table(rows))
    print(f"\nThe load generator used {statistics.median(busy):.0%} of one core.\n")
    verdicts = []
    for name in PIPELINES:
        shares = {n: ratio(cells[name].rates, cells[ECHO].rates) for n, cells in servers.items()}
        if OURS in shares:
            what = f"{name}: of a bare echo's requests/s, on {OURS.split()[0]}"
            measured = f"{shares[OURS]:.2f}"
            verdicts.append(Verdict(what, f"≥ {TARGET:g}", measured, shares[OURS] >= TARGET))
    return verdicts
