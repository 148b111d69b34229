"""An enquiry is sent once, and nothing that was typed gets lost, whatever the network does."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from playwright.sync_api import Page, Request, Route, expect

from frontdesk.model.events import utcnow
from tests.support import Site, eventually, journal_lines, leads, open_app, serving, until

NETWORK = ("Failed to load resource", "net::ERR_")


def open_form(page: Page, desk: Site, path: str = "/forms/riverside?lang=en") -> None:
    page.goto(desk.url + path)
    fill_in(page)


def fill_in(page: Page) -> None:
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Last name").fill("Nováková")
    page.get_by_label("Email", exact=True).fill("jana@example.com")
    page.get_by_label("Message").fill("Is there a cellar?")
    page.get_by_label("3+kk").check()
    page.get_by_label("I agree to the processing").check()


def expect_filled_in(page: Page) -> None:
    expect(page.get_by_label("First name")).to_have_value("Jana")
    expect(page.get_by_label("Email", exact=True)).to_have_value("jana@example.com")
    expect(page.get_by_label("Message")).to_have_value("Is there a cellar?")
    expect(page.get_by_label("3+kk")).to_be_checked()
    expect(page.get_by_label("I agree to the processing")).to_be_checked()


def send(page: Page, button: str = "Send the enquiry") -> None:
    page.get_by_role("button", name=button).click()


def expect_thanks(page: Page) -> None:
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def received(desk: Site) -> list[dict[str, Any]]:
    directory = desk.app.extensions["frontdesk"].intake.store.journal.directory
    return [line for line in journal_lines(directory) if line["event"] == "received"]


def test_a_double_click_sends_once(desk: Site, crm: str, page: Page) -> None:
    posts = watch_posts(page)
    open_form(page, desk)
    page.get_by_role("button", name="Send the enquiry").dblclick()
    expect_thanks(page)
    assert len(posts) == 1
    assert len(eventually(lambda: leads(crm))) == 1


def test_enter_held_down_sends_once(desk: Site, page: Page) -> None:
    posts = watch_posts(page)
    open_form(page, desk)
    page.get_by_label("First name").focus()
    for _ in range(10):
        page.keyboard.down("Enter")  # again and again without an up: the key repeats
    expect_thanks(page)
    page.keyboard.up("Enter")
    assert len(posts) == 1


@pytest.fixture
def leading(config: Path, serve: Callable[..., Site]) -> Site:
    """A desk whose visitors go on to a page of the site's own."""
    site = Flask("site")
    site.add_url_rule("/arrived", "arrived", lambda: "<title>Arrived</title>")
    there = f'success_url = "{serve(site).url}/arrived"\n[forms.riverside.realpad]'
    text = config.read_text(encoding="utf-8").replace("[forms.riverside.realpad]", there)
    config.write_text(text, encoding="utf-8")
    return serve(open_app(config))


def test_back_and_send_again_is_the_same_enquiry(leading: Site, crm: str, page: Page) -> None:
    open_form(page, leading)
    send(page)
    page.wait_for_url("**/arrived")
    page.go_back()
    expect_filled_in(page)
    send(page)
    page.wait_for_url("**/arrived")
    ids = {line["id"] for line in received(leading)}
    assert len(ids) == 1
    assert len(eventually(lambda: leads(crm))) == 1


def test_back_and_another_unit_is_another_enquiry(leading: Site, page: Page) -> None:
    open_form(page, leading)
    send(page)
    page.wait_for_url("**/arrived")
    page.go_back()
    page.get_by_label("Unit").fill("A.102")
    send(page)
    page.wait_for_url("**/arrived")
    assert len({line["id"] for line in received(leading)}) == 2


def test_what_was_sent_is_not_there_to_be_sent_again(desk: Site, page: Page) -> None:
    open_form(page, desk)
    send(page)
    expect_thanks(page)
    page.reload()
    expect(page.get_by_label("First name")).to_have_value("")
    expect(page.get_by_label("3+kk")).not_to_be_checked()


