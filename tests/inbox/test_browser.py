"""The inbox in a real browser: the main path, each state by axe, narrow and wide, by keyboard."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from frontdesk.model import events
from tests.browser.geometry import flaws
from tests.browser.test_axe import violations
from tests.inbox import leads
from tests.inbox import test_sign_in as cookies
from tests.inbox.conftest import say_who
from tests.inbox.people import PASSWORD
from tests.support import Site, eventually, fault, mend
from tests.support import leads as in_crm

WIDTHS = (320, 768, 1280)


def test_what_comes_in_appears_by_itself(open_inbox: Callable[..., Page], inbox: Site) -> None:
    page = open_inbox("act all")
    expect(page.get_by_text("No enquiry has come in yet.")).to_be_visible()
    identity = leads.held(inbox, first_name="Nora", last_name="")
    link = page.get_by_role("link", name="Nora")
    expect(link).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("What is shown has changed.")
    expect(page.get_by_role("link", name="Needs you 1")).to_be_visible()
    link.focus()
    leads.done(inbox, first_name="Olga", last_name="")
    expect(page.get_by_role("link", name="Olga")).to_be_visible()
    expect(link).to_be_focused()
    page.context.clear_cookies()
    leads.held(inbox, first_name="Petra", last_name="")
    expect(page.get_by_role("status")).to_contain_text("You have been signed out.")
    expect(page.get_by_role("link", name="Petra")).not_to_be_visible()
    assert leads.store_of(inbox).get(identity) is not None


def test_many_at_once(open_inbox: Callable[..., Page], inbox: Site) -> None:
    held = [leads.held(inbox, first_name=f"Nora {number}", last_name="") for number in range(60)]
    page = open_inbox("act all")
    page.get_by_label("Select Nora 59").check()
    page.get_by_label("Select Nora 57").check()
    page.get_by_label("Many at once").select_option("The selected ones")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("2 enquiries are to be discarded")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("status")).to_have_text("2 of 2 are discarded.")
    page.get_by_role("link", name="To the list").click()
    page.get_by_role("link", name="Needs you 58").click()
    page.get_by_label("Many at once").select_option("All of this list")
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Discard").click()
    # It goes on by itself.
    expect(page.get_by_role("status")).to_have_text("58 of 58 are discarded.")
    assert violations(page) == []
    states = [leads.store_of(inbox).get(one) for one in held]
    assert {record.state for record in states if record is not None} == {"discarded"}


def test_a_lead_that_failed_is_found_corrected_and_delivered(
    open_inbox: Callable[..., Page], inbox: Site, crm: str
) -> None:
    fault(crm, "status", status=400, times=1)
    identity = inbox.enquire(phone="777 123 456", email=None).json()["id"]
    eventually(lambda: state(inbox, identity) == "failed")
    page = open_inbox("act riverside")
    page.get_by_role("link", name="Needs you 1").click()
    page.get_by_role("searchbox").fill("novakova")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Jana Nováková").click()
    expect(page.get_by_text("Not delivered:")).to_be_visible()
    page.get_by_role("link", name="Correct").click()
    page.get_by_label("Phone").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Phone")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Phone").fill("777 999 888")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice")).to_contain_text("Corrected.")
    assert in_crm(crm) == []
    mend(crm)
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".notice")).to_contain_text("It is to be sent again.")
    # The page follows by itself.
    expect(page.get_by_text("Delivered: crm: customer")).to_be_visible()
    (lead,) = in_crm(crm)
    assert "777999888" in str(lead)
    page.get_by_role("link", name="All enquiries").click()
    expect(page.get_by_role("link", name="Needs you 0")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{inbox.url}/inbox/{identity}")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_again(page)
    expect(page.get_by_text("Delivered: crm: customer")).to_be_visible()


def sign_in_again(page: Page) -> None:
    say_who(page, "act riverside")
    page.get_by_label("Password").press("Enter")


def state(site: Site, identity: str) -> str:
    record = leads.store_of(site).get(UUID(identity))
    assert record is not None
    return record.state


def test_a_held_one_is_released_by_the_keyboard_alone(
    open_inbox: Callable[..., Page], inbox: Site
) -> None:
    identity = leads.held(inbox)
    page = open_inbox()
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("act all")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Enquiries")).to_be_visible()
    press_on(page, "Jana Nováková")
    expect(page.get_by_role("button", name="Release")).to_be_visible()
    press_on(page, "Release")
    expect(page.locator(".notice")).to_contain_text("Released:")
    eventually(lambda: state(inbox, str(identity)) == "delivered")


def test_news_leave_the_notice_of_ones_own_action_alone(
    open_inbox: Callable[..., Page], inbox: Site
) -> None:
    identity = leads.held(inbox)
    page = open_inbox("act all")
    page.goto(f"{inbox.url}/inbox/{identity}")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".notice")).to_have_text("Discarded: it is not sent.")
    leads.put(inbox, events.Commented(id=identity, by="eva", text="By mistake?"))
    expect(page.locator("#news")).to_have_text("What is shown has changed.")
    expect(page.get_by_text("By mistake?", exact=True)).to_be_visible()
    expect(page.locator(".notice")).to_have_text("Discarded: it is not sent.")


def test_two_keys_of_the_list(open_inbox: Callable[..., Page], inbox: Site) -> None:
    leads.held(inbox)
    page = open_inbox("act all")
    search, more = page.get_by_role("searchbox"), page.get_by_text("More filters")
    more.focus()
    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("a/b")
    expect(search).to_have_value("a/b")
    more.focus()
    page.keyboard.press("Enter")
    unit = page.get_by_label("Unit")
    expect(unit).to_be_visible()
    unit.focus()
    page.keyboard.type("A/1")
    expect(unit).to_have_value("A/1")
    page.keyboard.press("Escape")
    expect(unit).not_to_be_visible()
    expect(more).to_be_focused()
    page.get_by_label("Select Jana").focus()
    page.keyboard.press("/")
    page.keyboard.type("x")
    expect(search).to_have_value("x")


def press_on(page: Page, text: str) -> None:
    """Go on with the Tab key until what has the focus says a text, then press it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if text in (page.evaluate("document.activeElement.textContent") or ""):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"nothing that says {text!r} can be reached")


