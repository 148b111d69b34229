"""What was asked for is told as it truly stands, and never that it was sent before it is."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from frontdesk.model import events
from tests.inbox import leads
from tests.inbox.people import HILL, INBOX, Browser
from tests.inbox.test_actions import act, state
from tests.inbox.test_health import shut
from tests.support import FORM, Site, eventually, fault, mend, open_app

Browse = Callable[..., Browser]


def steps(browser: Browser) -> list[str]:
    """The course on the page of a record, without its times."""
    found = re.search(r'<ol class="course".*?</ol>', browser.page.text, re.DOTALL)
    items = re.findall(r"<li.*?</li>", found[0], re.DOTALL) if found else []
    plain = (re.sub(r"<time.*?</time>|<[^>]+>", "", item) for item in items)
    return [unescape(item).strip() for item in plain]


@pytest.fixture
def apart(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> Iterator[tuple[Site, Browser]]:
    """A site whose courier does not run, and somebody who has signed in there."""
    away = {'courier = "inside"': 'courier = "apart"'}
    site = serve(open_app(write_config(FORM + HILL + INBOX, **away)))
    browser = Browser(site)
    assert browser.sign_in("act all").status_code == 200
    yield site, browser
    browser.http.close()


def test_each_step_is_there_once_it_is_taken(apart: tuple[Site, Browser]) -> None:
    site, browser = apart
    one = leads.failed(site)
    browser.get(str(one))
    assert steps(browser) == [], "nobody has asked for anything"
    act(browser, one, "send")
    assert steps(browser) == ["Asked for", "not tried yet"]
    tried = events.Attempt(id=one, destination="crm")
    later = events.Deferred(
        id=one,
        destination="crm",
        attempt=tried.attempt,
        reason="answered 503",
        until=events.utcnow(),
    )
    ended = events.Delivered(id=one, destination="crm", customer_id="7")
    for event, expected in (
        (tried, ["Tried", "no answer yet"]),
        (later, ["Tried", "Not taken yet: answered 503", "not delivered yet"]),
    ):
        leads.put(site, event)
        browser.get(str(one))
        assert steps(browser) == ["Asked for", *expected]
        assert "Delivered" not in browser.text
        assert "Look again" in browser.text
    leads.put(site, ended)
    browser.get(str(one), done="sent")
    assert steps(browser) == ["Asked for", "Tried", "Delivered"]
    assert "Delivered: crm: customer 7" in browser.text
    assert "Look again" not in browser.text
    browser.get(str(one))
    assert steps(browser) == [], "nothing is under way"


def test_it_says_so_where_it_fails_again(browse: Browse, inbox: Site, crm: str) -> None:
    fault(crm, "status", status=400, times=None)
    one = leads.failed(inbox)
    browser = browse("act all")
    act(browser, one, "send")
    eventually(lambda: state(inbox, one) == "failed")
    browser.get(str(one), done="sent")
    assert steps(browser) == ["Asked for", "Tried", "Failed: create-lead answered 400"]
    mend(crm)
    act(browser, one, "send")
    eventually(lambda: state(inbox, one) == "delivered")
    browser.get(str(one), done="sent")
    assert steps(browser) == ["Asked for", "Tried", "Delivered"]


def test_what_waits_for_an_account_says_that(apart: tuple[Site, Browser]) -> None:
    site, browser = apart
    shut(site)
    one = leads.held(site)
    act(browser, one, "release")
    assert steps(browser) == ["Asked for", "not tried yet"]
    assert "The account crm is closed: it waits until somebody opens that again." in browser.text
    assert "Look again" in browser.text
