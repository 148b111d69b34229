"""`<frontdesk-form>` in the oldest browsers that docs/form.md names."""

import pytest
from playwright.sync_api import Page, expect

from tests.embedding.landing import (
    TAG,
    Landing,
    await_event,
    await_fit,
    fill_in,
    inside,
    send,
    story,
)


@pytest.mark.parametrize("strict", [True, False], ids=["strict policy", "no policy"])
def test_from_the_mistakes_to_the_thanks(landing: Landing, old: Page, strict: bool) -> None:
    if not strict:
        landing.policy = ""
    tag = TAG.replace("riverside", "checked").replace(" lang", ' unit="A.101" lang')
    old.goto(landing.put(tag))
    form = inside(old)
    await_event(old, "ready")
    await_fit(old)
    send(form)
    expect(form.get_by_label("First name")).to_be_focused()
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    send(form)
    await_event(old, "submitted")
    assert story(old)[0] == "ready"


def test_its_hidden_attribute_and_a_theme(landing: Landing, old: Page) -> None:
    landing.policy = ""
    old.goto(landing.put(TAG.replace(" lang", ' theme="dark" lang')))
    await_event(old, "ready")
    expect(old.locator("frontdesk-form iframe")).to_have_css("color-scheme", "dark")
    expect(old.locator("frontdesk-form")).to_have_css("display", "block")
    old.locator("frontdesk-form").evaluate("(element) => (element.hidden = true)")
    expect(old.locator("frontdesk-form")).to_be_hidden()
    old.locator("frontdesk-form").evaluate("(element) => (element.hidden = false)")
    fill_in(inside(old))
    send(inside(old))
    await_event(old, "submitted")
