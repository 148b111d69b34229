"""Clients that send slowly or not at all, and what everybody else waits for the form meanwhile."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from bench.common import Verdict, accepts, at_most, free_port, percentile, running, table
from bench.enquiry import configure, environment, serve

HALF_SENT = 300  # requests, of which the rest does not come
IDLE = 1000  # connections on which nothing comes
ADDRESSES = 20  # that they come from
WORKERS = (1, 2)
TARGET = 100.0  # ms
HALF = b"POST /forms/riverside HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n{"
CLIENTS = {
    "nobody else": (0, 0),
    f"{HALF_SENT} half-sent requests": (HALF_SENT, 0),
    f"{IDLE:,} idle connections": (0, IDLE),
    "both": (HALF_SENT, IDLE),
}


def _connect(port: int, number: int, sent: bytes) -> socket.socket:
    source = f"127.0.1.{1 + number % ADDRESSES}"
    connection = socket.create_connection(("127.0.0.1", port), 30, (source, 0))
    connection.sendall(sent)
    return connection


@contextmanager
def _slow(port: int, half_sent: int, idle: int) -> Iterator[None]:
    with ExitStack() as stack:
        for number in range(half_sent + idle):
            sent = HALF if number < half_sent else b""
            stack.enter_context(_connect(port, number, sent))
        yield


def _wait(port: int, seconds: float) -> list[float]:
    """Ms that visitors wait for the form, one after the other, each on a new connection."""
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.perf_counter()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            connection.request("GET", "/forms/riverside")
            answer = connection.getresponse()
            answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"the form answered {answer.status}")
        took.append((time.perf_counter() - started) * 1000)
    return took


def run(scratch: Path, seconds: float, _rounds: int) -> list[Verdict]:
    """Measure and print."""
    print(f"## The form, with slow clients of {ADDRESSES} addresses\n")
    rows, worst = [], 0.0
    for workers in WORKERS:
        folder = scratch / str(workers)
        environ = environment(configure(folder))
        for who, (half_sent, idle) in CLIENTS.items():
            port = free_port()
            command = [*serve(port), "--workers", str(workers)]
            log = folder / "log"
            with (
                running(command, accepts(port), log, env=environ, cwd=folder),
                _slow(port, half_sent, idle),
            ):
                took = _wait(port, 3 * seconds)
            worst = max(worst, percentile(took, 0.99))
            rows.append(
                {
                    "workers": workers,
                    "clients": who,
                    "looks": len(took),
                    "p50 ms": f"{percentile(took, 0.5):.1f}",
                    "p99 ms": f"{percentile(took, 0.99):.1f}",
                }
            )
    print(table(rows))
    return [at_most("the form's p99 while clients send slowly, ms", worst, TARGET, "{:.0f}")]
