"""Links in the wording of a consent: shown as links, kept as they were written."""

import hashlib
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.intake.desk import lead_of, page_of, submit
from tests.support import FORM, Site

HOSTILE = """I know the [rules <b>](https://a.example/?a=1&b=2) & <b>[1]</b>"""
SHOWN = "I know the rules <b> (opens in a new tab) & <b>[1]</b>"
LABEL = "I agree to the processing of my data."


@pytest.fixture
def linked(open_desk: Callable[..., Site]) -> Site:
    return open_desk(forms=FORM.replace(LABEL, HOSTILE))


def test_a_click_on_a_link_opens_it_and_ticks_nothing(linked: Site, browser: Browser) -> None:
    context = browser.new_context()
    context.route("https://a.example/**", lambda route: route.fulfill(body="The rules"))
    page = context.new_page()
    page.goto(f"{linked.url}/forms/riverside?lang=en")
    box, link = page.locator("[name=consent_2]"), page.get_by_role("link", name="rules <b>")
    expect(link).to_have_attribute("rel", "noopener")
    with context.expect_page() as opened:
        link.click()
    assert opened.value.url == "https://a.example/?a=1&b=2"
    expect(box).not_to_be_checked()
    expect(page.locator(".fd-tick", has=box)).to_contain_text(SHOWN)
    # The words beside the link still belong to the box.
    page.get_by_text("I know the").click(position={"x": 5, "y": 5})
    expect(box).to_be_checked()
    context.close()


def test_the_wording_is_kept_with_its_addresses(linked: Site) -> None:
    consent = lead_of(linked, linked.enquire(language="en"))["consents"][0]
    assert consent["text"] == HOSTILE
    assert consent["sha256"] == hashlib.sha256(HOSTILE.encode()).hexdigest()


def test_an_international_host_is_told_to_browsers_in_punycode(
    open_desk: Callable[..., Site],
) -> None:
    label = "I know the [rules](https://čtvrť.example/zásady)."
    site = open_desk(forms=FORM.replace(LABEL, label))
    links = page_of(site.get("/forms/riverside?lang=en"), 200).links
    assert "https://xn--tvr-eqa75b.example/z%C3%A1sady" in links
    consent = lead_of(site, site.enquire(language="en"))["consents"][0]
    assert consent["text"] == label, "the wording stays"


def test_a_missing_consent_is_told_as_ever(linked: Site) -> None:
    assert page_of(submit(linked, consent_2=None), 422).error("consent_2")
