"""`frontdesk person`: what is held about somebody, on a running site."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from frontdesk.model.events import utcnow
from frontdesk.store.files.exclusive import alone
from frontdesk.store.files.patches import PLAN
from frontdesk.store.files.segments import Journal
from tests.cli.conftest import Desk
from tests.samples import received
from tests.support import leads


def files(desk: Desk, folder: str = "var") -> dict[str, bytes]:
    """Everything below data_dir."""
    below = Path(desk.config).parent / folder
    return {str(p): p.read_bytes() for p in below.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "who", ["jana@example.com", "JANA@Example.com", "777 123 456", "+420777123456"]
)
def test_everything_about_a_person(desk: Desk, who: str) -> None:
    first = desk.enquire("delivered")
    desk.enquire("delivered", email="petr@example.com", phone="603 123 456")
    assert first[:8] in desk.run("person", who, "show").stdout
    exported = [json.loads(line) for line in desk.run("person", who, "export").stdout.splitlines()]
    assert [line["event"] for line in exported] == ["received", "attempt", "delivered"]
    assert {line["id"] for line in exported} == {first}


def test_one_submission_by_its_id(desk: Desk) -> None:
    """Also of who sent another one, and without its hyphens."""
    first = desk.enquire("delivered")
    second = desk.enquire("delivered", note="And a garden?")
    for who in (first, first.replace("-", "").upper()):
        exported = desk.run("person", who, "export").stdout.splitlines()
        assert {json.loads(line)["id"] for line in exported} == {first}
    erased = desk.run("person", first, "erase", "--yes")
    assert erased.exit_code == 0, erased.output
    assert "1 submission erased" in erased.stdout
    states = {record["submission"]["id"]: record["state"] for record in desk.records()}
    assert states == {first: "erased", second: "delivered"}
    assert "holds nothing" in desk.run("person", str(uuid4()), "show").stderr


def test_the_oldest_comes_first(desk: Desk) -> None:
    desk.site.app.extensions["frontdesk"].close()
    journal = Journal(desk.config.parent / "var/journal")
    days = [3, 9, 1, 7, 5, 8, 2, 6, 4]
    lines = [received(at=utcnow() - timedelta(days=day), note=str(day)) for day in days]
    journal.append(*lines)
    journal.close()
    shown = desk.run("person", "jana@example.com", "show").stdout.splitlines()[1:]
    assert [line.split()[2] for line in shown] == [
        str(line.id)[:8] for line in sorted(lines, key=lambda line: line.at)
    ]


@pytest.mark.parametrize(
    "plan", ["[1]", '[{"segment":"../x","offset":0,"content":"eA==","replaces":"","head":0}]']
)
def test_a_plan_that_is_none_is_told(desk: Desk, plan: str) -> None:
    desk.enquire("delivered")
    (desk.config.parent / "var/journal" / PLAN).write_text(plan)
    answer = desk.run("person", "jana@example.com", "show")
    assert answer.exit_code == 1
    assert "move it away, and erase once more" in answer.stderr


def test_a_person_is_erased(desk: Desk) -> None:
    first = desk.enquire("delivered")
    other = desk.enquire("delivered", email="petr@example.com", phone="603 123 456", first_name="P")
    before = desk.records()
    answer = desk.run("person", "jana@example.com", "erase", "--yes")
    assert answer.exit_code == 0, answer.output
    assert "1 submission erased" in answer.stdout
    assert "still in crm: customer" in answer.stdout
    for path, content in files(desk).items():
        for secret in (b"jana@example.com", b"777123456"):
            assert secret not in content, path
    after = {record["submission"]["id"]: record for record in desk.records()}
    assert after[first]["state"] == "erased"
    assert after[other] == next(r for r in before if r["submission"]["id"] == other)
    again = desk.run("person", "jana@example.com", "show")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "was erased" in desk.run("replay", first).output


def test_the_same_again_after_an_erasure_is_a_new_enquiry(desk: Desk) -> None:
    token = desk.site.token()
    first = desk.enquire("delivered", token=token)
    for number in (2, 3):
        assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
        assert desk.records()[0]["state"] == "erased"
        assert desk.enquire("delivered", token=token) == first, "the id is derived"
        assert len(leads(desk.crm)) == number
        (record,) = desk.records("--text", "jana@example.com")
        assert record["submission"]["id"] == first
        assert first[:8] in desk.run("person", "jana@example.com", "show").stdout
        exported = desk.run("person", "jana@example.com", "export").stdout.splitlines()
        assert [json.loads(line)["event"] for line in exported][-3:] == [
            *("received", "attempt", "delivered")
        ]
    assert desk.run("verify").exit_code == 0
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    assert not [path for path, content in files(desk).items() if b"jana@example.com" in content]


def test_what_was_corrected_counts_too(desk: Desk) -> None:
    desk.fault(fault="status", status=400)
    failed = desk.enquire("failed")
    assert desk.run("amend", failed, "email=eva@example.com").exit_code == 0
    for who in ("jana@example.com", "eva@example.com"):
        assert failed[:8] in desk.run("person", who, "show").stdout
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    assert not [p for p, content in files(desk).items() if b"eva@example.com" in content]


def test_a_no_erases_nothing(desk: Desk) -> None:
    desk.enquire("delivered")
    before = files(desk)
    answer = desk.run("person", "jana@example.com", "erase")
    assert answer.exit_code == 1
    assert files(desk) == before


def test_nobody(desk: Desk) -> None:
    answer = desk.run("person", "nobody@example.com", "erase", "--yes")
    assert answer.exit_code == 0
    assert "holds nothing about this person" in answer.stderr


@pytest.mark.parametrize("who", ["Jana", "12", "", "@"])
def test_neither_email_nor_phone(desk: Desk, who: str) -> None:
    answer = desk.run("person", who, "show")
    if "@" in who:
        assert "holds nothing" in answer.stderr
    else:
        assert answer.exit_code == 2
        assert "neither an email address nor a telephone number" in answer.stderr
        assert "`frontdesk show` has" in answer.stderr


@pytest.mark.parametrize(
    ("command", "done"),
    [
        (("person", "jana@example.com", "erase", "--yes"), "1 submission erased"),
        (("prune", "--older-than", "9d", "--no-export"), "no day is old enough"),
    ],
    ids=["erase", "prune"],
)
def test_one_at_a_time_changes_what_is_written(
    desk: Desk, command: tuple[str, ...], done: str
) -> None:
    desk.enquire("delivered")
    journal = desk.config.parent / "var/journal"
    arguments = [sys.executable, "-m", "frontdesk", "--config", str(desk.config), *command]
    with alone(journal):
        before = files(desk, "var/journal")  # the index may be brought up to date
        second = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert second.stdout is not None
        said = second.stdout.readline()
        assert said == f"another process is changing {journal}; waiting for it\n"
        assert second.poll() is None
        assert files(desk, "var/journal") == before
    output, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert done in output


IDN, PHONE = "jana@příklad.cz", "+420777123456"


def test_all_of_it_is_listed_and_erased(desk: Desk) -> None:
    desk.site.app.extensions["frontdesk"].close()
    journal = Journal(desk.config.parent / "var/journal")
    own = received(email=IDN, phone=PHONE)
    second = received(email="office@example.com", note=f"Second email: {IDN}", phone=None)
    other = received(email="petr@example.com")
    journal.append(own, second, other)
    journal.close()
    asked = "jana@xn--pklad-zsa96e.cz"
    shown = desk.run("person", asked, "show").stdout
    listed = desk.run("log", "--text", "Jana@XN--pklad-zsa96e.cz").stdout
    for text in (shown, listed):
        assert [str(e.id)[:8] in text for e in (own, second, other)] == [True, True, False]
    assert str(own.id)[:8] in desk.run("log", "--text", "00420 777 123 456").stdout
    refused = desk.run("person", asked, "erase")
    assert "Erase 2 submissions for good, 1 of them with other contacts?" in refused.stderr
    assert desk.run("person", asked, "erase", "--yes").exit_code == 0
    segments = Path(journal.directory).glob("*.jsonl")
    text = "".join(path.read_text(encoding="utf-8") for path in segments)
    assert IDN not in text
    assert "petr@example.com" in text
