"""The form's page in the oldest browsers that docs/form.md names."""

from playwright.sync_api import Page, expect

from tests.form.test_sending import expect_thanks, fill_in, received, send
from tests.support import Site


def test_from_the_mistakes_to_the_thanks(desk: Site, old: Page) -> None:
    old.goto(f"{desk.url}/forms/riverside?lang=en")
    send(old)
    first = old.get_by_label("First name")
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-invalid", "true")
    fill_in(old)
    expect(old.locator("[aria-invalid=true]")).to_have_count(0)
    old.get_by_label("Floor").fill("the third")
    send(old)
    expect(old.get_by_label("Floor")).to_be_focused()
    old.get_by_label("Floor").fill("3")
    send(old)
    expect_thanks(old)
    assert received(desk)[0]["lead"]["attributes"] == {"floor": 3}


def test_a_fault_of_the_scripts_is_not_taken_for_the_networks(desk: Site, old: Page) -> None:
    old.goto(f"{desk.url}/forms/riverside?lang=en")
    fill_in(old)
    old.evaluate("AbortController = undefined")
    send(old)
    expect(old.get_by_role("alert")).to_contain_text("Something on this page does not work.")
    expect(old.get_by_label("First name")).to_have_value("Jana")
    expect(old.get_by_role("button", name="Send the enquiry")).to_be_enabled()
