"""What a seed runs in: a folder, two CRMs, two web workers and perhaps a courier, all killable."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from frontdesk.config import api_key
from frontdesk.model import events
from frontdesk.model.ledger import Ledger
from frontdesk.sandbox.observation import prague
from frontdesk.sandbox.realgeeks import app as realgeeks
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from frontdesk.store.files.codec import Damage
from frontdesk.store.files.index.feed import Feed
from frontdesk.store.files.segments import Journal
from tests.faults.child import CRASH_POINTS, DAYS, ERROR_POINTS, armed
from tests.faults.visitors import KEY
from tests.support import GENERAL, calls, free_port, leads, ready, with_real_geeks

ROOT = Path(__file__).parents[2]
# The CRM hangs for less than `retry_first`, as the documents ask for: it is over with a request
# by the time of the lookup.
CHANGES = {
    "1000/minute": "1000000/minute",
    'retry_first = "50 ms"': 'retry_first = "2 s"',
    'retry_longest = "200 ms"': 'retry_longest = "2 s"',
    'same_within = "0 s"': 'same_within = "10 minutes"',
    'read_timeout = "20 s"': 'read_timeout = "600 ms"',
    'connect_timeout = "5 s"': 'connect_timeout = "1 s"',
}


KEYED = f"""
[[forms.riverside.api_keys]]
name = "newsletter"
sha256 = "{api_key.digest(KEY)}"
"""


class Requests(NamedTuple):
    """How many each CRM has had."""

    crm: int
    geeks: int


class World:
    """Starts everything; `tend` restarts what has died; `heal` ends every fault."""

    def __init__(self, folder: Path, *, apart: bool, ahead: timedelta) -> None:
        """`ahead`: how far the CRM's clock is ahead of ours."""
        self.folder = folder
        self.sandbox = create_sandbox(clock=lambda: prague() + ahead)
        self._crm = serve_sandbox(self.sandbox)
        self.crm = self._crm.url
        self.other_sandbox = realgeeks.create_sandbox()
        self._geeks = serve_sandbox(self.other_sandbox)
        self.geeks = self._geeks.url
        text = GENERAL.replace("{crm}", self.crm) + with_real_geeks(self.geeks) + KEYED
        for old, new in CHANGES.items():
            text = text.replace(old, new)
        if apart:
            text = text.replace('courier = "inside"', 'courier = "apart"')
        (folder / "frontdesk.toml").write_text(text, encoding="utf-8")
        self.ports = [free_port(), free_port()]
        self._commands = [("serve", "--port", str(port)) for port in self.ports]
        if apart:
            self._commands.append(("courier",))
        self.journal = Journal(folder / "var/journal")
        self._feed = Feed(self.journal.directory)
        self._ledger = Ledger()
        self.failed: set[UUID] = set()  # at any time
        self.merged: dict[str, str] = {}  # email and id of what came from other machines
        self._outputs = [
            (folder / f"process-{n}.log").open("ab") for n in range(len(self._commands))
        ]
        self.processes = [self._start(n) for n in range(len(self._commands))]
        self.until(self.well, "everything has started")

    # -- processes -------------------------------------------------------------------------

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def command(self, *arguments: str) -> list[str]:
        """A command line; without the right of root to write where nobody may."""
        wrapper = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
        if wrapper and shutil.which("setpriv") is None:
            wrapper = []
        return [*wrapper, sys.executable, "-W", "error", "-m", "tests.faults.child", *arguments]

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join(
            [str(ROOT), str(ROOT / "app"), *filter(None, [os.getenv("PYTHONPATH")])]
        )
        return {**os.environ, "PYTHONPATH": path, "FRONTDESK_CONFIG": "frontdesk.toml"}

    def _start(self, number: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(*self._commands[number]),
            cwd=self.folder,
            env=self.environment(),
            stdout=self._outputs[number],
            stderr=self._outputs[number],
        )

    def tend(self) -> None:
        """Start again what has ended, as an init system would."""
        for number, process in enumerate(self.processes):
            if process.poll() is not None:
                self.processes[number] = self._start(number)

    def well(self) -> bool:
        self.tend()
        return all(ready(f"{url}/readyz") for url in self.urls)

    def operate(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """What a person does: a command line, to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def limit(self, kind: int, soft: Callable[[int], int]) -> None:
        """Give every process a soft limit, by its id, while it runs."""
        for process in self.processes:
            if process.poll() is None:
                _, hard = resource.prlimit(process.pid, kind)
                wanted = soft(process.pid)
                resource.prlimit(process.pid, kind, (hard if wanted < 0 else wanted, hard))

    # -- the CRMs --------------------------------------------------------------------------

    def close_crm(self) -> None:
        self._crm.close()

    def close_geeks(self) -> None:
        self._geeks.close()

    def open_geeks(self) -> None:
        """It comes back with all that it had."""
        port = int(self.geeks.rsplit(":", 1)[1])
        self._geeks = serve_sandbox(self.other_sandbox, port=port)

    def open_crm(self) -> None:
        """It comes back with all that it had."""
        port = int(self.crm.rsplit(":", 1)[1])
        self._crm = serve_sandbox(self.sandbox, port=port)

    # -- the journal -----------------------------------------------------------------------

    def ledger(self) -> Ledger:
        """How things stand by the journal."""
        for name in self._feed.look(lambda: [path.name for path in self.journal.segments()]):
            if self._feed.is_read(name):
                continue
            for line in self._feed.read(name):
                if isinstance(line, Damage):
                    continue
                self._ledger.apply(line.event)
                if isinstance(line.event, events.Failed):
                    self.failed.add(line.event.id)
        return self._ledger

    def index(self) -> list[Path]:
        """The files of the index."""
        return sorted((self.folder / "var/index").glob("*"))

    def segment(self) -> Path:
        """The segment that is written to."""
        own = [path for path in self.journal.segments() if len(path.stem) == len("2026-01-01")]
        return own[-1]

    def midnight(self) -> None:
        """It is tomorrow for all processes, at their next line."""
        days = self.folder / DAYS
        passed = int(days.read_text()) if days.exists() else 0
        part = days.with_suffix(".part")
        part.write_text(str(passed + 1))
        part.rename(days)

    # -- the end ---------------------------------------------------------------------------

    def disarm(self) -> None:
        """No process is to die any more."""
        for point in (*CRASH_POINTS, *ERROR_POINTS):
            (self.folder / armed(point)).unlink(missing_ok=True)

    def mend_crms(self) -> None:
        """They behave again; also while nobody can reach them."""
        for sandbox in (self.sandbox, self.other_sandbox):
            sandbox.test_client().delete("/_sandbox/faults")

    def requests(self) -> Requests:
        return Requests(len(calls(self.crm)), len(calls(self.geeks)))

    def closed(self) -> bool:
        """Whether a CRM has refused us, so that a person has to open its account."""
        return any(self.ledger().account(name).closed for name in ("crm", "geeks"))

    def arrived(self) -> list[str]:
        """By what every lead that the CRM has is known: its note, else the email address."""
        every = [lead["parameters"] for lead in leads(self.crm)]
        return [parameters.get("note") or parameters["email"] for parameters in every]

    def arrived_at_geeks(self) -> list[str]:
        """The same of the other CRM; by its ids it could not have a lead twice."""
        return [lead["fields"]["notes"] for lead in leads(self.geeks)]

    def consents(self) -> dict[str, set[int]]:
        """By their addresses, what customers have agreed to, by what the CRM has now."""
        return {
            email: {consent["id"] for consent in customer["consents"] if consent["valid"]}
            for customer in leads(self.crm, "customers")
            for email in customer["emails"]
        }

    def until(self, check: Callable[[], object], what: str, seconds: float = 120.0) -> None:
        """Wait, restarting what dies meanwhile."""
        deadline = time.monotonic() + seconds
        while not check():
            if time.monotonic() > deadline:
                raise AssertionError(f"never came true: {what}")
            self.tend()
            time.sleep(0.1)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for output in self._outputs:
            output.close()
        self._crm.close()
        self._geeks.close()

    def log(self) -> str:
        """The end of what the processes have said."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
            for path in sorted(self.folder.glob("process-*.log"))
        )
