"""What commands and an idle courier take on a journal of a million lines, against a thousand."""

import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from bench.append import RECEIVED
from bench.common import Verdict, at_most, free_port, table
from bench.enquiry import configure, environment, serve, took
from bench.restart import fill
from bench.visitor import start_crm
from frontdesk.model.events import Failed, utcnow
from frontdesk.model.record import Record
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query

LINES = {"1,000": 1_000, "1,000,000": 1_000_000}
DAYS = {"1,000": 10, "1,000,000": 1_800}
WORSE = 1.5
REPLAYED = 1.0  # seconds
IDLE = 0.5  # percent of a core
WATCHED = 20.0  # seconds


def commands(one: Record) -> dict[str, list[str]]:
    """What is measured, on a journal that has this submission."""
    assert one.submission is not None
    lead = one.submission.lead
    return {
        "show": ["show", str(one.id)],
        "log --limit 50": ["log", "--limit", "50"],
        "log --text": ["log", "--text", str(lead.note).split("visitor ")[1]],
        "person show": ["person", str(lead.email), "show"],
        "status": ["status"],
    }


class Desk:
    """A journal of so many lines, with its index, and a CRM."""

    def __init__(self, folder: Path, lines: int, days: int, crm: str) -> None:
        folder.mkdir()
        self.folder, self.crm = folder, crm
        fill(folder / "var/journal", lines, days)
        self.config = configure(folder, courier="apart", crm=crm, fill_time=0)
        store = FileStore(folder / "var")
        began = time.perf_counter()
        (self.one, *_) = store.find(Query()).records
        self.indexed = time.perf_counter() - began
        store.close()

    def replay(self) -> float:
        """Seconds that it takes to send a lead again that has failed."""
        store = FileStore(self.folder / "var")
        came = replace(RECEIVED, at=utcnow(), destinations=("crm",))
        store.append(came, Failed(id=came.id, destination="crm", reason="answered 400"))
        store.close()
        return took(self.config, "replay", str(RECEIVED.id))


def idle(desk: Desk, scratch: Path) -> float:
    """Percent of a core that a server takes to which nobody comes."""
    config = configure(desk.folder, courier="inside", crm=desk.crm, fill_time=0)
    port = free_port()
    with (scratch / "idle.log").open("wb") as log:
        server = subprocess.Popen(
            serve(port), env=environment(config), cwd=desk.folder, stdout=log, stderr=log
        )
        try:
            time.sleep(10.0)  # until it has begun
            before, began = _ticks(server.pid), time.monotonic()
            time.sleep(WATCHED)
            return (_ticks(server.pid) - before) / (time.monotonic() - began)
        finally:
            server.terminate()
            server.wait(60)


def _ticks(pid: int) -> float:
    """Hundredths of a second of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return float(fields[11]) + float(fields[12])


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; `seconds` does not matter."""
    print(f"## A journal of {' and of '.join(LINES)} lines\n")
    with ExitStack() as stack:
        crm = start_crm(stack, scratch)
        desks = {
            name: Desk(scratch / name, lines, DAYS[name], crm) for name, lines in LINES.items()
        }
        few, many = desks.values()
        rows, verdicts = [], []
        for what, theirs in commands(many.one).items():
            ours = commands(few.one)[what]
            pairs = [(took(few.config, *ours), took(many.config, *theirs)) for _ in range(rounds)]
            least, most = (min(each) for each in zip(*pairs, strict=True))
            rows.append(_row(what, least, most))
            verdicts.append(at_most(f"{what}, against a thousand lines", most / least, WORSE))
        least, most = few.replay(), many.replay()
        rows.append(_row("replay of a failed lead", least, most))
        verdicts.append(
            at_most("replay, longer than on a thousand lines", most - least, REPLAYED, "{:.2f} s")
        )
        nothing = idle(many, scratch)
    print(table(rows))
    print(
        f"\nThe index of the long one was built in {many.indexed:.0f} s. An idle server with its"
        f" {DAYS['1,000,000']:,} segments takes {nothing:.2f} % of a core."
    )
    return [*verdicts, at_most("idle, with 1,800 segments", nothing, IDLE, "{:.2f} %")]


def _row(what: str, least: float, most: float) -> dict[str, str]:
    few, many = LINES
    return {
        "command": what,
        f"{few} lines, s": f"{least:.2f}",
        f"{many} lines, s": f"{most:.2f}",
        "ratio": f"{most / least:.2f}",
    }
