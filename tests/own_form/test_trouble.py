"""Whatever goes wrong on the way, somebody's own form sends once and loses nothing."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.embedding.landing import await_event, elsewhere
from tests.form.test_sending import token_of_long_ago
from tests.own_form.house import (
    CHECKED,
    FORM,
    STAYS,
    House,
    expect_filled_in,
    expect_thanks,
    fill_in,
    send,
    status,
    watch,
)
from tests.support import eventually, leads, open_app, serving

LOST = re.compile("^We could not reach our server. Nothing is lost; please try again.")
UNKNOWN = re.compile("^This could not be sent. Please try again. Open the form in a new tab$")


def test_a_double_click_sends_once(home: House, page: Page) -> None:
    posts = watch(page)
    # Below the button, which would else move away under the second click.
    page.goto(home.put(FORM.replace("</form>", "<p data-frontdesk-status></p></form>")))
    fill_in(page)
    page.get_by_role("button", name="Send").dblclick()
    expect_thanks(page)
    assert len(posts) == 1
    assert len(eventually(lambda: leads(home.crm))) == 1


def test_enter_held_down_sends_once(home: House, page: Page) -> None:
    posts = watch(page)
    page.goto(home.put())
    fill_in(page)
    page.get_by_label("First name").focus()
    for _ in range(10):
        page.keyboard.down("Enter")
    expect_thanks(page)
    page.keyboard.up("Enter")
    assert len(posts) == 1


def test_enter_while_the_thanks_are_loaded(home: House, page: Page) -> None:
    posts, held = watch(page), list[Route]()
    page.route("**/static/words.js", lambda route: held.append(route))
    page.goto(home.put())
    fill_in(page)
    send(page)
    eventually(lambda: held or page.wait_for_timeout(20))
    page.get_by_label("First name").press("Enter")
    held[0].continue_()
    expect_thanks(page)
    assert len(posts) == 1
    assert [event["name"] for event in page.evaluate("seen")][-1] == "submitted"


def test_mended_and_sent_before_the_mistake_could_be_told(home: House, patient: Page) -> None:
    """Of two modules that are asked for, the later one comes first: what is old is not said."""
    page, held = patient, dict[str, Route]()
    page.route("**/static/send.js", lambda route: held.update(send=route))
    page.route("**/static/words.js", lambda route: held.update(words=route))
    page.goto(home.put())
    fill_in(page)
    page.get_by_label("Email").fill("jana")
    eventually(lambda: "send" in held or page.wait_for_timeout(20))
    send(page)
    eventually(lambda: "words" in held or page.wait_for_timeout(20))
    held["send"].abort()  # the next time, each has an address of its own
    page.get_by_label("Email").fill("jana@example.com")
    send(page)
    expect_thanks(page)
    held["words"].continue_()
    page.evaluate("(url) => import(url)", held["words"].request.url)
    expect_thanks(page)
    assert len(home.received()) == 1


def test_offline_and_online_again(home: House, patient: Page) -> None:
    page = patient
    page.goto(home.put())
    fill_in(page)
    page.context.set_offline(True)
    send(page)
    expect(status(page)).to_have_text(LOST)
    expect_filled_in(page)
    page.context.set_offline(False)
    send(page)
    expect_thanks(page)
    assert len(eventually(lambda: leads(home.crm))) == 1


def test_an_answer_that_gets_lost(home: House, patient: Page) -> None:
    page = patient
    page.goto(home.put())
    fill_in(page)

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, and its captcha is spent
        route.abort()

    page.route("**/forms/riverside", lose)
    send(page)
    expect(status(page)).to_have_text(LOST)
    assert await_event(page, "error") == {"form": "riverside", "code": "network"}
    page.unroute_all()
    send(page)
    expect_thanks(page)
    assert len({line["id"] for line in home.received()}) == 1
    assert len(eventually(lambda: leads(home.crm))) == 1


def test_a_proxys_error_page(home: House, patient: Page) -> None:
    page = patient
    page.goto(home.put())
    fill_in(page)
    page.route(
        "**/forms/riverside", lambda route: route.fulfill(status=502, body="<h1>Bad gateway")
    )
    send(page)
    expect(status(page)).to_have_text(LOST)
    page.unroute_all()
    send(page)
    expect_thanks(page)


def test_a_server_that_is_restarted_in_between(house: Callable[..., House], patient: Page) -> None:
    page = patient
    home = house()
    with serving(open_app(home.config)) as desk:
        home.landing.allow(desk.url)
        home.desk = desk
        home.landing.policy = f"default-src 'none'; img-src data:; {home.policy()}"
        page.goto(home.put())
        fill_in(page)
        await_event(page, "ready")
    send(page)
    expect(status(page)).to_have_text(LOST)
    expect_filled_in(page)
    with serving(open_app(home.config), urlsplit(desk.url).port or 0):
        send(page)
        expect_thanks(page)
        assert len(eventually(lambda: leads(home.crm))) == 1


def test_a_server_that_is_down_when_the_page_opens(
    house: Callable[..., House], patient: Page
) -> None:
    """Its script came from a cache. The late token must not make the visitor look hasty."""
    page = patient
    home = house(CHECKED, **{'fill_time = "0 s"': 'fill_time = "1 s"'})
    page.route("**/token?*", lambda route: route.abort())
    page.goto(home.put(lang="cs"))
    fill_in(page)
    send(page)
    expect(status(page)).to_contain_text("Odeslat se to nepodařilo.")
    expect_filled_in(page)
    page.unroute_all()
    page.locator("button").evaluate("(button) => button.click()")  # without a focusin before
    expect(status(page)).to_contain_text("Rezidence U řeky")
    assert len(home.received()) == 1
    assert "held" not in {line["event"] for line in home.journal()}


def test_who_is_hasty_is_still_found_out(house: Callable[..., House], page: Page) -> None:
    home = house("", **{'fill_time = "0 s"': 'fill_time = "1 hour"'})
    page.goto(home.put())
    await_event(page, "ready")
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert "held" in {line["event"] for line in home.journal()}


def test_the_pages_own_words_for_that(home: House, patient: Page) -> None:
    page = patient
    page.route("**/token?*", lambda route: route.abort())
    page.goto(home.put(FORM.replace("<form", '<form data-failed="Teď to nejde."')))
    fill_in(page)
    send(page)
    expect(status(page)).to_contain_text("Teď to nejde.")


def test_a_tab_that_was_open_for_two_days(home: House, page: Page) -> None:
    old = home.desk.get("/forms/riverside/token?lang=en").json()
    old["token"] = token_of_long_ago(home.desk)
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route("**/token?*", lambda route: route.fulfill(json=old, headers=headers))
    posts = watch(page)
    page.goto(home.put())
    fill_in(page)
    page.get_by_label("Floor").fill("the third")
    send(page)
    # What is wrong besides is said, and that the token was stale is not.
    expect(page.get_by_label("Floor")).to_be_focused()
    expect(status(page)).to_contain_text("Please look at the fields that are marked.")
    expect(status(page)).not_to_contain_text("open for a long time")
    page.get_by_label("Floor").fill("3")
    send(page)
    expect_thanks(page)
    assert len(posts) == 2
    assert len(home.received()) == 1
    assert "held" not in {line["event"] for line in home.journal()}


def test_a_stale_token_alone_is_renewed_in_silence(home: House, page: Page) -> None:
    old = home.desk.get("/forms/riverside/token?lang=en").json()
    old["token"] = token_of_long_ago(home.desk)
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route("**/token?*", lambda route: route.fulfill(json=old, headers=headers))
    posts = watch(page)
    page.goto(home.put())
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert len(posts) == 2
    assert len(home.received()) == 1


def test_too_often(house: Callable[..., House], open_page: Callable[..., Page]) -> None:
    page = open_page(expect=("status of 429",))
    # At the turn of a minute, what came before it hardly counts.
    home = house("", **{'submissions = "1000/minute"': 'submissions = "1/year"'})
    page.goto(home.put(STAYS))
    fill_in(page)
    send(page)
    expect_thanks(page)
    fill_in(page)
    send(page)
    expect(status(page)).to_contain_text("You have sent this form very often.")
    assert await_event(page, "error") == {"form": "riverside", "code": "rate"}
    expect_filled_in(page)


def test_a_server_that_cannot_take_it_now(
    house: Callable[..., House], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(expect=("status of 503",))
    home = house()
    spent = tmp_path / "var" / "altcha"
    spent.parent.mkdir(exist_ok=True)
    spent.write_text("no folder can be made here")
    page.goto(home.put())
    fill_in(page)
    send(page)
    expect(status(page)).to_contain_text("We cannot check at the moment that you are human.")
    expect_filled_in(page)
    spent.unlink()
    send(page)
    expect_thanks(page)


@pytest.mark.parametrize("broken", ["static/altcha.js", "challenge"])
def test_a_captcha_that_does_not_come(home: House, patient: Page, broken: str) -> None:
    page = patient
    page.route(f"**/{broken}*", lambda route: route.abort())
    page.goto(home.put())
    fill_in(page)
    send(page)
    expect(status(page)).to_contain_text("Please try again.", ignore_case=True)
    expect_filled_in(page)
    page.unroute_all()
    send(page)
    expect_thanks(page)


def test_a_page_that_is_not_allowed(house: Callable[..., House], patient: Page) -> None:
    page = patient
    home = house()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with serving(home.landing.app) as stranger:
        home.put()
        page.goto(f"{elsewhere(stranger.url)}/page")
        fill_in(page)
        send(page)
        expect(status(page)).to_have_text(UNKNOWN)
    expect_filled_in(page)
    assert any("CORS policy" in text for text in said)
    assert home.received() == []


def test_a_form_of_no_such_name(home: House, patient: Page) -> None:
    page = patient
    page.goto(home.put(FORM.replace("riverside", "lakeside")))
    fill_in(page)
    send(page)
    expect(status(page)).to_have_text(UNKNOWN)


@pytest.mark.parametrize("blocked", ["**/token?*", "**/forms/**"])
def test_who_cannot_send_from_here_is_led_elsewhere(
    home: House, patient: Page, blocked: str
) -> None:
    """As through a translating proxy, whose origin nobody allowed."""
    page = patient
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.route(blocked, lambda route: route.abort())
    page.goto(home.put(lang="de"))
    fill_in(page)
    send(page)
    link = status(page).get_by_role("link", name="Formular in neuem Tab öffnen")
    expect(link).to_have_attribute("href", f"{home.desk.url}/forms/riverside?lang=de")
    assert "Jana" not in (link.get_attribute("href") or "")
    assert any("allowed_origins" in text and "frontdesk.js" in text for text in said)
    expect_filled_in(page)


def test_when_not_even_the_words_come(home: House, patient: Page) -> None:
    page = patient
    page.route("**/{token?*,static/words.js}", lambda route: route.abort())
    page.goto(home.put())
    fill_in(page)
    send(page)
    expect(status(page)).to_have_text("This could not be sent. Please try again.")
