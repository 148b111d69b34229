"""Sustained load: what a process has more of after a minute than before."""

import time
from pathlib import Path

from bench.common import (
    Verdict,
    accepts,
    at_most,
    free_port,
    memory,
    open_files,
    percentile,
    running,
    table,
)
from bench.enquiry import FILL_TIME, configure, environment, serve, submissions
from bench.load import CONNECTIONS, load

SECONDS = 60.0
WARM_UP = 5.0  # seconds
TARGET = 5.0  # MB; what an allocator may still keep more of than after the warm-up


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; `seconds` and `rounds` do not matter here."""
    print(f"## {SECONDS:g} s of {CONNECTIONS} connections, each always with an enquiry under way\n")
    config = configure(scratch / "sustained")
    port = free_port()
    log, environ = scratch / "log", environment(config)
    with running(serve(port), accepts(port), log, env=environ, cwd=config.parent) as server:
        requests = submissions(port)
        time.sleep(FILL_TIME)
        warm = load(port, requests, 202, WARM_UP, 0)
        before = memory(server.pid), _settled(server.pid)
        result = load(port, requests, 202, SECONDS, warm.answered)
        after = memory(server.pid), _settled(server.pid)
    segments = (config.parent / "var/journal").glob("*.jsonl")
    written = sum(path.read_bytes().count(b"\n") for path in segments)
    accepted = warm.answered + result.answered
    rows: list[dict[str, object]] = [
        {"": "RSS, MB", "before": f"{before[0]:.1f}", "after": f"{after[0]:.1f}"},
        {"": "open files", "before": before[1], "after": after[1]},
    ]
    print(table(rows))
    print(
        f"\n{result.rate:,.0f} enquiries/s, p50 {percentile(result.took, 0.5) * 1e3:.1f} ms,"
        f" p99 {percentile(result.took, 0.99) * 1e3:.1f} ms; {result.errors} errors;"
        f" {accepted:,} accepted, {written:,} in the journal\n"
    )
    grown, more = after[0] - before[0], after[1] - before[1]
    minute = f"{SECONDS:g} s of load"
    return [
        at_most(f"more memory after {minute}", grown, TARGET, "{:.1f} MB"),
        at_most(f"more open files after {minute}", more, 0, "{}"),
        at_most("accepted, and not in the journal", accepted - written, 0, "{}"),
    ]


def _settled(pid: int) -> int:
    """Open files, once the connections of the load are closed."""
    time.sleep(1.0)
    return open_files(pid)
