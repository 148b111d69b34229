"""What a visitor and the console see where the form may not be shown, or does not come."""

from collections.abc import Callable

import pytest
from flask import Flask, Response, request, request_finished
from playwright.sync_api import Page, Route, expect

from frontdesk.i18n import languages
from tests.embedding.landing import (
    BLOCKED,
    TAG,
    Landing,
    World,
    await_event,
    blocked_message,
    inside,
    names,
)
from tests.support import eventually, journal_lines

# -- an origin that is not allowed -------------------------------------------------------------


def listen(page: Page) -> list[str]:
    """What the console says from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


def told(page: Page, said: list[str], *words: str) -> None:
    """Wait until the console has said something with all of these words."""
    try:
        eventually(
            lambda: (
                page.wait_for_timeout(20)
                or any(all(word in text for word in words) for text in said)
            )
        )
    except AssertionError:
        raise AssertionError(f"the console only says {said}") from None


def test_an_origin_that_is_not_allowed(
    world: World, landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=BLOCKED)
    said = listen(page)
    landing.put(TAG.replace("></", ">\n</"))
    page.goto(f"{world.stranger}/page")
    blocked_message(page)
    assert names(page) == ["error"]
    told(page, said, "frame-ancestors 'self'", landing.url)
    told(page, said, "<frontdesk-form>", f"add {world.stranger} to the form's allowed_origins")


def test_a_bare_iframe_of_an_origin_that_is_not_allowed(
    world: World, landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=BLOCKED)
    said = listen(page)
    landing.put(f'<iframe src="{world.leads.url}/forms/riverside" title="Ask"></iframe>')
    page.goto(f"{world.stranger}/page")
    told(page, said, "frame-ancestors 'self'", landing.url)
    expect(page.frame_locator("iframe").get_by_label("First name")).to_have_count(0)


SEND = """async ([url, options]) => {
  try { return (await fetch(url, options)).type } catch (error) { return String(error) }
}"""
FIELDS = "first_name=Jana&last_name=Strange&email=jana%40example.com&consent_2=y&token="
ENQUIRY = '{"first_name": "Jana", "last_name": "Strange", "email": "jana@example.com"}'


@pytest.mark.parametrize(
    ("kind", "body", "mode", "reaches"),
    [
        ("application/json", ENQUIRY, "cors", False),  # a preflight request asks first
        ("application/x-www-form-urlencoded", FIELDS, "cors", True),
        ("application/x-www-form-urlencoded", FIELDS, "no-cors", True),
    ],
)
def test_an_origin_that_is_not_allowed_can_send_nothing(
    world: World,
    landing: Landing,
    open_page: Callable[..., Page],
    kind: str,
    body: str,
    mode: str,
    reaches: bool,
) -> None:
    page = open_page(expect=("blocked by CORS policy", "Failed to load resource"))
    said = listen(page)
    landing.policy += f"; connect-src {world.leads.url}"
    landing.put("<h1>Not allowed</h1>")
    page.goto(f"{world.stranger}/page")
    url = f"{world.leads.url}/forms/riverside"
    body = body.replace("token=", f"token={world.leads.token()}")
    options = {"method": "POST", "mode": mode, "headers": {"Content-Type": kind}, "body": body}
    statuses: list[tuple[str, int]] = []

    def answered(_app: Flask, response: Response) -> None:
        statuses.append((request.method, response.status_code))

    with request_finished.connected_to(answered, world.leads.app):
        result = page.evaluate(SEND, [url, options])
    if mode == "cors":
        assert result == "TypeError: Failed to fetch"
        told(page, said, world.stranger, "blocked by CORS policy")
    else:
        assert result == "opaque"
    assert statuses == [("POST", 403) if reaches else ("OPTIONS", 200)]
    assert "Strange" not in str(journal_lines(world.journal))


def test_a_form_of_an_origin_that_is_not_allowed(
    world: World, landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=("status of 403",))
    fields = FIELDS.replace("%40", "@") + world.leads.token()
    inputs = "".join(
        f'<input name="{name}" value="{value}">'
        for name, _, value in (field.partition("=") for field in fields.split("&"))
    )
    action = f"{world.leads.url}/forms/riverside"
    landing.put(f'<form method="post" action="{action}">{inputs}<button>Send</button></form>')
    page.goto(f"{world.stranger}/page")
    page.get_by_role("button").click()
    # On a page of ours, what the visitor wrote is there to be sent; on theirs it was not enough.
    expect(page.get_by_label("Last name")).to_have_value("Strange")
    assert "Strange" not in str(journal_lines(world.journal))


# -- in the visitor's language, and everything else that keeps a form away ---------------------

LINKS = {
    "en": "Open the form in a new tab",
    "cs-CZ": "Otevřít formulář na nové kartě",
    "de": "Formular in neuem Tab öffnen",
    "hu": "Űrlap megnyitása új lapon",
    "pl": "Otwórz formularz w nowej karcie",
    "sk": "Otvoriť formulár na novej karte",
    "uk": "Відкрити форму в новій вкладці",
}


def test_the_link_speaks_the_language_of_the_element(
    landing: Landing, open_page: Callable[..., Page]
) -> None:
    assert {language[:2] for language in LINKS} == set(languages()), "embed.js needs one for each"
    page = open_page(expect=BLOCKED)
    tag = '<frontdesk-form form="closed" lang="{}"></frontdesk-form>'
    others = {"fr": LINKS["en"], "constructor": LINKS["en"]}
    tags = "".join(map(tag.format, {**LINKS, **others}))
    page.goto(landing.put(f'{tags}<div lang="sk">{tag.replace(" lang=", " x=")}</div>'))
    await_event(page, "error", len(LINKS) + len(others) + 1)
    links = page.locator("frontdesk-form a")
    expect(links).to_have_text([*LINKS.values(), *others.values(), LINKS["sk"]])
    says = page.locator("frontdesk-form p").filter(has_text=". ")
    expect(says).to_have_count(len(LINKS) + len(others) + 1)


def test_an_unknown_form(world: World, landing: Landing, open_page: Callable[..., Page]) -> None:
    page = open_page(expect=(*BLOCKED, "<frontdesk-form>"))
    said = listen(page)
    page.goto(landing.put(TAG.replace("riverside", "unknown")))
    assert await_event(page, "error") == {"form": "unknown", "code": "404"}
    expect(page.get_by_text("The form cannot be shown here.")).to_be_visible()
    expect(page.locator("frontdesk-form iframe")).to_be_hidden()
    expect(page.get_by_role("link")).to_have_count(0)  # it would lead to a 404
    told(page, said, "<frontdesk-form>", "no form of this name", world.leads.url)
    # Mended by the page
    page.locator("frontdesk-form").evaluate("element => element.setAttribute('form', 'riverside')")
    expect(inside(page).get_by_label("First name")).to_be_visible()
    expect(page.get_by_text("The form cannot be shown here.")).to_have_count(0)


def test_only_what_shows_nothing_may_be_framed_by_everybody(world: World) -> None:
    html = {"Accept": "text/html"}
    unknown = world.leads.get("/forms/unknown?embed=1", headers=html)
    assert unknown.status_code == 404
    assert "frame-ancestors *" in unknown.headers["Content-Security-Policy"]
    assert "<a " not in unknown.text
    for path in ("/forms/unknown", "/forms/closed?embed=1", "/forms/closed/thanks?embed=1"):
        policy = world.leads.get(path, headers=html).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'self'")


def test_a_policy_without_frame_src(
    world: World, landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=BLOCKED)
    said = listen(page)
    landing.policy = landing.policy.replace(f"frame-src 'self' {world.leads.url}", "")
    page.goto(landing.put())
    blocked_message(page)
    told(page, said, "<frontdesk-form>", f'"frame-src {world.leads.url}"')


def test_a_policy_that_only_reports_changes_nothing(
    world: World, landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=("Report Only", "report-only"))
    landing.policy_reported = "frame-src 'none'"
    page.goto(landing.put())
    await_event(page, "ready")
    assert "error" not in names(page)


def test_nothing_is_shown_before_it_is_known_what_comes(
    landing: Landing, open_page: Callable[..., Page]
) -> None:
    """Not the browser's grey page about a refused connection, while that is looked into."""
    page = open_page(expect=BLOCKED)
    page.clock.install()
    page.goto(landing.put(TAG.replace("riverside", "closed")))
    frame = page.locator("frontdesk-form iframe")
    expect(frame).to_have_css("visibility", "hidden")
    page.clock.fast_forward(21_000)
    blocked_message(page)


