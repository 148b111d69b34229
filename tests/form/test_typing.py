"""What is said about an answer while the form is being filled in."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.form.test_sending import expect_thanks, fill_in, received, send, watch_posts
from tests.support import Site, attribute, open_app, serving


def open_empty(page: Page, desk: Site, language: str = "en") -> None:
    page.goto(f"{desk.url}/forms/riverside?lang={language}")


def test_a_mistake_is_named_on_leaving_the_field_and_not_before(desk: Site, page: Page) -> None:
    open_empty(page, desk)
    email = page.get_by_label("Email", exact=True)
    email.click()
    page.keyboard.type("jana@example")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Tab")
    expect(email).to_have_attribute("aria-invalid", "true")
    said = page.get_by_text("This email address is not complete")
    expect(said.first).to_be_visible()
    expect(said).to_have_count(2)  # once to see, once to hear
    email.click()
    page.keyboard.press("End")
    page.keyboard.type(".co")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.type("m")
    page.keyboard.press("Tab")
    expect(said).to_have_count(0)


def test_an_empty_field_is_left_without_a_word(desk: Site, page: Page) -> None:
    open_empty(page, desk)
    page.get_by_label("First name").focus()
    for _ in range(6):
        page.keyboard.press("Tab")
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)


def test_how_a_phone_number_and_a_price_were_understood(desk: Site, page: Page) -> None:
    open_empty(page, desk, "cs")
    page.get_by_label("Telefon").fill("777123456")
    page.get_by_label("Maximální cena").fill("8500000")
    page.get_by_label("Zpráva").focus()
    expect(page.get_by_text("+420 777 123 456")).to_be_visible()
    expect(page.get_by_text("8\u00a0500\u00a0000\u00a0Kč", exact=True)).to_be_visible()
    page.get_by_label("Telefon").fill("77712345")
    expect(page.get_by_text("+420 777 123 456")).to_be_hidden()
    page.get_by_label("Zpráva").focus()
    expect(page.get_by_label("Telefon")).to_have_attribute("aria-invalid", "true")


def test_what_is_sent_is_a_bare_number(desk: Site, page: Page) -> None:
    posts = watch_posts(page)
    open_empty(page, desk)
    fill_in(page)
    page.get_by_label("Highest price").fill("8,500,000 CZK")
    send(page)
    expect_thanks(page)
    assert "price_max=8500000" in (posts[0].post_data or "")
    assert received(desk)[0]["lead"]["price_max"] == 8500000


def test_one_of_several_is_enough_and_none_is_too_few(
    config: Path, open_page: Callable[..., Page]
) -> None:
    options = '{ value = "cellar", label = "A cellar" }, { value = "garden", label = "A garden" }'
    more = ("required = true", f"options = [{options}]")
    extras = attribute("extras", "multiselect", *more, label="What else would you like?")
    config.write_text(config.read_text(encoding="utf-8") + extras, encoding="utf-8")
    with serving(open_app(config)) as desk:
        page = open_page()
        posts = watch_posts(page)
        open_empty(page, desk)
        fill_in(page)
        send(page)
        expect(page.get_by_label("A cellar")).to_be_focused()
        group = page.get_by_role("group", name="What else would you like?")
        expect(group).to_have_accessible_description("Please fill this in.")
        assert posts == []
        page.get_by_label("A garden").check()
        expect(group).to_have_accessible_description("")
        send(page)
        expect_thanks(page)
        assert received(desk)[0]["lead"]["attributes"] == {"extras": ["garden"]}
        page.close()
