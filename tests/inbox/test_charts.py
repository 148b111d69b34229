"""The charts: whose numbers they are, of which days, for whom; their files; people who are gone."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from msgspec.structs import replace

from frontdesk.inbox.routes import ROUTES
from frontdesk.model import events
from frontdesk.model.events import Refusal, Refused
from tests.inbox import leads
from tests.inbox.people import Browser, entry
from tests.support import FORM, Site, open_app

Browse = Callable[..., Browser]
DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
MARCH = {"since": "2026-03-01", "until": "2026-03-31"}
Table = dict[str, str]


def tables(browser: Browser) -> dict[str, Table]:
    """Each table of the page, by its chart: what stands first in a row, and what last."""
    found = re.findall(
        r'<table aria-labelledby="(\w+)">(.*?)</table>', browser.page.text, re.DOTALL
    )
    return {name: dict(map(_row, re.findall(r"<tr>(.*?)</tr>", rows, re.DOTALL)[1:])) for name, rows in found}  # fmt: skip # noqa: E501


def _row(row: str) -> tuple[str, str]:
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
    texts = [" ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in cells]
    return texts[0], texts[-1]


def in_file(browser: Browser, chart: str, **query: str) -> list[list[str]]:
    answer = browser.get("charts.csv", chart=chart, **query)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel reads it by this mark"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def filled(inbox: Site) -> Site:
    """Six enquiries of March to two forms, and people who were turned away."""
    page = "https://riverside.example.com/?utm_source=Newsletter"
    told: list[dict[str, Any]] = [
        {"unit": "A.1", "rooms": ("2+kk", "3+kk"), "campaign": "spring"},
        {"unit": "A.1", "rooms": ("2+kk",), "campaign": "spring"},
        {"unit": "A.2", "campaign": "=1+1"},
        {},
    ]
    for number, facts in enumerate(told):
        came = leads.lead(at=DAY + timedelta(days=number), **facts)
        came = replace(came, origin=replace(came.origin, page=page if number < 3 else None))
        took = timedelta(seconds=4 if number < 2 else 7200)
        arrived = events.Delivered(id=came.id, at=came.at + took, destination="crm")
        leads.put(inbox, came, arrived)
    blocked = leads.lead("hill", at=DAY + timedelta(days=10), campaign="autumn")
    told_why = events.Held(id=blocked.id, reason="the captcha was blocked", captcha="blocked")
    leads.put(inbox, told_why, blocked)
    leads.failed(inbox, "hill", at=DAY + timedelta(days=10))
    counts = (
        Refusal("riverside", "rate", 7),
        Refusal("riverside", "captcha", 2),
        Refusal("riverside", "failed", 2, "captcha"),
        Refusal("hill", "fields", 3),
        Refusal("hill", "invalid", 3, "email"),
    )
    leads.put(inbox, Refused(id=uuid4(), at=DAY, day=DAY.date(), counts=counts))
    return inbox


def test_what_the_charts_say(browse: Browse, filled: Site) -> None:
    browser = browse("read all")
    assert browser.get("charts", **MARCH).status_code == 200
    found = tables(browser)
    days = found["days"]
    assert len(days) == 31
    assert [day for day, number in days.items() if number != "0"] == [
        *("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-12"),
    ]
    assert days["2026-03-12"] == "2"
    assert found["weeks"] == {
        "2026-02-23": "0",
        "2026-03-02": "4",
        "2026-03-09": "2",
        **dict.fromkeys(("2026-03-16", "2026-03-23", "2026-03-30"), "0"),
    }
    assert found["forms"] == {
        "Riverside Residences (riverside)": "4 (66.7 %)",
        "Hill (hill)": "2 (33.3 %)",
    }
    assert found["campaigns"] == {
        "spring": "2 (33.3 %)",
        "=1+1": "1 (16.7 %)",
        "autumn": "1 (16.7 %)",
    }
    assert found["sources"] == {"newsletter": "3 (50.0 %)"}
    assert found["units"] == {"A.1": "2 (33.3 %)", "A.2": "1 (16.7 %)"}
    assert found["rooms"] == {"2+kk": "2 (33.3 %)", "3+kk": "1 (16.7 %)"}
    assert found["troubles"] == {
        "any of these": "2 (33.3 %)",
        "held": "1 (16.7 %)",
        "failed": "1 (16.7 %)",
        "unknown whether it arrived": "0 (0.0 %)",
    }
    assert "2 (33.3 %) were held, failed, or were of unknown outcome" in browser.text
    assert found["delays"] == {
        "up to 5 seconds": "2",
        "up to a minute": "0",
        "up to 10 minutes": "0",
        "up to an hour": "0",
        "up to a day": "2",
        "longer": "0",
    }
    assert re.search(r"Half of them took (3\.9|4\.0|4\.1) s at most, and 95 of 100 took 2 h", browser.text)  # fmt: skip # noqa: E501
    assert found["refused"] == {
        "too many at once": "7",
        "something was filled in wrongly": "3",
        "the captcha was not passed": "2",
    }
    assert found["wrong"] == {"email invalid": "3"}
    assert found["captcha"] == {"answered wrongly": "2", "blocked in the browser": "1"}


def test_who_may_see_one_form_sees_the_numbers_of_one_form(browse: Browse, filled: Site) -> None:
    browser = browse("read hill")
    browser.get("charts", **MARCH)
    found = tables(browser)
    assert found["forms"] == {"Hill (hill)": "2 (100.0 %)"}
    assert found["campaigns"] == {"autumn": "1 (50.0 %)"}
    assert found["refused"] == {"something was filled in wrongly": "3"}
    assert not {"spring", "riverside", "newsletter"} & set(re.findall(r"\w+", browser.page.text))
    assert in_file(browser, "campaigns", **MARCH)[1:] == [["autumn", "1"]]
    for path in ("charts", "charts.csv"):
        browser.get(path, form="riverside", chart="forms" if path != "charts" else "", **MARCH)
        assert "spring" not in browser.page.text
    browser.get("charts", form="riverside", **MARCH)
    assert tables(browser) == {}
    assert "There is no form called riverside." in browser.text
    browser = browse("read all")
    browser.get("charts", form="hill", **MARCH)
    assert tables(browser)["forms"] == {"Hill (hill)": "2 (100.0 %)"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"period": "7"}, "There is no period called 7."),
        ({"period": "30", "since": "2026-03-01"}, "Choose either a period or days of your own."),
        ({"since": "yesterday"}, "yesterday is not a day"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "The first day is after the last one."),
        ({"since": "2001-03-02", "until": "2026-03-01"}, "choose three years at most"),
        ({"until": "1900-03-02"}, "1900-03-02 is not a day"),
        ({"q": "Jana"}, "There is no filter called q."),
        ({"form": "x" * 201}, "What is looked for under form is too long."),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_a_sentence_and_nothing(
    browse: Browse, filled: Site, query: dict[str, str], said: str
) -> None:
    browser = browse("read all")
    assert browser.get("charts", **query).status_code == 200
    assert said in browser.text
    assert tables(browser) == {}
    assert "spring" not in browser.page.text
    assert browser.get("charts.csv", chart="days", **query).status_code == 404


def test_periods_until_today(browse: Browse, inbox: Site) -> None:
    today = datetime.now(UTC)
    for days in (0, 29, 30, 89, 90, 364, 365):
        leads.done(inbox, at=today - timedelta(days=days))
    browser = browse("read all")
    for period, total in {"": 2, "30": 2, "90": 4, "365": 6}.items():
        browser.get("charts", **({"period": period} if period else {}))
        assert f"{total} in all." in browser.text
        shown = tables(browser)["days"]
        assert len(shown) == int(period or 30)
        assert re.findall(r'aria-current="page">([^<]+)', browser.page.text) == [
            {"90": "90 days", "365": "A year"}.get(period, "30 days")
        ]
        assert len(in_file(browser, "days", period=period or "30")) == int(period or 30) + 1


def test_days_are_those_of_the_configured_zone(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    zone = '[inbox]\ntimezone = "Europe/Prague"\n'
    site = serve(open_app(write_config(FORM + zone + entry("Eva", "read"))))
    leads.done(site, at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC), unit="late")
    leads.done(site, at=datetime(2026, 7, 1, 21, 30, tzinfo=UTC), unit="early")
    browser = Browser(site)
    browser.sign_in("Eva")
    browser.get("charts", since="2026-07-02", until="2026-07-02")
    assert tables(browser)["days"] == {"2026-07-02": "1"}
    assert tables(browser)["units"] == {"late": "1 (100.0 %)"}
    browser.http.close()


def test_files_have_all_and_no_formula(browse: Browse, filled: Site) -> None:
    for number in range(40):
        leads.done(filled, at=DAY, unit=f"B.{number:02}")
    browser = browse("read all")
    browser.get("charts", **MARCH)
    shown = tables(browser)["units"]
    assert len(shown) == 16, "fifteen, and all others"
    assert shown["all others"] == "27"
    rows = in_file(browser, "units", **MARCH)
    assert rows[0] == ["Unit", "Enquiries"]
    assert len(rows) == 43
    assert ["'=1+1", "1"] in in_file(browser, "campaigns", **MARCH)
    disposition = browser.page.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="campaigns-2026-03-01-2026-03-31.csv"'
    assert browser.page.headers["Cache-Control"] == "no-store"
    assert in_file(browser, "days", **MARCH)[2] == ["2026-03-02", "41"]


def test_every_chart_has_a_file(browse: Browse, filled: Site) -> None:
    browser = browse("read all")
    browser.get("charts", **MARCH)
    links = [unescape(one) for one in re.findall(r'<a href="([^"]+)" download>', browser.page.text)]
    assert len(links) == len(tables(browser)) == 12
    for link in links:
        assert browser.get(link.removeprefix("./")).status_code == 200
        assert browser.page.headers["Content-Type"] == "text/csv; charset=utf-8"
    for chart in ("", "nothing", "../days"):
        assert browser.get("charts.csv", chart=chart).status_code == 404


def test_who_is_erased_is_in_no_number(browse: Browse, filled: Site) -> None:
    identity = leads.done(filled, at=DAY, unit="Erased.1", campaign="Erased campaign")
    browser = browse("admin all")
    browser.get("charts", **MARCH)
    assert "7 in all." in browser.text
    assert "Erased.1" in browser.page.text
    leads.store_of(filled).erase([identity], (), "eva")
    browser.get("charts", **MARCH)
    assert "6 in all." in browser.text
    assert "Erased" not in browser.page.text.replace("erased", "")
    assert "7" not in tables(browser)["days"].values()
    assert "Erased campaign" not in str(in_file(browser, "campaigns", **MARCH))
    folder = filled.app.extensions["frontdesk"].intake.settings.data_dir
    for path in (folder / "index").iterdir():
        assert b"Erased campaign" not in path.read_bytes()


def test_before_anything_has_come_in(browse: Browse) -> None:
    browser = browse("read all")
    browser.get("charts")
    assert "0 in all." in browser.text
    assert "None in this time." in browser.text
    assert "Nothing was delivered." in browser.text


def test_what_strangers_wrote_is_text(browse: Browse, inbox: Site) -> None:
    leads.hostile(inbox)
    browser = browse("read all")
    browser.get("charts")
    assert "<script" not in browser.page.text
    assert "<img src=x" not in browser.page.text
    assert "\u202e" not in browser.page.text
    for cell in in_file(browser, "units", period="30")[1]:
        assert len(cell) <= 201


def test_both_are_in_the_table_of_routes() -> None:
    ours = {route.rule: route.least for route in ROUTES if "charts" in route.rule}
    assert ours == {"/inbox/charts": "read", "/inbox/charts.csv": "read"}
