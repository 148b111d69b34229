"""Wherever it stands, the element is as wide as its container lets it be."""

import pytest
from playwright.sync_api import Page

from tests.embedding.landing import TAG, Landing, await_event, await_fit

ROOM = 600  # px
# The container in which the element stands, 600 px wide or as wide as it wants to be in so much.
PLACES = {
    "block": "<div>{}</div>",
    "flex row": '<div class="flex">{}</div>',
    "in a flex row": '<div class="flex"><div>{}</div></div>',
    "flex column": '<div class="flex column">{}</div>',
    "grid": '<div class="grid">{}</div>',
    "centred in a grid": '<div class="grid centred">{}</div>',
    "float": '<div class="float">{}</div>',
    "dialog": "<dialog open>{}</dialog>",
    "inline-block": '<div class="inline">{}</div>',
    "table": "<table><tr><td>{}</td></tr></table>",
    "absolute": '<div class="absolute">{}</div>',
}
CSS = f"""
body {{ margin: 0 }}
section {{ width: {ROOM}px; position: relative }}
.flex {{ display: flex }} .column {{ flex-direction: column; align-items: center }}
.grid {{ display: grid }} .centred {{ justify-items: center }}
.float {{ float: left }} .inline {{ display: inline-block }} .absolute {{ position: absolute }}
dialog {{ border: 0; padding: 0; margin: 0; max-width: none; max-height: none }}
table, td {{ border-spacing: 0; padding: 0 }}
aside {{ width: 200px }}
"""


def width(page: Page) -> float:
    element = page.locator("frontdesk-form iframe")
    found: float = element.evaluate("(frame) => frame.getBoundingClientRect().width")
    return found


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("room", [ROOM, 280])
def test_it_takes_the_width_that_there_is(
    landing: Landing, page: Page, place: str, room: int
) -> None:
    landing.pages["place.css"] = CSS.replace(f"{ROOM}px", f"{room}px")
    style = '<link rel="stylesheet" href="place.css">'
    page.goto(landing.put(f"<section>{place.format(TAG)}</section>", head=landing.loader + style))
    await_event(page, "ready")
    assert width(page) == room
    await_fit(page)


def test_beside_something_it_takes_the_rest(landing: Landing, page: Page) -> None:
    landing.pages["place.css"] = CSS
    style = '<link rel="stylesheet" href="place.css">'
    beside = "<aside>Our flats</aside>"
    page.goto(
        landing.put(f'<section class="flex">{beside}{TAG}</section>', head=landing.loader + style)
    )
    await_event(page, "ready")
    assert 400 <= width(page) < ROOM


def test_the_pages_own_width_counts(landing: Landing, page: Page) -> None:
    landing.pages["place.css"] = "frontdesk-form { max-width: 500px }"
    style = '<link rel="stylesheet" href="place.css">'
    page.goto(landing.put(head=landing.loader + style))
    await_event(page, "ready")
    assert width(page) == 500
