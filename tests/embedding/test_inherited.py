"""What a <frontdesk-form> takes from its page: no heading, and the page's own colours."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.embedding.landing import (
    TAG,
    Landing,
    await_event,
    await_fit,
    fill_in,
    inside,
    send,
)

OURS, THEIRS = "rgb(29, 92, 73)", "rgb(122, 31, 61)"
STYLE = '<link rel="stylesheet" href="page.css">'


@pytest.fixture
def coloured(landing: Landing) -> Landing:
    """A page that sets some of the form's properties, from far and from near."""
    landing.pages["page.css"] = (
        ":root { --fd-accent: #0b5394; --fd-radius: 0px }frontdesk-form { --fd-accent: #7a1f3d }"
    )
    landing.loader += STYLE
    return landing


def accent(page: Page) -> tuple[str, str]:
    button = inside(page).get_by_role("button", name="Send the enquiry")
    found: list[str] = button.evaluate(
        "(element) => ['backgroundColor', 'borderTopLeftRadius']"
        ".map((name) => getComputedStyle(element)[name])"
    )
    return found[0], found[1]


def test_without_a_heading_to_the_end(landing: Landing, page: Page) -> None:
    page.goto(landing.put(TAG.replace(" lang", ' heading="off" lang')))
    await_event(page, "ready")
    await_fit(page)
    form = inside(page)
    expect(form.get_by_role("heading", name="Riverside Residences")).to_have_count(0)
    expect(form.get_by_label("First name")).to_be_visible()
    fill_in(form)
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    form.get_by_role("button", name="Send another enquiry").click()
    expect(form.get_by_label("First name")).to_be_visible()
    expect(form.get_by_role("heading", name="Riverside Residences")).to_have_count(0)


def test_the_pages_own_properties_hold_in_the_frame(coloured: Landing, page: Page) -> None:
    page.goto(coloured.put())
    await_event(page, "ready")
    form = inside(page)
    button = form.get_by_role("button", name="Send the enquiry")
    expect(button).to_have_css("background-color", THEIRS)
    assert accent(page) == (THEIRS, "0px")
    # What the page tells later leaves them as they are.
    page.locator("frontdesk-form").evaluate("(element) => element.setAttribute('unit', 'B.203')")
    expect(form.get_by_label("Unit")).to_have_value("B.203")
    assert accent(page) == (THEIRS, "0px")
    fill_in(form)
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    again = form.get_by_role("button", name="Send another enquiry")
    expect(again).to_be_visible()
    assert THEIRS in again.evaluate(
        "(element) => ['color', 'borderTopColor', 'backgroundColor']"
        ".map((name) => getComputedStyle(element)[name])"
    )


def test_a_page_that_sets_none_leaves_ours(landing: Landing, page: Page) -> None:
    page.goto(landing.put())
    await_event(page, "ready")
    assert accent(page)[0] == OURS


def test_they_are_read_again_with_another_theme(coloured: Landing, page: Page) -> None:
    coloured.pages["page.css"] += 'frontdesk-form[theme="dark"] { --fd-accent: #e8a0b8 }'
    page.goto(coloured.put(TAG.replace(" lang", ' theme="light" lang')))
    await_event(page, "ready")
    button = inside(page).get_by_role("button", name="Send the enquiry")
    expect(button).to_have_css("background-color", THEIRS)
    page.locator("frontdesk-form").evaluate("(element) => element.setAttribute('theme', 'dark')")
    expect(button).to_have_css("background-color", "rgb(232, 160, 184)")


@pytest.mark.parametrize(
    "look",
    ["5", "'red'", "null", "{ 0: {}, 99: 'red' }", "[[], 'url(//example.com/x)', '}*{']"],
)
def test_whatever_a_page_says_breaks_nothing(
    landing: Landing, open_page: Callable[..., Page], look: str
) -> None:
    page = open_page(expect=("img-src 'self' data:",))
    page.goto(landing.put())
    await_event(page, "ready")
    page.evaluate(
        "() => document.querySelector('frontdesk-form').shadowRoot.querySelector('iframe')"
        f".contentWindow.postMessage({{ frontdesk: 'set', unit: 'B.203', look: {look} }}, '*')"
    )
    expect(inside(page).get_by_label("Unit")).to_have_value("B.203")
    fill_in(inside(page))
    send(inside(page))
    await_event(page, "submitted")
