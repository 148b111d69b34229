"""A captcha's provider that hangs, and what everybody else waits meanwhile."""

import http.client
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from bench.common import Verdict, accepts, at_most, free_port, percentile, running, table
from bench.enquiry import ENQUIRY, NO_CAPTCHA, configure, environment, request, serve, token

CROWD = 60  # enquiries at once
TARGET = 100.0  # ms
PACE = 0.02  # seconds between two looks at the same page
PROVIDERS = ("hcaptcha", "turnstile")
TIMEOUT = 5.0  # seconds, as it is by default


class Look:
    """Asks for one address over and over, and times it, until it is told to stop."""

    def __init__(self, port: int, path: str) -> None:
        self.took: list[float] = []  # ms
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(port, path))
        self._thread.start()

    def _run(self, port: int, path: str) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            while not self._over.wait(PACE):
                started = time.perf_counter()
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                if answer.status != http.HTTPStatus.OK:
                    raise RuntimeError(f"{path} answered {answer.status}")
                self.took.append((time.perf_counter() - started) * 1000)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def send(port: int, enquiry: bytes) -> float:
    """Seconds until an enquiry is thanked for."""
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(enquiry)
        status = connection.recv(4096).split(b" ", 2)[1]
    if status != b"202":
        raise RuntimeError(f"an enquiry was answered {status.decode()}")
    return time.perf_counter() - started


def crowd(port: int) -> Callable[[int], list[float]]:
    """So many enquiries, each of a visitor of its own; called, they go, so many at a time."""
    facts = {**ENQUIRY, "captcha": "P1_bench"}
    enquiries = [
        request("/forms/riverside", {**facts, "token": token(port)}, visitor)
        for visitor in range(CROWD)
    ]

    def go(at_a_time: int) -> list[float]:
        with ThreadPoolExecutor(at_a_time) as pool:
            return list(pool.map(lambda enquiry: send(port, enquiry), enquiries))

    return go


def hanging(provider: str, hole: int) -> str:
    keys = f'provider = "{provider}"\nsitekey = "bench"\nsecret = "bench"\n'
    return f'{keys}verify_url = "http://127.0.0.1:{hole}/"'


def measure(folder: Path, provider: str, captcha: str) -> Iterator[dict[str, object]]:
    """A crowd at once while the provider begins to hang, then one by two and two."""
    config = configure(folder, captcha=captcha, fill_time=0)
    port = free_port()
    environ = environment(config)
    with running(serve(port), accepts(port), folder / "log", env=environ, cwd=folder):
        for when, at_a_time in ((", all at once", CROWD), (", by two and two", 2)):
            go = crowd(port)
            health, form = Look(port, "/healthz"), Look(port, "/forms/riverside")
            waits = go(at_a_time)
            health.stop()
            form.stop()
            yield {
                "provider": provider + when,
                "waited for it": sum(wait >= TIMEOUT for wait in waits),
                "thanked after, s, p50": f"{statistics.median(waits):.2f}",
                "longest": f"{max(waits):.2f}",
                "/healthz, ms, p50": f"{statistics.median(health.took):.0f}",
                "p99": f"{percentile(health.took, 0.99):.0f}",
                "form, ms, p50": f"{statistics.median(form.took):.0f}",
                "p99 ": f"{percentile(form.took, 0.99):.0f}",
            }


def run(scratch: Path, _seconds: float, _rounds: int) -> list[Verdict]:
    """Print what visitors and monitors wait while a provider hangs."""
    print(f"### {CROWD} enquiries while the captcha's provider hangs\n")
    rows = [*measure(scratch / "none", "no captcha", NO_CAPTCHA)]  # what the crowd itself costs
    # It takes connections and never reads from them.
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as hole:
        for provider in PROVIDERS:
            captcha = hanging(provider, hole.getsockname()[1])
            rows += measure(scratch / provider, provider, captcha)
    print(table(rows))
    return [
        at_most(f"{what}, p99 while a captcha's provider hangs, ms", worst, TARGET, "{:.0f}")
        for what, column in (("/healthz", "p99"), ("the form", "p99 "))
        for worst in [max(float(str(row[column])) for row in rows)]
    ]
