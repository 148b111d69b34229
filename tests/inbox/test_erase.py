"""Erase a person: what is shown before, what is typed, what is gone afterwards, and who may."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from frontdesk.model import events
from frontdesk.model.events import utcnow
from tests.inbox import leads
from tests.inbox.people import Browser
from tests.inbox.test_actions import hidden, state, told
from tests.inbox.test_one import harmless
from tests.inbox.test_sign_in import trail
from tests.support import Site, eventually

Browse = Callable[..., Browser]
JANA: dict[str, Any] = {"email": "jana@example.com", "phone": "+420777123456"}


def everything(config: Path) -> bytes:
    """All that data_dir has, byte for byte."""
    files = (path for path in (config.parent / "var").rglob("*") if path.is_file())
    return b"\n".join(path.read_bytes() for path in files)


def confirm(browser: Browser, identity: UUID, number: str, **more: Any) -> int:
    """Type a number on the page, and press its button."""
    chosen = ["0", "1"] if "by" not in more else more.pop("by")
    sent = {"seen": hidden(browser, "seen"), "by": chosen, "number": number, **more}
    return browser.send(f"{identity}/erase", **sent).status_code


def test_a_person_is_gone_from_list_search_and_files(
    browse: Browse, inbox: Site, config: Path
) -> None:
    one = leads.done(inbox, note="with a cellar", **JANA)
    other = leads.held(inbox, form="hill", email=None, phone=JANA["phone"], unit="H.1")
    third = leads.failed(inbox, email=JANA["email"], phone=None, said="jana@example.com?")
    stranger = leads.held(
        inbox, first_name="Petr", last_name="Novák", email="petr@example.com", phone=None
    )
    browser = browse("admin all")
    page = browser.get(str(one)).text
    assert f"{one}/erase" in page
    browser.get(f"{one}/erase")
    assert "Enquiries: 3" in browser.text
    assert "crm: customer 60001" in browser.text
    assert "petr@example.com" not in browser.text
    for typed in ("", "2", "three"):
        assert confirm(browser, one, typed) == 422
        assert "Type 3, if you mean it." in browser.text
        assert 'aria-invalid="true"' in browser.page.text
    assert state(inbox, other) == "held"
    assert confirm(browser, one, " 3 ") == 200
    assert browser.page.url.endswith(f"{one}?done=erased")
    assert "Erased. What the CRM has of the person has to be erased there" in browser.text
    assert f"{one}/erase" not in browser.page.text
    for identity in (one, other, third):
        assert state(inbox, identity) == "erased"
        (line,) = told(config, identity, "erased")
        assert line["by"] == "admin all (inbox)"
    for text in ("jana", "nováková", JANA["phone"], "777123456", "cellar", "H.1"):
        browser.get(q=text)
        assert "Nothing matches." in browser.text, text
    assert "Jana" not in browser.get().text
    left = everything(config)
    for text in ("jana@example.com", "Nováková", "777123456", "cellar"):
        assert text.encode() not in left, text
    assert b"petr@example.com" in left
    assert state(inbox, stranger) == "held"
    lines = [line for line in trail(config) if line["what"] == "erase"]
    assert {line["id"] for line in lines} == {str(one), str(other), str(third)}
    assert {line["by"] for line in lines} == {"admin all"}


def test_a_number_that_is_shared_can_be_left_out(browse: Browse, inbox: Site) -> None:
    one = leads.held(inbox, **JANA)
    mate = leads.held(inbox, first_name="Petr", email="petr@example.com", phone=JANA["phone"])
    browser = browse("admin all")
    browser.get(f"{one}/erase")
    assert "Enquiries: 2" in browser.text
    browser.get(f"{one}/erase", chosen="1", by="0")
    assert "Enquiries: 1" in browser.text
    assert "petr@example.com" not in browser.text
    assert confirm(browser, one, "1", by=["0", "1"]) == 409, "that would be more than was seen"
    browser.get(f"{one}/erase", chosen="1", by="0")
    assert confirm(browser, one, "1", by=["0"]) == 200
    assert (state(inbox, one), state(inbox, mate)) == ("erased", "held")


def test_what_came_in_meanwhile_is_looked_at_first(browse: Browse, inbox: Site) -> None:
    one = leads.held(inbox, **JANA)
    browser = browse("admin all")
    browser.get(f"{one}/erase")
    late = leads.held(inbox, form="hill", **JANA)
    assert confirm(browser, one, "1") == 409
    assert "Something has changed meanwhile, so nothing was erased." in browser.text
    assert {state(inbox, one), state(inbox, late)} == {"held"}
    assert confirm(browser, one, "2") == 200, "the page shows it now"
    assert {state(inbox, one), state(inbox, late)} == {"erased"}


def test_a_form_that_is_sent_twice_finds_nobody(browse: Browse, inbox: Site, config: Path) -> None:
    one = leads.held(inbox, **JANA)
    browser = browse("admin all")
    browser.get(f"{one}/erase")
    seen, token = hidden(browser, "seen"), browser.token
    assert confirm(browser, one, "1") == 200
    assert confirm(browser, one, "1", seen=seen, csrf_token=token) == 404
    assert len(told(config, one, "erased")) == 1


def test_what_is_being_sent_is_waited_for(browse: Browse, inbox: Site) -> None:
    came = leads.lead(**JANA)
    leads.put(inbox, events.Held(id=came.id, reason="spam suspected"), came)
    tried = utcnow() - timedelta(seconds=5)
    leads.put(inbox, events.Attempt(id=came.id, at=tried, destination="crm"))
    browser = browse("admin all")
    browser.get(f"{came.id}/erase")
    assert "One of these is being sent at this moment." in browser.text
    assert "Erase for good" not in browser.text
    assert "number is not known" in browser.text, "the CRM may have it"
    assert confirm(browser, came.id, "1") == 409
    assert state(inbox, came.id) == "held"


def test_a_revocation_is_erased_with_its_person(browse: Browse, inbox: Site) -> None:
    one = leads.held(inbox, **JANA)
    revoked = events.Revocation(
        consent=1, destinations=("crm",), by="eva", email=JANA["email"], notes="asked by phone"
    )
    leads.put(inbox, revoked)
    eventually(lambda: state(inbox, revoked.id) != "pending")
    browser = browse("admin all")
    browser.get(f"{revoked.id}/erase")
    assert "Enquiries: 1, revocations of consents: 1" in browser.text
    assert confirm(browser, revoked.id, "2", by=["0"]) == 200
    assert {state(inbox, one), state(inbox, revoked.id)} == {"erased"}
    assert "asked by phone" not in browser.text


def test_who_left_no_contact_is_erased_alone(browse: Browse, inbox: Site) -> None:
    one = leads.held(inbox, email=None, phone=None, first_name="", last_name="")
    other = leads.held(inbox, email=None, phone=None)
    browser = browse("admin all")
    browser.get(f"{one}/erase")
    assert "Who is meant" not in browser.text
    assert confirm(browser, one, "1", by=[]) == 200
    assert (state(inbox, one), state(inbox, other)) == ("erased", "held")


def test_who_only_mentions_the_person_is_pointed_out(browse: Browse, inbox: Site) -> None:
    one = leads.held(inbox, **JANA)
    mention = leads.held(inbox, email="petr@example.com", phone=None, note="Call jana@example.com")
    browser = browse("admin all")
    browser.get(f"{one}/erase")
    assert "only mention the person" in browser.text
    assert str(mention)[:8] in browser.text


@pytest.mark.parametrize("name", ["admin riverside", "act all", "read all"])
def test_nobody_erases_what_they_may_not_see(browse: Browse, inbox: Site, name: str) -> None:
    """Who is limited could only erase a part, and would learn that there is more."""
    one = leads.held(inbox, **JANA)
    browser = browse(name)
    assert f"{one}/erase" not in browser.get(str(one)).text
    for there_is_more in (False, True):
        if there_is_more:
            leads.held(inbox, form="hill", **JANA)
        assert browser.get(f"{one}/erase").status_code == 403
        browser.get(str(one))
        assert browser.send(f"{one}/erase", number="1").status_code == 403
    assert state(inbox, one) == "held"


def test_a_trail_that_cannot_be_written_stops_it(browse: Browse, inbox: Site, config: Path) -> None:
    one = leads.held(inbox, **JANA)
    browser = browse("admin all")
    browser.get(f"{one}/erase")
    path = config.parent / "var/audit.jsonl"
    path.unlink()
    path.mkdir()
    assert confirm(browser, one, "1") == 503
    assert state(inbox, one) == "held"


def test_a_hostile_lead_is_shown_and_erased(browse: Browse, inbox: Site, config: Path) -> None:
    one = leads.hostile(inbox)
    browser = browse("admin all")
    harmless(browser.get(f"{one}/erase").text)
    by = [str(n) for n in range(browser.page.text.count('type="checkbox"'))]
    assert confirm(browser, one, "1", by=by) == 200
    assert state(inbox, one) == "erased"
    (line,) = told(config, one, "received")
    assert line["lead"] == {"first_name": "", "last_name": "", "language": '"><'}
