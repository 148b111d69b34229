"""Light and dark, and how a form fits into the page around it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from tests.embedding.landing import (
    TAG,
    Landing,
    World,
    await_event,
    await_fit,
    fill_in,
    inside,
    send,
    story,
)
from tests.intake.desk import page_of, submit

LIGHT, DARK = "rgb(29, 36, 33)", "rgb(232, 236, 233)"  # --fd-text of either
CLEAR = "rgba(0, 0, 0, 0)"
HTML = {"Accept": "text/html"}


def framed(page: Page) -> Frame:
    frame = page.locator("frontdesk-form iframe").element_handle().content_frame()
    assert frame is not None
    return frame


def style(element: Locator, name: str) -> str:
    found: str = element.evaluate("(element, name) => getComputedStyle(element)[name]", name)
    return found


@pytest.mark.parametrize("browsers", ["light", "dark"])
@pytest.mark.parametrize("theme", ["light", "dark", "", "purple"])
def test_the_theme_decides_else_the_browser(
    landing: Landing, open_page: Callable[..., Page], browsers: str, theme: str
) -> None:
    page = open_page(color_scheme=browsers)
    page.goto(landing.put(TAG.replace(" lang", f' theme="{theme}" lang')))
    await_event(page, "ready")
    frame = framed(page)
    known = theme in ("light", "dark")
    dark = (theme if known else browsers) == "dark"
    body, main = frame.locator("body"), frame.locator("main")
    expect(body).to_have_css("color", DARK if dark else LIGHT)
    assert style(frame.locator("form"), "colorScheme") == ("dark" if dark else "light")
    # Only where its colours are known does the page around show through.
    assert style(body, "backgroundColor") == CLEAR
    assert (style(main, "backgroundColor") == CLEAR) is known
    # Browsers lay an opaque ground below a frame whose scheme is not that of its element.
    scheme = theme if known else "light dark"
    assert style(page.locator("frontdesk-form iframe"), "colorScheme") == scheme
    assert frame.locator("meta[name=color-scheme]").get_attribute("content") == scheme
    await_fit(page)


def test_the_theme_lasts_from_page_to_page(
    landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(color_scheme="light")
    page.goto(landing.put(TAG.replace(" lang", ' theme="dark" lang')))
    fill_in(inside(page))
    send(inside(page))
    expect(inside(page).get_by_role("heading", name="Thank you")).to_be_visible()
    expect(framed(page).locator("body")).to_have_css("color", DARK)
    inside(page).get_by_role("button", name="Send another enquiry").click()
    expect(inside(page).get_by_label("First name")).to_be_visible()
    expect(framed(page).locator("body")).to_have_css("color", DARK)


def test_another_theme_takes_nothing_away(landing: Landing, open_page: Callable[..., Page]) -> None:
    """A site with a switch for it tells the element."""
    page = open_page(color_scheme="light")
    page.goto(landing.put(TAG.replace(" lang", ' theme="light" lang')))
    await_event(page, "ready")
    fill_in(inside(page))
    element = page.locator("frontdesk-form")
    for theme, colour in (("dark", DARK), ("light", LIGHT)):
        element.evaluate("(element, theme) => element.setAttribute('theme', theme)", theme)
        expect(inside(page).locator("body")).to_have_css("color", colour)
        expect(inside(page).get_by_label("First name")).to_have_value("Jana")
        await_fit(page)
    element.evaluate("element => element.removeAttribute('theme')")
    expect(inside(page).locator("main")).not_to_have_css("background-color", CLEAR)
    assert story(page) == ["ready", "started"]


@pytest.mark.parametrize("theme", ["", "light"])
def test_what_has_the_focus_is_outlined_on_all_sides(
    landing: Landing, page: Page, theme: str
) -> None:
    page.goto(landing.put(TAG.replace(" lang", f' theme="{theme}" lang')))
    await_event(page, "ready")
    first = framed(page).get_by_label("First name")
    first.focus()
    outline = sum(float(style(first, f"outline{part}")[:-2]) for part in ("Width", "Offset"))
    box = first.evaluate("element => element.getBoundingClientRect().toJSON()")
    assert outline > 0
    assert box["left"] >= outline


@pytest.mark.parametrize("path", ["/forms/riverside", "/forms/riverside/thanks"])
def test_only_in_an_element_the_page_is_bare(world: World, path: str) -> None:
    assert '<body class="fd-page">' in world.leads.get(path, headers=HTML).text
    embedded = world.leads.get(f"{path}?embed=1", headers=HTML).text
    assert '<body class="fd-page fd-embedded">' in embedded
    themed = world.leads.get(f"{path}?embed=1&theme=light", headers=HTML).text
    assert '<body class="fd-page fd-embedded fd-themed">' in themed


def style_sheets(html: str) -> dict[str, str | None]:
    """The media of each style sheet."""
    found = re.findall(r'<link rel="stylesheet" href="[^"]*/([^/"]+)"(?: media="([^"]*)")?>', html)
    return {name: media or None for name, media in found}


AUTOMATIC = {"form.css": None, "dark.css": "(prefers-color-scheme: dark)"}


@pytest.mark.parametrize("path", ["/forms/riverside", "/forms/riverside/thanks"])
@pytest.mark.parametrize(
    ("theme", "sheets"),
    [
        ("light", {"form.css": None}),
        ("dark", {"form.css": None, "dark.css": None}),
        ("", AUTOMATIC),
        ("Dark", AUTOMATIC),
        ('"><script>', AUTOMATIC),
    ],
)
def test_the_theme_in_the_address(
    world: World, path: str, theme: str, sheets: dict[str, str | None]
) -> None:
    html = world.leads.get(path, headers=HTML, params={"theme": theme}).text
    assert style_sheets(html) == sheets


def test_the_theme_is_handed_on(world: World) -> None:
    form = page_of(world.leads.get("/forms/riverside?embed=1&theme=dark&lang=en"), 200)
    assert form.action == "riverside?embed=1&theme=dark"
    token = form.value("token")
    again = submit(world.leads, path=f"/forms/{form.action}", token=token, first_name="")
    assert page_of(again, 422).action == form.action
    assert style_sheets(again.text) == {"form.css": None, "dark.css": None}
    done = submit(world.leads, path=f"/forms/{form.action}", token=token)
    assert done.headers["Location"].startswith("riverside/thanks?lang=en&embed=1&theme=dark&id=")
