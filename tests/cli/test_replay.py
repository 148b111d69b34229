"""`replay`, `amend` and `release`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask

from tests.cli.conftest import Desk
from tests.support import FORM, Site, journal_lines, leads, open_app


def sent(crm: str, endpoint: str = "create-lead") -> int:
    requests_seen = requests.get(f"{crm}/_sandbox/requests", timeout=30).json()
    return sum(request["endpoint"] == endpoint for request in requests_seen)


def test_a_refused_lead_is_amended_and_replayed_to_success(desk: Desk) -> None:
    desk.fault(fault="status", status=400, body="Parameter missing.")
    identity = desk.enquire("failed", rooms=["2+kk"])
    amended = desk.run("amend", identity[:8], "email=nova@example.com", "rooms=1+kk,3+kk", "note=")
    assert amended.exit_code == 0, amended.output
    assert "jana@example.com -> nova@example.com" in amended.stdout
    replayed = desk.run("replay", identity[:8])
    assert replayed.exit_code == 0, replayed.output
    assert "delivered" in replayed.stdout
    parameters = leads(desk.crm)[0]["parameters"]
    assert parameters["email"] == "nova@example.com"
    assert parameters["preferencerooms"] == "1+kk|3+kk"
    assert "note" not in parameters
    assert parameters["updateconsents"] == "2"


def test_a_room_may_have_a_comma(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> None:
    rooms = '"2", "2,5+kk", "3,5,7", "3,5", "5+kk"'
    config = write_config(FORM.replace('"1+kk", "2+kk", "3+kk", "4+kk"', rooms))
    desk = Desk(config, serve(open_app(config)), crm)
    identity = desk.enquire("delivered", rooms=["2,5+kk", "2"])
    assert leads(crm)[0]["parameters"]["preferencerooms"] == "2,5+kk|2"
    for typed, understood in (
        ("2,2,5+kk,3,5,7,5+kk", ["2", "2,5+kk", "3,5,7", "5+kk"]),
        ("3,5,2,5+kk", ["3,5", "2,5+kk"]),
    ):
        amended = desk.run("amend", identity, f"rooms={typed}")
        assert amended.exit_code == 0, amended.output
        assert desk.records()[0]["submission"]["lead"]["rooms"] == understood
    assert desk.run("amend", identity, "rooms=3").exit_code == 2


def test_the_values_before_an_amendment_stay_readable(desk: Desk) -> None:
    identity = desk.enquire("delivered")
    desk.run("amend", identity, "first_name=Hana")
    lines = journal_lines(desk.config.parent / "var/journal")
    received, amended = lines[0], lines[-1]
    assert received["lead"]["first_name"] == "Jana"
    assert amended["event"] == "amended"
    assert amended["lead"]["first_name"] == "Hana"
    assert amended["changed"] == ["first_name"]


def test_consents_are_told_by_their_ids(desk: Desk) -> None:
    identity = desk.enquire("delivered", consents=[2, 1])
    assert desk.run("amend", identity, "consents=2").stdout == "consents: 2, 1 -> 2\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("phone=777", "not a complete phone number"),
        ("email=nobody", "not complete"),
        ("price_max=8,5 mil.", "whole amount in digits"),
        ("colour=red", "no such field"),
        ("consent_2=false", "A consent can be taken away, and given only by the visitor"),
        ("consents=1", "write consents= and what remains of 2."),
        ("consents=2,1", "write consents= and what remains of 2."),
        ("consents=true", "write consents= and what remains of 2."),
        ("token=x", "no such field"),
        ("first_name=", "first name"),
        ("first_name", "is not FIELD=VALUE"),
    ],
)
def test_an_amendment_must_pass_the_form(desk: Desk, change: str, said: str) -> None:
    identity = desk.enquire("delivered")
    result = desk.run("amend", identity, change)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert len(journal_lines(desk.config.parent / "var/journal")) == 3


def test_what_is_delivered_is_not_sent_again_without_force(desk: Desk) -> None:
    identity = desk.enquire("delivered")
    assert "left alone" in desk.run("replay", identity).stdout
    assert sent(desk.crm) == 1
    forced = desk.run("replay", "--force", identity)
    assert forced.exit_code == 0, forced.output
    assert sent(desk.crm) == 2


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    desk.fault(fault="status", status=400)
    desk.enquire("failed")
    before = journal_lines(desk.config.parent / "var/journal")
    result = desk.run("replay", "--state", "failed", "--dry-run")
    assert "would be sent" in result.stdout
    assert journal_lines(desk.config.parent / "var/journal") == before


def test_replay_by_state_form_and_time(desk: Desk) -> None:
    desk.fault(fault="status", status=400, times=3)
    for name in ("Anna", "Bela", "Cyril"):
        desk.enquire("failed", first_name=name, email=f"{name}@example.com", phone=None)
    result = desk.run(
        "replay", "--state", "failed", "--form", "riverside", "--since", "1h", "--json"
    )
    assert result.exit_code == 0, result.output
    assert {json.loads(line)["outcome"] for line in result.stdout.splitlines()} == {"delivered"}
    assert len(leads(desk.crm)) == 3


def test_replay_opens_a_closed_account(desk: Desk) -> None:
    desk.fault(fault="status", status=401, body="Not authorized.")
    identity = desk.enquire("failed")
    desk.site.enquire(first_name="Petr", email="petr@example.com")
    assert sent(desk.crm) == 1, "a closed account takes nothing"
    assert desk.run("replay", identity).exit_code == 0
    assert len(desk.records("--state", "delivered")) >= 1


def test_replay_that_fails_again_asks_for_attention(desk: Desk) -> None:
    desk.fault(fault="status", status=400, times=None)
    identity = desk.enquire("failed")
    assert desk.run("replay", identity).exit_code == 1


def test_replay_from_another_machines_journal(desk: Desk, tmp_path: Path) -> None:
    desk.fault(fault="status", status=400)
    identity = desk.enquire("failed")
    journal = desk.config.parent / "var/journal"
    foreign = tmp_path / "other.jsonl"
    shutil.copy(next(journal.glob("*.jsonl")), foreign)
    desk.site.app.extensions["frontdesk"].close()
    shutil.rmtree(journal)
    result = desk.run("replay", "--file", str(foreign))
    assert result.exit_code == 0, result.output
    assert leads(desk.crm)[0]["parameters"]["name"] == "Jana"
    assert [r["submission"]["id"] for r in desk.records()] == [identity]
    assert "left alone" in desk.run("replay", "--file", str(foreign)).stdout
    assert len(leads(desk.crm)) == 1


def test_held_submissions_are_released_or_discarded(desk: Desk) -> None:
    good = desk.enquire("held", first_name="Jana", link="x")
    bad = desk.enquire("held", first_name="Bot", link="http://spam.example")
    assert leads(desk.crm) == []
    assert "left alone" in desk.run("replay", good).stdout
    assert desk.run("release", good[:8]).exit_code == 0
    assert desk.run("release", "--discard", bad).exit_code == 0
    desk.run("replay", good)  # waits for the delivery
    assert [lead["parameters"]["name"] for lead in leads(desk.crm)] == ["Jana"]
    assert desk.run("release", good).exit_code == 1, "it is not held any more"
    assert desk.run("release", "--all").exit_code == 0
