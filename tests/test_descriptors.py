"""A process that has run out of file descriptors: nobody is lied to, and nothing is lost."""

import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.intake.desk import page_of, problem_of
from tests.support import ENQUIRY, FORM, GENERAL, eventually, free_port, journal_lines, ready

ABROAD = "+49 30 901820"  # a numbering plan that nobody has asked for before


class Server:
    """`frontdesk serve`, and connections that were made while all was well."""

    def __init__(self, folder: Path) -> None:
        text = GENERAL.replace("{crm}", "http://127.0.0.1:9").replace("inside", "apart") + FORM
        (folder / "frontdesk.toml").write_text(text, encoding="utf-8")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.waiting: list[socket.socket] = []
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "frontdesk", "serve", "--port", str(self.port)],
                cwd=folder,
                stdout=log,
                stderr=log,
            )
        self.session = requests.Session()
        eventually(lambda: ready(f"{self.url}/healthz"))
        self.session.get(f"{self.url}/healthz", timeout=60)

    def token(self) -> str:
        answer = self.session.get(f"{self.url}/forms/riverside/token", timeout=60)
        token: str = answer.json()["token"]
        return token

    def exhaust(self) -> None:
        """Leave the process no file descriptor that it could open anything with."""
        used = [int(path.name) for path in Path(f"/proc/{self.process.pid}/fd").iterdir()]
        self._limit(max(used) + 1)
        # Whatever becomes free below the limit is taken by these, of which most have to wait.
        address = ("127.0.0.1", self.port)
        self.waiting = [socket.create_connection(address, timeout=60) for _ in range(8)]
        eventually(lambda: "Too many open files" in self.log.read_text())

    def relieve(self) -> None:
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        self._limit(hard)
        self.hang_up()

    def hang_up(self) -> None:
        for connection in self.waiting:
            connection.close()

    def _limit(self, soft: int) -> None:
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (soft, hard))

    def post(self, **body: object) -> requests.Response:
        lead = {**ENQUIRY, "token": self.token(), **body}
        return self.session.post(f"{self.url}/forms/riverside", json=lead, timeout=60)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.hang_up()
    made.session.close()
    made.process.send_signal(signal.SIGTERM)
    made.process.wait(60)


@pytest.mark.parametrize("phone", ["777 123 456", ABROAD], ids=["home", "abroad"])
def test_a_program_is_told_and_succeeds_later(server: Server, phone: str) -> None:
    server.exhaust()
    problem = problem_of(server.post(phone=phone), 503)
    assert problem["code"] == "unwritable"
    server.relieve()
    answer = server.post(phone=phone)
    assert answer.status_code == 202, answer.text
    (line,) = journal_lines(server.folder / "var/journal")
    assert line["id"] == answer.json()["id"]


@pytest.mark.parametrize("language", ["en", "cs"])
def test_a_visitor_keeps_what_was_typed(server: Server, language: str) -> None:
    server.exhaust()
    typed = {
        **{name: ENQUIRY[name] for name in ("first_name", "last_name", "email")},
        "phone": ABROAD,
        "consent_2": "true",
        "language": language,
        "token": server.token(),
    }
    address = f"{server.url}/forms/riverside"
    page = page_of(
        server.session.post(address, data=typed, headers={"Accept": "text/html"}, timeout=60), 503
    )
    assert page.language == language
    assert page.value("first_name") == typed["first_name"]
    assert page.value("phone") == ABROAD


def test_whatever_else_cannot_be_had_is_not_called_broken(server: Server) -> None:
    server.exhaust()
    for path in ("/static/form.css", "/embed.js", "/readyz"):
        assert server.session.get(server.url + path, timeout=60).status_code == 503, path
    for path in ("/forms/riverside", "/forms/riverside/thanks?lang=cs"):
        assert server.session.get(server.url + path, timeout=60).status_code == 200, path


def test_the_log_is_not_flooded(server: Server) -> None:
    server.exhaust()
    with pytest.raises(requests.Timeout):
        requests.get(f"{server.url}/healthz", timeout=2)
    log = server.log.read_text()
    refused = [line for line in log.splitlines() if "Too many open files" in line]
    assert 0 < len(refused) < 10, log
    assert "Traceback" not in log
