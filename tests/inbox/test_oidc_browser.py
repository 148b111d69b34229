"""A provider of sign-ins in a real browser: there and back, and what waits in another tab."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.browser.geometry import flaws
from tests.browser.test_axe import violations
from tests.inbox import leads
from tests.inbox.people import entry
from tests.inbox.provider import Provider
from tests.inbox.test_oidc import section
from tests.support import FORM, PATIENCE, Site, open_app


@pytest.fixture
def site(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    provider = Provider()
    provider.at(serve(provider.app))
    people = entry("eva@example.com", "admin")
    return serve(open_app(write_config(FORM + section(provider, 'label = "Acme"') + people)))


def well(page: Page) -> None:
    """No complaint of axe, light and dark, and nothing too wide or too small on a telephone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not flaws(page)


def test_there_and_back_and_what_was_typed_waits(browser: Chromium, site: Site) -> None:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    page = context.new_page()
    page.goto(f"{site.url}/inbox/?tab=needs")
    well(page)
    page.get_by_role("link", name="Sign in with Acme").click()
    expect(page.get_by_role("heading", name="Enquiries")).to_be_visible()
    assert page.url == f"{site.url}/inbox/?tab=needs"
    identity = leads.failed(site, unit="A.1")
    page.goto(f"{site.url}/inbox/{identity}/amend")
    page.get_by_label("Unit").fill("B.2")
    context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    well(page)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in with Acme").click()
    expect(opened.value.get_by_text("Close this tab")).to_be_visible()
    well(opened.value)
    opened.value.close()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Unit")).to_have_value("B.2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice")).to_contain_text("Corrected.")
    context.close()
    assert [one for one in complaints if "status of 4" not in one] == []
