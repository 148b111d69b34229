"""The three looks of docs/look.md on every screen, light and dark: all can be read and hit."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from frontdesk import create_app
from tests.browser.geometry import flaws
from tests.browser.house import FORMS, fill_in, form
from tests.browser.test_axe import violations
from tests.docs import pages
from tests.support import GENERAL, Site, serving

EXAMPLE = pages.ROOT / "examples/looks.toml"
LOOKS = dict(
    re.findall(
        r"^\[forms\.(\w+)\.look\]\n(.*?)(?=^\[|\Z)",
        EXAMPLE.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)
WIDTHS = (320, 768, 1280)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A form with everything for each of the looks."""
    folder = tmp_path_factory.mktemp("looks")
    shutil.copytree(EXAMPLE.parent / "looks", folder / "looks")
    text = GENERAL.replace("{crm}", "http://127.0.0.1:9").replace('"inside"', '"apart"')
    for slug, look in LOOKS.items():
        text += form(slug, origin="https://riverside.example.com", captcha=FORMS["full"])
        text += f"[forms.{slug}.look]\n{look}"
    path = folder / "frontdesk.toml"
    path.write_text(text, encoding="utf-8")
    with serving(create_app(path)) as running:
        yield running


def test_there_are_three() -> None:
    assert len(LOOKS) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("slug", LOOKS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    site: Site, open_page: Callable[..., Page], slug: str, scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    page.goto(f"{site.url}/forms/{slug}?lang=en")
    for state in ("fresh", "wrong", "chosen", "thanked"):
        if state == "wrong":
            page.locator(".fd-form [type=submit]").click()
            expect(page.locator("[aria-invalid=true]").first).to_be_focused()
        if state == "chosen":
            fill_in(page)
            page.locator("[name=rooms]").first.check()
            page.locator(".fd-chip").nth(2).hover()
        if state == "thanked":
            page.locator(".fd-form [type=submit]").click()
            expect(page.locator(".fd-thanks")).to_be_visible()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert flaws(page) == {}, (state, width)
        assert violations(page) == [], state


@pytest.mark.parametrize("slug", LOOKS)
def test_the_logo_stands_above_the_heading(
    site: Site, open_page: Callable[..., Page], slug: str
) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    page.goto(f"{site.url}/forms/{slug}?lang=en")
    logo = page.locator(".fd-logo")
    expect(logo).to_have_css("block-size", "48px")
    assert logo.evaluate("(image) => image.complete && image.naturalWidth > 0")
    assert bottom(logo) <= top(page.locator("h1.fd-title"))


def top(element: Locator) -> float:
    found: float = element.evaluate("(element) => element.getBoundingClientRect().top")
    return found


def bottom(element: Locator) -> float:
    found: float = element.evaluate("(element) => element.getBoundingClientRect().bottom")
    return found


def test_a_script_in_a_logo_runs_nowhere(
    looking: Callable[..., Site], open_page: Callable[..., Page]
) -> None:
    site = looking('[look]\nlogo = "logo.svg"')
    page = open_page(expect=("script", "sandbox"))
    page.goto(f"{site.url}/forms/riverside/look/logo")
    expect(page.locator("svg rect")).to_have_css("fill", "rgb(122, 31, 61)")
    assert page.locator("svg").get_attribute("data-ran") is None


def test_a_font_of_ones_own_is_loaded(
    looking: Callable[..., Site], brand: Path, page: Page
) -> None:
    """In squares.woff2, which was made for this, all letters are squares."""
    font = Path(__file__).parent / "squares.woff2"
    (brand / "squares.woff2").write_bytes(font.read_bytes())
    site = looking('[look]\nfont = { file = "squares.woff2" }\nradius = "0"\ndensity = "compact"')
    page.goto(f"{site.url}/forms/riverside?lang=en")
    assert page.evaluate(
        "document.fonts.ready.then((fonts) => [...fonts].map((face) => face.status))"
    ) == ["loaded"]
    button = page.get_by_role("button", name="Send the enquiry")
    expect(button).to_have_css("border-radius", "0px")
    wide = page.get_by_label("First name").evaluate(
        """(field) => {
          const canvas = document.createElement("canvas").getContext("2d");
          canvas.font = getComputedStyle(field).font;
          return canvas.measureText("iiii").width === canvas.measureText("mmmm").width;
        }"""
    )
    assert wide, "in no other font here are i and m as wide as each other"


def test_a_style_sheet_comes_last(looking: Callable[..., Site], page: Page) -> None:
    site = looking('[look]\nstylesheet = "own.css"')
    page.goto(f"{site.url}/forms/riverside?lang=en")
    expect(page.locator("[type=submit]")).to_have_css("text-transform", "uppercase")
