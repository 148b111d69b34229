"""A new configuration for what runs: no request is dropped, nothing is sent twice or forgotten."""

import json
import os
import pty
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import test_processes as processes
from tests.amount import amount
from tests.intake.test_captcha_altcha import packed, solve
from tests.postgresql import Database
from tests.support import (
    ENQUIRY,
    FORM,
    GENERAL,
    calls,
    eventually,
    fault,
    free_port,
    leads,
    mend,
    ready,
)
from tests.test_processes import PYTHON, Start, children, time_to_end

start, sandbox = processes.start, processes.sandbox  # fixtures

ALONE, TOGETHER = 1, 3  # processes
HILL = FORM.replace("[forms.riverside]", "").replace("forms.riverside.", "")
TAKEN = "the new configuration is in use"
REFUSES = "refuses the new configuration, and goes on with the old:"


class House:
    """A configuration with the form `riverside`, and `hill` in a file of its own."""

    def __init__(self, folder: Path, crm: str) -> None:
        self.folder = folder
        self.general = GENERAL.replace("{crm}", crm).replace("1000/minute", "100000/minute")
        self.url = ""
        (folder / "forms.d").mkdir()
        self.name_hill("Hill")
        self.write()

    def write(self, **replace: str) -> None:
        """Write frontdesk.toml, with some of its texts replaced."""
        text = 'forms_dir = "forms.d"\n' + self.general
        for old, new in replace.items():
            assert old in text
            text = text.replace(old, new)
        self._put("frontdesk.toml", text + FORM)

    def name_hill(self, title: str) -> None:
        self.write_hill(HILL.replace("Riverside Residences", title))

    def write_hill(self, text: str) -> None:
        self._put("forms.d/hill.toml", text)

    def _put(self, name: str, text: str) -> None:
        """All at once, as an editor saves."""
        part = self.folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.rename(self.folder / name)

    def command(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*PYTHON, "-m", "frontdesk", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": f"{processes.ROOT / 'app'}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def reload(self) -> tuple[int, str, str]:
        """What `frontdesk reload` exits with and says."""
        process = self.command("reload")
        said, complained = process.communicate(timeout=120)
        return process.returncode, said, complained

    def serve(self, start: Start, workers: int, *, inside: bool = True) -> Any:
        port = free_port()
        options = ("--port", str(port), "--workers", str(workers), "--threads", "4")
        process = start(*PYTHON, "-m", "frontdesk", "serve", *options)
        self.url = f"http://127.0.0.1:{port}"
        eventually(lambda: ready(f"{self.url}/healthz"))
        if workers > 1:
            eventually(lambda: len(children(process)) == workers)
        return process

    def log(self) -> str:
        return (self.folder / "processes.log").read_text()

    def page(self) -> str:
        """The form's page, over a connection of its own: of any of the workers."""
        response = requests.get(f"{self.url}/forms/hill", timeout=60)
        assert response.status_code == 200
        return response.text

    def is_everywhere(self, title: str) -> bool:
        with ThreadPoolExecutor(4) as pool:
            return all(f"{title}<" in page for page in pool.map(lambda _: self.page(), range(8)))

    def token(self, form: str = "riverside") -> str:
        response = requests.get(f"{self.url}/forms/{form}/token", timeout=60)
        token: str = response.json()["token"]
        return token

    def send(self, **changes: Any) -> requests.Response:
        body = {**ENQUIRY, **({} if "token" in changes else {"token": self.token()}), **changes}
        return requests.post(f"{self.url}/forms/riverside", json=body, timeout=60)

    @contextmanager
    def visited(self, visitors: int) -> Iterator[list[str]]:
        """People look all the time, over connections that stay, and some of them enquire.

        Each of their requests has to be answered, and well. The addresses of those thanked.
        """
        over = threading.Event()
        thanked: list[str] = []

        def visit(number: int) -> int:
            count = 0
            with requests.Session() as session:
                while not over.is_set() or not count:
                    page = session.get(f"{self.url}/forms/hill", timeout=60)
                    assert page.status_code == 200
                    count += 1
                    if count % 20 != 1:
                        continue
                    told = session.get(f"{self.url}/forms/riverside/token", timeout=60).json()
                    person = f"jana.{number}.{count}@example.com"
                    body = {**ENQUIRY, "token": told["token"], "email": person, "phone": ""}
                    answer = session.post(f"{self.url}/forms/riverside", json=body, timeout=60)
                    assert answer.status_code == 202, answer.text
                    thanked.append(person)
            return count

        with ThreadPoolExecutor(visitors) as pool:
            visits = [pool.submit(visit, number) for number in range(visitors)]
            try:
                yield thanked
            finally:
                over.set()
            assert all(each.result() for each in visits)


@pytest.fixture
def house(tmp_path: Path, sandbox: str) -> House:
    return House(tmp_path, sandbox)


def arrived(crm: str) -> Counter[str]:
    return Counter(lead["parameters"]["email"] for lead in leads(crm))


# -- no request is dropped ---------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("workers", [ALONE, TOGETHER])
def test_reloads_drop_no_request_and_new_answers_come_after(
    start: Start, sandbox: str, house: House, workers: int
) -> None:
    process = house.serve(start, workers)
    before = children(process)
    with house.visited(2) as thanked:
        for number in range(amount(6, 20)):
            house.name_hill(f"Hill {number}")
            if number % 4:
                assert house.reload() == (0, told(process.pid), "")
            else:
                process.send_signal(signal.SIGHUP)
                eventually(lambda number=number: house.log().count(TAKEN) == number + 1)
            assert house.is_everywhere(f"Hill {number}")
    assert children(process) == before, "the same processes, not others"
    eventually(lambda: sum(arrived(sandbox).values()) >= len(thanked))
    assert arrived(sandbox) == Counter(thanked)
    time_to_end(process)
    assert arrived(sandbox) == Counter(thanked)
    assert not list((house.folder / "var/control").iterdir())


def told(pid: int, what: str = "serve") -> str:
    return f"{what} (process {pid}) goes by the new configuration\n"


def test_workers_that_are_killed_meanwhile_are_followed_by_others_with_the_new_one(
    start: Start, house: House
) -> None:
    process = house.serve(start, TOGETHER)
    for number in range(6):
        house.name_hill(f"Hill {number}")
        reloading = house.command("reload")
        os.kill(children(process)[number % TOGETHER], signal.SIGKILL)
        said, complained = reloading.communicate(timeout=120)
        assert (reloading.returncode, said, complained) == (0, told(process.pid), "")
        eventually(lambda: len(children(process)) == TOGETHER)
        assert house.is_everywhere(f"Hill {number}")
    assert house.send().status_code == 202
    time_to_end(process)


def test_with_a_journal_in_postgresql(
    start: Start, sandbox: str, house: House, database: Database
) -> None:
    section = f'[journal]\nstore = "postgresql"\nurl = "{database.url}"\n\n[captcha]'
    house.general = house.general.replace("[captcha]", section)
    house.write()
    process = house.serve(start, TOGETHER)
    with house.visited(2) as thanked:
        for number in range(4):
            house.name_hill(f"Hill {number}")
            assert house.reload() == (0, told(process.pid), "")
            assert house.is_everywhere(f"Hill {number}")
    eventually(lambda: sum(arrived(sandbox).values()) >= len(thanked))
    time_to_end(process)
    assert arrived(sandbox) == Counter(thanked)


def test_a_form_comes_and_another_goes(start: Start, house: House) -> None:
    process = house.serve(start, TOGETHER)
    (house.folder / "forms.d/hill.toml").rename(house.folder / "forms.d/valley.toml")
    assert house.reload()[0] == 0
    assert requests.get(f"{house.url}/forms/valley", timeout=60).status_code == 200
    assert requests.get(f"{house.url}/forms/hill", timeout=60).status_code == 404
    time_to_end(process)


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [ALONE, TOGETHER])
def test_a_broken_configuration_is_refused_and_the_old_one_serves_on(
    start: Start, house: House, workers: int
) -> None:
    process = house.serve(start, workers)
    house.name_hill("New Hill")
    house.write_hill(HILL.replace("Riverside Residences", "New Hill") + "colour = 1\n")
    house.write(**{'"50 ms"': '"soon"'})
    status, said, complained = house.reload()
    mistakes = [
        "forms.d/hill.toml: consents[1].colour: unknown key",
        'frontdesk.toml: delivery.retry_first: not a duration; write it like "30 seconds"',
    ]
    assert (status, said) == (2, "")
    first, *rest = complained.splitlines()
    assert first == f"serve (process {process.pid}) {REFUSES}"
    assert (
        sorted(line[: len(m)] for line, m in zip(sorted(rest), mistakes, strict=True)) == mistakes
    )
    for mistake in mistakes:
        assert mistake in house.log()
    assert house.is_everywhere(">Hill")
    assert house.send().status_code == 202
    # And by a signal, which nobody answers but the log.
    house.write(sandbox="${NOBODY}")
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "the environment variable NOBODY is not set" in house.log())
    house.write()
    house.name_hill("New Hill")
    assert house.reload() == (0, told(process.pid), "")
    assert house.is_everywhere("New Hill")
    assert "Traceback" not in house.log()
    time_to_end(process)