def test_offline_and_online_again(desk: Site, crm: str, open_page: Callable[..., Page]) -> None:
    page = open_page(expect=NETWORK)
    open_form(page, desk)
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("We could not reach our server.")
    expect_filled_in(page)
    page.context.set_offline(False)
    send(page, "Try again")
    expect_thanks(page)
    assert len(eventually(lambda: leads(crm))) == 1


def test_an_answer_that_gets_lost(desk: Site, crm: str, open_page: Callable[..., Page]) -> None:
    page = open_page(expect=NETWORK)
    open_form(page, desk)

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, and its captcha is spent
        route.abort()

    page.route("**/forms/riverside?*", lose)
    page.route("**/forms/riverside", lose)
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("We could not reach our server.")
    page.unroute_all()
    send(page, "Try again")
    expect_thanks(page)
    assert len({line["id"] for line in received(desk)}) == 1
    assert len(eventually(lambda: leads(crm))) == 1


def test_a_proxys_error_page(desk: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(expect=("502",))
    open_form(page, desk)
    page.route(
        "**/forms/riverside", lambda route: route.fulfill(status=502, body="<h1>Bad gateway")
    )
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("We could not reach our server.")
    page.unroute_all()
    send(page, "Try again")
    expect_thanks(page)
    assert len(received(desk)) == 1


def test_a_server_that_is_restarted_in_between(
    open_page: Callable[..., Page], config: Path, crm: str
) -> None:
    page = open_page(expect=NETWORK)
    with serving(open_app(config)) as desk:
        open_form(page, desk)
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("We could not reach our server.")
    expect_filled_in(page)
    with serving(open_app(config), urlsplit(desk.url).port or 0) as desk:
        send(page, "Try again")
        expect_thanks(page)
        assert len(eventually(lambda: leads(crm))) == 1


def test_a_page_from_a_cache_that_is_two_days_old(desk: Site, crm: str, page: Page) -> None:
    fresh = desk.get("/forms/riverside?lang=en").text
    old = fresh.replace(token_in(fresh), token_of_long_ago(desk))
    assert old != fresh
    page.route("**/forms/riverside?lang=en", lambda route: route.fulfill(body=old))
    posts = watch_posts(page)
    open_form(page, desk)
    send(page)
    expect_thanks(page)
    assert len(posts) == 2, "the first one met a stale token"
    assert [line["event"] for line in eventually(lambda: delivered(desk))].count("received") == 1
    assert len(leads(crm)) == 1


@pytest.mark.parametrize(
    ("stale", "said"),
    [
        (True, "This page was open for a long time. Nothing is lost; please send it"),
        (False, "The form did not reach us complete. Nothing is lost; please send it"),
    ],
    ids=["stale", "missing"],
)
def test_who_has_no_javascript_sends_once_more(
    site: Site, open_page: Callable[..., Page], stale: bool, said: str
) -> None:
    page = open_page(java_script_enabled=False, expect=("status of 403",))
    fresh = site.get("/forms/riverside?lang=en").text
    cached = fresh.replace(token_in(fresh), token_of_long_ago(site) if stale else "")
    page.route("**/forms/riverside?lang=en", lambda route: route.fulfill(body=cached))
    open_form(page, site)
    send(page)
    expect(page.get_by_role("alert").first).to_contain_text(said)
    expect_filled_in(page)
    send(page)
    expect_thanks(page)
    assert len(received(site)) == 1


def test_what_was_typed_survives_a_reload_in_this_tab_only(desk: Site, page: Page) -> None:
    open_form(page, desk)
    eventually(lambda: page.evaluate("history.state?.frontdesk !== undefined"))
    until(page, "JSON.stringify(history.state).includes('Is there a cellar?')")
    page.reload()
    expect_filled_in(page)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0,
        0,
        "",
    ]
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_label("First name")).to_have_value("")


