"""A short form, a full one and a flat's page, by every way in, into both CRMs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import FrameLocator, Page, expect

from tests.embedding.landing import Landing, elsewhere, inside
from tests.support import FORM, Site, eventually, leads, open_app, with_real_geeks

OF_FORM = {"full": 'fields = "full"', "short": 'fields = "short"'}
WORDS = """
thanks = "We have it, [thank you](https://riverside.example.com/thanks)."
thanks_next = "We call [until five](https://riverside.example.com/hours)."
"""


@pytest.fixture
def landing(serve: Callable[[Flask], Site]) -> Landing:
    made = Landing()
    made.url = elsewhere(serve(made.app).url)
    return made


@pytest.fixture
def desk(
    request: pytest.FixtureRequest,
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    landing: Landing,
    geeks: str,
) -> Site:
    """A desk whose form asks for what `request.param` says."""
    form = with_real_geeks(geeks, FORM.replace("currency =", f"{request.param}\ncurrency ="))
    form = form.replace("https://riverside.example.com", landing.url, 1)
    site = serve(open_app(write_config(form)))
    landing.allow(site.url)
    return site


def fill_in(form: Page | FrameLocator) -> None:
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Phone").fill("777 123 456")
    form.get_by_label("I agree to the processing").check()


def by_page(page: Page, desk: Site, landing: Landing, unit: str) -> Page | FrameLocator:
    page.goto(f"{desk.url}/forms/riverside?lang=en&unit={unit}")
    return page


def by_element(page: Page, desk: Site, landing: Landing, unit: str) -> Page | FrameLocator:
    named = f' unit="{unit}"' if unit else ""
    page.goto(landing.put(f'<frontdesk-form form="riverside" lang="en"{named}></frontdesk-form>'))
    return inside(page)


WAYS = {"page": by_page, "element": by_element}


def in_both(crm: str, geeks: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What each CRM has got, once."""
    (inquiry,) = eventually(lambda: leads(crm))
    (lead,) = eventually(lambda: leads(geeks))
    return inquiry["parameters"], lead


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("unit", ["", "A.101"])
@pytest.mark.parametrize("desk", OF_FORM.values(), ids=list(OF_FORM), indirect=True)
def test_a_visitor_is_asked_thanked_and_delivered(
    desk: Site, landing: Landing, page: Page, crm: str, geeks: str, unit: str, way: str
) -> None:
    form = WAYS[way](page, desk, landing, unit)
    fill_in(form)
    short = "short" in _fields(desk)
    rooms = form.get_by_label("2+kk")
    asked = not (short or unit)
    expect(rooms).to_have_count(int(asked))
    expect(form.get_by_label("Highest price")).to_have_count(int(asked))
    expect(form.get_by_label("Unit")).to_have_count(int(bool(unit) or not short))
    if unit:
        expect(form.get_by_label("Unit")).to_have_value(unit)
    if asked:
        rooms.check()
    form.get_by_role("button", name="Send the enquiry").click()
    thanks = form.get_by_role("status").filter(has_text="Thank you")
    expect(thanks).to_be_visible()
    wishes = unit or ("2+kk" if asked else "")
    said = thanks.locator("p:visible")
    reach = "We will get back to you at +420 777 123 456."
    about = [f"You asked about {wishes}."] if wishes else []
    expect(said).to_have_text(
        ["Your enquiry about Riverside Residences has reached us.", *about, reach]
    )
    assert page.url.count("A.101") == (1 if unit and way == "page" else 0)
    inquiry, lead = in_both(crm, geeks)
    assert (inquiry["name"], inquiry["phone"]) == ("Jana", "+420777123456")
    assert inquiry.get("internalid", "") == unit
    assert inquiry.get("preferencerooms", "") == ("2+kk" if asked else "")
    assert lead["fields"]["first_name"] == "Jana"


