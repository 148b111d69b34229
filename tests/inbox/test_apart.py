"""`serve --inbox-port`: the inbox at an address of its own, and the forms at theirs."""

import os
import signal
import subprocess
from pathlib import Path
from socket import create_server

import pytest
import requests
from flask import Flask

from tests import test_processes as processes
from tests.inbox.people import Browser, entry
from tests.support import FORM, Site, eventually, free_port, ready
from tests.test_processes import PYTHON, Start, children
from tests.test_reload import House

start, sandbox = processes.start, processes.sandbox  # fixtures
FORMS = ("/", "/forms/riverside", "/openapi.json", "/embed.js", "/healthz", "/readyz")
STYLE = "/static/inbox.css"


class Apart:
    """A server with two doors."""

    def __init__(self, house: House, start: Start, workers: int) -> None:
        port, inbox = free_port(), free_port()
        ports = ("--port", str(port), "--inbox-port", str(inbox), "--inbox-host", "localhost")
        more = ("--threads", "4", "--workers", str(workers))
        self.process = start(*PYTHON, "-m", "frontdesk", "serve", *ports, *more)
        self.forms, self.inbox = f"http://127.0.0.1:{port}", f"http://localhost:{inbox}"
        eventually(lambda: ready(f"{self.forms}/healthz"))
        if workers > 1:
            eventually(lambda: len(children(self.process)) == workers)

    def statuses(self, root: str, *paths: str) -> set[int]:
        return {
            requests.get(root + path, timeout=60, allow_redirects=False).status_code
            for path in paths
            for _ in range(3)  # whichever worker it is
        }


def write(folder: Path, house: House, people: str) -> None:
    text = f'forms_dir = "forms.d"\n{house.general}{FORM}{people}'
    text = text.replace("[limits]", 'public_url = "https://leads.example.com"\n[limits]')
    (folder / "frontdesk.toml").write_text(text)


@pytest.mark.parametrize("workers", [1, 2])
def test_each_has_its_door_also_after_a_reload(
    start: Start, sandbox: str, tmp_path: Path, workers: int
) -> None:
    house = House(tmp_path, sandbox)
    write(tmp_path, house, entry("Eva", "act"))
    apart = Apart(house, start, workers)
    assert f"Inbox: {apart.inbox}/inbox/" in house.log()

    def looks() -> None:
        assert apart.statuses(apart.forms, *FORMS, STYLE) == {200}
        assert apart.statuses(apart.forms, "/inbox/", "/inbox/sign-in", "/inbox/x/y") == {404}
        assert apart.statuses(apart.inbox, "/inbox/sign-in", STYLE) == {200}
        assert apart.statuses(apart.inbox, *FORMS[1:], "/metrics", "/x") == {404}
        assert apart.statuses(apart.inbox, "/") == {303}

    looks()
    told = requests.get(f"{apart.inbox}/forms/riverside", timeout=60)
    assert (told.headers["Cache-Control"], told.headers["X-Robots-Tag"]) == (
        "no-store",
        "noindex, nofollow",
    )
    assert "inbox" not in requests.get(f"{apart.forms}/inbox/", timeout=60).text.lower()
    browser = Browser(Site(Flask("served elsewhere"), apart.inbox))
    assert browser.sign_in("Eva").status_code == 200, "over http, whatever the forms are behind"
    write(tmp_path, house, entry("Eva", "read") + entry("Jan", "read"))
    house.url = apart.forms
    assert house.reload()[0] == 0
    looks()
    assert browser.get(follow=False).status_code == 200
    if workers > 1:
        victim = children(apart.process)[0]
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: victim not in children(apart.process))
        eventually(lambda: len(children(apart.process)) == workers)
        looks()
    write(tmp_path, house, "")
    assert house.reload()[0] == 0
    assert apart.statuses(apart.inbox, "/inbox/", "/inbox/sign-in", "/forms/riverside") == {404}
    assert apart.statuses(apart.forms, *FORMS) == {200}
    browser.http.close()


@pytest.mark.parametrize(
    ("people", "options", "said"),
    [
        ("", ("--inbox-port", "{free}"), "there is no [inbox] in the configuration"),
        (entry("Eva", "act"), ("--inbox-host", "localhost"), "Say --inbox-port, too"),
        (entry("Eva", "act"), ("--inbox-port", "{port}"), "the forms are on this port"),
        (
            entry("Eva", "act"),
            ("--inbox-port", "{taken}"),
            "Address already in use; --inbox-port takes",
        ),
        (
            entry("Eva", "act"),
            ("--inbox-port", "{free}", "--inbox-host", "nowhere.invalid"),
            "; --inbox-host takes another one",
        ),
        (
            entry("Eva", "act"),
            ("--inbox-port", "{free}", "--inbox-host", "203.0.113.5"),  # another machine's
            "Cannot assign requested address; --inbox-host takes another one",
        ),
    ],
)
def test_what_cannot_be_is_said_before_it_starts(
    tmp_path: Path, people: str, options: tuple[str, ...], said: str
) -> None:
    house = House(tmp_path, "http://127.0.0.1:9")
    write(tmp_path, house, people)
    with create_server(("127.0.0.1", 0)) as taken:
        numbers = {"free": free_port(), "port": free_port(), "taken": taken.getsockname()[1]}
        given = [one.format(**numbers) for one in options]
        ran: subprocess.Popen[str] = house.command("serve", "--port", str(numbers["port"]), *given)
        _, complained = ran.communicate(timeout=60)
    assert ran.returncode == 2
    assert said in complained
    assert "Traceback" not in complained
