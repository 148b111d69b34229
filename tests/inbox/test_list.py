"""The list: what is in it and for whom, its filters, its pages, and its other states."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask

from frontdesk.model import events
from frontdesk.store.errors import IndexBuildingError, JournalError
from tests.inbox import leads
from tests.inbox.people import Browser
from tests.support import Site, eventually

Browse = Callable[..., Browser]


def names(browser: Browser) -> list[str]:
    """The names in the list, from above."""
    return re.findall(r'<span class="name"><bdi dir="auto">([^<]*)', browser.page.text)


def tabs(browser: Browser) -> dict[str, str]:
    """The tabs, each with its number, or "" without one."""
    shown = re.findall(r'<a href="[^"]*"(?: aria-current="page")?>([A-Z][a-z ]+?)(?: <b>(\d+)</b>)?</a></li>', browser.page.text.partition('class="tabs"')[2])  # fmt: skip # noqa: E501
    return dict(shown)


@pytest.fixture
def filled(inbox: Site) -> Site:
    """One of each kind, the oldest first."""
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    facts: list[tuple[Any, dict[str, Any]]] = [
        (leads.done, {"first_name": "Adam", "unit": "A.101", "campaign": "spring"}),
        (leads.failed, {"first_name": "Běla", "email": "bela@example.com"}),
        (leads.held, {"first_name": "Cyril", "phone": "+420777123456", "note": "a cellar?"}),
        (leads.done, {"first_name": "Dana", "form": "hill", "customer": "70001"}),
        (leads.failed, {"first_name": "Emil", "form": "hill"}),
    ]
    for day, (kind, known) in enumerate(facts):
        kind(inbox, at=at + timedelta(days=day), last_name="", **known)
    return inbox


def test_what_came_in_stands_newest_first(browse: Browse, filled: Site) -> None:
    browser = browse("read all")
    browser.get()
    assert names(browser) == ["Emil", "Dana", "Cyril", "Běla", "Adam"]
    assert tabs(browser) == {"All": "5", "Needs you": "3", "Waiting": "0", "Delivered": "2"}
    assert "2026-03-05 12:00" in browser.text
    assert "the CRM answered 400" in browser.text, "why it needs somebody"
    assert "held" in browser.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"tab": "needs"}, ["Emil", "Cyril", "Běla"]),
        ({"tab": "delivered"}, ["Dana", "Adam"]),
        ({"tab": "waiting"}, []),
        ({"state": "held"}, ["Cyril"]),
        ({"form": "hill"}, ["Emil", "Dana"]),
        ({"form": "hill", "tab": "needs"}, ["Emil"]),
        ({"since": "2026-03-03", "until": "2026-03-04"}, ["Dana", "Cyril"]),
        ({"campaign": "spring"}, ["Adam"]),
        ({"unit": "A.101"}, ["Adam"]),
        ({"channel": "json"}, ["Emil", "Dana", "Cyril", "Běla", "Adam"]),
        ({"channel": "realgeeks"}, []),
        ({"channel": "fax"}, "There is no channel called fax."),
        ({"destination": "crm", "state": "failed"}, ["Emil", "Běla"]),
        ({"q": "bela"}, ["Běla"]),
        ({"q": "BELA@example.com"}, ["Běla"]),
        ({"q": "777 123 456"}, ["Cyril"]),
        ({"q": "cellar"}, ["Cyril"]),
        ({"q": "70001"}, ["Dana"]),
        ({"q": ""}, ["Emil", "Dana", "Cyril", "Běla", "Adam"]),
        # What nobody has, or what cannot be meant, is an empty list and never all.
        ({"q": "no such person"}, []),
        ({"campaign": "autumn"}, []),
        ({"unit": "%"}, []),
        ({"destination": "nowhere"}, []),
        ({"state": "delivered", "tab": "needs"}, []),
        ({"state": "lost"}, "No enquiry can be in a state called lost."),
        ({"tab": "lost"}, "There is no tab called lost."),
        ({"since": "yesterday"}, "yesterday is not a day; write it like 2026-03-17."),
        ({"until": "2026-02-30"}, "2026-02-30 is not a day"),
        ({"sate": "failed"}, "There is no filter called sate."),
        ({"q": "x" * 201}, "What is looked for under q is too long."),
        ({"form": "\u202efrom"}, []),
    ],
    ids=str,
)
def test_filters(
    browse: Browse, filled: Site, query: dict[str, str], expected: list[str] | str
) -> None:
    browser = browse("read all")
    assert browser.get(**query).status_code == 200
    assert names(browser) == (expected if isinstance(expected, list) else [])
    if isinstance(expected, str):
        assert expected in browser.text
    if not names(browser):
        assert "Nothing matches." in browser.text


def test_nothing_to_do_is_good_news(browse: Browse, inbox: Site) -> None:
    leads.done(inbox)
    browser = browse("read all")
    browser.get(tab="needs")
    assert "Nothing needs anybody." in browser.text
    browser.get(tab="needs", q="Jana")
    assert "Nothing matches." in browser.text


def test_who_may_see_one_form_sees_one_form(browse: Browse, filled: Site) -> None:
    leads.put(
        filled, events.Revocation(consent=1, destinations=("crm",), by="eva", email="j@example.com")
    )
    browser = browse("read riverside")
    browser.get()
    assert names(browser) == ["Cyril", "Běla", "Adam"]
    assert tabs(browser) == {"All": "3", "Needs you": "2", "Waiting": "0", "Delivered": "1"}
    assert "hill" not in browser.page.text
    for query in ({"q": "Emil"}, {"q": "70001"}, {"destination": "crm", "unit": ""}):
        browser.get(**query)
        assert not {"Emil", "Dana"} & set(names(browser)), query
    browser.get(form="hill")
    assert names(browser) == []
    assert tabs(browser)["All"] == "0"
    assert "There is no form called hill." in browser.text
    everybody = browse("read all")
    everybody.get()
    assert "Revokes consent 1" in names(everybody)


def test_pages_by_their_addresses(browse: Browse, inbox: Site) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(120):
        leads.held(inbox, at=at + timedelta(minutes=number), first_name=f"N{number}", last_name="")
    browser = browse("read all")
    seen: list[str] = []
    query: dict[str, Any] = {"tab": "needs"}
    for rows in (50, 50, 20):
        browser.get(**query)
        assert len(names(browser)) == rows
        seen += names(browser)
        older = re.search(r'href="([^"]+)" rel="next"', browser.page.text)
        query = parse_qs(urlsplit(older[1].replace("&amp;", "&")).query) if older else {}
    assert not query
    assert seen == [f"N{number}" for number in reversed(range(120))]
    assert "Back to the newest" in browser.text


@pytest.mark.parametrize("after", ["x", "1", "1.2.3", "-", "9" * 40, "1.1' OR 1=1"])
def test_a_page_that_there_is_not(browse: Browse, inbox: Site, after: str) -> None:
    leads.held(inbox)
    browser = browse("read all")
    assert browser.get(after=after).status_code == 404
    assert "The list has no such page." in browser.text
    assert "To the list" in browser.text


def test_before_anything_has_come_in(browse: Browse) -> None:
    browser = browse("read all")
    browser.get()
    assert "No enquiry has come in yet." in browser.text


class Away:
    """A store that cannot answer, in the place of a site's: a real one would do so too briefly."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def indexed(self) -> bool:
        return False

    def facts(self, *, hurry: bool = False) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (IndexBuildingError(0.42), "42 %"),
        (JournalError("/secret/path"), "The server cannot read or write its files at the moment."),
        (OSError(5, "Input/output error"), "The server cannot read or write its files"),
        (ValueError("Jana"), "This is a fault of Frontdesk's"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_cannot_be_read_is_told_calmly(
    browse: Browse, inbox: Site, error: Exception, said: str
) -> None:
    browser = browse("read all")
    state = inbox.app.extensions["frontdesk"]
    before = state.intake
    state.intake = before._replace(store=Away(error))
    try:
        answer = browser.get()
    finally:
        state.intake = before
    assert answer.status_code == (500 if isinstance(error, ValueError) else 503)
    assert said in browser.text
    assert not {"Traceback", "secret", "Jana"} & set(browser.text.split())
    if isinstance(error, IndexBuildingError):
        assert answer.headers["Retry-After"] == "5"


def test_a_full_page_is_small(browse: Browse, inbox: Site) -> None:
    for number in range(60):
        leads.failed(inbox, first_name=f"Jana {number}", note="n" * 500, unit=f"A.{number}")
    browser = browse("read all")
    page = browser.get().content
    style = requests.get(f"{inbox.url}/static/inbox.css", timeout=30).content
    assert len(gzip.compress(page)) + len(gzip.compress(style)) < 30_000


def test_times_are_those_of_the_configured_zone(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    from tests.inbox.people import entry
    from tests.support import FORM, open_app

    zone = '[inbox]\ntimezone = "Europe/Prague"\n'
    site = serve(open_app(write_config(FORM + zone + entry("Eva", "read"))))
    leads.held(site, at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC), first_name="Late", last_name="")
    browser = Browser(site)
    browser.sign_in("Eva")
    browser.get(since="2026-07-02", until="2026-07-02")
    assert names(browser) == ["Late"]
    assert (
        '<time datetime="2026-07-01T22:30:00Z" title="2026-07-01T22:30:00Z">2026-07-02 00:30'
        in (browser.page.text)
    )
    browser.get(until="2026-07-01")
    assert names(browser) == []
    browser.http.close()


# -- by itself ------------------------------------------------------------------------------------

POLL = {"Frontdesk-Poll": "1"}


def poll(browser: Browser, path: str = "", tag: str = "") -> requests.Response:
    """Ask as the page's script does, which has the tag of the page."""
    tag = tag or re.findall(r'data-tag="([^"]+)"', browser.page.text)[0]
    headers = {**POLL, "If-None-Match": f'"{tag}"'}
    return browser.http.get(browser.root + path, headers=headers, timeout=30, allow_redirects=False)


def test_who_asks_again_is_told_whether_something_has_changed(browse: Browse, filled: Site) -> None:
    browser = browse("read riverside")
    browser.get()
    for _ in range(2):
        answer = poll(browser)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["Cache-Control"] == "no-store"
    leads.held(filled, first_name="Filip", last_name="")
    answer = poll(browser)
    assert answer.status_code == 200
    assert "Filip" in answer.text


def test_who_asks_again_is_told_of_what_is_wrong_otherwise(browse: Browse, filled: Site) -> None:
    browser = browse("read all")
    eventually(lambda: browser.get() and poll(browser).status_code == 304)
    requests.get(f"{filled.url}/healthz", headers={"X-Forwarded-For": "203.0.113.7"}, timeout=30)
    assert "needs somebody" in eventually(lambda: poll(browser).text)


def test_who_may_not_see_a_form_is_not_told_that_something_came_to_it(
    browse: Browse, filled: Site
) -> None:
    limited, other = browse("read riverside"), browse("read all")
    limited.get()
    other.get()
    leads.held(filled, form="hill")
    assert poll(limited).status_code == 304
    assert poll(other).status_code == 200
    leads.held(filled)
    assert poll(limited).status_code == 200


def test_a_tag_is_of_one_person_only(browse: Browse, filled: Site) -> None:
    one, other = browse("read riverside"), browse("read hill")
    one.get()
    tag = re.findall(r'data-tag="([^"]+)"', one.page.text)[0]
    answer = poll(other, tag=tag)
    assert answer.status_code == 200
    assert "Dana" in answer.text
    assert "Adam" not in answer.text


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(browse: Browse, filled: Site) -> None:
    browser = browse("read all")
    browser.get()
    cookie = dict(browser.http.cookies)
    assert "Set-Cookie" not in poll(browser).headers
    leads.held(filled)
    assert "Set-Cookie" not in poll(browser).headers
    assert dict(browser.http.cookies) == cookie
    browser.http.cookies.clear()
    assert poll(browser, tag="0").status_code == 303
