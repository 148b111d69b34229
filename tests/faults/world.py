"""What a seed runs in: a folder, two CRMs, two web workers and perhaps a courier, all killable."""

import resource
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from frontdesk.model import events
from frontdesk.model.ledger import Ledger
from frontdesk.store.files.index.feed import Feed
from frontdesk.store.files.lines import Damage
from frontdesk.store.files.segments import Journal
from tests.faults.child import DAYS
from tests.faults.running import Program, Running
from tests.support import free_port


class World(Running):
    """Starts everything; `tend` restarts what has died; `heal` ends every fault."""

    def __init__(self, folder: Path, *, apart: bool, ahead: timedelta) -> None:
        """`ahead`: how far the CRM's clock is ahead of ours."""
        super().__init__(folder, ahead)
        (folder / "frontdesk.toml").write_text(self.configuration(apart=apart), encoding="utf-8")
        self.journal = Journal(folder / "var/journal")
        self._feed = Feed(self.journal.directory)
        self._ledger = Ledger()
        self.ports = [free_port(), free_port()]
        commands = [("serve", "--port", str(port)) for port in self.ports]
        if apart:
            commands.append(("courier",))
        self.begin([Program(folder, command, {}) for command in commands])

    def limit(self, kind: int, soft: Callable[[int], int]) -> None:
        """Give every process a soft limit, by its id, while it runs."""
        for process in self.processes:
            if process.poll() is None:
                _, hard = resource.prlimit(process.pid, kind)
                wanted = soft(process.pid)
                resource.prlimit(process.pid, kind, (hard if wanted < 0 else wanted, hard))

    # -- the journal -----------------------------------------------------------------------

    def ledger(self) -> Ledger:
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
