"""ALTCHA in a real browser: solved unseen, renewed, and clear where it cannot be solved."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.captchas.conftest import Guarded, stop_the_clock
from tests.intake.desk import forge_token, received
from tests.support import ENQUIRY

SOLVE = """async ([site]) => {
  const { mount } = await import(`${site}/static/altcha.js`);
  const url = `${site}/forms/altcha`;
  const { captcha } = await (await fetch(`${url}/token?lang=en`)).json();
  window.captcha = mount(document.getElementById("first"), captcha, url);
  window.captcha.begin();
  return window.captcha.answer();
}"""


@pytest.fixture
def challenges(page: Page) -> list[str]:
    """The challenges that the page asks for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/challenge"):
            asked.append(request.url)

    page.on("request", note)
    return asked


def fill_in(page: Page) -> None:
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Last name").fill("Nováková")
    page.get_by_label("Email", exact=True).fill("jana@example.com")
    page.get_by_label("I agree to the processing").check()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send the enquiry").click()


def test_it_is_solved_while_the_visitor_types(
    guarded: Guarded, page: Page, challenges: list[str]
) -> None:
    page.goto(guarded.url("altcha"))
    page.wait_for_load_state("networkidle")
    assert challenges == []
    fill_in(page)
    assert len(challenges) == 1
    send(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert len(challenges) == 1


def test_an_expired_solution_is_replaced(
    guarded: Guarded, elsewhere: Page, challenges: list[str]
) -> None:
    stop_the_clock(elsewhere)
    first = elsewhere.evaluate(SOLVE, [guarded.site.url])
    elsewhere.clock.fast_forward("15:00")
    assert elsewhere.evaluate("captcha.answer()") == first
    assert len(challenges) == 1
    elsewhere.clock.fast_forward("10:00")
    second = elsewhere.evaluate("captcha.answer()")
    assert second != first
    assert len(challenges) == 2
    for solution in (first, second):
        body = {**ENQUIRY, "token": forge_token("altcha"), "altcha": solution}
        assert received(guarded.site, guarded.site.post("/forms/altcha", json=body))


def test_a_challenge_that_is_refused_can_be_asked_for_again(
    guarded: Guarded, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=("status of 429",))
    page.route("**/challenge", lambda route: route.fulfill(status=429, json={}))
    page.goto(guarded.url("altcha"))
    fill_in(page)
    send(page)
    box = page.locator("[data-fd-captcha]")
    expect(box.get_by_role("status")).to_have_text(re.compile("could not check that you are human"))
    page.unroute("**/challenge")
    box.get_by_role("button", name="Try again").click()
    expect(box.get_by_role("status")).to_have_text("Checked.")
    send(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_a_page_that_is_not_secure_says_so(
    guarded: Guarded, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=("Cross-Origin-Opener-Policy",))
    host = "http://leads.example.com"

    def serve(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace(host, guarded.site.url)))

    page.route(f"{host}/**", serve)
    page.goto(f"{host}/forms/altcha?lang=en")
    page.get_by_label("First name").focus()
    status = page.locator("[data-fd-captcha]").get_by_role("status")
    told = re.compile("only on a secure page, whose address begins with https")
    expect(status).to_have_text(told)
    fill_in(page)
    send(page)
    button = page.get_by_role("button", name="Send the enquiry")
    expect(button).to_have_attribute("aria-disabled", "false")
    expect(status).to_have_text(told)


def test_on_a_page_of_another_site(guarded: Guarded, elsewhere: Page) -> None:
    answer = elsewhere.evaluate(SOLVE, [guarded.site.url])
    assert elsewhere.evaluate("captcha.answer()") == answer
    elsewhere.evaluate("captcha.forget()")
    another = elsewhere.evaluate("captcha.answer()")
    assert another != answer
    for solution in (answer, another):
        body = {**ENQUIRY, "token": forge_token("altcha"), "altcha": solution}
        assert received(guarded.site, guarded.site.post("/forms/altcha", json=body))
