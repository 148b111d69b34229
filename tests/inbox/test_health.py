"""How the accounts and the machine stand: who sees what of it, and who may have a CRM asked."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.model.exchange import Answer
from frontdesk.monitoring.recipients import recipients
from tests.inbox import leads
from tests.inbox.people import HILL, INBOX, Browser
from tests.inbox.test_actions import state
from tests.inbox.test_one import harmless
from tests.prices import units_section
from tests.support import (
    FORM,
    GENERAL,
    Site,
    calls,
    eventually,
    fault,
    journal_lines,
    mend,
    open_app,
)
from tests.support import leads as in_crm

Browse = Callable[..., Browser]
# Another account for the form `hill`, at the same CRM.
SECOND = GENERAL.partition("[destinations.crm]")[2]


def shut(site: Site, said: str = "banned", name: str = "crm", form: str = "riverside") -> UUID:
    """A lead that met a refusal which closed the account."""
    came = replace(leads.lead(form), destinations=(name,))
    attempt = events.Attempt(id=came.id, destination=name)
    refused = events.Failed(
        id=came.id,
        destination=name,
        attempt=attempt.attempt,
        reason="the CRM answered 401",
        answer=Answer(401, 0.25, said),
        closes_account=True,
    )
    leads.put(site, came, attempt, refused)
    return came.id


def waiting(site: Site, name: str = "crm", form: str = "riverside") -> UUID:
    """A lead that waits for the account."""
    came = replace(leads.lead(form, at=utcnow() - timedelta(hours=2)), destinations=(name,))
    leads.put(site, came)
    return came.id


def test_a_closed_account_is_checked_and_opened(
    browse: Browse, inbox: Site, crm: str, config: Path
) -> None:
    shut(inbox)
    one = waiting(inbox)
    browser = browse("admin all")
    eventually(lambda: "needs somebody" in browser.get().text)
    browser.get("health")
    assert "crm closed" in browser.text
    assert "Closed: the CRM answered 401. Nothing is sent until" in browser.text
    assert "Still to be delivered 1" in browser.text
    assert "Oldest of them, for 2 h 0 min" in browser.text
    assert "Leads have waited for too long to be delivered." in browser.text
    assert "Mend the reason, then have it checked and opened again below." in browser.text
    fault(crm, "status", endpoint="any", status=401, times=None, body="<b>You</b> are banned\u202e")
    answer = browser.send("health", destination="crm")
    assert answer.status_code == 200
    assert "What crm answered To mend: list-leads answered 401: <b>You</b> are" in browser.text
    assert "It stays closed" in browser.text
    harmless(answer.text)
    assert state(inbox, one) == "pending"
    mend(crm)
    browser.send("health", destination="crm")
    assert "login accepted" in browser.text
    assert "It was closed (the CRM answered 401), and is open again." in browser.text
    assert "send it again" in browser.text
    eventually(lambda: state(inbox, one) == "delivered")
    browser.get("health")
    assert "crm open" in browser.text
    assert "Last success" in browser.text
    assert "Still to be delivered 0" in browser.text
    (line,) = [x for x in journal_lines(config.parent / "var/journal") if x["event"] == "opened"]
    assert line["by"] == "admin all (inbox)"
    mended = browse("read all")
    assert "Leads have failed: the CRM refused them." in mended.get("health").text
    eventually(lambda: "needs somebody" not in mended.get().text)


def test_one_that_is_open_is_only_asked(browse: Browse, inbox: Site, crm: str) -> None:
    browser = browse("admin all")
    browser.get("health")
    assert "Nothing needs anybody." in browser.text
    browser.send("health", destination="crm")
    assert "login accepted" in browser.text
    assert "It takes us." in browser.text
    assert not in_crm(crm)


def test_a_crm_is_not_asked_all_the_time(browse: Browse, inbox: Site, crm: str) -> None:
    """It may count what it refuses against the account."""
    browser = browse("admin all")
    browser.get("health")
    answers = [browser.send("health", destination="crm") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    asked = len(calls(crm))
    answer = browser.send("health", destination="crm")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "It was asked a moment ago." in browser.text
    assert len(calls(crm)) == asked


def test_one_that_asked_for_a_break_is_left_alone(browse: Browse, inbox: Site, crm: str) -> None:
    came, until = leads.lead(), utcnow() + timedelta(hours=1)
    tried = events.Deferred(
        id=came.id, destination="crm", reason="429", until=until, account_until=until
    )
    leads.put(inbox, came, tried)
    browser = browse("admin all")
    page = browser.get("health").text
    assert "crm waits" in browser.text
    assert f"It gets leads again from {until:%Y-%m-%d %H:%M:%S}" in browser.text
    assert 'name="destination"' not in page
    answer = browser.send("health", destination="crm")
    assert answer.status_code == 409
    assert "crm: The CRM asked for no requests until then" in browser.text
    assert not calls(crm)


def test_only_an_administrator_may_have_it_asked(browse: Browse, inbox: Site, crm: str) -> None:
    for name in ("read all", "act all"):
        browser = browse(name)
        page = browser.get("health").text
        assert "An administrator can have it checked." in page
        assert 'name="destination"' not in page
        assert browser.send("health", destination="crm").status_code == 403
    admin = browse("admin all")
    admin.get("health")
    for unknown in ("", "nothing", "../crm", "é"):
        assert admin.send("health", destination=unknown).status_code == 404
        admin.get("health")
    assert not calls(crm)


@pytest.fixture
def two(write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str) -> Site:
    """A site whose form `hill` delivers to `own` as well, and `riverside` only to `crm`."""
    hill = HILL.replace('destinations = ["crm"]', 'destinations = ["crm", "own"]')
    own = f"[destinations.own]{SECOND}".replace("{crm}", crm)
    apart = {'courier = "inside"': 'courier = "apart"'}
    return serve(open_app(write_config(FORM + hill + own + INBOX, **apart)))


def test_who_is_limited_sees_only_the_accounts_of_their_forms(two: Site, crm: str) -> None:
    shut(two, name="own", form="hill")
    for _ in range(3):
        waiting(two)
    waiting(two, form="hill")
    leads.held(two)
    riverside, hill, everybody = Browser(two), Browser(two), Browser(two)
    for browser, name in ((riverside, "riverside"), (hill, "hill"), (everybody, "all")):
        assert browser.sign_in(f"admin {name}").status_code == 200
        browser.get("health")
    assert "own" not in words(riverside.text)
    assert "Still to be delivered 3" in riverside.text
    assert "Enquiries are held back." in riverside.text
    assert "Leads have failed" not in riverside.text
    assert "own closed" in hill.text
    assert "Still to be delivered 1" in hill.text
    assert "Enquiries are held back." not in hill.text
    assert "Still to be delivered 4" in everybody.text
    for browser in (riverside, hill):
        assert "The last alerts" not in browser.text
        assert "Other forms deliver there, too" in browser.text, "to crm"
        assert browser.send("health", destination="crm").status_code == 404
        browser.get("health")
    assert riverside.send("health", destination="own").status_code == 404
    assert not calls(crm)
    hill.get("health")
    hill.send("health", destination="own")
    assert "and is open again." in hill.text, "which is theirs alone"
    for browser in (riverside, hill, everybody):
        browser.http.close()


def words(text: str) -> set[str]:
    """The words of a text."""
    return set(text.split())


def test_the_sign_of_those_who_are_limited_is_of_their_accounts(two: Site) -> None:
    shut(two, name="own", form="hill")
    for name, shown in (("riverside", False), ("hill", True)):
        browser = Browser(two)
        assert browser.sign_in(f"read {name}").status_code == 200
        assert ("needs somebody" in browser.get().text) == shown
        browser.http.close()


def test_the_last_alerts_are_told(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    told = '[notify]\nurls = ["json://127.0.0.1:9/hook"]\n'
    site = serve(open_app(write_config(FORM + HILL + INBOX + told)))
    browser = Browser(site)
    browser.sign_in("read all")
    assert "Nobody had to be told of anything yet." in browser.get("health").text
    (one,) = recipients(site.app.extensions["frontdesk"].settings)
    failed = [f"failed:{leads.failed(site)}" for _ in range(3)]
    leads.put(
        site,
        events.Notified(receiver=one.identity, what=("closed:crm", *failed)),
        events.Notified(receiver=one.identity, over=("closed:crm",), again=True),
        events.Notified(receiver="nobody of now", reason="answered <500>"),
    )
    browser.get("health")
    alerts = browser.text.partition("The last alerts")[2]
    assert "notify.urls[0] was told: the account crm is closed; leads that failed: 3" in alerts
    assert (
        "notify.urls[0] was told: over: the account crm is closed;"
        " a reminder of all that still needs somebody"
    ) in alerts
    assert "an earlier entry of notify.urls took no message: answered <500>" in alerts
    assert "127.0.0.1:9" not in browser.page.text
    browser.http.close()


def test_without_anybody_to_tell_that_is_said(browse: Browse) -> None:
    browser = browse("read all")
    browser.get("health")
    assert "there is no notify.urls in the configuration" in browser.text


def test_units_that_are_old_are_told_of_with_what_their_source_did(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    source = units_section("http://127.0.0.1:9/units.json")
    site = serve(open_app(write_config(FORM + source + HILL + INBOX)))
    browser = Browser(site)
    browser.sign_in("read riverside")
    eventually(lambda: "no units are known; their source" in browser.get("health").text)
    assert "The units of riverside are old: their source does not answer" in browser.text
    assert "Enquiries come in as before, and any unit may be named." in browser.text
    browser.http.close()
    other = Browser(site)
    other.sign_in("read hill")
    assert "units" not in other.get("health").text
    other.http.close()