def test_what_the_server_finds_is_said_at_its_field(desk: Site, page: Page) -> None:
    open_form(page, desk)
    page.get_by_label("Floor").fill("the third")
    send(page)
    floor = page.get_by_label("Floor")
    expect(floor).to_be_focused()
    expect(floor).to_have_accessible_description("Please write a whole number, digits only.")
    expect(floor).to_have_attribute("aria-invalid", "true")
    expect_filled_in(page)
    floor.fill("3")
    send(page)
    expect_thanks(page)
    assert received(desk)[0]["lead"]["attributes"] == {"floor": 3}


def test_what_is_missing_is_said_before_anything_is_sent(desk: Site, page: Page) -> None:
    posts = watch_posts(page)
    page.goto(desk.url + "/forms/riverside?lang=en")
    send(page)
    first = page.get_by_label("First name")
    expect(first).to_be_focused()
    expect(first).to_have_accessible_description("Please tell us your first name.")
    fill_in(page)
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    assert posts == []


def test_a_token_of_another_key_is_renewed_and_not_hasty(
    config: Path, open_page: Callable[..., Page]
) -> None:
    """As after a change of the secret key: nothing is held for that."""
    config.write_text(
        config.read_text(encoding="utf-8").replace('fill_time = "0 s"', 'fill_time = "1 s"'),
        encoding="utf-8",
    )
    with serving(open_app(config)) as desk:
        page = open_page(expect=("status of 403",))
        open_form(page, desk)
        page.locator("[name=token]").evaluate("field => field.value = 'of-another-key'")
        send(page)
        expect_thanks(page)
        lines = eventually(lambda: delivered(desk))
        assert "held" not in {line["event"] for line in lines}
        page.close()


@pytest.mark.parametrize("theme", ["", "?theme=light"])
def test_where_a_form_leads_its_visitor(
    serve: Callable[..., Site], write_config: Callable[..., Path], page: Page, theme: str
) -> None:
    landing = serve(open_app(write_config()))
    goal = f"{landing.url}/forms/riverside?arrived"
    config = write_config(
        **{"[forms.riverside.realpad]": f'success_url = "{goal}"\n[forms.riverside.realpad]'}
    )
    open_form(page, serve(open_app(config)), f"/forms/riverside{theme}")
    send(page)
    page.wait_for_url(goal)


@pytest.mark.parametrize("path", ["/forms/riverside?lang=en", "/forms/riverside?lang=en&embed=1"])
def test_another_enquiry_begins_with_an_empty_form(desk: Site, page: Page, path: str) -> None:
    open_form(page, desk, path)
    send(page)
    expect_thanks(page)
    page.get_by_role("button", name="Send another enquiry").click()
    expect(page.get_by_label("First name")).to_have_value("")
    assert ("embed=1" in page.url) == ("embed=1" in path)
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert len({line["id"] for line in received(desk)}) == 2


# -- helpers -----------------------------------------------------------------------------------


def watch_posts(page: Page) -> list[Request]:
    """The requests with which enquiries were sent, as they happen."""
    posts: list[Request] = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request))
    return posts


def delivered(desk: Site) -> list[dict[str, Any]] | None:
    directory = desk.app.extensions["frontdesk"].intake.store.journal.directory
    lines = journal_lines(directory)
    return lines if any(line["event"] == "delivered" for line in lines) else None


def token_in(page: str) -> str:
    return page.partition('name="token"')[2].partition('value="')[2].partition('"')[0]


def token_of_long_ago(desk: Site) -> str:
    """A token of the form's own key, issued two days ago."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int((utcnow() - timedelta(days=2)).timestamp())

    keys = desk.app.extensions["frontdesk"].settings.secret_key
    signer = URLSafeTimedSerializer(keys, salt="frontdesk.form-token", signer=Then)
    return str(signer.dumps(["riverside", "a-nonce-of-then"]))
