"""`frontdesk status`, on a running site."""

import json
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.delivery.problems import span
from tests.cli.conftest import Desk
from tests.support import eventually


def status(desk: Desk, *options: str) -> tuple[int, dict[str, Any]]:
    answer = desk.run("status", "--json", *options)
    return answer.exit_code, json.loads(answer.stdout)


def test_all_is_well(desk: Desk) -> None:
    desk.enquire("delivered")
    code, found = status(desk)
    assert (code, found["problems"]) == (0, [])
    assert found["states"] == {"settled": 1}
    account = found["accounts"][0]
    assert (account["name"], account["condition"], account["owed"]) == ("crm", "open", 0)
    assert account["delivered_at"] is not None
    assert found["courier"] is True
    told = desk.run("status")
    assert told.exit_code == 0
    assert "1 settled" in told.stdout
    assert "at work" in told.stdout


def test_a_closed_account_and_a_failed_lead(desk: Desk) -> None:
    desk.fault(fault="status", status=401)
    failed = desk.enquire("failed")
    desk.enquire("pending", note="Waits behind the first one.")
    code, found = status(desk)
    assert code == 1
    account = found["accounts"][0]
    assert account["condition"] == "closed"
    assert "401" in account["reason"]
    assert account["owed"] == found["owed"] == 1
    assert found["states"] == {"failed": 1, "pending": 1}
    assert any("crm is closed" in problem for problem in found["problems"])
    assert any("--state failed" in problem for problem in found["problems"])

    assert desk.run("release", "--discard", failed).exit_code == 0
    assert status(desk)[1]["states"] == {"settled": 1, "pending": 1}


def test_what_is_held(desk: Desk) -> None:
    desk.enquire("held", link="https://spam.example")
    code, found = status(desk)
    assert code == 1
    assert found["problems"] == ["1 held: frontdesk log --state held"]
    assert found["owed"] == 0


def test_what_has_been_owed_for_too_long(desk: Desk) -> None:
    desk.fault(fault="status", status=503, times=None)
    desk.enquire("deferred")
    code, found = status(desk)
    assert (code, found["problems"]) == (0, []), "fifteen minutes are not over"
    code, found = status(desk, "--late", "0m")
    assert code == 1
    assert "has been owed for" in found["problems"][0]


def test_nobody_delivers(desk: Desk) -> None:
    desk.fault(fault="status", status=503, times=None)
    desk.enquire("deferred")
    desk.site.app.extensions["frontdesk"].close()
    eventually(lambda: not status(desk)[1]["courier"])
    code, found = status(desk)
    assert code == 1
    assert "nobody delivers: no courier runs" in found["problems"]


def test_an_empty_journal(desk: Desk) -> None:
    told = desk.run("status")
    assert told.exit_code == 0
    assert "submissions  none" in told.stdout


@pytest.mark.parametrize("late", ["soon", "-1m", "5", "²m", ""])
def test_a_span_that_is_none(desk: Desk, late: str) -> None:
    told = desk.run("status", "--late", late)
    assert told.exit_code == 2
    assert "is not a duration" in told.stderr


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0.5, "30 s"), (12, "12 min"), (125, "2 h 5 min"), (60 * 76, "3 d 4 h"), (-1, "0 s")],
)
def test_spans_for_people(minutes: float, words: str) -> None:
    assert span(timedelta(minutes=minutes)) == words
