"""A full submission against a bare Flask JSON echo on the same server."""

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.common import (
    ROOT,
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
from bench.load import MARK, Result, load

CONNECTIONS = 32
TARGET = 0.5
FILL_TIME = 2.0  # seconds that must lie between a token and its enquiry
WARM_UP = 0.5  # seconds
ECHO = "echo"

CONFIG = """
data_dir = "var"
secret_key = "a secret of the benchmark, long enough"
trusted_proxies = 1

[limits]  # counted as in production, and never reached
submissions = "1000000/second; 1000000000/hour"
tokens = "1000000/second"

[captcha]
{captcha}

[delivery]
courier = "apart"  # and none runs: only the way in is measured

[destinations.crm]
type = "realpad"
base_url = "http://127.0.0.1:9/ws/v10/"
login = "bench"
password = "bench"

[forms.riverside]
title = "Riverside Residences"
destinations = ["crm"]
languages = ["en", "cs"]
rooms = ["1+kk", "2+kk", "3+kk", "4+kk"]
allowed_origins = ["https://riverside.example.com"]
realpad = {{ project = 1234, referral = 77, campaign = "web", tags = ["web"] }}
consents = [
    {{ id = 1, label = "Send me news." }},
    {{ id = 2, label = "I agree to the processing of my personal data.", required = true }},
]

[[forms.riverside.attributes]]
key = "customer_has_pets"
type = "boolean"
label = "Do you have pets?"

[[forms.riverside.attributes]]
key = "floor_area"
type = "decimal"
label = "Floor area"

[[forms.riverside.attributes]]
key = "moving_in"
type = "date"
label = "When would you like to move in?"

[[forms.riverside.attributes]]
key = "parking"
type = "select"
label = "Parking"
options = [{{ value = "1", label = "Garage" }}, {{ value = "2", label = "Outdoors" }}]
"""

PIPELINES = {
    "full, no captcha": 'provider = "none"\nallow_none = true',
    "full, hcaptcha stubbed": 'provider = "hcaptcha"\nsitekey = "bench"\nsecret = "bench"\n'
    'verify_url = "http://127.0.0.1:{stub}/siteverify"',
}

ENQUIRY: dict[str, Any] = {
    "first_name": "Jana",
    "last_name": "Nováková",
    "email": f"jana.{MARK.decode()}@example.com",
    "phone": "777 123 456",
    "unit": "A.101",
    "rooms": ["2+kk", "3+kk"],
    "price_max": "8 500 000",
    "note": "Good afternoon, is there a cellar, and when could we see the flat? " * 3,
    "consents": [1, 2],
    "attributes": {
        "customer_has_pets": True,
        "floor_area": 62.5,
        "moving_in": "2027-03-01",
        "parking": "2",
    },
    "language": "en",
    "campaign": "spring",
    "page": "https://riverside.example.com/flats/a-101",
    "captcha": "P1_" + "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9" * 8,
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
    return ["waitress", "--threads=16", f"--listen=127.0.0.1:{port}", app]


SERVERS: dict[str, Command] = {
    "granian 1×16": _granian(1),
    "granian 2×16": _granian(2),
    "gunicorn gthread 2×16": _gunicorn,
    "waitress 1×16": _waitress,
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
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if config:
        environment["FRONTDESK_CONFIG"] = str(config)
    words = [sys.executable, "-m", *command(app, port)]
    log = directory / f"{port}.log"
    process = stack.enter_context(
        running(words, accepts(port), log, env=environment, cwd=directory)
    )
    return port, process


def _request(path: str, body: dict[str, Any], visitor: int) -> bytes:
    data = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\nOrigin: https://riverside.example.com\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
        f"X-Forwarded-For: 203.0.113.{visitor}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def _token(port: int) -> str:
    url = f"http://127.0.0.1:{port}/forms/riverside/token"
    with urllib.request.urlopen(url, timeout=30) as answer:
        token: str = json.load(answer)["token"]
        return token


def _cells(stack: ExitStack, scratch: Path, command: Command, stub: int) -> dict[str, Cell]:
    """Start the echo and the pipelines on one server."""
    scratch.mkdir()
    port, process = _start(stack, command, "bench.echo:app", scratch, None)
    body = {**ENQUIRY, "token": "x" * 80}
    cells = {
        ECHO: Cell(port, process, [_request("/echo", body, n) for n in range(CONNECTIONS)], 200)
    }
    for name, captcha in PIPELINES.items():
        directory = scratch / name.replace(" ", "-")
        directory.mkdir()
        config = directory / "frontdesk.toml"
        config.write_text(CONFIG.format(captcha=captcha.format(stub=stub)))
        port, process = _start(stack, command, "wsgi:app", directory, config)
        requests = [
            _request("/forms/riverside", {**ENQUIRY, "token": _token(port)}, n)
            for n in range(CONNECTIONS)
        ]
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


def run(scratch: Path, seconds: float, rounds: int) -> None:
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
    for name in PIPELINES:
        best = max(servers, key=lambda server: statistics.median(servers[server][name].rates))
        share = ratio(servers[best][name].rates, servers[best][ECHO].rates)
        print(f"{name} / echo, on its fastest server ({best}): {share:.2f} (target: {TARGET:g})")