def test_what_no_reload_can_change_is_named(start: Start, house: House) -> None:
    process = house.serve(start, ALONE)
    only = "cannot be changed by a reload, only by a restart"
    house.write(**{"[limits]": '[limits]\nstorage = "redis://localhost"'})
    assert house.reload() == (
        2,
        "",
        f"serve (process {process.pid}) {REFUSES}\nlimits.storage: {only}\n",
    )
    house.write(**{'"var"': '"elsewhere"'})
    status, said, complained = house.reload()
    assert (status, said) == (1, "")
    assert complained.startswith(f"nothing of Frontdesk runs in {house.folder}/elsewhere;")
    process.send_signal(signal.SIGHUP)
    eventually(lambda: f"data_dir: {only}" in house.log())
    assert house.send().status_code == 202
    time_to_end(process)


def test_who_is_not_ours_is_left_alone(start: Start, house: House) -> None:
    assert house.reload()[0] == 1, "nobody is there yet"
    process = house.serve(start, ALONE)
    process.kill()
    process.wait()
    (left,) = (house.folder / "var/control").iterdir()
    assert house.reload()[:2] == (1, "")
    assert not left.exists(), "nobody listens there any more"
    house.write_hill("no TOML")
    assert house.reload()[0] == 1, "nobody is there to refuse it"
    (house.folder / "frontdesk.toml").write_text("no TOML")
    status, said, complained = house.reload()
    assert (status, said) == (2, "")
    assert complained.startswith("frontdesk.toml: not TOML")