def test_the_pages_own_words_take_its_place(
    landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=BLOCKED)
    page.goto(landing.put('<frontdesk-form form="closed"><p>Please call us.</p></frontdesk-form>'))
    await_event(page, "error")
    expect(page.get_by_text("Please call us.")).to_be_visible()
    expect(page.get_by_role("link")).to_have_count(0)


def test_until_it_is_known_the_pages_own_words_are_hidden(landing: Landing, page: Page) -> None:
    page.goto(landing.put(TAG.replace("></", "><p>Please call us.</p></")))
    await_event(page, "ready")
    expect(page.get_by_text("Please call us.")).to_be_hidden()


def test_a_frame_that_answers_late_is_shown(
    landing: Landing, open_page: Callable[..., Page]
) -> None:
    # What the console is told meanwhile may come before the frame does, or not at all.
    page = open_page(expect=("<frontdesk-form>",))
    waiting: list[Route] = []
    page.route("**/static/frame.js", lambda route: waiting.append(route))
    page.clock.install()
    page.goto(landing.put(), wait_until="commit")
    eventually(lambda: page.wait_for_timeout(20) or waiting)
    page.clock.fast_forward(21_000)
    await_event(page, "error")
    waiting[0].continue_()
    await_event(page, "ready")
    expect(inside(page).get_by_label("First name")).to_be_visible()
    expect(page.get_by_role("link", name="Open the form")).to_have_count(0)
