"""The steps in their order: traps, idempotency, and a journal that cannot be written."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from frontdesk.store.files.lines import Damage
from frontdesk.store.files.segments import Journal
from tests.intake.desk import (
    configuration,
    events_of,
    forge_token,
    journal_of,
    lead_of,
    page_of,
    problem_of,
    received,
    submit,
)
from tests.support import Site, eventually, journal_lines, leads


def kinds(site: Site, answer: requests.Response) -> list[str]:
    """The events about an accepted enquiry."""
    return [line["event"] for line in events_of(site, received(site, answer)["id"])]


# -- traps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["html", "json"])
def test_a_filled_honeypot_is_answered_like_a_success_and_held(desk: Site, channel: str) -> None:
    def send(link: str | None) -> requests.Response:
        return desk.enquire(link=link) if channel == "json" else submit(desk, link=link)

    honest, caught = send(None), send("https://spam.example.com")
    assert caught.status_code == honest.status_code
    assert set(caught.headers) == set(honest.headers)
    assert kinds(desk, honest) == ["received"]
    assert kinds(desk, caught) == ["held", "received"]
    assert lead_of(desk, caught) == lead_of(desk, honest), "nothing of it is lost"


def test_what_was_held_is_not_delivered(site: Site, crm: str) -> None:
    assert site.enquire(first_name="Robot", link="https://spam.example.com").status_code == 202
    assert site.enquire(first_name="Jana").status_code == 202
    eventually(lambda: leads(crm))
    # A second one, so that the first had all the time that it needs.
    assert site.enquire(first_name="Petr").status_code == 202
    stored = eventually(lambda: found if len(found := leads(crm)) >= 2 else None)
    assert [lead["parameters"]["name"] for lead in stored] == ["Jana", "Petr"]


# -- once --------------------------------------------------------------------------------------


def test_the_same_token_and_content_are_one_submission(desk: Site) -> None:
    token = desk.token()
    first, second = desk.enquire(token=token), desk.enquire(token=token)
    assert first.json() == second.json()
    third = submit(desk, token=token, note="Is there a cellar?")
    assert received(desk, third)["id"] == first.json()["id"], "through either channel"


def test_one_submission_is_delivered_once(site: Site, crm: str) -> None:
    token = site.token()
    answers = [site.enquire(token=token).json()["id"] for _ in range(3)]
    assert len(set(answers)) == 1
    eventually(lambda: leads(crm))
    answers += [site.enquire(token=token).json()["id"] for _ in range(2)]
    assert len(set(answers)) == 1
    site.enquire(first_name="Petr")
    stored = eventually(lambda: found if len(found := leads(crm)) >= 2 else None)
    assert [lead["parameters"]["name"] for lead in stored] == ["Jana", "Petr"]


@pytest.mark.parametrize(
    "change",
    [{"note": "Another."}, {"rooms": ["3+kk", "2+kk"]}, {"consents": [1, 2]}, {"language": "cs"}],
    ids=repr,
)
def test_other_content_is_another_submission(desk: Site, change: dict[str, Any]) -> None:
    token = desk.token()
    first, second = desk.enquire(token=token), desk.enquire(token=token, **change)
    assert first.json()["id"] != second.json()["id"]


def test_what_reads_the_same_is_the_same_content(desk: Site) -> None:
    token = desk.token()
    first = desk.enquire(token=token, phone="777 123 456", price_max="8 500 000")
    second = desk.enquire(token=token, phone="+420777123456", price_max=8_500_000)
    assert first.json() == second.json()


def test_another_token_is_another_submission(desk: Site) -> None:
    assert desk.enquire().json()["id"] != desk.enquire().json()["id"]


def keyed(site: Site, key: str, form: str = "riverside", **changes: Any) -> requests.Response:
    """An enquiry with an Idempotency-Key and a token of its own."""
    body = {"first_name": "J", "last_name": "N", "email": "j@example.com", "consents": [2]}
    if form != "riverside":
        del body["consents"]
    body |= {"token": site.token(form), **changes}
    return site.post(f"/forms/{form}", json=body, headers={"Idempotency-Key": key})


def test_an_idempotency_key_stands_for_the_token(desk: Site) -> None:
    key = str(uuid4())
    assert keyed(desk, key).json() == keyed(desk, key).json()
    assert keyed(desk, key).json() != keyed(desk, str(uuid4())).json()
    assert keyed(desk, key).json() != keyed(desk, key, note="Another.").json()


def test_an_idempotency_key_is_the_forms_own(desk: Site) -> None:
    key = str(uuid4())
    assert keyed(desk, key).json() != keyed(desk, key, "hasty").json()


@pytest.mark.parametrize(
    ("key", "status"),
    [("x" * 255, 202), ("x" * 256, 400), ("a\tb", 400), ("", 202), ("'\"<>", 202)],
    ids=["longest", "too-long", "control", "empty", "punctuation"],
)
def test_idempotency_keys_that_are_taken(desk: Site, key: str, status: int) -> None:
    answer = keyed(desk, key)
    assert answer.status_code == status
    if status != 202:
        problem_of(answer, status)


# -- a journal that cannot be written ----------------------------------------------------------


@pytest.fixture(params=["journal-is-a-file", "data-dir-is-a-file", "dangling-link"])
def broken(request: pytest.FixtureRequest, tmp_path: Path, open_desk: Callable[..., Site]) -> Site:
    """A desk whose journal has no place to be."""
    data = tmp_path / "var"
    if request.param == "data-dir-is-a-file":
        data.write_text("in the way")
    else:
        data.mkdir()
        if request.param == "dangling-link":
            (data / "journal").symlink_to(tmp_path / "unmounted" / "journal")
        else:
            (data / "journal").write_text("in the way")
    return open_desk()


def test_a_visitor_whose_enquiry_cannot_be_written_keeps_the_input(broken: Site) -> None:
    page = page_of(submit(broken), 503)
    assert page.value("first_name") == "Jana"
    assert page.value("price_max") == "8,500,000"
    assert page.ticked("rooms") == ["2+kk", "3+kk"]
    assert page.ticked("consent_2")
    assert page.value("token")


def test_a_program_is_told_that_its_enquiry_was_not_written(broken: Site) -> None:
    assert "id" not in problem_of(broken.enquire(), 503)


def test_readiness_says_why(broken: Site) -> None:
    answer = broken.get("/readyz")
    assert answer.status_code == 503
    (problem,) = answer.json()["problems"]
    assert "journal" in problem
    assert "None" not in problem


def test_what_needs_no_journal_still_works(broken: Site) -> None:
    assert broken.get("/healthz").status_code == 200
    assert broken.get("/forms/riverside").status_code == 200
    assert broken.enquire(first_name="").status_code == 422


def test_it_is_ready_again_when_the_obstacle_is_gone(broken: Site, tmp_path: Path) -> None:
    token = broken.token()
    assert broken.enquire(token=token).status_code == 503
    if (tmp_path / "var").is_file():
        (tmp_path / "var").unlink()
    else:
        (tmp_path / "var" / "journal").unlink()
    assert broken.enquire(token=token).status_code == 202
    eventually(lambda: broken.get("/readyz").status_code == 200)


SERVER = """
import sys
from werkzeug.serving import make_server
from frontdesk import create_app
server = make_server("127.0.0.1", 0, create_app(sys.argv[1]), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """The process id and URL of a server that can write no file longer than 2 KiB."""
    config = tmp_path / "frontdesk.toml"
    config.write_text(configuration(), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (2048, resource.RLIM_INFINITY)
        ),
    )
    assert process.stdout is not None
    try:
        yield process.pid, f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def test_a_full_disk_loses_nothing_that_was_acknowledged(
    cramped: tuple[int, str], tmp_path: Path
) -> None:
    process, url = cramped
    token = forge_token()

    def send(number: int) -> requests.Response:
        body = {"first_name": "J", "last_name": str(number), "email": "j@example.com"}
        return requests.post(
            f"{url}/forms/riverside", json={**body, "consents": [2], "token": token}, timeout=30
        )

    answers = [send(number) for number in range(9)]
    assert answers[0].status_code == 202
    problem_of(answers[8], 503)
    ready = requests.get(f"{url}/readyz", timeout=30)
    assert ready.status_code == 503
    assert ready.json()["problems"]

    resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    assert send(8).status_code == 202, "there is room again"
    eventually(lambda: requests.get(f"{url}/readyz", timeout=30).status_code == 200)

    lines = list(Journal(tmp_path / "var" / "journal").read())
    written = {str(line.event.id) for line in lines if not isinstance(line, Damage)}
    acknowledged = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    assert acknowledged <= written
    assert sum(isinstance(line, Damage) for line in lines) <= 1, "at most one torn line"


def test_submissions_of_many_threads_are_all_written(desk: Site) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def send(number: int) -> str:
        answer = desk.enquire(token=forge_token(), last_name=f"No. {number}")
        submission: str = answer.json()["id"]
        return submission

    with ThreadPoolExecutor(16) as pool:
        sent = set(pool.map(send, range(48)))
    assert len(sent) == 48
    assert sent <= {line["id"] for line in journal_lines(journal_of(desk))}