def test_a_window_that_is_closed_ends_what_runs_in_it(house: House) -> None:
    port = str(free_port())
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(house.folder)
        os.environ["PYTHONPATH"] = str(processes.ROOT / "app")
        os.execv(PYTHON[0], [*PYTHON, "-m", "frontdesk", "serve", "--port", port])
    eventually(lambda: ready(f"http://127.0.0.1:{port}/healthz"))
    os.kill(pid, signal.SIGHUP)  # somebody's, while the window is there
    shown = b""
    while b"new configuration is in use" not in shown:
        shown += os.read(terminal, 4096)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.WIFEXITED(status) or os.WTERMSIG(status) == signal.SIGTERM


# -- what goes on ------------------------------------------------------------------------------


def test_limits_solutions_and_tokens_outlive_it(start: Start, house: House) -> None:
    house.general = house.general.replace('ions = "100000/minute"', 'ions = "4/year"')
    captcha = 'provider = "none"\nallow_none = true'
    house.general = house.general.replace(captcha, 'provider = "altcha"\ncost = 1000')
    house.write()
    process = house.serve(start, TOGETHER)

    def solved() -> str:
        answer = requests.get(f"{house.url}/forms/riverside/challenge", timeout=60)
        return packed(solve(answer.json()))

    spent, kept, token = solved(), solved(), house.token()
    assert house.send(captcha=spent).status_code == 202
    for title in ("Hill 1", "Hill 2"):
        house.name_hill(title)
        assert house.reload()[0] == 0
    assert house.send(captcha=spent, note="Once more.").status_code == 422
    assert house.send(captcha=kept, token=token, note="From before.").status_code == 202
    assert house.reload()[0] == 0
    assert house.send(captcha=solved(), note="A fourth.").status_code == 202
    assert house.send(captcha=solved(), note="A fifth.").status_code == 429
    time_to_end(process)


@pytest.mark.parametrize("where", ["inside", "together", "apart"])
def test_deliveries_under_way_end_under_the_old_one_and_others_go_by_the_new(
    start: Start, sandbox: str, house: House, where: str
) -> None:
    other = processes.sandbox.__wrapped__(start)
    house.general = house.general.replace('read_timeout = "20 s"', 'read_timeout = "120 s"')
    if where == "apart":
        house.general = house.general.replace('"inside"', '"apart"')
    house.write()
    process = house.serve(start, TOGETHER if where == "together" else ALONE)
    running = [process]
    if where == "apart":
        running.append(start(*PYTHON, "-m", "frontdesk", "courier"))
        eventually(lambda: len(list((house.folder / "var/control").iterdir())) == 2)
    fault(sandbox, "hang_after", seconds=300, times=None)
    assert house.send(email="first@example.com").status_code == 202
    eventually(lambda: arrived(sandbox) == Counter(["first@example.com"]))
    house.write(**{sandbox: other})
    status, said, complained = house.reload()
    assert (status, complained) == (0, "")
    names = ("serve", "courier") if where == "apart" else ("serve",)
    assert sorted(said.splitlines(keepends=True)) == sorted(map(told, pids(running), names))
    assert house.send(email="second@example.com").status_code == 202
    mend(sandbox)
    eventually(lambda: arrived(other) == Counter(["second@example.com"]))
    eventually(lambda: delivered(house) == 2)
    assert arrived(sandbox) == Counter(["first@example.com"])
    assert Counter(endpoint for endpoint, _ in calls(sandbox))["create-lead"] == 1
    for each in running[::-1]:
        each.send_signal(signal.SIGTERM)
        assert each.wait(60) == 0
    assert arrived(other) == Counter(["second@example.com"])


def pids(running: list[Any]) -> list[int]:
    return [process.pid for process in running]


def delivered(house: House) -> int:
    shown = house.command("log", "--json", "--state", "delivered")
    said, _ = shown.communicate(timeout=120)
    return len([json.loads(line) for line in said.splitlines()])
