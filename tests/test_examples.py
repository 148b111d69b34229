"""The three sites of examples/ in a real browser: from the empty form to the sandbox CRM."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import FrameLocator, Page, expect

from tests.demo_process import Demo
from tests.support import tick

FILL_TIME = 2_100  # ms; what is sent within 2 s of fetching the form is taken for a bot's
CAMPAIGN = "?utm_source=news&utm_campaign=open-day"
# Stands for every wide font, and is what WCAG 1.4.12 asks pages to bear.
WIDER = """() => {
  const style = new CSSStyleSheet();
  style.replaceSync("* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }");
  document.adoptedStyleSheets = [style];
}"""
COMMON = {
    "name": "Jana",
    "surname": "Nováková",
    "email": "jana@example.com",
    "phone": "+420777123456",
    "project": "1234",
    "referral": "77",
    "campaign": "open-day",
    "note": "Is there a cellar?\nAnd a lift?",
    "language": "en",
    "consentsource": "127.0.0.1",
    "updateconsents": "2",
    "viewing_date": "2026-05-30",
}
# What Frontdesk's own form asks for beyond that.
OF_FLAT = COMMON | {"has_pets": "true", "extras": "parking,cellar"}
FULL = OF_FLAT | {"preferencerooms": "2+kk|3+kk", "preferencepricemax": "8500000"}


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    # So high that nothing scrolls: a click right after scrolling may still meet the iframe that
    # was in that place before.
    return open_page(viewport={"width": 1280, "height": 3600})


def fill_in(form: FrameLocator | Page, *, of_flat: bool = False) -> None:
    """Type the enquiry into Frontdesk's own form, wherever it stands; the unit is left alone.

    `of_flat`: on the flat's own page, which asks for neither rooms nor price.
    """
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    form.get_by_label("Phone", exact=True).fill("777 123 456")
    if not of_flat:
        tick(form.get_by_label("2+kk"))
        tick(form.get_by_label("3+kk"))
        form.get_by_label("Highest price").fill("8 500 000")
    form.get_by_label("When can you come?").fill("2026-05-30")
    form.get_by_label("Do you have pets?").select_option("Yes")
    tick(form.get_by_label("A parking space"))
    tick(form.get_by_label("A cellar"))
    form.get_by_label("Message").fill("Is there a cellar?\nAnd a lift?")
    tick(form.get_by_label("I agree to the processing"))


def send(form: FrameLocator | Page) -> None:
    form.get_by_role("button", name="Send the enquiry").click()


def expect_complaint(form: FrameLocator | Page, label: str, text: str) -> None:
    """One field is marked, has the focus and says what is wrong with it."""
    field = form.get_by_label(label)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(form.locator(".fd-error").get_by_text(text)).to_be_visible()


def through_frontdesks_form(
    page: Page, form: FrameLocator | Page, unit: str, *, of_flat: bool = False
) -> None:
    """Fail in the browser, fail at the server, mend, send, be thanked."""
    expect(form.get_by_label("Unit")).to_have_value(unit)
    page.wait_for_timeout(FILL_TIME)
    send(form)
    expect_complaint(form, "First name", "Please tell us your first name.")
    fill_in(form, of_flat=of_flat)
    form.get_by_label("Phone", exact=True).fill("12")
    send(form)
    expect_complaint(form, "Phone", "This is not a complete phone number.")
    expect(form.get_by_label("First name")).to_have_value("Jana")
    expect(form.get_by_label("Unit")).to_have_value(unit)
    form.get_by_label("Phone", exact=True).fill("777 123 456")
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()


def test_the_flask_site(demo: Demo, page: Page) -> None:
    before = len(demo.leads())
    address = f"{demo.origins.site}/flats/A.101{CAMPAIGN}"
    page.goto(address)
    expect(page.get_by_role("heading", name="Flat A.101")).to_be_visible()
    through_frontdesks_form(page, page, "A.101", of_flat=True)
    # The thank-you stands where the form was.
    expect(page.get_by_text("We will get back to you at jana@example.com")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("Riverside")).to_be_visible()
    assert demo.newest_lead(before) == OF_FLAT | {"internalid": "A.101", "tags": "demo"}
    assert demo.newest_received()["origin"]["page"] == address


def test_the_flask_sites_way_from_the_price_list_to_a_form(demo: Demo, page: Page) -> None:
    page.goto(demo.origins.site)
    page.get_by_role("link", name="Enquire about C.401").click()
    expect(page.get_by_label("Unit")).to_have_value("C.401")
    page.get_by_role("link", name="Contact").click()
    expect(page.get_by_role("banner").get_by_text("Riverside")).to_be_visible()
    expect(page.get_by_role("button", name="Send the enquiry")).to_be_visible()
    page.get_by_role("link", name="Privacy").click()
    expect(page.get_by_role("heading", name="Your personal data")).to_be_visible()
    assert requests.get(f"{demo.origins.site}/flats/Z.999", timeout=30).status_code == 404


def test_the_flask_sites_form_in_another_language(demo: Demo, page: Page) -> None:
    page.goto(f"{demo.origins.site}/flats/A.101")
    page.get_by_role("link", name="Formulář česky").click()
    expect(page.get_by_label("Jméno")).to_be_visible()
    expect(page.get_by_label("Byt", exact=True)).to_have_value("A.101")
    page.get_by_role("link", name="The form in English").click()
    expect(page.get_by_label("First name")).to_be_visible()


def test_the_landing_page(demo: Demo, page: Page) -> None:
    before = len(demo.leads())
    address = f"{demo.origins.landing}/{CAMPAIGN}"
    page.goto(address)
    form = page.locator("frontdesk-form").frame_locator("iframe")
    form.get_by_label("Message").fill("typed before")
    picked = page.get_by_role("button", name="B.203")
    picked.click()
    expect(picked).to_have_attribute("aria-pressed", "true")
    expect(form.get_by_label("Unit")).to_have_value("B.203")
    expect(form.get_by_label("Message")).to_have_value("typed before")
    through_frontdesks_form(page, form, "B.203")
    assert demo.newest_lead(before) == FULL | {"internalid": "B.203", "tags": "demo,open-day"}
    assert demo.newest_received()["origin"]["page"] == address
    assert page.url == address


def test_the_single_page_app(demo: Demo, page: Page) -> None:
    before = len(demo.leads())
    page.goto(f"{demo.origins.spa}/{CAMPAIGN}")
    with page.expect_response("**/token?*"):
        page.get_by_role("link", name="C.401").click()
    page.wait_for_timeout(FILL_TIME)
    address = f"{demo.origins.spa}/{CAMPAIGN}&flat=C.401"
    assert page.url == address
    expect(page.get_by_role("heading", name="Flat C.401")).to_be_focused()
    button = page.get_by_role("button", name="Ask for a viewing")
    button.click()
    for label in ("First name", "Last name", "Email"):
        expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("First name")).to_be_focused()
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Last name").fill("Nováková")
    page.get_by_label("Email").fill("jana@example.com")
    page.get_by_label("Phone").fill("12")
    page.get_by_label("When can you come?").fill("2026-05-30")
    page.get_by_label("What would you like").fill("Is there a cellar?\nAnd a lift?")
    page.get_by_label("I agree to the processing").check()
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)

    button.click()
    expect(page.get_by_label("Phone")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Phone")).to_be_focused()
    said = page.locator("[data-frontdesk-error=phone]")
    expect(said).to_contain_text("This is not a complete phone number.")
    page.get_by_label("Phone").fill("777 123 456")
    button.click()
    expect(page.get_by_role("heading", name="Thank you, Jana.")).to_be_focused()

    assert demo.newest_lead(before) == COMMON | {"internalid": "C.401", "tags": "demo,flat-finder"}
    assert demo.newest_received()["origin"]["page"] == address
    told = {"form": "riverside", "id": demo.newest_received()["id"], "marketing": False}
    assert submitted(page) == [told]
    page.get_by_role("link", name="Back to all flats").click()
    expect(page.get_by_role("heading", name="Six flats")).to_be_visible()


def submitted(page: Page) -> list[dict[str, Any]]:
    """The details of the events that the app got."""
    found: list[dict[str, Any]] = page.evaluate(
        "seen.filter(({ name }) => name === 'submitted').map(({ detail }) => detail)"
    )
    return found


def test_the_single_page_apps_addresses_are_good_for_a_reload(demo: Demo, page: Page) -> None:
    page.goto(f"{demo.origins.spa}/{CAMPAIGN}")
    page.get_by_role("link", name="A.204").click()
    page.reload()
    expect(page.get_by_role("heading", name="Flat A.204")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Six flats")).to_be_visible()
    page.go_forward()
    expect(page).to_have_title("Flat A.204 – Riverside Residences")
    page.goto(f"{demo.origins.spa}/?flat={quote('<b>')}")
    expect(page.get_by_role("heading", name="Six flats")).to_be_visible()


def test_the_single_page_app_without_frontdesk(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(expect=("Failed to load resource",))
    page.route("**/frontdesk.js", lambda route: route.abort())
    page.goto(f"{demo.origins.spa}/?flat=A.101")
    expect(page.get_by_text("Our form cannot be reached")).to_be_visible()
    expect(page.get_by_role("button", name="Ask for a viewing")).to_be_hidden()


@pytest.mark.parametrize("way", ["site", "landing", "spa"])
def test_it_needs_no_sideways_scrolling_on_a_phone(
    demo: Demo, open_page: Callable[..., Page], way: str
) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    paths = {"site": ("/", "/flats/B.301"), "landing": ("/",), "spa": ("/", "/?flat=B.301")}
    for path in paths[way]:
        page.goto(getattr(demo.origins, way) + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.evaluate(WIDER)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_price_is_written_as_the_form_writes_it(demo: Demo, page: Page) -> None:
    page.goto(demo.origins.site)
    prices = [page.locator("main").inner_text()]
    page.goto(f"{demo.origins.spa}/?flat=A.101")
    prices.append(page.locator("body").inner_text())
    for text in prices:
        assert "CZK\u00a04,650,000" in text
        assert not re.search(r"\d\s*CZK", text)
