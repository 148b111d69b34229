"""What all benchmarks share: the machine, child processes, tables, verdicts."""

import math
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
STARTING = 30.0  # seconds that a server may take


class Verdict(NamedTuple):
    """A target of the design, and what came of it."""

    what: str
    target: str
    measured: str
    met: bool


def at_most(what: str, value: float, limit: float, form: str = "{:.2f}") -> Verdict:
    """The verdict on a number that should be small; `form` writes it and its limit."""
    return Verdict(what, "≤ " + form.format(limit), form.format(value), value <= limit)


def machine(directory: Path) -> str:
    """Where and when this was measured."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    cores = len(os.sched_getaffinity(0))
    flush = f"{_file_system(directory)}, one write + fdatasync {_flush(directory) * 1e6:.0f} µs"
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {cpu}, {cores} cores; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}; {flush}; "
        f"load average at the start {os.getloadavg()[0]:.1f}"
    )


def _file_system(directory: Path) -> str:
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    here = directory.resolve()
    point, kind = max(
        ((point, kind) for point, kind in mounts if here.is_relative_to(point)),
        key=lambda mount: len(mount[0]),
    )
    if kind in ("tmpfs", "ramfs"):
        sys.exit(f"{point} is memory, where nothing is durable; choose another place with --dir")
    return kind


def _flush(directory: Path) -> float:
    """Seconds that a small durable write takes, the median of 200."""
    path = directory / f"frontdesk-flush-{os.getpid()}"
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(200):
            start = time.perf_counter()
            file.write(b"x" * 900)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - start)
    path.unlink()
    return statistics.median(took)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def accepts(port: int) -> Callable[[], bool]:
    """A check whether something listens on the port."""

    def check() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    return check


@contextmanager
def running(
    command: Sequence[str | Path], ready: Callable[[], bool], log: Path, **kwargs: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process, from when it is ready until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **kwargs)
    try:
        deadline = time.monotonic() + STARTING
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STARTING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has just ended
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def memory(pid: int) -> float:
    """Resident megabytes of a process and its descendants."""
    page = os.sysconf("SC_PAGE_SIZE")
    pages = sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in family(pid))
    return pages * page / 1e6


def open_files(pid: int) -> int:
    """Descriptors of a process and its descendants."""
    return sum(len(list(Path(f"/proc/{p}/fd").iterdir())) for p in family(pid))


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and its descendants have used."""
    ticks = 0
    for member in family(pid):
        stat = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        ticks += int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values: Sequence[float]) -> str:
    """The median, and the extremes."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """The median of the rounds' ratios: what slowed one round down slowed both sides."""
    return statistics.median(a / b if b else math.inf for a, b in zip(these, those, strict=True))


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a Markdown table; the keys of the first are the columns."""
    columns = list(rows[0])
    cells = [columns, *([str(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]

    def line(values: Sequence[str]) -> str:
        first, *rest = zip(values, widths, strict=True)
        return f"| {first[0]:<{first[1]}} | " + " | ".join(f"{v:>{w}}" for v, w in rest) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(map(line, [cells[0], rule, *cells[1:]]))
