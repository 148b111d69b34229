"""Processes of ours beside what they deliver to, which are started again whenever they end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from frontdesk.model.ledger import Ledger
from tests.faults.child import CRASH_POINTS, ERROR_POINTS, SPOOL_POINTS, armed
from tests.faults.crms import Crms
from tests.support import ready

ROOT = Path(__file__).parents[2]


class Program(NamedTuple):
    """A command of `frontdesk` that runs for good: where, and with what in its environment."""

    folder: Path
    arguments: tuple[str, ...]
    variables: Mapping[str, str]


class Running(Crms, ABC):
    """What a seed runs in; `tend` starts again what has died."""

    pause = 0.0  # seconds between two starts of the same program

    def __init__(self, folder: Path, ahead: timedelta) -> None:
        """`folder`: where outputs are kept. `ahead`: see Crms."""
        super().__init__(ahead)
        self.folder = folder
        self.ports: list[int] = []  # of the web processes
        self.failed: set[UUID] = set()  # at any time
        self.merged: dict[str, str] = {}  # email and id of what came from other machines
        self.programs: list[Program] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self._started: list[float] = []

    @abstractmethod
    def ledger(self) -> Ledger:
        """How things stand by the journal."""

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    # -- processes -------------------------------------------------------------------------

    def begin(self, programs: Sequence[Program]) -> None:
        """Start these, and wait until they are well."""
        self.programs = [*programs]
        for number in range(len(self.programs)):
            self.processes.append(self._start(number))
            self._started.append(time.monotonic())
        self.until(self.well, "everything has started")

    def command(self, *arguments: str) -> list[str]:
        """A command line; without the right of root to write where nobody may."""
        wrapper = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
        if wrapper and shutil.which("setpriv") is None:
            wrapper = []
        return [*wrapper, sys.executable, "-W", "error", "-m", "tests.faults.child", *arguments]

    def environment(self, program: Program) -> dict[str, str]:
        path = os.pathsep.join(
            [str(ROOT), str(ROOT / "app"), *filter(None, [os.getenv("PYTHONPATH")])]
        )
        own = {"PYTHONPATH": path, "FRONTDESK_CONFIG": "frontdesk.toml", **program.variables}
        return {**os.environ, **own}

    def _start(self, number: int) -> "subprocess.Popen[bytes]":
        program = self.programs[number]
        with (self.folder / f"process-{number}.log").open("ab") as output:
            return subprocess.Popen(
                self.command(*program.arguments),
                cwd=program.folder,
                env=self.environment(program),
                stdout=output,
                stderr=output,
            )

    def tend(self) -> None:
        """Start again what has ended, as an init system would."""
        for number, process in enumerate(self.processes):
            now = time.monotonic()
            if process.poll() is not None and now >= self._started[number] + self.pause:
                self.processes[number] = self._start(number)
                self._started[number] = now

    def well(self) -> bool:
        self.tend()
        return all(ready(f"{url}/readyz") for url in self.urls)

    def operate(self, *arguments: str, on: int = 0) -> "subprocess.CompletedProcess[str]":
        """What a person does: a command line, to its end. `on`: where which program runs."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.programs[on].folder,
            env=self.environment(self.programs[on]),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def until(self, check: Callable[[], object], what: str, seconds: float = 120.0) -> None:
        """Wait, restarting what dies meanwhile."""
        deadline, began = time.monotonic() + seconds, time.monotonic()
        while not check():
            if time.monotonic() > deadline:
                raise AssertionError(f"never came true: {what}\n{self.log()}")
            self.tend()
            # Whoever looks leaves most of the time to those who are looked at.
            time.sleep(max(0.1, 2 * (time.monotonic() - began)))
            began = time.monotonic()

    # -- the end ---------------------------------------------------------------------------

    def closed(self) -> bool:
        """Whether one of them has refused us, so that a person has to open its account."""
        ledger = self.ledger()
        names = ("crm", "geeks", "hook", "sales", "hello")
        return any(ledger.account(name).closed for name in names)

    def disarm(self) -> None:
        """No process is to die any more."""
        for folder in {program.folder for program in self.programs}:
            for point in (*CRASH_POINTS, *ERROR_POINTS, *SPOOL_POINTS):
                (folder / armed(point)).unlink(missing_ok=True)

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
        super().close()

    def log(self) -> str:
        """The end of what the processes have said."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
            for path in sorted(self.folder.glob("process-*.log"))
        )