# What is looked at by axe and by a ruler: the address, below the inbox's root, and what it shows.
PAGES: dict[str, Callable[[Page, str, str], None]] = {
    "list": lambda page, root, one: _open(page, root, "", "Enquiries"),
    "filtered": lambda page, root, one: _open(page, root, "?state=failed&q=jana", "Enquiries"),
    "nothing": lambda page, root, one: _open(page, root, "?q=nobody", "Enquiries"),
    "mistaken": lambda page, root, one: _open(page, root, "?state=lost&since=x", "Enquiries"),
    "one": lambda page, root, one: _open(page, root, one, ""),
    "notice": lambda page, root, one: _open(page, root, f"{one}?done=late", ""),
    "lines": lambda page, root, one: _lines(page, root, one),
    "correct": lambda page, root, one: _open(page, root, f"{one}/amend", "Correct"),
    "corrected wrongly": lambda page, root, one: _wrong(page, root, one),
    "health": lambda page, root, one: _open(page, root, "health", "Accounts and health"),
    "checked": lambda page, root, one: _check(page, root),
    "erase": lambda page, root, one: _open(page, root, f"{one}/erase", "Erase the person"),
    "erase wrongly": lambda page, root, one: _miscount(page, root, one),
    "evidence": lambda page, root, one: _open(page, root, f"{one}/evidence", "Evidence"),
    "note": lambda page, root, one: _open(page, root, f"{one}/note", "Note"),
    "noted wrongly": lambda page, root, one: _note_nothing(page, root, one),
    "charts": lambda page, root, one: _charts(page, root),
    "charts of nothing": lambda page, root, one: _open(page, root, "charts?period=7", "Charts"),
    "not found": lambda page, root, one: _open(page, root, "no/such", "Not found"),
    "sign in": lambda page, root, one: _open(page, root, "sign-in", "Sign in"),
    "sign in again": lambda page, root, one: _open(page, root, "sign-in?again=1", "sign in again"),
    "sign in wrongly": lambda page, root, one: _guess(page, root),
    "second step": lambda page, root, one: _halfway(page, root),
    "second step wrongly": lambda page, root, one: _guess_code(page, root),
}


HOSTILE = ("one", "correct", "erase", "evidence", "note")  # also of the worst of leads


def _open(page: Page, root: str, path: str, heading: str) -> None:
    page.goto(root + path)
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def _lines(page: Page, root: str, one: str) -> None:
    _open(page, root, one, "")
    page.get_by_text("The lines of the journal").click()
    expect(page.locator("pre").last).to_be_visible()


