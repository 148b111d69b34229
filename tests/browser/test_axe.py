"""What axe-core finds against WCAG 2.2 A and AA: nothing, on every page that a visitor meets."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from tests.browser.house import PAGES, House
from tests.embedding.landing import await_fit, inside

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},  # off by default, though it is AA
    "resultTypes": ["violations"],
    "iframes": False,  # they are looked at one by one
}


def violations(page: Page | Frame) -> list[str]:
    """The rules that a page breaks, and where."""
    page.wait_for_load_state()  # with its style
    # Colours that are on their way to what they are to be are those of nobody.
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    found = Axe().run(page, options=OPTIONS).response
    assert found["passes"], "axe has looked at nothing"
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", PAGES)
def test_every_page(house: House, open_page: Callable[..., Page], kind: str, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    PAGES[kind](page, house, "en")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_in_a_landing_page(
    house: House, open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    tag = '<main><h1>Open day</h1><frontdesk-form form="full" lang="en"></frontdesk-form></main>'
    page.goto(house.landing.put(tag))
    await_fit(page)
    assert [violations(frame) for frame in page.frames] == [[], []]
    inside(page).locator("[type=submit]").click()
    expect(inside(page).locator("[aria-invalid=true]").first).to_be_focused()
    await_fit(page)
    assert [violations(frame) for frame in page.frames] == [[], []]


def test_axe_does_find_what_is_wrong(house: House, page: Page) -> None:
    """Under the strict policy of the page, and also what is off by default."""
    PAGES["fresh"](page, house, "en")
    page.evaluate(
        """() => {
          document.querySelector("label[for=email]").remove();
          document.documentElement.style.setProperty("--fd-muted", "#ccc");
        }"""
    )
    assert {found.partition(":")[0] for found in violations(page)} == {"label", "color-contrast"}
