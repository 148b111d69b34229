"""`frontdesk status`, on a running site."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.monitoring.conditions import span
from frontdesk.store.files.segments import Journal
from tests.cli.conftest import Desk
from tests.support import eventually, refused


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


def test_who_was_turned_away(desk: Desk) -> None:
    assert "turned away" not in desk.run("status").stdout
    for changes in ({"email": "jana@"}, {"email": "jana@", "phone": "12"}, {"token": "none"}):
        assert desk.site.enquire(**changes).status_code in (403, 422)
    assert desk.site.post("/forms/riverside", data="{").status_code == 415
    desk.enquire("delivered")
    desk.site.app.extensions["frontdesk"].intake.tally.write()
    code, found = status(desk)
    assert (code, found["states"]) == (0, {"settled": 1})
    assert found["refused"]["forms"] == {
        "riverside": {
            "reasons": {"fields": 2, "token": 1, "malformed": 1},
            "fields": {
                "email": {"invalid": 2},
                "phone": {"invalid": 1},
                "token": {"invalid": 1},
            },
        }
    }
    days = date.fromisoformat(found["at"][:10]) - date.fromisoformat(found["refused"]["since"])
    assert days.days == 6
    told = "4 in 7 days: email invalid 2, malformed 1, phone invalid 1, token invalid 1"
    assert f"turned away  riverside: {told}\n" in desk.run("status").stdout


def test_of_many_kinds_a_line_names_the_most_frequent(desk: Desk) -> None:
    today, old, ahead = utcnow(), utcnow() - timedelta(days=7), utcnow() + timedelta(days=9000)
    counts = [events.Refusal("riverside", "fields", 45)]
    counts += [events.Refusal("riverside", "too_long", n, f"attributes.a{n}") for n in range(1, 10)]
    lines = [
        events.Refused(id=UUID(int=1), at=old, day=old.date(), counts=tuple(counts)),
        events.Refused(id=UUID(int=1), at=today, day=today.date(), counts=tuple(counts)),
        events.Refused(id=UUID(int=1), at=ahead, day=ahead.date(), counts=tuple(counts)),
    ]
    Journal(desk.config.parent / "var/journal").append(*lines)
    (told,) = [line for line in desk.run("status").stdout.splitlines() if "turned" in line]
    assert told.startswith("turned away  riverside: 45 in 7 days: attributes.a9 too long 9, ")
    assert told.endswith(", attributes.a4 too long 4, others 6")


def test_no_form_of_a_journal_passes_for_a_line_of_ours(desk: Desk) -> None:
    counts = (events.Refusal("x\ncourier      none runs", "rate", 1),)
    line = events.Refused(id=UUID(int=1), day=utcnow().date(), counts=counts)
    Journal(desk.config.parent / "var/journal").append(line)
    told = desk.run("status").stdout.splitlines()
    assert [one for one in told if one.startswith("courier ")] == ["courier      at work"]


def test_other_commands_say_nothing_of_it(desk: Desk, tmp_path: Path) -> None:
    assert desk.site.enquire(email="jana@").status_code == 422
    identity = desk.enquire("delivered")
    desk.site.app.extensions["frontdesk"].intake.tally.write()
    assert refused(tmp_path / "var/journal")["riverside email invalid"] == 1
    sound = desk.run("journal", "verify")
    assert (sound.exit_code, "4 lines of 1 submission in 1 segment" in sound.stdout) == (0, True)
    assert len(desk.run("log").stdout.splitlines()) == 2
    assert "refused" not in desk.run("show", identity).stdout
    assert desk.run("export", "--format", "jsonl").stdout.count("\n") == 1
    erased = desk.run("person", "jana@example.com", "erase", "--yes")
    assert erased.exit_code == 0, erased.output
    assert refused(tmp_path / "var/journal")["riverside email invalid"] == 1
    assert desk.run("journal", "verify").exit_code == 0


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
