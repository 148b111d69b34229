"""What the inbox is for, seen in a browser: an account opened, a person erased, a page printed."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.inbox import leads
from tests.inbox.test_browser import state
from tests.inbox.test_erase import everything
from tests.support import Site, eventually, fault, mend
from tests.support import leads as in_crm

Open = Callable[..., Page]
A4 = {"width": 672, "height": 1123}  # CSS pixels between the margins, and of the whole height


def test_a_closed_account_is_opened_and_fifty_leads_flow(
    open_inbox: Open, inbox: Site, crm: str
) -> None:
    fault(crm, "status", endpoint="any", status=401, times=None, body="Not authorized.")
    first = inbox.enquire().json()["id"]
    eventually(lambda: state(inbox, first) == "failed")
    ids = [
        inbox.enquire(first_name=f"Visitor {n}", email=f"v{n}@example.com").json()["id"]
        for n in range(50)
    ]
    page = open_inbox("admin all")
    eventually(lambda: shown_after_loading(page, "needs somebody"))
    page.get_by_role("link", name="Accounts and health").click()
    expect(page.get_by_role("heading", name="crm closed")).to_be_visible()
    expect(page.get_by_role("link", name="50", exact=True)).to_be_visible()
    page.get_by_role("button", name="Check crm, and open it again").click()
    answer = page.get_by_role("status")
    expect(answer).to_contain_text("list-leads answered 401: Not authorized.")
    expect(answer).to_contain_text("It stays closed: nothing is sent to it.")
    assert in_crm(crm) == []
    mend(crm)
    page.get_by_role("button", name="Check crm, and open it again").click()
    expect(answer).to_contain_text("login accepted")
    expect(answer).to_contain_text("is open again. What waited for it goes out now.")
    eventually(lambda: all(state(inbox, one) == "delivered" for one in ids))
    assert len(in_crm(crm)) == 50
    page.get_by_role("link", name="The lead that was refused has failed").click()
    page.get_by_role("link", name="Jana Nováková").click()
    page.get_by_role("button", name="Send again").click()
    # The page follows by itself.
    expect(page.get_by_role("list", name="How it goes to crm")).to_contain_text("Delivered")
    page.goto(f"{inbox.url}/inbox/health")
    expect(page.get_by_role("heading", name="crm open")).to_be_visible()
    expect(page.get_by_text("Nothing needs anybody.")).to_be_visible()


def shown_after_loading(page: Page, text: str) -> bool:
    """Whether a page that is loaded anew has a text."""
    page.reload()
    return page.get_by_text(text).is_visible()


def test_a_person_is_erased_and_gone(open_inbox: Open, inbox: Site, crm: str, config: Path) -> None:
    one = inbox.enquire(phone="777 123 456").json()["id"]
    other = str(leads.held(inbox, form="hill", email=None, phone="+420777123456"))
    eventually(lambda: state(inbox, one) == "delivered")
    page = open_inbox("admin all")
    page.get_by_role("searchbox").fill("777 123 456")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("link", name="Jana Nováková")).to_have_count(2)
    page.get_by_role("link", name="Jana Nováková").first.click()
    page.get_by_label("A note for colleagues").fill("She called about the cellar")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator(".notice")).to_have_text("The note is saved.")
    page.get_by_role("link", name="Erase the person").click()
    expect(page.get_by_text("Enquiries: 2")).to_be_visible()
    expect(page.get_by_text("crm: customer 60001")).to_be_visible()
    page.get_by_label("To erase, type").fill("1")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("heading", name="Erase the person")).to_be_visible()
    assert state(inbox, one) == "delivered"
    page.get_by_label("To erase, type").fill("2")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.locator(".notice")).to_contain_text("Erased.")
    assert {state(inbox, one), state(inbox, other)} == {"erased"}
    page.get_by_role("link", name="All enquiries").click()
    expect(page.get_by_role("link", name="No name erased")).to_have_count(2)
    assert "Jana" not in page.content()
    for text in ("777 123 456", "jana@example.com", "Nováková", "cellar"):
        page.get_by_role("searchbox").fill(text)
        page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_text("Nothing matches.")).to_be_visible()
        assert text.encode() not in everything(config)


def test_the_evidence_fits_on_paper(open_inbox: Open, inbox: Site) -> None:
    one = inbox.enquire().json()["id"]
    hostile = leads.hostile(inbox)
    page = open_inbox("read all", viewport=A4, color_scheme="dark")
    for identity in (one, str(hostile)):
        page.goto(f"{inbox.url}/inbox/{identity}/evidence")
        page.emulate_media(media="print")
        expect(page.get_by_role("heading", name="Evidence of consent")).to_be_visible()
        for unprinted in ("Sign out", "Back to the enquiry"):
            assert page.get_by_text(unprinted).count() == 1
            expect(page.get_by_text(unprinted)).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= A4["width"]
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert colour == "rgb(255, 255, 255)", "ink is dear"
        page.emulate_media(media="screen")
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
