"""Notes about an enquiry: written once, found, shown as text, and sent to nobody."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest

from frontdesk.inbox import guard
from frontdesk.inbox.record import turn
from frontdesk.store.errors import IndexBuildingError
from tests.inbox import leads
from tests.inbox.people import PASSWORD, Browser
from tests.inbox.test_actions import act, hidden, state, told, typed
from tests.inbox.test_one import harmless
from tests.support import Site, eventually
from tests.support import leads as in_crm

Browse = Callable[..., Browser]


def test_a_note_is_not_lost_when_the_session_ends(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox)
    browser = browse("act all")
    browser.get(f"{identity}/note")
    browser.http.cookies.clear()
    text = "Calls back\r\non Monday"
    assert browser.send(f"{identity}/note", version="2", text=text).status_code == 401
    assert "What you typed is kept" in browser.text
    kept = {"kept.text": text, "next": browser.hidden("next")}
    assert kept["next"] == f"{identity}/note"
    browser.send("sign-in", name="act all", password=PASSWORD, **kept)
    assert browser.page.status_code == 200
    assert "Calls back" in browser.page.text
    assert browser.page.url.endswith("/sign-in"), "it is to be looked at, and saved"
    other = browse()
    other.get("sign-in")
    assert other.send("sign-in", name="read all", password=PASSWORD, **kept).status_code == 404


def test_a_note_is_not_lost_when_others_are_at_it_for_long(
    browse: Browse, inbox: Site, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = leads.held(inbox)
    browser = browse("act all")
    browser.get(str(identity))
    monkeypatch.setattr(turn, "_PATIENCE", 0.1)
    others = leads.store_of(inbox).lease(turn.LEASE)
    assert others.win(), "as another process does"
    try:
        answer = browser.send(f"{identity}/note", version=hidden(browser), text="On <b>Monday</b>")
        assert answer.status_code == 503
        assert "Somebody else is at it. Nothing was done; please try again." in browser.text
        assert "It is not saved. Copy it from here" in browser.text
        assert "On &lt;b&gt;Monday&lt;/b&gt;" in browser.page.text
        browser.get(str(identity))
        answer = browser.send(f"{identity}/discard", version=hidden(browser))
        assert answer.status_code == 503
        assert "What you typed" not in browser.text
    finally:
        others.resign()
    assert not told(config, identity, "commented")
    assert not told(config, identity, "discarded")


def test_a_note_is_not_lost_while_the_index_is_built(inbox: Site) -> None:
    sent = {"method": "POST", "data": {"text": "On Monday"}}
    with inbox.app.test_request_context(f"/inbox/{UUID(int=1)}/note", **sent):
        html = guard.broken(IndexBuildingError(0.4)).get_data(as_text=True)
    assert "On Monday" in html
    assert 'http-equiv="refresh"' not in html, "it would be gone in five seconds"
    with inbox.app.test_request_context("/inbox/"):
        assert 'http-equiv="refresh"' in guard.broken(IndexBuildingError(0.4)).get_data(True)


def test_a_note_is_saved_shown_found_and_sent_to_nobody(
    browse: Browse, inbox: Site, crm: str, config: Path
) -> None:
    identity = leads.held(inbox)
    browser = browse("act riverside")
    act(browser, identity, "note", text="Called back.\r\nWants a <b>cellar</b>.")
    assert browser.page.url.endswith(f"{identity}?done=noted")
    assert "The note is saved." in browser.text
    assert "Note (act riverside (inbox))" in browser.text
    assert "Called back.\nWants a &lt;b&gt;cellar&lt;/b&gt;." in browser.page.text
    (line,) = told(config, identity, "commented")
    assert line["text"] == "Called back.\nWants a <b>cellar</b>."
    assert "Jana" in browser.get(q="wants a").text
    act(browser, identity, "release")
    eventually(lambda: state(inbox, identity) == "delivered")
    assert "cellar" not in str(in_crm(crm))
    assert "Called back." in browse("read riverside").get(str(identity)).text


def test_one_that_is_sent_twice_is_taken_once(browse: Browse, inbox: Site, config: Path) -> None:
    identity = leads.held(inbox)
    browser = browse("act all")
    browser.get(str(identity))
    version, token = hidden(browser), browser.token
    for _ in range(2):
        browser.send(f"{identity}/note", version=version, csrf_token=token, text=" Once. ")
        assert "The note is saved." in browser.text
    assert len(told(config, identity, "commented")) == 1


def test_nothing_typed_is_lost(browse: Browse, inbox: Site, config: Path) -> None:
    identity = leads.held(inbox)
    first, second = browse("act all"), browse("act riverside")
    for browser in (first, second):
        browser.get(str(identity))
    first.send(f"{identity}/discard", version=hidden(first))
    answer = second.send(f"{identity}/note", version=hidden(second), text="Wait & see")
    assert answer.status_code == 409
    assert "Something has happened meanwhile." in second.text
    assert typed(second)["text"] == "Wait & see"
    second.send(f"{identity}/note", version=hidden(second), text=typed(second)["text"])
    assert "The note is saved." in second.text
    for text, said in (
        ("", "Write something first."),
        ("x" * 2001, "A note has at most 2000 characters."),
        ("one\x00two", "a character in it that nobody can see"),
    ):
        second.get(str(identity))
        answer = second.send(f"{identity}/note", version=hidden(second), text=text)
        assert answer.status_code == 422
        assert said in second.text
        assert 'aria-invalid="true"' in answer.text
        harmless(answer.text.replace("\0", ""))
    assert len(told(config, identity, "commented")) == 1


def test_it_goes_along_until_somebody_has_signed_in_again(
    browse: Browse, inbox: Site, config: Path
) -> None:
    identity = leads.held(inbox)
    for name, status in (("act riverside", 200), ("read all", 404), ("act hill", 404)):
        browser = browse("act riverside")
        browser.get(str(identity))
        browser.http.cookies.clear()
        answer = browser.send(f"{identity}/note", version=hidden(browser), text='Typed "for" long')
        assert answer.status_code == 401
        assert "What you typed is kept" in browser.text
        kept = dict(re.findall(r'<textarea name="(kept\.[^"]+)" hidden>\n([^<]*)', answer.text))
        known = {key: unescape(value) for key, value in kept.items()}
        after = hidden(browser, "next")
        browser.send("sign-in", name=name, password=PASSWORD, next=after, **known)
        assert browser.page.status_code == status
        if status == 200:
            assert typed(browser)["text"] == 'Typed "for" long'
            browser.send(f"{identity}/note", version=hidden(browser), **typed(browser))
            assert "The note is saved." in browser.text
    assert len(told(config, identity, "commented")) == 1


def test_who_may_only_read_writes_none(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox)
    browser = browse("read all")
    assert f"{identity}/note" not in browser.get(str(identity)).text
    assert browser.get(f"{identity}/note").status_code == 403


def test_none_about_what_was_erased(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox)
    browser = browse("act all")
    act(browser, identity, "note", text="Jana called")
    leads.store_of(inbox).erase([identity], [], "eva")
    assert "Jana called" not in browser.get(str(identity)).text
    assert f"{identity}/note" not in browser.page.text
    assert browser.get(f"{identity}/note").status_code == 404
    assert "Nothing matches." in browser.get(q="Jana called").text
