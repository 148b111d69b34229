"""What people do: send again, release, discard, correct; twice, at once, too late, signed out."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.inbox import leads
from tests.inbox.people import HILL, INBOX, PASSWORD, Browser
from tests.support import FORM, Site, eventually, fault, journal_lines, mend, open_app

Browse = Callable[..., Browser]


def hidden(browser: Browser, name: str = "version") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', browser.page.text)
    return found[1] if found else ""


def act(browser: Browser, identity: UUID | str, action: str, **data: Any) -> None:
    """Press a button of a record's page."""
    browser.get(str(identity))
    browser.send(f"{identity}/{action}", version=hidden(browser), **data)


def state(site: Site, identity: UUID | str) -> str:
    record = leads.store_of(site).get(UUID(str(identity)))
    assert record is not None
    return record.state


def told(config: Path, identity: UUID | str, event: str) -> list[dict[str, Any]]:
    """The journal's lines of one kind about a record."""
    lines = journal_lines(config.parent / "var/journal")
    return [line for line in lines if (line["id"], line["event"]) == (str(identity), event)]


def test_a_lead_that_failed_is_sent_again(
    browse: Browse, inbox: Site, crm: str, config: Path
) -> None:
    identity = leads.failed(inbox)
    browser = browse("act riverside")
    act(browser, identity, "send")
    assert browser.page.url == f"{browser.root}{identity}?done=sent"
    assert "It is to be sent again." in browser.text
    assert "(act riverside (inbox))" in browser.text
    eventually(lambda: state(inbox, identity) == "delivered")
    browser.get(str(identity))
    assert "Delivered: crm: customer" in browser.text
    assert "Send again" not in browser.page.text
    (line,) = told(config, identity, "replayed")
    assert line["by"] == "act riverside (inbox)"


def test_a_held_one_is_released_and_another_discarded(
    browse: Browse, inbox: Site, config: Path
) -> None:
    one, other = leads.held(inbox), leads.held(inbox, email="spam@example.com")
    browser = browse("admin all")
    act(browser, one, "release")
    assert "Released: it goes to the CRM now." in browser.text
    act(browser, other, "discard")
    assert "Discarded: it is not sent." in browser.text
    eventually(lambda: state(inbox, one) == "delivered")
    assert state(inbox, other) == "discarded"
    assert [len(told(config, one, "released")), len(told(config, other, "discarded"))] == [1, 1]


def test_who_may_only_read_has_no_buttons(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox)
    browser = browse("read all")
    page = browser.get(str(identity)).text
    assert "/release" not in page
    browser.send(f"{identity}/release", version="2")
    assert browser.page.status_code == 403
    assert "Your role does not allow this." in browser.text
    assert state(inbox, identity) == "held"


def test_a_form_that_is_sent_twice_does_no_harm(browse: Browse, inbox: Site, config: Path) -> None:
    identity = leads.held(inbox)
    browser = browse("act all")
    browser.get(str(identity))
    version, token = hidden(browser), browser.token
    for notice in ("Discarded: it is not sent.", "Nothing was done"):
        browser.send(f"{identity}/discard", csrf_token=token, version=version)
        assert notice in browser.text
    assert len(told(config, identity, "discarded")) == 1


@pytest.mark.parametrize("version", ["", "0", "99", "x"])
def test_without_what_was_seen_nothing_is_done(browse: Browse, inbox: Site, version: str) -> None:
    identity = leads.held(inbox)
    browser = browse("act all")
    browser.get(str(identity))
    browser.send(f"{identity}/release", version=version)
    assert "Nothing was done" in browser.text
    assert state(inbox, identity) == "held"


def test_an_action_that_does_not_fit_is_not_done(browse: Browse, inbox: Site) -> None:
    identity = leads.done(inbox)
    browser = browse("act all")
    for action in ("send", "release", "discard"):
        browser.get(str(identity))
        assert f"{identity}/{action}" not in browser.page.text
        browser.send(f"{identity}/{action}", version="2")
        assert "This is not possible any more as it stands now." in browser.text
    assert state(inbox, identity) == "delivered"


