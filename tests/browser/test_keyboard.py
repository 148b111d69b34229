"""The form with nothing but a keyboard: in order, with the focus in sight, and never trapped."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House, refused

# Where the focus is, what it looks like, and where that stands on the page.
_STOP = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const chip = element.closest(".fd-chip")?.querySelector("span");
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(chip || element);
  const { left, top, right, bottom } = (chip || element).getBoundingClientRect();
  const sighted = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2
    && !/, 0\\)$|transparent/.test(outlineColor);
  const ring = 5; // px that the outline takes
  return {
    name: element.name || element.textContent.trim(),
    choice: element.type === "checkbox" ? element.value : "", sighted,
    inside: left >= ring && right + ring <= innerWidth
      && top >= ring && bottom + ring <= innerHeight,
    at: [Math.round(top + scrollY), Math.round(left)],
  };
}"""

DATE = ("ArrowUp", "ArrowRight") * 3


class Stop(NamedTuple):
    """A place where the focus rests."""

    name: str
    choice: str  # which of several checkboxes of that name
    sighted: bool  # whether it has an outline
    inside: bool  # whether all of it, and the outline, stands in the window
    at: tuple[int, int]  # px from the top and from the left of the page


def here(page: Page) -> Stop | None:
    found: dict[str, Any] | None = page.evaluate(_STOP)
    return found and Stop(**{**found, "at": tuple(found["at"])})  # type: ignore[return-value]


def stops(page: Page, key: str = "Tab") -> Iterator[Stop]:
    """Every stop, until the focus leaves the page; a date has several parts and is one stop."""
    before = None
    for _ in range(60):
        page.keyboard.press(key)
        stop = here(page)
        if stop is None:
            return
        if before is None or (stop.name, stop.choice) != before[:2]:
            yield stop
        before = stop
    raise AssertionError(f"the focus never leaves the page; it is at {before}")


@pytest.mark.parametrize("slug", ["full", "brief"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_focus_goes_where_the_eye_goes(house: House, page: Page, width: int, slug: str) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(house.url(slug, unit="A.101" if slug == "brief" else ""))
    found = list(stops(page))
    assert [stop.at for stop in found] == sorted(stop.at for stop in found)
    assert [stop for stop in found if not stop.sighted or not stop.inside] == []
    seen = [stop.name for stop in found]
    assert "link" not in seen, "the honeypot is no stop"
    shown = page.locator(".fd-main :is(input, select, textarea, button, a):visible")
    inputs = shown.evaluate_all(
        "all => all.filter((one) => one.tabIndex >= 0 && one.type !== 'hidden').length"
    )
    assert len(found) == inputs, "every control is a stop"


def test_the_way_back_is_the_way_there(house: House, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(house.url())
    there = [stop.name for stop in stops(page)]
    page = open_page()
    page.goto(house.url())
    page.locator("[type=submit]").focus()
    back = [stop.name for stop in stops(page, "Shift+Tab")]
    assert [*back[::-1], "Send the enquiry"] == there


def test_an_enquiry_with_the_keyboard_alone(house: House, page: Page) -> None:
    """From the first field to the thank-you, with two mistakes on the way."""
    page.goto(house.url("proven"))
    answers: dict[str, Callable[[], object]] = {
        "first_name": lambda: page.keyboard.type("Jana"),
        "last_name": lambda: page.keyboard.type("Nováková"),
        "email": lambda: page.keyboard.type("jana@"),
        "phone": lambda: page.keyboard.type("777 123 456"),
        "rooms": lambda: page.keyboard.press("Space"),
        "unit": lambda: page.keyboard.press("ArrowDown"),
        "price_max": lambda: page.keyboard.type("8 500 000"),
        "attribute_pets": lambda: page.keyboard.press("ArrowDown"),
        "attribute_household": lambda: page.keyboard.type("3"),
        "attribute_share": lambda: page.keyboard.type("42.5"),
        # Day, month and year, in whichever order they stand.
        "attribute_move_in": lambda: [page.keyboard.press(key) for key in DATE],
        "attribute_payment": lambda: page.keyboard.press("ArrowDown"),
        "attribute_extras": lambda: page.keyboard.press("Space"),
        "note": lambda: page.keyboard.type("On a Saturday?"),
        "consent_2": lambda: page.keyboard.press("Space"),
    }
    for stop in stops(page):
        if stop.name == "Send the enquiry":
            break
        answers.get(stop.name, lambda: None)()
    page.keyboard.press("Enter")

    # The page finds both, and the focus is on the first.
    email, employer = page.locator("[name=email]"), page.locator("[name=attribute_employer]")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(employer).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("End")
    page.keyboard.type("example.com")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Enter")

    expect(employer).to_be_focused()
    page.keyboard.type("ACME")
    expect(employer).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=first_name]")).to_have_value("Jana")
    page.keyboard.press("Enter")

    title = page.get_by_role("heading", name="Thank you")
    expect(title).to_be_visible()
    expect(page.locator(":focus").get_by_role("heading")).to_have_text("Thank you")


def walk_to(page: Page, name: str) -> None:
    """Press Tab until a field has the focus."""
    stop = here(page)
    if stop is None or stop.name != name:
        assert any(stop.name == name for stop in stops(page)), f"no way to {name}"


def test_a_summary_leads_to_the_fields(house: House, page: Page) -> None:
    """Without the form's script: the links of the server's summary."""
    refused(page, house)
    for stop in stops(page):
        assert stop.sighted, stop
        if "email address or a phone number" in stop.name:
            break
    page.keyboard.press("Enter")
    expect(page.locator("[name=email]")).to_be_focused()
    field = here(page)
    assert field
    assert field.sighted
    assert field.inside
