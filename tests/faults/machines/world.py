"""Two servers of forms and two couriers, each a machine of its own, on one database."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg

from frontdesk.model import events
from frontdesk.model.codec import decode
from frontdesk.model.ledger import Ledger
from frontdesk.store.spool import Spool
from tests.faults.child import MACHINE
from tests.faults.machines.cluster import NAME, Cluster
from tests.faults.machines.door import Door
from tests.faults.running import Program, Running
from tests.postgresql import JOURNAL, PASSWORD, USER
from tests.support import free_port


class Machine(NamedTuple):
    """A computer: its number among the programs, its folder, and its ways to the servers."""

    number: int
    name: str
    folder: Path
    doors: list[Door]

    def waiting(self) -> list[Path]:
        """What waits there for the database."""
        return Spool(self.folder / "var/spool").waiting()


class Machines(Running):
    """Four machines; the database is what all of them have in common, and the CRMs."""

    pause = 0.5

    def __init__(self, folder: Path, ahead: timedelta) -> None:
        super().__init__(folder, ahead)
        self.cluster = Cluster()
        self.stranger: psycopg.Connection | None = None  # somebody else in the database
        self.victim: Machine | None = None  # of the fault that strikes
        self.lane, self.epoch = "", 0  # its lease then
        self._lines: list[str] = []
        self._ledger = Ledger()
        self.ports = [free_port(), free_port()]
        serving = [("serve", "--port", str(port)) for port in self.ports]
        self.machines: list[Machine] = []
        programs = []
        for command in [*serving, ("courier",), ("courier",)]:
            machine = self._machine()
            self.machines.append(machine)
            programs.append(Program(machine.folder, command, self._variables(machine)))
        self.webs, self.couriers = self.machines[:2], self.machines[2:]
        try:
            self.begin(programs)
        except BaseException:
            self.close()
            raise

    def _machine(self) -> Machine:
        number = len(self.machines)
        place = self.folder / f"machine-{number}"
        place.mkdir()
        text = self.configuration(apart=True) + JOURNAL
        (place / "frontdesk.toml").write_text(text, encoding="utf-8")
        doors = [Door(partial(self.cluster.port, server)) for server in range(2)]
        return Machine(number, place.name, place, doors)

    @staticmethod
    def _variables(machine: Machine) -> dict[str, str]:
        hosts = ",".join(f"127.0.0.1:{door.port}" for door in machine.doors)
        url = f"postgresql://{USER}:{PASSWORD}@{hosts}/{NAME}"
        return {MACHINE: machine.name, "FRONTDESK_DATABASE_URL": url}

    # -- the network -----------------------------------------------------------------------

    def doors(self) -> Iterator[Door]:
        """Those of all machines."""
        for machine in self.machines:
            yield from machine.doors

    def signal(self, machine: Machine, number: signal.Signals) -> None:
        """Send a signal to what runs on a machine."""
        self.processes[machine.number].send_signal(number)

    # -- the journal -----------------------------------------------------------------------

    def keep(self) -> None:
        """Leave the journal, and what the CRM was asked, to those who look for a reason."""
        self.ledger()
        (self.folder / "journal.jsonl").write_text("".join(f"{line}\n" for line in self._lines))
        asked = self.sandbox.test_client().get("/_sandbox/requests")
        (self.folder / "crm.json").write_bytes(asked.data)

    def ledger(self) -> Ledger:
        """By the database, and by what waits on machines until it is there."""
        waiting = [line for machine in self.machines for line in _spooled(machine)]
        query = "select line from frontdesk.event order by era, tx, seq"
        lines = [line for (line,) in self.cluster.execute(query)]
        known = set(lines)
        lines += [line for line in waiting if line not in known]
        if lines != self._lines:
            self._lines, self._ledger = lines, Ledger()
            for line in lines:
                event = decode(line.encode())
                self._ledger.apply(event)
                if isinstance(event, events.Failed):
                    self.failed.add(event.id)
        return self._ledger

    def leases(self) -> dict[str, tuple[str, int]]:
        """Of each destination: the machine whose courier has its lease, and the epoch."""
        query = (
            "select lane, host, epoch from frontdesk.lease"
            " where lane like 'to %%' and until > clock_timestamp()"
        )
        return {lane: (host, epoch) for lane, host, epoch in self.cluster.execute(query)}

    def close(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
        super().close()
        if self.stranger is not None:
            self.stranger.close()
        for door in self.doors():
            door.close()
        self.cluster.close()


def _spooled(machine: Machine) -> Iterator[str]:
    for path in machine.waiting():
        try:
            yield from path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:  # it has been carried over meanwhile
            continue
