"""hCaptcha and Turnstile in somebody's own form, with the vendors' scripts stood in."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.captchas.stand_in import StandIn
from tests.embedding.landing import await_event, elsewhere
from tests.own_form.house import (
    House,
    expect_filled_in,
    expect_thanks,
    fill_in,
    send,
    status,
    watch,
)
from tests.support import Site, until

UNSOLVED = "Please show first that you are human, in the box above."


@pytest.fixture
def vendors(serve: Callable[[Flask], Site]) -> StandIn:
    stand_in = StandIn()
    stand_in.url = elsewhere(serve(stand_in.app).url)
    return stand_in


def guarded(house: Callable[..., House], vendors: StandIn, provider: str) -> House:
    """A form with the vendor's checkbox, on a page whose policy lets the vendor in."""
    home = house(f"""
[forms.riverside.captcha]
provider = "{provider}"
sitekey = "the-sitekey"
secret = "the-secret"
script_url = "{vendors.url}/{provider}/api.js"
verify_url = "{vendors.url}/{provider}/siteverify"
""")
    policy = home.landing.policy.replace("script-src", f"script-src {vendors.url}")
    home.landing.policy = f"{policy}; frame-src {vendors.url}"
    return home


def pass_it(page: Page) -> None:
    before = page.evaluate("window.passes ?? 0")
    box = page.frame_locator("iframe").get_by_role("checkbox")
    expect(box).not_to_be_checked()  # any more: a widget that was refused begins anew
    box.check()
    until(page, f"window.passes > {before}")


@pytest.mark.parametrize("provider", ["hcaptcha", "turnstile"])
def test_a_vendors_captcha(
    house: Callable[..., House], vendors: StandIn, page: Page, provider: str
) -> None:
    vendors.behaviour = "challenge"
    home = guarded(house, vendors, provider)
    posts = watch(page)
    page.goto(home.put())
    await_event(page, "ready")
    assert vendors.asked == [], "nothing is asked of the vendor before the visitor starts"
    fill_in(page)
    send(page)
    expect(page.locator(".fd-status")).to_have_text(UNSOLVED)
    expect(status(page)).to_have_text("")
    assert await_event(page, "error") == {"form": "riverside", "code": "captcha"}
    assert posts == []
    expect_filled_in(page)
    pass_it(page)
    send(page)
    expect_thanks(page)
    assert len(posts) == len(vendors.spent) == len(home.received()) == 1


@pytest.mark.parametrize("provider", ["hcaptcha", "turnstile"])
def test_a_response_that_the_vendor_refuses(
    house: Callable[..., House], vendors: StandIn, open_page: Callable[..., Page], provider: str
) -> None:
    page = open_page(expect=("status of 422",))
    vendors.behaviour = "challenge"
    vendors.mistrusts = 1
    home = guarded(house, vendors, provider)
    page.goto(home.put())
    fill_in(page)
    pass_it(page)
    send(page)
    expect(page.locator(".fd-status")).to_have_text(UNSOLVED)
    expect_filled_in(page)
    pass_it(page)
    send(page)
    expect_thanks(page)
    assert len(vendors.spent) == 2
