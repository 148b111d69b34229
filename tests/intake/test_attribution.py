"""What a page hands on of what brought a visitor: what is known is kept, and nothing refuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.intake.attribution import LIMIT, understood
from frontdesk.model.lead import Attribution
from tests.cli.conftest import Desk
from tests.support import ENQUIRY, Site, journal_lines, open_app

WHOLE = (
    "gclid=Cj0K_a-b.c&gbraid=0AAA&wbraid=Cl8&fbclid=IwAR1&_fbp=fb.1.1596403881668.1116446470"
    "&ad_storage=granted&ad_user_data=denied&ad_personalization=denied&analytics_storage=granted"
    "&first_source=google&first_medium=cpc&first_campaign=Jaro+2026&first_page=https%3A%2F%2Fa.example%2F"
)
KEPT: dict[str, dict[str, str]] = {
    "clicks": {
        "gclid": "Cj0K_a-b.c",
        "gbraid": "0AAA",
        "wbraid": "Cl8",
        "fbclid": "IwAR1",
        "_fbp": "fb.1.1596403881668.1116446470",
    },
    "consent_mode": {
        "ad_storage": "granted",
        "ad_user_data": "denied",
        "ad_personalization": "denied",
        "analytics_storage": "granted",
    },
    "first_touch": {
        "source": "google",
        "medium": "cpc",
        "campaign": "Jaro 2026",
        "page": "https://a.example/",
    },
}


@pytest.mark.parametrize(
    ("text", "found", "more"),
    [
        (WHOLE, Attribution(**KEPT), False),
        ("", None, False),
        ("gclid=a b", None, True),
        ("gclid=" + "x" * 500, Attribution({"gclid": "x" * 500}), False),
        ("gclid=" + "x" * 501, None, True),
        ("gclid=%3Cscript%3E&fbclid=ok", Attribution({"fbclid": "ok"}), True),
        (
            "ad_storage=perhaps&analytics_storage=denied",
            Attribution({}, {"analytics_storage": "denied"}),
            True,
        ),
        ("first_source=" + "y" * 201, None, True),
        ("first_source=%00%E2%80%8B", None, True),
        ("msclkid=1", None, True),
        ("gclid=1&" * 41, None, True),
        ("gclid=1&first_source=" + "z" * LIMIT, None, True),
    ],
)
def test_what_is_understood(text: str, found: Attribution | None, more: bool) -> None:
    assert understood(text) == (found, more)


@given(st.text())
def test_whatever_is_written_has_a_meaning_or_none(text: str) -> None:
    understood(text)
    understood(f"gclid={text}&first_source={text}")


@pytest.fixture
def site(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    return serve(open_app(write_config()))


def origin(tmp_path: Path, identity: str) -> dict[str, Any]:
    lines = journal_lines(tmp_path / "var/journal")
    (line,) = [one for one in lines if one["event"] == "received" and one["id"] == identity]
    found: dict[str, Any] = line["origin"]
    return found


def test_both_readers_keep_the_same(site: Site, tmp_path: Path) -> None:
    told = {
        name: value for part in ("clicks", "consent_mode") for name, value in KEPT[part].items()
    }
    told |= {f"first_{name}": value for name, value in KEPT["first_touch"].items()}
    ids = [site.enquire(attribution=way).json()["id"] for way in (WHOLE, told)]
    form = {**ENQUIRY, "token": site.token(), "consent_2": "y", "attribution": WHOLE}
    del form["consents"]
    answer = site.post("/forms/riverside", data=form, headers={"Accept": "application/json"})
    for identity in (*ids, answer.json()["id"]):
        assert origin(tmp_path, identity)["attribution"] == KEPT


@pytest.mark.parametrize("odd", [7, ["gclid"], {"gclid": 1}, {"x": "y"}, "x" * 20_000, True])
def test_what_is_odd_is_left_out_and_refuses_nothing(
    site: Site, tmp_path: Path, odd: object
) -> None:
    answer = site.enquire(attribution=odd)
    assert answer.status_code == 202
    assert "attribution" not in origin(tmp_path, answer.json()["id"])


def test_a_part_that_cannot_be_is_named_in_the_answer(site: Site, tmp_path: Path) -> None:
    answer = site.enquire(attribution={"gclid": "ok", "ad_storage": "perhaps"}).json()
    assert answer["ignored"] == ["attribution"]
    assert origin(tmp_path, answer["id"])["attribution"] == {"clicks": {"gclid": "ok"}}


def test_a_page_that_is_asked_for_with_it_sends_it_along(site: Site) -> None:
    plain = site.get("/forms/riverside").text
    assert "attribution" not in plain
    asked = site.get("/forms/riverside?attribution=gclid%3D1%26first_source%3D%22%3Cb%3E").text
    assert (
        'name="attribution" type="hidden" value="gclid=1&amp;first_source=&#34;&lt;b&gt;"' in asked
    )
    assert "static/attribution.js" in asked


def test_the_answer_says_whether_marketing_was_consented_to(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    news = 'label = { en = "Send me news."'
    site = serve(open_app(write_config(**{news: f"marketing = true\n{news}"})))
    for consents, agreed in (([2], False), ([2, 1], True)):
        answer = site.enquire(consents=consents)
        assert answer.json()["marketing"] is agreed
        assert f"marketing={int(agreed)}&" in answer.headers["Location"]


def test_a_form_that_does_not_ask_for_it_says_nothing(site: Site) -> None:
    answer = site.enquire(consents=[2, 1])
    assert "marketing" not in answer.json()
    assert "marketing" not in answer.headers["Location"]


def test_what_was_kept_goes_when_the_person_is_erased(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str, tmp_path: Path
) -> None:
    config = write_config()
    desk = Desk(config, serve(open_app(config)), crm)
    identity = desk.enquire("delivered", attribution=WHOLE)
    assert "attribution" in origin(tmp_path, identity)
    done = desk.run("person", "jana@example.com", "erase", "--yes")
    assert done.exit_code == 0, done.output
    assert "attribution" not in origin(tmp_path, identity)
