"""frontdesk.js in the oldest browsers that docs/form.md names."""

import pytest
from playwright.sync_api import Page, expect

from tests.embedding.landing import await_event
from tests.own_form.house import House, expect_thanks, fill_in, send, status


def test_from_the_mistakes_to_the_thanks(home: House, old: Page) -> None:
    old.goto(home.put())
    send(old)
    first = old.get_by_label("First name")
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-invalid", "true")
    fill_in(old)
    old.get_by_label("Floor").fill("the third")
    send(old)
    expect(old.get_by_label("Floor")).to_be_focused()
    old.get_by_label("Floor").fill("3")
    send(old)
    expect_thanks(old)
    assert home.received()[0]["lead"]["attributes"] == {"floor": 3}


@pytest.mark.parametrize("missing", ["AbortController", "FormData", "URLSearchParams"])
def test_a_fault_of_the_scripts_is_not_taken_for_the_networks(
    home: House, old: Page, missing: str
) -> None:
    old.goto(home.put())
    await_event(old, "ready")
    fill_in(old)
    old.evaluate(f"{missing} = undefined")
    send(old)
    assert await_event(old, "error") == {"form": "riverside", "code": "script"}
    expect(status(old)).to_contain_text("Something on this page does not work.")
    expect(old.locator("form")).not_to_have_attribute("aria-busy", "true")