@pytest.mark.parametrize("desk", OF_FORM.values(), ids=list(OF_FORM), indirect=True)
def test_a_program_is_asked_for_as_much(desk: Site, crm: str, geeks: str) -> None:
    answer = desk.enquire(price_max=None)
    assert answer.status_code == 202
    short = "short" in _fields(desk)
    assert answer.json().get("ignored") == (["rooms"] if short else None)
    inquiry, _ = in_both(crm, geeks)
    assert inquiry["internalid"] == "A.101"
    assert inquiry.get("preferencerooms", "") == ("" if short else "2+kk|3+kk")


@pytest.mark.parametrize(
    "desk", [f'fields = ["first_name", "last_name", "email"]{WORDS}'], indirect=True
)
def test_thanks_are_in_the_forms_words_and_the_form_comes_back(desk: Site, page: Page) -> None:
    """Without a phone among its fields."""
    page.goto(f"{desk.url}/forms/riverside?lang=en")
    lead = page.get_by_text("Tell us what you are looking for")
    expect(lead).to_be_visible()
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Last name").fill("Nováková")
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_text("Please leave us an email address.").first).to_be_visible()
    page.get_by_label("Email").fill("jana@example.com")
    page.get_by_label("I agree to the processing").check()
    page.get_by_role("button", name="Send the enquiry").click()
    thanks = page.get_by_role("status").filter(has_text="Thank you")
    new = " (opens in a new tab)"
    expect(thanks.locator("p:visible")).to_have_text(
        [
            f"We have it, thank you{new}.",
            "We will get back to you at jana@example.com.",
            f"We call until five{new}.",
        ]
    )
    hours = thanks.get_by_role("link", name="until five")
    expect(hours).to_have_attribute("href", "https://riverside.example.com/hours")
    expect(thanks).to_be_focused()
    expect(lead).to_be_hidden()
    thanks.get_by_role("button", name="Send another enquiry").click()
    expect(page.get_by_label("First name")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value("")
    expect(lead).to_be_visible()
    expect(thanks).to_be_hidden()


@pytest.mark.parametrize("desk", OF_FORM.values(), ids=list(OF_FORM), indirect=True)
def test_a_flat_that_the_page_names_later_takes_nothing_away(
    desk: Site, landing: Landing, page: Page
) -> None:
    page.goto(landing.put())
    form, short = inside(page), "short" in _fields(desk)
    form.get_by_label("First name").fill("Jana")
    if not short:
        form.get_by_label("2+kk").check()
    element = page.locator("frontdesk-form")
    unit = form.get_by_label("Unit")
    for name, value in (("unit", "A.101"), ("unit", "B.202"), ("lang", "en-GB")):
        element.evaluate("(one, [name, value]) => one.setAttribute(name, value)", [name, value])
        if name == "unit":
            expect(unit).to_have_value(value)
        expect(form.get_by_label("First name")).to_have_value("Jana")
    expect(unit).to_have_value("B.202")
    if not short:
        expect(form.get_by_label("2+kk")).to_be_checked()
    element.evaluate("one => one.removeAttribute('unit')")
    if short:
        expect(unit).to_have_count(0)
    else:
        expect(unit).to_have_value("")
    expect(form.get_by_label("First name")).to_have_value("Jana")


NEEDED = """fields = [
  "first_name", "last_name", "email", "unit",
  { name = "rooms", required = true }, { name = "price_max", required = true },
]"""


@pytest.mark.parametrize("desk", [NEEDED], indirect=True)
def test_a_flat_is_enough_where_rooms_and_a_price_are_required(desk: Site, page: Page) -> None:
    page.goto(f"{desk.url}/forms/riverside?lang=en")
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Last name").fill("Nováková")
    page.get_by_label("Email").fill("jana@example.com")
    page.get_by_label("I agree to the processing").check()
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.locator(".fd-error:visible")).to_have_text(["Please fill this in."] * 2)
    page.get_by_label("Unit").fill("A.101")
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_text("You asked about A.101.")).to_be_visible()


def _fields(desk: Site) -> str:
    said = desk.app.extensions["frontdesk"].intake.settings.forms["riverside"].fields
    return said if isinstance(said, str) else ""
