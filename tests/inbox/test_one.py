"""One enquiry: what is shown of it, and of the worst that a stranger can write."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from msgspec.structs import replace

from frontdesk.inbox.text import clipped, visible
from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.model.exchange import Answer
from frontdesk.store.base import Store
from tests import samples
from tests.inbox import leads
from tests.inbox.people import HILL, INBOX, Browser
from tests.inbox.test_sign_in import trail
from tests.support import FORM, Site, eventually, open_app

Browse = Callable[..., Browser]


def test_an_enquiry_tells_all_that_is_known(browse: Browse, inbox: Site) -> None:
    identity = leads.failed(
        inbox,
        said='{"error": "phone is not valid"}',
        phone="+420777123456",
        unit="A.101",
        rooms=("2+kk",),
        price_max=8_500_000,
        note="Is there\na cellar?",
        attributes={"pets": True, "how": ["a", "b"]},
    )
    browser = browse("read all")
    page = browser.get(str(identity)).text
    said = browser.text
    assert "Not delivered: crm: the CRM answered 400: phone is not valid." in said
    assert "Correct it, if something in it is wrong, and send it again; or discard it." in said
    assert 'href="mailto:jana@example.com"' in page
    assert 'href="tel:+420777123456"' in page
    assert "8\u00a0500\u00a0000 CZK" in page
    assert "Is there\na cellar?" in page
    for text in ("Jana Nováková", "A.101", "2+kk", "pets", "Yes", "a, b", "192.0.2.7"):
        assert text in page, text
    assert "Tried to send it to crm" in said
    assert "answer 400, 0.2 s" in said
    assert "phone is not valid" in said
    assert f'{{"v":1,"event":"received","id":"{identity}"' in re.sub("&#34;", '"', page)


def test_every_field_of_a_lead_is_shown(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox, **samples.everything())
    page = browse("read all").get(str(identity)).text
    shown, line, _ = page.partition("{&#34;v&#34;:1")
    assert line, "below, the journal's lines have all of it, too"
    for name in samples.TOLD:
        assert samples.said(name) in shown, name


def test_a_mail_is_told_by_its_id_and_without_the_words_of_http(
    browse: Browse, inbox: Site
) -> None:
    came = leads.lead()
    answer = Answer(250, 0.1, "250 OK")
    sent = events.Delivered(
        id=came.id, destination="crm", inquiry_id="<a@b.example>", answer=answer
    )
    leads.put(inbox, came, sent)
    browser = browse("read all")
    browser.get(str(came.id))
    assert "Delivered to crm, taken as <a@b.example> · answer 250, 0.1 s" in browser.text
    assert "HTTP" not in browser.text


def test_what_became_of_each_kind(browse: Browse, inbox: Site) -> None:
    browser = browse("read all")
    for identity, said in (
        (leads.done(inbox), "Delivered: crm: customer 60001. There is nothing to do."),
        (leads.held(inbox), "Held back: spam suspected. Release it, or discard it if it is spam."),
    ):
        browser.get(str(identity))
        assert said in browser.text
    gone = leads.held(inbox)
    leads.put(inbox, events.Discarded(id=gone, by="eva"))
    browser.get(str(gone))
    assert "Somebody discarded it" in browser.text
    assert "(eva)" in browser.text
    leads.store_of(inbox).erase([gone], [], "eva")
    browser.get(str(gone))
    assert "The personal data was erased." in browser.text
    assert "jana@example.com" not in browser.page.text


def test_what_was_erased_is_not_said_never_to_have_been_asked_for(
    browse: Browse, inbox: Site
) -> None:
    identity = inbox.enquire().json()["id"]
    browser = browse("read all")
    eventually(lambda: "Delivered to crm" in browser.get(identity).text)
    leads.store_of(inbox).erase([UUID(identity)], [], "eva")
    for page in (identity, f"{identity}/evidence"):
        browser.get(page)
        assert "The personal data was erased." in browser.text
        assert "No consent was asked for." not in browser.text
    never = leads.done(inbox)
    for page in (str(never), f"{never}/evidence"):
        browser.get(page)
        assert "No consent was asked for." in browser.text


def test_the_story_begins_with_the_enquiry(browse: Browse, inbox: Site) -> None:
    browser = browse("read all")
    browser.get(str(leads.held(inbox)))
    story = browser.text.partition("What happened")[2]
    assert story.index("Came in") < story.index("Held back")


def test_who_does_not_know_does_not_say_no(browse: Browse, inbox: Site) -> None:
    came = leads.lead()
    attempt = events.Attempt(id=came.id, destination="crm")
    lost = events.Deferred(
        id=came.id,
        destination="crm",
        attempt=attempt.attempt,
        reason="the connection was cut",
        until=utcnow() + timedelta(days=1),
        unknown=True,
    )
    leads.put(inbox, came, attempt, lost)
    browser = browse("read all")
    browser.get(str(came.id))
    assert "Whether it has arrived at crm is not known: the connection was cut" in browser.text


class Meanwhile:
    """A site's store in which a lead is delivered while somebody's page asks what happened."""

    def __init__(self, store: Store, *lines: events.AnyEvent) -> None:
        self._store, self._lines = store, lines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def events(self, *ids: UUID) -> Any:
        self._store.append(*self._lines)
        self._lines = ()
        return self._store.events(*ids)


def test_what_happens_while_the_page_is_made_is_not_missed(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox)
    browser = browse("read all")
    state = inbox.app.extensions["frontdesk"]
    before = state.intake
    gone = events.Discarded(id=identity, by="eva")
    state.intake = before._replace(store=Meanwhile(before.store, gone))
    try:
        browser.get(str(identity))
    finally:
        state.intake = before
    assert "Somebody discarded it" in browser.text


def test_a_correction_made_while_the_page_is_made_is_on_it(browse: Browse, inbox: Site) -> None:
    came = leads.lead(phone="+420777123456")
    leads.put(inbox, events.Held(id=came.id, reason="spam suspected"), came)
    browser = browse("act all")
    state = inbox.app.extensions["frontdesk"]
    before = state.intake
    lead = replace(came.lead, phone="+420777999888")
    other = events.Amended(id=came.id, by="eva", lead=lead, changed=("phone",))
    browser.get(str(came.id))
    state.intake = before._replace(store=Meanwhile(before.store, other))
    try:
        page = browser.get(f"{came.id}/amend").text
    finally:
        state.intake = before
    assert "+420777999888" in page


def test_the_evidence_of_consent(browse: Browse, inbox: Site) -> None:
    answer = inbox.enquire().json()
    browser = browse("read all")
    browser.get(answer["id"])
    assert "Agreed (consent 2, asked in en)" in browser.text
    assert "I agree to the processing of my data." in browser.text
    assert "is that of these words." in browser.text
    assert "Did not agree (consent 1, asked in en)" in browser.text


def test_the_evidence_can_be_printed(browse: Browse, inbox: Site, config: Path) -> None:
    identity = inbox.enquire(consents=[2]).json()["id"]
    browser = browse("read all")
    eventually(lambda: "Delivered to crm" in browser.get(identity).text)
    assert f'{identity}/evidence"' in browser.page.text
    page = browser.get(f"{identity}/evidence").text
    words = "I agree to the processing of my data."
    for text in (
        f"Enquiry {identity}",
        "Form Riverside Residences",
        "Name Jana Nováková",
        "Address 127.0.0.1",
        f"Consent 2: agreed The exact words, as they were shown: {words}",
        f"SHA-256 {hashlib.sha256(words.encode()).hexdigest()}",
        "The hash is that of these words.",
        "Consent 1: did not agree",
        "delivered, answer 200",
        "consents: 2",
        f"On the server: frontdesk show {identity[:8]} --evidence",
    ):
        assert text in browser.text, text
    assert "<form" not in page.partition("<main")[2]
    assert [line["id"] for line in trail(config) if line["what"] == "view"][-1] == identity
    revoked = events.Revocation(consent=1, destinations=("crm",), by="eva", email="j@example.com")
    leads.put(inbox, revoked)
    assert browser.get(f"{revoked.id}/evidence").status_code == 404


def test_what_was_known_of_a_held_one_is_told(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    hasty = {'fill_time = "0 s"': 'fill_time = "1 minute"'}
    site = serve(open_app(write_config(FORM + HILL + INBOX, **hasty)))
    identity = site.enquire().json()["id"]
    browser = Browser(site)
    browser.sign_in("read all")
    browser.get(identity)
    said = r"It was sent \d+ s after the form was shown\. The captcha was not asked\."
    assert len(re.findall(said, browser.text)) == 2, "beside the reason, and in the story"
    old = leads.held(site)
    browser.get(str(old))
    assert "after the form was shown" not in browser.text
    assert "Held back: spam suspected." in browser.text
    browser.http.close()


def test_other_enquiries_of_the_person(browse: Browse, inbox: Site) -> None:
    one = leads.done(inbox, unit="A.1")
    leads.held(inbox, unit="A.2")
    leads.held(inbox, form="hill", unit="H.3")
    leads.held(inbox, email="other@example.com", unit="A.4")
    everybody, some = browse("read all"), browse("read riverside")
    for browser, units in ((everybody, ("A.2", "H.3")), (some, ("A.2",))):
        others = browser.get(str(one)).text.partition('id="others"')[2]
        found = [unit for unit in ("A.1", "A.2", "H.3", "A.4") if f">{unit}<" in others]
        assert tuple(found) == units


def test_many_enquiries_of_a_person_are_shown_a_page_at_a_time(browse: Browse, inbox: Site) -> None:
    lines = [leads.lead(unit=f"A.{number}") for number in range(44)]
    held = [events.Held(id=line.id, reason="spam suspected", code="hasty") for line in lines]
    leads.put(inbox, *(line for pair in zip(held, lines, strict=True) for line in pair))
    leads.held(inbox, form="hill", unit="H.1")
    one = lines[3].id
    for who, number in (("read all", 45), ("read riverside", 44)):
        browser, address, seen = browse(who), str(one), list[str]()
        for page in range(3):
            html = browser.get(address).text
            assert f"Enquiries of this person: {number}<" in html
            assert ("Back to the newest" in html) is (page > 0)
            units = re.findall(r"· <bdi[^>]*>([AH][.][0-9]+)<", html.partition('id="others"')[2])
            assert 0 < len(units) <= 20
            seen += units
            older = re.search(r'href="[./]*([^"]*)#others" rel="next"', html)
            assert bool(older) is (page < 2)
            address = older[1].replace("&amp;", "&") if older else ""
        assert sorted(seen) == sorted(
            ["H.1"][: number - 44] + [f"A.{n}" for n in range(44) if n != 3]
        )
        assert browser.get(f"{one}?others=nonsense").status_code == 404


def test_a_view_is_in_the_trail(browse: Browse, inbox: Site, config: Path) -> None:
    identity = leads.done(inbox)
    browser = browse("read riverside")
    browser.get(str(identity))
    hidden = leads.done(inbox, form="hill")
    assert browser.get(str(hidden)).status_code == 404
    views = [line for line in trail(config) if line["what"] == "view"]
    assert views == [
        {"by": "read riverside", "what": "view", "id": str(identity), "address": "127.0.0.1"}
    ]


def test_every_page_that_shows_a_person_is_a_view(
    browse: Browse, inbox: Site, config: Path
) -> None:
    """Whoever knows an address can begin with any page: none is a way around the trail."""
    identity = leads.held(inbox)
    browser = browse("admin all")
    browser.get()
    pages = {
        "amend": lambda: browser.get(f"{identity}/amend"),
        "amend, of before": lambda: browser.send(f"{identity}/amend", version="0"),
        "amend, wrong": lambda: browser.send(f"{identity}/amend", version="2", email="x"),
        "erase": lambda: browser.get(f"{identity}/erase"),
        "erase, of before": lambda: browser.send(f"{identity}/erase", by="0", number="1"),
    }
    for number, (name, ask) in enumerate(pages.items(), 1):
        assert "jana@example.com" in ask().text, name
        views = [line["id"] for line in trail(config) if line["what"] == "view"]
        assert views == [str(identity)] * number, name


def test_a_page_that_asks_again_is_a_view_once_it_is_shown_anew(
    browse: Browse, inbox: Site, config: Path
) -> None:
    identity = leads.held(inbox)
    browser = browse("read riverside")
    browser.get(str(identity))
    (tag,) = re.findall(r'data-tag="([^"]+)"', browser.page.text)

    def poll() -> int:
        headers = {"Frontdesk-Poll": "1", "If-None-Match": f'"{tag}"'}
        return browser.http.get(f"{browser.root}{identity}", headers=headers).status_code

    def views() -> int:
        return [line["what"] for line in trail(config)].count("view")

    leads.held(inbox)
    assert [poll(), poll(), views()] == [304, 304, 1]
    leads.put(inbox, events.Released(id=identity, by="eva"))
    assert [poll(), views()] == [200, 2]


def test_what_cannot_be_written_down_is_not_shown(
    browse: Browse, inbox: Site, config: Path
) -> None:
    identity = leads.done(inbox)
    browser = browse("read all")
    path = config.parent / "var/audit.jsonl"
    path.unlink()
    path.mkdir()
    answer = browser.get(str(identity))
    assert answer.status_code == 503
    assert "jana@example.com" not in answer.text


# -- hostile texts ---------------------------------------------------------------------------------

UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\u200b]")
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")


def harmless(page: str) -> None:
    """Nothing of what a stranger wrote is markup, or does anything to the page around it."""
    assert not UNSEEN.search(page)
    page = re.sub(r'<script type="module" src="[./]*static/inbox.js"></script>', "", page)
    opened: list[str] = []
    for closing, name, attributes in TAG.findall(page):
        assert name not in ("script", "img", "iframe", "svg", "object", "style"), name
        names = re.sub('"[^"]*"', '""', attributes)
        assert not re.search(r"\bon[a-z]+=", names), attributes
        for address in re.findall(r'(?:href|src|action)="([^"]*)"', attributes):
            assert not address.startswith(("http", "//", "javascript")), address
        if name == "bdi":
            assert bool(opened) == bool(closing), "every one of them ends before the next"
            opened = [] if closing else [name]
    assert "7*7" not in page or "{{7*7}}" in page
    assert not opened


@pytest.mark.parametrize("name", ["read all", "act all"])
def test_a_hostile_lead_on_every_page(browse: Browse, inbox: Site, name: str) -> None:
    identity = leads.hostile(inbox)
    browser = browse(name)
    pages = [
        browser.get().text,
        browser.get(q="script").text,
        browser.get(q='"><script>alert(1)</script>\u202e').text,
        browser.get(unit='"><script>', campaign="\u202e\x00").text,
        browser.get(form='"><img src=x>').text,
        browser.get(f"{identity}").text,
        browser.get(f"{identity}/evidence").text,
    ]
    if name == "act all":
        pages.append(browser.get(f"{identity}/amend").text)
    for page in pages:
        # A field holds what was typed as it is: it is a world of its own.
        fields = r"""(<input [^>]* value="|<textarea [^>]*>|<option[^>]*>)[^"<]*"""
        harmless(re.sub(fields, r"\1", page))
    assert "[U+202E]evil[U+202C]" in pages[5]
    assert "👩‍👩‍👧‍👦" in pages[5]
    assert max(map(len, re.findall(r'<span class="name">.*?</span>', pages[0]))) < 500


def test_numbers_in_place_of_what_nobody_sees() -> None:
    assert visible("a\u202eb\x00\tc\r\nd") == "a[U+202E]b[U+0000] c\nd"
    assert visible("می‌خواهم 👨‍👩‍👧") == "می‌خواهم 👨‍👩‍👧"
    assert clipped("a  b\nc", 10) == "a b c"
    assert clipped("Z\u0301" * 5, 4) == "Z\u0301…"
    assert clipped("x" * 10, 5) == "xxxx…"
    assert json.dumps(clipped("", 5)) == '""'