def test_what_the_courier_may_be_sending_is_not_discarded(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> None:
    later = {'retry_first = "50 ms"': 'retry_first = "1 hour"', '"200 ms"': '"1 hour"'}
    inbox = serve(open_app(write_config(FORM + HILL + INBOX, **later)))
    fault(crm, "status", status=503, times=None)
    identity = inbox.enquire().json()["id"]
    eventually(lambda: state(inbox, identity) == "deferred")
    browser = Browser(inbox)
    assert browser.sign_in("act all").status_code == 200
    browser.get(str(identity))
    browser.send(f"{identity}/discard", version=hidden(browser))
    assert "This is not possible any more as it stands now." in browser.text
    assert state(inbox, identity) == "deferred"


def test_of_two_people_at_once_one_is_told(
    browse: Browse, inbox: Site, crm: str, config: Path
) -> None:
    fault(crm, "status", status=503)
    browsers = [browse(name) for name in ("act all", "act riverside", "admin all")]
    for action, made in (("send", leads.failed), ("release", leads.held)):
        for _ in range(5):
            identity = made(inbox)
            for browser in browsers:
                browser.get(str(identity))
            seen = hidden(browsers[0])
            with ThreadPoolExecutor(len(browsers)) as pool:
                answers = list(
                    pool.map(
                        lambda one: one.send(f"{identity}/{action}", version=seen),  # noqa: B023
                        browsers,
                    )
                )
            outcomes = sorted(answer.url.rpartition("=")[2] for answer in answers)
            assert outcomes == ["late", "late", "sent" if action == "send" else "released"]
            event = "replayed" if action == "send" else "released"
            assert len(told(config, identity, event)) == 1
    mend(crm)


# -- corrections -----------------------------------------------------------------------------------


def typed(browser: Browser) -> dict[str, str]:
    """What stands in the fields of the page."""
    page = browser.page.text
    found = dict(re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]*? value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>\n([^<]*)', page))
    return {name: unescape(value) for name, value in found.items()}


def test_a_phone_is_corrected_and_the_lead_sent_again(
    browse: Browse, inbox: Site, config: Path
) -> None:
    identity = leads.failed(inbox, phone="+420777123456", rooms=("2+kk", "3+kk"), note="Hello\nyou")
    browser = browse("act riverside")
    browser.get(f"{identity}/amend")
    fields = typed(browser)
    assert fields["phone"] == "+420777123456"
    assert fields["rooms"] == "2+kk, 3+kk"
    assert fields["note"] == "Hello\nyou"
    wrong = {**fields, "phone": "12", "note": "Hello\r\nyou", "unit": "B.2"}
    answer = browser.send(f"{identity}/amend", version=hidden(browser), **wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'id="phone-error"' in answer.text
    assert re.findall(r'id="([^"]+)"[^>]* autofocus', answer.text) == ["phone"]
    assert typed(browser)["phone"] == "12"
    assert typed(browser)["unit"] == "B.2", "what was right is not lost either"
    assert not told(config, identity, "amended")
    right = {**typed(browser), "phone": "777 999 888"}
    browser.send(f"{identity}/amend", version=hidden(browser), **right)
    assert browser.page.url.endswith(f"{identity}?done=amended")
    assert "Corrected. Send it again" in browser.text
    (line,) = told(config, identity, "amended")
    assert line["changed"] == ["phone", "unit"]
    assert line["lead"]["phone"] == "+420777999888"
    assert line["by"] == "act riverside (inbox)"
    act(browser, identity, "send")
    eventually(lambda: state(inbox, identity) == "delivered")


def test_a_consent_is_taken_away_and_never_given(browse: Browse, inbox: Site, config: Path) -> None:
    identity = inbox.enquire(consents=[2, 1]).json()["id"]
    eventually(lambda: state(inbox, identity) == "delivered")
    browser = browse("act all")
    browser.get(f"{identity}/amend")
    assert typed(browser)["consents"] == "2, 1"
    for wanted, status in (("2, 3", 422), ("2", 200), ("2, 1", 422)):
        browser.get(f"{identity}/amend")
        fields = {**typed(browser), "consents": wanted}
        answer = browser.send(f"{identity}/amend", version=hidden(browser), **fields)
        assert answer.status_code == status
        if status == 422:
            assert "Only the visitor can give a consent." in browser.text
            assert typed(browser)["consents"] == wanted
    (line,) = told(config, identity, "amended")
    assert line["changed"] == ["consents"]
    assert [one["granted"] for one in line["lead"]["consents"]] == [True, False]


def test_what_is_the_same_is_no_correction(browse: Browse, inbox: Site, config: Path) -> None:
    identity = leads.failed(inbox, note="two\nlines")
    browser = browse("act all")
    browser.get(f"{identity}/amend")
    browser.send(f"{identity}/amend", version=hidden(browser), **typed(browser))
    assert "Nothing was different" in browser.text
    assert not told(config, identity, "amended")


def test_a_correction_of_what_has_changed_meanwhile(browse: Browse, inbox: Site) -> None:
    identity = leads.failed(inbox)
    first, second = browse("act all"), browse("act riverside")
    for browser in (first, second):
        browser.get(f"{identity}/amend")
    first.send(f"{identity}/amend", version=hidden(first), unit="A.1")
    answer = second.send(f"{identity}/amend", version=hidden(second), unit="B.2")
    assert answer.status_code == 409
    assert "It was changed meanwhile." in second.text
    assert typed(second)["unit"] == "B.2"
    second.send(f"{identity}/amend", version=hidden(second), unit="B.2")
    record = leads.store_of(inbox).get(identity)
    assert record is not None
    assert record.submission is not None
    assert record.submission.lead.unit == "B.2"


def test_nothing_typed_is_lost_when_the_session_ends(
    browse: Browse, inbox: Site, config: Path
) -> None:
    identity = leads.failed(inbox)
    browser = browse("act riverside")
    browser.get(f"{identity}/amend")
    fields = {**typed(browser), "note": 'Two\r\nlines & "quotes" <b>', "unit": "B.2"}
    browser.http.cookies.clear()
    answer = browser.send(f"{identity}/amend", version=hidden(browser), **fields)
    assert answer.status_code == 401
    assert "What you typed is kept" in browser.text
    kept = dict(re.findall(r'<textarea name="(kept\.[^"]+)" hidden>\n([^<]*)', answer.text))
    again = {name: unescape(value) for name, value in kept.items()}
    after = hidden(browser, "next")
    assert browser.send("sign-in", name="x", password="y", next=after, **again).status_code == 422
    assert "kept.unit" in browser.page.text, "nor by a wrong password"
    browser.send("sign-in", name="act riverside", password=PASSWORD, next=after, **again)
    assert browser.page.status_code == 200
    assert typed(browser)["unit"] == "B.2"
    assert typed(browser)["note"].splitlines() == ["Two", 'lines & "quotes" <b>']
    action = re.search(r'<form method="post" action="([^"]+)" class="card', browser.page.text)
    assert action is not None
    browser.send(action[1], version=hidden(browser), **typed(browser))
    (line,) = told(config, identity, "amended")
    assert sorted(line["changed"]) == ["note", "unit"]


def test_who_signs_in_after_an_action_that_came_too_late_sees_its_record(
    browse: Browse, inbox: Site, config: Path
) -> None:
    identity = leads.failed(inbox)
    browser = browse("act all")
    browser.get(str(identity))
    browser.http.cookies.clear()
    assert browser.send(f"{identity}/send", version=hidden(browser)).status_code == 401
    assert "You were signed out, and nothing was done." in browser.text
    browser.send("sign-in", name="act all", password=PASSWORD, next=hidden(browser, "next"))
    assert browser.page.url == f"{browser.root}{identity}?done=not-send"
    assert "Not delivered:" in browser.text
    assert "You were signed out, so this was not done: Send again." in browser.text
    assert not told(config, identity, "replayed"), "it is asked for again, and not done unasked"
    browser.send(f"{identity}/send", version=hidden(browser))
    assert len(told(config, identity, "replayed")) == 1


def test_what_has_become_impossible_meanwhile_is_not_asked_for_again(
    browse: Browse, inbox: Site
) -> None:
    identity = leads.held(inbox)
    browser, other = browse("act all"), browse("act all")
    browser.get(str(identity))
    browser.http.cookies.clear()
    browser.send(f"{identity}/release", version=hidden(browser))
    other.get(str(identity))
    other.send(f"{identity}/discard", version=hidden(other))
    browser.send("sign-in", name="act all", password=PASSWORD, next=hidden(browser, "next"))
    assert "This is not possible any more as it stands now." in browser.text
    assert "You were signed out" not in browser.text
    browser.get(f"{identity}?done=not-such")
    assert 'class="notice"' not in browser.page.text


def test_who_was_signed_out_goes_on_where_they_were(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox, phone="+420777123456")
    browser = browse("admin all")
    browser.get(tab="needs", q="Jana & co")
    seen = hidden(browser, "seen")
    sent = {"action": "release", "which": "all", "seen": seen, "tab": "needs", "q": "Jana & co"}
    for path, form, after in (
        ("bulk", sent, "?q=Jana+%26+co&tab=needs"),
        (f"{identity}/erase", {"by": "1"}, f"{identity}/erase?chosen=1&by=1"),
        ("health", {"account": "crm"}, "health"),
    ):
        browser.http.cookies.clear()
        assert browser.send(path, **form).status_code == 401
        browser.send("sign-in", name="admin all", password=PASSWORD, next=browser.hidden("next"))
        assert browser.page.url == f"{browser.root}{after}"
        assert browser.page.status_code == 200


def test_what_was_typed_is_shown_to_nobody_who_may_not(browse: Browse, inbox: Site) -> None:
    identity = leads.failed(inbox, unit="A.101")
    for name in ("read all", "act hill"):
        browser = browse()
        browser.get("sign-in")
        kept = {"kept.unit": "X"}
        after = f"{identity}/amend"
        browser.send("sign-in", name=name, password=PASSWORD, next=after, **kept)
        assert browser.page.status_code == 404
        assert "A.101" not in browser.page.text
