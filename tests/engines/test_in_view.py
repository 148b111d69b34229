"""The first wrong field is seen, with its label and with what is wrong, wherever it was."""

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.engines.visitor import Visitor
from tests.engines.ways import WAYS, Way, World
from tests.support import eventually

EVERY_WAY = pytest.mark.parametrize("way", WAYS, ids=str)

# Where the field, its label and its message begin and end, in the frame.
_PIECES = """
const [field, label] = arguments;
const ids = field.getAttribute("aria-describedby").trim().split(/ +/);
const message = ids.map((id) => document.getElementById(id))
  .find((place) => place.matches("[data-fd-error], [data-frontdesk-error]"));
return [field, label, message].map((piece) => piece.getBoundingClientRect())
  .map(({ top, bottom }) => [top, bottom]);
"""


def expect_in_view(visitor: Visitor, label: str) -> None:
    """Wait until a field has the focus, and somebody sees all of it in the window."""
    eventually(lambda: visitor.focus_is_in(label))
    pieces: list[Any] = []

    def seen() -> bool:
        found = visitor.script(_PIECES, visitor.field(label), visitor.label(label))
        with visitor.around() as down:
            height = visitor.script("return innerHeight")
        pieces[:] = [(down + top, down + bottom) for top, bottom in found]
        return all(top >= 0 and bottom <= height for top, bottom in pieces)

    try:
        eventually(seen)
    except AssertionError:
        raise AssertionError(f"field, label and message of {label!r} are at {pieces}") from None


def scroll(visitor: Visitor, y: int) -> None:
    """Scroll the window, on whose page things move slowly from then on."""
    with visitor.around():
        visitor.script("scrollTo(0, arguments[0])", y)
        visitor.script("document.documentElement.style.scrollBehavior = 'smooth'")


@EVERY_WAY
def test_far_above(visitor: Visitor, world: World, way: Way) -> None:
    visitor.window(800, 500)
    visitor.open(way.lay_out(world, "altcha"))
    with way.form(visitor):
        scroll(visitor, 100_000)
        visitor.press(way.send)
        expect_in_view(visitor, "First name")


@EVERY_WAY
def test_far_below(visitor: Visitor, world: World, way: Way) -> None:
    visitor.window(800, 500)
    visitor.open(way.lay_out(world, "altcha"))
    with way.form(visitor):
        visitor.fill("Last name", "Nováková")
        visitor.fill("Email", "jana@example.com")
        visitor.fill("First name", "Jana")
        scroll(visitor, 0)
        visitor.field("First name").send_keys(Keys.ENTER)
        expect_in_view(visitor, way.consent)
