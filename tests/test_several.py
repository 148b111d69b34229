"""examples/several: two machines behind nginx, of which one dies, deliver each enquiry once."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from frontdesk.couriers import TENURE
from frontdesk.delivery.lanes import REST
from frontdesk.store.postgresql.lease import RENEWED, SPARED, TERM
from tests.docs import pages
from tests.postgresql import program
from tests.support import ENQUIRY, eventually, free_block, leads

START = pages.ROOT / "examples/several/start.py"
DOCUMENT = "docs/several-machines.md"
PATIENCE = 150  # seconds; nginx gives each of two machines 60
FILL_TIME = 2.1  # seconds; what is sent within 2 s of fetching the form is taken for a bot's


class Several:
    """What the example starts."""

    def __init__(self, folder: Path) -> None:
        self.said = folder / "said"
        port = free_block(6)
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", str(START), "--port", str(port)],
                stdout=said,
                stderr=said,
            )
        assert eventually(lambda: "Ctrl-C" in self.text or self.process.poll() is not None, 120)
        self.form, self.crm = self.address("nginx"), self.address("sandbox CRM")

    @property
    def text(self) -> str:
        return self.said.read_text()

    def address(self, name: str) -> str:
        return self._told(name)[1]

    def _told(self, name: str) -> tuple[str, str]:
        found = re.search(rf"^{name} +pid (\d+) *(\S*)$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1], found[2]

    @property
    def folder(self) -> Path:
        [found] = re.findall(r"is in (\S+)\. Ctrl-C", self.text)
        return Path(found)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(int(self._told(name)[0]), number)
        assert eventually(lambda: f"{name} has ended" in self.text)

    def enquire(self, name: str, token: str) -> int | str:
        """The status that an enquiry was answered with, or why it was not."""
        body = {**PLAIN, "token": token, "last_name": name, "email": f"{name}@example.com"}
        try:
            return requests.post(self.form, json=body, timeout=PATIENCE).status_code
        except requests.RequestException as error:
            return repr(error)

    def arrived(self) -> Counter[str]:
        return Counter(lead["parameters"]["surname"] for lead in leads(self.crm))


PLAIN = {name: ENQUIRY[name] for name in ("first_name", "consents")}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    program("postgres")
    places = f"{os.environ['PATH']}:/usr/sbin"
    for name in ("nginx", "redis-server"):
        if "CI" not in os.environ and shutil.which(name, path=places) is None:
            pytest.skip(f"{name} is not installed")
    started = Several(tmp_path_factory.mktemp("several"))
    try:
        yield started
    finally:
        started.process.terminate()
        started.process.wait(60)


def test_each_enquiry_arrives_once_while_machines_die(several: Several) -> None:
    token = requests.get(f"{several.form}/token", timeout=60).json()["token"]
    time.sleep(FILL_TIME)
    names = [f"visitor-{number}" for number in range(40)]
    thanked: list[str] = []
    refused: list[tuple[str, int | str]] = []

    def visit(mine: list[str]) -> None:
        for name in mine:
            if (status := several.enquire(name, token)) == 202:
                thanked.append(name)
            else:
                refused.append((name, status))

    visitors = [threading.Thread(target=visit, args=(names[n::4],)) for n in range(4)]
    for visitor in visitors:
        visitor.start()
    assert eventually(lambda: len(thanked) > 8)
    several.signal("forms one", signal.SIGKILL)
    for visitor in visitors:
        visitor.join()
    assert not refused, "nginx asks the other machine, also about what was under way"

    def deliverer() -> str | None:
        logs = {each: several.log(f"courier-{each}") for each in ("one", "two")}
        return next((each for each, log in logs.items() if "delivered to crm" in log), None)

    working = eventually(deliverer)
    several.signal(f"courier {working}", signal.SIGTERM)
    assert several.enquire("late-visitor", token) == 202
    assert eventually(lambda: several.arrived().keys() >= {*names, "late-visitor"})
    assert set(several.arrived().values()) == {1}
    other = {"one": "two", "two": "one"}[working]
    assert "delivered to crm" in several.log(f"courier-{other}")
    for log in several.folder.glob("*.log"):
        assert "Traceback" not in log.read_text(), log


def run(several: Several, script: str, **environ: str) -> str:
    """What a documented script says on machine two, by the variables that are written for it."""
    tools = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-euc", f"set -a; . {several.folder}/two.env; set +a\n{script}"],
        cwd=several.said.parent,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", **environ},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def scripts(title: str) -> list[str]:
    section = pages.section(DOCUMENT, title)
    return [body for kind, body in pages.fenced(section) if kind == "sh"]


def test_a_command_sees_what_came_in_at_either_machine(several: Several) -> None:
    assert "late-visitor" in run(several, "frontdesk log --limit 3")
    assert "at work" in run(several, "frontdesk status")


def test_the_leases_can_be_seen(several: Several) -> None:
    [script] = scripts("Who delivers to whom")
    said = run(several, script)
    assert "courier.lock" in said
    assert "to crm" in said


def test_a_backup_can_be_restored_and_read(several: Several) -> None:
    dump, restore = scripts("Backup and restore")
    url = "${FRONTDESK_DATABASE_URL%/*}/restored"
    create = "psql -q \"$FRONTDESK_DATABASE_URL\" -c 'create database restored'"
    run(several, f'{create}\nexport RESTORED_URL="{url}"\n{dump}{restore}')
    there = "late-visitor"
    assert there in run(several, f'FRONTDESK_DATABASE_URL="{url}" frontdesk log --text {there}')


def test_the_example_and_the_document_say_the_same() -> None:
    [nginx] = pages.blocks(DOCUMENT, "nginx")
    assert nginx in pages.text("examples/several/nginx.conf")
    for part in pages.blocks(DOCUMENT, "toml"):
        for line in part.splitlines():
            assert line in pages.text("examples/several/frontdesk.toml")


def test_the_document_says_how_long_leases_last() -> None:
    said = pages.section(DOCUMENT, "Who delivers to whom")
    assert (TERM, TERM * RENEWED, TERM * (1 - SPARED)) == (15, 5, 12)
    assert "lasts 15 seconds**, and is renewed every five. Its holder uses twelve" in said
    assert (TENURE, REST) == (600, 3)
    assert "After about ten minutes (five to fifteen)" in said
    assert "to others\n  for three seconds" in said


def test_it_cleans_up(several: Several) -> None:
    folder = several.folder
    assert folder.exists()
    several.process.send_signal(signal.SIGINT)
    assert several.process.wait(60) == 0
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(several.form, timeout=10)


def test_it_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    """In an environment that has nothing but Python."""
    bare = [sys.executable, "-I", "-S", str(START)]
    done = subprocess.run(bare, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install . psycopg[binary] redis" in done.stderr
