"""The pages fit: on telephones, enlarged, in long languages, and from right to left."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.geometry import flaws
from tests.browser.house import LANGUAGES, PAGES, House
from tests.embedding.landing import await_fit, inside

WIDTHS = [320, 390, 768, 1280]
_LARGE_TEXT = "document.documentElement.style.fontSize = '32px'"
_RIGHT_TO_LEFT = "document.documentElement.dir = 'rtl'"


def opened(open_page: Callable[..., Page], width: int, **options: object) -> Page:
    return open_page(viewport={"width": width, "height": 800}, **options)


def flaws_at(page: Page, widths: list[int], what: str = "") -> dict[str, Any]:
    """The flaws at each of these widths."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        if here := flaws(page):
            found[f"{what}{width} px"] = here
    return found


@pytest.mark.parametrize("kind", PAGES)
def test_at_every_width(house: House, open_page: Callable[..., Page], kind: str) -> None:
    page = opened(open_page, 320)
    PAGES[kind](page, house, "en")
    found = flaws_at(page, WIDTHS)
    page.evaluate(_RIGHT_TO_LEFT)
    found |= flaws_at(page, WIDTHS, "right to left, ")
    page.evaluate(_LARGE_TEXT)
    found |= flaws_at(page, WIDTHS, "right to left and text of twice the size, ")
    page.evaluate("document.documentElement.dir = 'ltr'")
    found |= flaws_at(page, WIDTHS, "text of twice the size, ")
    assert found == {}


@pytest.mark.parametrize("kind", PAGES)
def test_zoomed_to_twice_the_size(house: House, open_page: Callable[..., Page], kind: str) -> None:
    """To a browser that is a window half as wide, with two pixels for each."""
    page = opened(open_page, 160, device_scale_factor=2)
    PAGES[kind](page, house, "en")
    assert flaws_at(page, [width // 2 for width in WIDTHS]) == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["refused", "unproven", "thanked"])
def test_in_every_language_on_a_small_telephone(
    house: House, open_page: Callable[..., Page], kind: str, language: str
) -> None:
    page = opened(open_page, 320)
    PAGES[kind](page, house, language)
    assert flaws(page) == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_in_a_landing_page_nothing_scrolls_inside(
    house: House, open_page: Callable[..., Page], width: int
) -> None:
    page = opened(open_page, width)
    page.goto(house.landing.put('<frontdesk-form form="full" lang="de"></frontdesk-form>'))
    frame = page.frames[-1]
    await_fit(page)
    assert flaws(frame) == {}
    inside(page).locator("[type=submit]").click()
    expect(inside(page).locator("[aria-invalid=true]").first).to_be_focused()
    for change in ("null", _RIGHT_TO_LEFT, _LARGE_TEXT):
        frame.evaluate(change)
        await_fit(page)
        assert flaws(frame) == {}, change


@pytest.mark.parametrize(
    ("rule", "flaw"),
    [
        (".fd-main { min-inline-size: 330px }", "aside"),
        (".fd-label { margin-block-end: -1rem }", "overlaps"),
        (".fd-affix .fd-input { padding-inline: 1rem }", "overlaps"),
        (".fd-chip span { block-size: 2.75rem; white-space: nowrap }", "burst"),
        (".fd-title { margin-inline-start: -4rem }", "outside"),
        (".fd-button { min-block-size: 0; padding-block: 0.5rem }", "small"),
        (".fd-link { padding: 0 }", "small"),
        (".fd-tick { min-block-size: 0; padding: 0 }", "small"),
    ],
)
def test_flaws_are_found(
    house: House, open_page: Callable[..., Page], rule: str, flaw: str
) -> None:
    page = opened(open_page, 320)
    PAGES["fresh"](page, house, "en")
    page.evaluate(
        """(rule) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(rule);
          document.adoptedStyleSheets = [sheet];
        }""",
        rule,
    )
    assert flaw in flaws(page)
