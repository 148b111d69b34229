"""The form token: what is believed, and for how long."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from frontdesk.intake.token import SKEW, Freshness, Tokens
from tests.intake.desk import (
    SECRET,
    errors_of,
    events_of,
    forge_token,
    page_of,
    problem_of,
    received,
    submit,
)
from tests.support import Site

DAY = 86400
NEW = "the newer secret of the tests"


@pytest.mark.parametrize(
    ("age", "freshness"),
    [
        (-DAY, Freshness.AHEAD),
        (-SKEW - 5, Freshness.AHEAD),
        (-SKEW + 5, Freshness.GOOD),
        (-3, Freshness.GOOD),
        (0, Freshness.HASTY),
        (8, Freshness.HASTY),
        (12, Freshness.GOOD),
        (3590, Freshness.GOOD),
        (3610, Freshness.STALE),
        (10 * DAY, Freshness.STALE),
    ],
)
def test_a_token_has_its_time(age: float, freshness: Freshness) -> None:
    tokens = Tokens([SECRET])
    now = datetime.now(UTC) + timedelta(seconds=age)
    found = tokens.check(tokens.issue("a"), "a", fill_time=10, token_age=3600, now=now)
    assert found is not None
    assert found.freshness is freshness
    assert found.age == (None if age < 0 else pytest.approx(age, abs=1))


def test_a_renewed_one_says_nothing_of_how_long_the_form_was_there() -> None:
    tokens = Tokens([SECRET])
    now = datetime.now(UTC) + timedelta(seconds=20)
    renewed = tokens.issue("a", renewed=True)
    found = tokens.check(renewed, "a", fill_time=10, token_age=3600, now=now)
    assert found is not None
    assert found.age is None


def test_every_token_is_another() -> None:
    tokens = Tokens([SECRET])
    assert len({tokens.issue("a") for _ in range(100)}) == 100


def _flipped(token: str) -> str:
    return token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]


FORGED = {
    "missing": "",
    "garbage": "garbage",
    "dots": "...",
    "not-ascii": "žluťoučký.kůň.token",
    "null": "\x00",
    "huge": "A" * 20_000,
    "other-key": forge_token(secret="some other secret of somebody"),
    "other-form": forge_token("orchard"),
    "bad-signature": _flipped(forge_token()),
    "cut": forge_token()[:-5],
    "unsigned": forge_token().rpartition(".")[0],
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("channel", ["html", "json"])
def test_a_forged_or_foreign_token_is_refused(desk: Site, token: str, channel: str) -> None:
    if channel == "json":
        problem = problem_of(desk.enquire(token=token), 403)
        assert "token" in problem["errors"]
        return
    page = page_of(submit(desk, token=token), 403)
    assert page.value("first_name") == "Jana", "the input is kept"
    assert page.value("token") not in ("", None, token), "and a good token offered"


@pytest.mark.parametrize(
    "payload",
    [
        [],
        ["riverside"],
        ["riverside", 7],
        ["orchard", "nonce"],
        {"riverside": 1, "nonce": 2},
        "abc",
        7,
        None,
    ],
)
def test_a_signed_token_of_unknown_form_is_refused(payload: object) -> None:
    tokens = Tokens([SECRET])
    foreign = tokens._serializer.dumps(payload)
    now = datetime.now(UTC)
    assert tokens.check(str(foreign), "riverside", fill_time=0, token_age=9, now=now) is None


def test_a_missing_token_is_refused_as_json(desk: Site) -> None:
    assert "token" in errors_of(desk.enquire(token=None), 403)


def test_a_stale_token_is_renewed_in_html_without_losing_input(desk: Site) -> None:
    stale = forge_token(age=2 * DAY)
    page = page_of(submit(desk, token=stale), 422)
    assert page.value("first_name") == "Jana"
    assert page.ticked("rooms") == ["2+kk", "3+kk"]
    assert page.ticked("consent_2")
    assert page.invalid() == set()
    fresh = page.value("token")
    assert fresh
    assert fresh != stale
    assert submit(desk, token=fresh).status_code == 303


def test_each_visitor_is_told_of_the_token_in_their_own_language(desk: Site) -> None:
    """Whatever the language of those before them was."""
    told = {"en": "did not reach us complete", "cs": "k nám nedorazil celý"}
    for language in ("cs", "en", "cs"):
        page = page_of(submit(desk, token="", language=language), 403)
        assert page.language == language
        assert told[language] in page.html


def test_a_stale_token_is_renewed_in_json(desk: Site) -> None:
    problem = problem_of(desk.enquire(token=forge_token(age=2 * DAY)), 422)
    assert list(problem["errors"]) == ["token"]
    assert desk.enquire(token=problem["token"]).status_code == 202


@pytest.mark.parametrize("age", [0, -DAY], ids=["at-once", "from-the-future"])
def test_who_is_too_fast_is_thanked_and_held(desk: Site, age: int) -> None:
    answer = submit(desk, "hasty", token=forge_token("hasty", age=age))
    assert answer.status_code == 303
    assert [line["event"] for line in events_of(desk, received(desk, answer)["id"])] == [
        "held",
        "received",
    ]


@pytest.mark.parametrize("channel", ["html", "json"])
def test_a_server_whose_clock_is_a_little_ahead_holds_nobody(desk: Site, channel: str) -> None:
    token = forge_token("hasty", age=-60)
    if channel == "html":
        answer = submit(desk, "hasty", token=token)
    else:
        answer = desk.enquire("hasty", token=token, rooms=None, consents=None)
    submission = received(desk, answer)["id"]
    assert [line["event"] for line in events_of(desk, submission)] == ["received"]


def test_where_clocks_differ_much_the_reason_says_so(
    desk: Site, caplog: pytest.LogCaptureFixture
) -> None:
    answer = submit(desk, "hasty", token=forge_token("hasty", age=-DAY))
    held, _ = events_of(desk, received(desk, answer)["id"])
    assert held["reason"].startswith("clocks differ")
    assert "clocks of the servers differ" in caplog.text


def test_who_takes_the_time_is_not_held(desk: Site) -> None:
    answer = submit(desk, "hasty", token=forge_token("hasty", age=2 * 3600))
    submission = received(desk, answer)["id"]
    assert [line["event"] for line in events_of(desk, submission)] == ["received"]


@pytest.mark.parametrize("channel", ["html", "json"])
def test_who_sends_a_renewed_token_at_once_is_not_too_fast(desk: Site, channel: str) -> None:
    def send(token: str) -> requests.Response:
        if channel == "html":
            return submit(desk, "hasty", token=token)
        plain = {"rooms": None, "consents": None}
        return desk.enquire("hasty", token=token, **plain)

    refused = send(forge_token("hasty", age=2 * DAY))
    if channel == "html":
        renewed = page_of(refused, 422).value("token") or ""
    else:
        renewed = problem_of(refused, 422)["token"]
    submission = received(desk, send(renewed))["id"]
    assert [line["event"] for line in events_of(desk, submission)] == ["received"]


def test_a_forged_token_is_not_renewed_past_the_time_trap(desk: Site) -> None:
    offered = problem_of(desk.enquire("hasty", token="forged"), 403)["token"]
    answer = submit(desk, "hasty", token=offered)
    assert [line["event"] for line in events_of(desk, received(desk, answer)["id"])] == [
        "held",
        "received",
    ]


@pytest.mark.parametrize("age", [0, 2 * 3600], ids=["hasty", "at leisure"])
def test_who_corrects_a_field_keeps_the_token_and_its_time(desk: Site, age: int) -> None:
    """So only the time of the last try counts: autofill may fill in a form that has mistakes."""
    token = forge_token("hasty", age=age)
    page = page_of(submit(desk, "hasty", token=token, email="x"), 422)
    assert page.value("token") == token


def test_a_renewed_token_grows_old_as_well(desk: Site) -> None:
    problem_of(desk.enquire(token=forge_token(age=2 * DAY, renewed=True)), 422)


def test_a_rotated_key(open_desk: Callable[..., Site], tmp_path: Path) -> None:
    def at(name: str, keys: str) -> Site:
        (tmp_path / name).mkdir()
        return open_desk(folder=tmp_path / name, top=f"secret_key = {keys}")

    both, only_new = at("both", f'["{NEW}", "{SECRET}"]'), at("new", f'"{NEW}"')

    def knock(site: Site, token: str) -> requests.Response:
        return site.enquire(token=token)

    assert knock(both, forge_token(secret=SECRET)).status_code == 202
    assert knock(both, forge_token(secret=NEW)).status_code == 202
    assert knock(only_new, both.token()).status_code == 202, "the newest key signs"
    assert knock(only_new, forge_token(secret=SECRET)).status_code == 403