def _wrong(page: Page, root: str, one: str) -> None:
    _open(page, root, f"{one}/amend", "Correct")
    page.get_by_label("Phone").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()


def _miscount(page: Page, root: str, one: str) -> None:
    _open(page, root, f"{one}/erase", "Erase the person")
    page.get_by_label("To erase, type").fill("many")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()


def _note_nothing(page: Page, root: str, one: str) -> None:
    _open(page, root, f"{one}/note", "Note")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()


def _check(page: Page, root: str) -> None:
    _open(page, root, "health", "Accounts and health")
    page.get_by_role("button", name="Check crm").click()
    expect(page.get_by_role("heading", name="What crm answered")).to_be_visible()


def _charts(page: Page, root: str) -> None:
    """With the numbers of the lines, which are closed at first."""
    _open(page, root, "charts", "Charts")
    for drawn in page.locator("svg").all():
        box = drawn.bounding_box()
        assert box is not None
        assert box["height"] <= 200, "none is as high as it is wide"
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_role("img", name="By day")).to_be_visible()
    expect(page.get_by_role("table", name="By day")).to_be_visible()


def _guess(page: Page, root: str) -> None:
    _open(page, root, "sign-in", "Sign in")
    say_who(page, "eva", "wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _halfway(page: Page, root: str) -> None:
    _open(page, root, "sign-in", "Sign in")
    say_who(page, "two steps")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("six digits")).to_be_focused()


def _guess_code(page: Page, root: str) -> None:
    _halfway(page, root)
    page.get_by_text("I do not have my telephone").click()
    page.get_by_label("recovery").fill("wrong")
    page.get_by_label("recovery").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_inbox: Callable[..., Page], inbox: Site, scheme: str) -> None:
    for made in (leads.done, leads.held, leads.failed):
        identity = made(inbox, phone="+420777123456", unit="A.1")
    hostile = leads.hostile(inbox)
    page = open_inbox("admin all", color_scheme=scheme)
    root = f"{inbox.url}/inbox/"
    found = {}
    for kind, show in PAGES.items():
        for one in {identity, hostile} if kind in HOSTILE else {identity}:
            show(page, root, str(one))
            if here := violations(page):
                found[kind] = here
    assert found == {}


def test_every_page_fits(open_inbox: Callable[..., Page], inbox: Site) -> None:
    """On a telephone as at a desk, also with text of twice the size, and the worst of leads."""
    for made in (leads.done, leads.held, leads.failed):
        identity = made(inbox, phone="+420777123456", unit="A.1")
    hostile = leads.hostile(inbox)
    page = open_inbox("admin all")
    root = f"{inbox.url}/inbox/"
    found: dict[str, Any] = {}
    for kind, show in PAGES.items():
        page.evaluate("document.documentElement.style.fontSize = ''")
        show(page, root, str(hostile if kind == "one" else identity))
        for size in ("16px", "32px"):
            page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    found[f"{kind}, {size} at {width}"] = wide
                if kind != "one" and (here := flaws(page)):
                    found[f"{kind}, {size} at {width} px"] = here
    assert "\n".join(f"{where}: {what}" for where, what in found.items()) == ""


def test_what_is_grave_waits_until_it_is_proved_again(
    open_inbox: Callable[..., Page], inbox: Site
) -> None:
    """On the page of an erasure that was open for too long; each page on the way by axe."""
    identity = leads.held(inbox)
    page = open_inbox()
    _signed_in_since(page, inbox, 0)
    page.goto(f"{inbox.url}/inbox/{identity}/erase")
    page.get_by_label("To erase, type").fill("1")
    _signed_in_since(page, inbox, 3600)
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("Nothing has been done yet.")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    assert violations(page) == []
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Go on")).to_be_visible()
    assert violations(page) == []
    assert not flaws(page)
    assert state(inbox, str(identity)) == "held"
    press_on(page, "Go on")
    expect(page.locator(".notice")).to_contain_text("Erased.")
    assert state(inbox, str(identity)) == "erased"


def _signed_in_since(page: Page, inbox: Site, ago: int) -> None:
    """Have a session of somebody who proved so many seconds ago who it is; always the same one."""
    since = {"begun": -ago, "seen": 0, "proved": -ago, "name": "admin all"}
    page.context.add_cookies(
        [{"name": "frontdesk-inbox", "value": cookies.made(since), "url": inbox.url}]
    )
