"""What a draft brings back, and what it must not."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.form.test_sending import expect_thanks, fill_in, open_form, send
from tests.support import Site, open_app, serving, until

KEPT = "() => JSON.stringify(history.state ?? '').includes('Is there a cellar?')"


def test_a_consent_is_not_given_to_another_wording(
    config: Path, open_page: Callable[..., Page]
) -> None:
    text = config.read_text(encoding="utf-8")
    with serving(open_app(config)) as desk:
        page = open_page()
        open_form(page, desk)
        until(page, KEPT)
        until(page, KEPT.replace("Is there a cellar?", '"rooms=3+kk":true'))  # ticked later
        port = int(desk.url.rpartition(":")[2])
    new = '[[forms.riverside.consents]]\nid = 7\nlabel = "Sell my data."\n\n'
    first = text.index("[[forms.riverside.consents]]")
    changed = text[:first] + new + text[first:]
    changed = changed.replace("I agree to the processing of my data.", "I agree to anything.")
    config.write_text(changed, encoding="utf-8")
    with serving(open_app(config), port):
        page.reload()
        expect(page.get_by_label("Message")).to_have_value("Is there a cellar?")
        expect(page.get_by_label("3+kk")).to_be_checked()
        for label in ("Sell my data.", "I agree to anything.", "Send me news."):
            expect(page.get_by_label(label)).not_to_be_checked()
        page.close()


def test_another_pages_own_state_is_left_alone(desk: Site, page: Page) -> None:
    page.goto(desk.url + "/forms/riverside?lang=en")
    for state in ('"page-3"', "[1, 2, 3]", "42"):
        page.evaluate(f"history.replaceState({state}, '')")
        page.get_by_label("Message").fill("Is there a cellar?")
        page.locator("form").evaluate("form => form.dispatchEvent(new Event('frontdesk:keep'))")
        assert page.evaluate(f"JSON.stringify(history.state) === JSON.stringify({state})")
    page.evaluate("history.replaceState({ theirs: 1 }, '')")
    page.get_by_label("Message").fill("Is there a cellar?")
    until(page, KEPT)
    assert page.evaluate("history.state.theirs") == 1


def test_a_state_that_somebody_has_tampered_with(desk: Site, page: Page) -> None:
    page.goto(desk.url + "/forms/riverside?lang=en")
    hostile = """{ frontdesk: { "/forms/riverside 0": 1, "/forms/riverside": {
        key: "a\\r\\nX: y",
        answers: { first_name: { a: 1 }, note: "<img src=x onerror=alert(1)>" } } } }"""
    page.evaluate(f"history.replaceState({hostile}, '')")
    page.reload()
    fill_in(page)
    send(page)
    expect_thanks(page)


def test_a_foreign_answer_leaves_the_form_as_it_is(
    desk: Site, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=("status of",))
    open_form(page, desk)
    for status, body in (
        (403, '{"token": "t"}'),
        (422, '{"errors": {"first_name": null}}'),
        (202, '{"id": "x"}'),
        (200, "[]"),
        (200, "null"),
    ):
        page.route("**/forms/riverside", partial(Route.fulfill, status=status, body=body))
        page.locator("form.fd-form [type=submit]").click()
        expect(page.locator("form.fd-form [type=submit]")).to_have_attribute(
            "aria-disabled", "false"
        )
        expect(page.get_by_label("Message")).to_have_value("Is there a cellar?")
        page.unroute_all()
    page.locator("form.fd-form [type=submit]").click()
    expect_thanks(page)
    page.close()
