"""Forms as people write them: unusual buttons, unlucky names, no validation, no JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.embedding.landing import names
from tests.own_form.house import (
    FIELDS,
    FORM,
    House,
    expect_thanks,
    fill_in,
    send,
    watch,
)
from tests.support import until

OPEN = '<form data-frontdesk="riverside"'
BUTTONS = {
    "an input": f'{OPEN}>{FIELDS}<input type="submit" value="Send"></form>',
    "outside": f'{OPEN} id="f">{FIELDS}</form><button form="f">Send</button>',
    "typed": f'{OPEN}>{FIELDS}<button type="submit">Send</button></form>',
    "two": f"""{OPEN}><button type="button">Help</button>
      <button type="submit" name="top">Above</button>{FIELDS}<button>Send</button></form>""",
}


@pytest.mark.parametrize("form", BUTTONS.values(), ids=BUTTONS)
def test_a_button_of_any_kind(house: Callable[..., House], page: Page, form: str) -> None:
    home = house("")
    page.goto(home.put(form))
    send(page)
    expect(page.get_by_label("First name")).to_be_focused()
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert len(home.received()) == 1


def test_no_button_at_all(house: Callable[..., House], page: Page) -> None:
    home = house("")
    page.goto(home.put(f'<form data-frontdesk="riverside">{FIELDS}</form>'))
    fill_in(page)
    page.locator("form").evaluate("(form) => form.requestSubmit()")
    expect_thanks(page)


UNLUCKY = ("submit", "action", "name", "elements", "dataset", "reset", "method", "title", "id")


@pytest.mark.parametrize("tag", ["input type=hidden", "button type=button"])
def test_fields_that_are_called_like_the_forms_own(
    house: Callable[..., House], page: Page, tag: str
) -> None:
    home = house("")
    unlucky = "".join(f'<{tag} name="{name}" value="x">' for name in UNLUCKY)
    page.goto(home.put(FORM.replace("<button>", f"{unlucky}<button name='submit'>")))
    fill_in(page)
    page.get_by_label("Email").fill("jana")
    send(page)
    expect(page.get_by_label("Email")).to_be_focused()
    page.get_by_label("Email").fill("jana@example.com")
    send(page)
    expect_thanks(page)
    expect(page.get_by_label("First name")).to_have_value("")
    assert len(home.received()) == 1


def test_a_required_field_without_a_name(house: Callable[..., House], page: Page) -> None:
    home = house("")
    sure = '<label><input type="checkbox" required> I am sure</label><button>'
    page.goto(home.put(FORM.replace("<button>", sure)))
    fill_in(page)
    send(page)
    expect(page.get_by_label("I am sure")).to_be_focused()
    expect(page.get_by_label("I am sure")).to_have_accessible_description(
        "Please check this box if you want to proceed."
    )
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    page.get_by_label("I am sure").check()
    send(page)
    expect_thanks(page)


def test_a_form_that_is_not_to_be_validated_is_left_to_the_server(
    house: Callable[..., House], page: Page
) -> None:
    home = house("")
    page.goto(home.put(FORM.replace("<form", "<form novalidate")))
    posts = watch(page)
    page.get_by_label("Email").fill("jana")
    send(page)
    expect(page.get_by_label("First name")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_accessible_description(
        "Please tell us your first name."
    )
    expect(page.locator("[data-frontdesk-error=email]")).to_have_text(
        "This email address is not complete, for example jana@example.com."
    )
    assert len(posts) == 1
    fill_in(page)
    send(page)
    expect_thanks(page)


def test_a_check_of_the_pages_own_is_respected(house: Callable[..., House], page: Page) -> None:
    home = house("")
    script = """
      const form = document.querySelector("form");
      const { note, phone } = form.elements;
      form.addEventListener("submit", (event) => note.value || event.preventDefault());
      phone.oninput = () => phone.setCustomValidity(phone.value ? "" : "We call everybody.");
      phone.oninput();
      await import("FRONTDESK/frontdesk.js");
    """
    posts = watch(page)
    page.goto(home.put(script=script))
    # The module is imported by a script, for which a page does not wait.
    expect(page.locator("form")).to_have_js_property("noValidate", True)
    fill_in(page)
    page.get_by_label("Message").fill("")
    send(page)
    page.get_by_label("Message").fill("Is there a cellar?")
    send(page)
    expect(page.get_by_label("Phone")).to_have_accessible_description("We call everybody.")
    assert posts == []
    page.get_by_label("Phone").fill("777 123 456")
    send(page)
    expect_thanks(page)
    assert "error" in names(page)


def test_reset_takes_the_messages_away(house: Callable[..., House], page: Page) -> None:
    home = house("")
    page.goto(home.put(FORM.replace("<button>", '<button type="reset">Clear</button><button>')))
    send(page)
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    expect(page.locator("[data-frontdesk-error=first_name]")).to_have_text("")


# -- without JavaScript ------------------------------------------------------------------------


def without_script(home: House, page: Page) -> None:
    action = f'<form method="post" action="{home.desk.url}/forms/riverside"'
    page.goto(home.put(FORM.replace("<form", action)))
    fill_in(page)
    send(page)
    expect_filled_in_there(page)


def expect_filled_in_there(page: Page) -> None:
    """On our own page, which has other labels."""
    expect(page.get_by_label("First name")).to_have_value("Jana")
    expect(page.get_by_label("Message")).to_have_value("Is there a cellar?")
    expect(page.get_by_label("3+kk")).to_be_checked()
    expect(page.get_by_label("I agree to the processing")).to_be_checked()


def test_without_javascript(house: Callable[..., House], open_page: Callable[..., Page]) -> None:
    home = house("")
    page = open_page(java_script_enabled=False, expect=("status of 403",))
    without_script(home, page)
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert home.received()[0]["lead"]["first_name"] == "Jana"


def test_without_javascript_a_captcha_says_what_it_needs(
    home: House, open_page: Callable[..., Page]
) -> None:
    page = open_page(java_script_enabled=False, expect=("status of 403",))
    without_script(home, page)
    # Chromium shows none of these when it is Playwright that switches JavaScript off.
    assert "This form needs JavaScript" in (page.locator("noscript").text_content() or "")


def test_with_javascript_but_without_ours(home: House, open_page: Callable[..., Page]) -> None:
    """Our script was blocked: then the form is sent as it is, and our own page takes over."""
    page = open_page(expect=("ERR_FAILED", "status of 403"))
    page.route("**/frontdesk.js", lambda route: route.abort())
    without_script(home, page)
    # Our own page's script has its captcha; before it is there, an enquiry goes without one.
    until(page, "document.querySelector('form').noValidate")
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
