"""Two machines, several processes each, one database: each enquiry comes to the CRM once."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.postgresql import JOURNAL, Database
from tests.support import ENQUIRY, FORM, GENERAL, eventually, free_port, leads, ready


class Machine:
    """A server of forms with two workers, each with a courier inside, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        crm: str,
        database: Database,
        *,
        general: str = GENERAL,
        form: str = FORM,
    ) -> None:
        folder.mkdir()
        (folder / "frontdesk.toml").write_text(general.replace("{crm}", crm) + JOURNAL + form)
        port = free_port()
        command = [sys.executable, "-W", "error", "-m", "frontdesk", "serve", "--workers", "2"]
        self.url, self.log = f"http://127.0.0.1:{port}", folder / "log"
        self._folder = folder
        self._environment = {**os.environ, "FRONTDESK_DATABASE_URL": database.url}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(port)],
                cwd=folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert eventually(lambda: ready(f"{self.url}/readyz")), self.log.read_text()

    def enquire(self, name: str) -> bool:
        """Whether an enquiry was thanked for."""
        form = f"{self.url}/forms/riverside"
        try:
            token = requests.get(f"{form}/token", timeout=60).json()["token"]
            body = {**ENQUIRY, "token": token, "last_name": name, "email": f"{name}@example.com"}
            return requests.post(form, json=body, timeout=60).status_code == 202
        except requests.RequestException:
            return False

    def run(self, *words: str) -> int:
        """What a command that somebody types there exits with."""
        command = [sys.executable, "-W", "error", "-m", "frontdesk", *words]
        return subprocess.run(
            command, cwd=self._folder, env=self._environment, timeout=120, check=False
        ).returncode

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """All its processes at once, as when the power fails."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)
            self._process.wait()


@pytest.fixture
def machine(tmp_path: Path, crm: str, database: Database) -> Iterator[Callable[[str], Machine]]:
    with ExitStack() as running:

        def start(name: str) -> Machine:
            started = Machine(tmp_path / name, crm, database)
            running.callback(started.kill)
            return started

        yield start


def test_enquiries_survive_a_machine_and_all_connections(
    machine: Callable[[str], Machine], crm: str, database: Database
) -> None:
    machines = [machine("one"), machine("two")]
    thanked: list[str] = []

    def visit(where: Machine, names: list[str]) -> None:
        thanked.extend(name for name in names if where.enquire(name))

    threads = [
        threading.Thread(target=visit, args=(where, [f"{one}-{two}-{n}" for n in range(15)]))
        for one, where in enumerate(machines)
        for two in range(2)
    ]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(thanked) > 5)
    database.terminate()
    assert eventually(lambda: len(thanked) > 20)
    machines[0].kill()
    database.terminate()
    for thread in threads:
        thread.join()
    assert len(thanked) >= 30, "those of the other machine are all thanked for"

    def arrived() -> Counter[str]:
        return Counter(lead["parameters"]["surname"] for lead in leads(crm))

    assert eventually(lambda: arrived().keys() >= set(thanked)), machines[1].log.read_text()
    assert set(arrived().values()) == {1}
    machines[1].kill(signal.SIGTERM)
    said = machines[1].log.read_text()
    assert "Traceback" not in said, said
    assert "psycopg" not in said, said
