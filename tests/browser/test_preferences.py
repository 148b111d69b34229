"""What visitors set in their system: colours, motion, darkness; and contrasts that axe skips."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.house import House, fresh, gaps, thanked

# Relative luminance and contrast as WCAG defines them, of computed colours as they are painted.
_CONTRAST = """(element, property) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const paint = (...colors) => {
    for (const color of ["#fff", ...colors]) {
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => byte / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = [];
  for (let one = element.parentElement; one; one = one.parentElement)
    behind.unshift(getComputedStyle(one).backgroundColor);
  const [high, low] = [paint(...behind), paint(...behind, getComputedStyle(element)[property])]
    .sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}"""


def contrast(element: Locator, property_: str) -> float:
    """Between a colour of an element and what lies behind the element."""
    found: float = element.evaluate(_CONTRAST, property_)
    return found


def style(element: Locator, *properties: str) -> list[str]:
    found: list[str] = element.evaluate(
        "(element, names) => names.map((name) => getComputedStyle(element)[name])", properties
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_stand_out(house: House, open_page: Callable[..., Page], scheme: str) -> None:
    """Borders and focus at 3:1 (WCAG 1.4.11), which axe does not look at."""
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    fresh(page, house)
    for control in page.locator(".fd-input, .fd-chip span").all():
        assert contrast(control, "borderTopColor") >= 3
    chip = page.locator(".fd-chip").first
    chip.click()
    page.mouse.move(0, 0)
    assert page.locator(".fd-chip input").first.is_checked()
    page.locator("[name=first_name]").focus()
    assert contrast(chip.locator("span"), "backgroundColor") >= 3
    assert contrast(page.locator("[name=first_name]"), "outlineColor") >= 3
    assert contrast(page.locator("[type=submit]"), "backgroundColor") >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_error_is_not_told_by_colour_alone(
    house: House, open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    gaps(page, house)
    invalid = page.locator("[name=last_name]")
    valid = page.locator("[name=attribute_household]")
    assert page.locator("#last_name-error").inner_text() != ""
    assert style(invalid, "boxShadow") != style(valid, "boxShadow"), "a thicker border as well"
    assert contrast(invalid, "borderTopColor") >= 3


def test_in_the_visitors_own_colours(house: House, open_page: Callable[..., Page]) -> None:
    """Windows' contrast themes replace colours: what was told by them must still be told."""
    page = open_page(forced_colors="active", reduced_motion="reduce")
    fresh(page, house)
    chosen, other = (page.locator(".fd-chip").nth(n) for n in (0, 1))
    chosen.click()
    page.mouse.move(0, 0)
    colours = ("backgroundColor", "color", "borderTopColor")
    assert style(chosen.locator("span"), *colours) != style(other.locator("span"), *colours)
    ground, letters = style(chosen.locator("span"), "backgroundColor", "color")
    assert ground != letters
    for element in page.locator(".fd-input, .fd-chip span, .fd-button").all():
        assert style(element, "borderTopStyle") == ["solid"]
        assert style(element, "borderTopColor") != style(page.locator("body"), "backgroundColor")
    assert style(page.locator("#unit"), "backgroundImage") == ["none"], "the system's own arrow"
    page.keyboard.press("Tab")  # as somebody who uses the keyboard
    for control in page.locator(".fd-input, .fd-box").all():
        control.focus()
        assert style(control, "outlineStyle") == ["solid"]


def test_the_thank_you_in_the_visitors_own_colours(
    house: House, open_page: Callable[..., Page]
) -> None:
    page = open_page(forced_colors="active")
    thanked(page, house)
    tick = page.locator(".fd-thanks").evaluate(
        "element => getComputedStyle(element, '::after').borderBottomColor"
    )
    assert tick != style(page.locator("body"), "backgroundColor")[0]


@pytest.mark.parametrize("kind", [gaps, thanked])
def test_nothing_moves_for_those_who_want_less_motion(
    house: House, open_page: Callable[..., Page], kind: Callable[[Page, House], None]
) -> None:
    moving = """() => [...document.querySelectorAll("*")].filter((element) => {
      const { transitionDuration, transitionProperty, animationName, scrollBehavior } =
        getComputedStyle(element);
      return animationName !== "none" || scrollBehavior === "smooth"
        || (transitionProperty !== "none" && /[1-9]/.test(transitionDuration));
    }).map((element) => element.outerHTML.slice(0, 80))"""
    page = open_page(reduced_motion="reduce")
    kind(page, house)
    assert page.evaluate(moving) == []
    page.emulate_media(reduced_motion="no-preference")
    assert kind is thanked or page.evaluate(moving), "there is motion for those who do not mind"
