"""Where a form with a look stands: in a page of the host's, beside another, in an iframe."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Page, expect

from frontdesk import Frontdesk
from tests.embedding.landing import TAG, Landing, await_event, await_fit, elsewhere, inside
from tests.embedding.test_looks import CLEAR, framed, style
from tests.intake.desk import ORCHARD, configuration
from tests.support import FORM, Site, serving

RED, BLUE, OURS = "rgb(122, 31, 61)", "rgb(11, 83, 148)", "rgb(29, 92, 73)"
TWO = """
[forms.riverside.look]
accent = "#7a1f3d"
background = "#fdf8f2"
radius = "0"
[forms.orchard.look]
accent = { light = "#0b5394", dark = "#8ec5ff" }
theme = "auto"
density = "compact"
"""


@pytest.fixture
def host(tmp_path: Path) -> Flask:
    """A site with two forms on one page, and a page of Frontdesk's own."""
    path = tmp_path / "frontdesk.toml"
    text = configuration(forms=FORM + ORCHARD + HILL + TWO)
    path.write_text(text, encoding="utf-8")
    app = Flask("host", root_path=str(tmp_path), static_folder=None)
    Frontdesk(app, config=path, url_prefix="/enquiry")

    @app.get("/all")
    def everything() -> str:
        return render_template_string(
            '<!doctype html><html lang="en"><title>Three</title><link rel="icon" href="data:,">'
            "<h1>Ours</h1><button>Menu</button>"
            "{% for one in ('riverside', 'orchard', 'hill') %}"
            "{{ frontdesk_form(one, lang='en') }}{% endfor %}"
        )

    @app.get("/near")
    def near() -> str:
        return render_template_string(
            '<!doctype html><html lang="en"><title>One</title><link rel="icon" href="data:,">'
            "<style>.fd-form { --fd-accent: #0b5394 }</style>"
            "{{ frontdesk_form('riverside', lang='en') }}"
        )

    return app


HILL = """
[forms.hill]
title = "Hill"
destinations = ["crm"]
"""


def button(page: Page, slug: str) -> tuple[str, str, str]:
    found: list[str] = page.locator(f"[data-fd-form={slug}] [type=submit]").evaluate(
        "(element) => ['backgroundColor', 'borderTopLeftRadius', 'colorScheme']"
        ".map((name) => getComputedStyle(element)[name])"
    )
    return found[0], found[1], found[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_three_forms_on_one_page_have_a_look_each(
    host: Flask, open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    with serving(host) as site:
        page.goto(f"{site.url}/all")
        assert button(page, "riverside") == (RED, "0px", "light")
        dark = ("rgb(142, 197, 255)", "10px", "dark")
        assert button(page, "orchard") == (dark if scheme == "dark" else (BLUE, "10px", "light"))
        assert button(page, "hill") == (OURS, "10px", "light")
        assert style(page.locator("body"), "backgroundColor") == CLEAR
        assert style(page.locator("body > button"), "backgroundColor") not in (RED, BLUE, OURS)
        fields = page.locator("[name=first_name]")
        heights = [fields.nth(n).evaluate("(field) => field.offsetHeight") for n in range(3)]
        assert heights == [48, 44, 48]


def test_what_a_page_sets_at_its_forms_goes_before(host: Flask, page: Page) -> None:
    with serving(host) as site:
        page.goto(f"{site.url}/near")
        assert button(page, "riverside")[:2] == (BLUE, "0px")


@pytest.mark.parametrize("theme", ["", 'theme="dark"', 'theme="auto"'])
def test_in_an_iframe(
    looking: Callable[..., Site], open_page: Callable[..., Page], theme: str
) -> None:
    landing = Landing()
    with serving(landing.app) as around:
        landing.url = elsewhere(around.url)
        site = looking(
            '[look]\ntheme = "light"\naccent = { light = "#7a1f3d", dark = "#e8a0b8" }',
            FORM.replace("https://riverside.example.com", landing.url),
        )
        landing.allow(site.url)
        page = open_page(color_scheme="dark")
        page.goto(landing.put(TAG.replace(" lang", f" {theme} lang")))
        await_event(page, "ready")
        send = inside(page).get_by_role("button", name="Send the enquiry")
        expect(send).to_have_css("background-color", "rgb(232, 160, 184)" if theme else RED)
        main = framed(page).locator("main")
        # The page has said that it is dark; what the look says is of the form alone.
        assert (style(main, "backgroundColor") == CLEAR) is ("dark" in theme)
        # Else browsers lay an opaque ground below the frame.
        expect(framed(page).locator("meta[name=color-scheme]")).to_have_attribute(
            "content", "dark" if "dark" in theme else "light dark"
        )
        await_fit(page)
