"""`<frontdesk-form>` on a landing page of another site, in a real browser."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.embedding.landing import (
    TAG,
    Landing,
    World,
    await_event,
    await_fit,
    fill_in,
    inside,
    names,
    seen,
    send,
    story,
)
from tests.support import eventually, journal_lines, leads, tick, until


def test_a_parameter_of_the_page_comes_to_the_crm(
    world: World, landing: Landing, page: Page
) -> None:
    before = len(leads(world.crm))
    given = 'class="wide" attribute-customer_ab_test_param="2" attribute-unknown="x"'
    page.goto(landing.put(TAG.replace('id="a"', f'{given} unit="A.101"')))
    form = inside(page)
    expect(form.get_by_label("Unit")).to_have_value("A.101")
    page.evaluate("document.querySelector('frontdesk-form').removeAttribute('unit')")
    expect(form.get_by_label("Unit")).to_have_value("")
    fill_in(form)
    send(form)
    await_event(page, "submitted")
    stored = eventually(lambda: found if len(found := leads(world.crm)) > before else None)
    assert stored[-1]["parameters"]["customer_ab_test_param"] == "2"
    assert "note" not in stored[-1]["parameters"]
    src = urlsplit(page.locator("frontdesk-form iframe").get_attribute("src") or "").query
    assert list(parse_qs(src, keep_blank_values=True))[:5] == [
        "embed",
        "attribute-customer_ab_test_param",
        "attribute-unknown",
        "unit",
        "lang",
    ], "of the element's attributes, those that are the form's, and no class"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_frame_is_as_high_as_its_content(landing: Landing, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(landing.put())
    form = inside(page)
    await_event(page, "ready")
    plain = await_fit(page)
    send(form)  # errors that the page itself finds
    expect(form.get_by_text("Please tell us your first name.", exact=True)).to_be_visible()
    expect(form.get_by_label("First name")).to_be_focused()
    expect(form.get_by_label("First name")).to_be_in_viewport()
    assert await_fit(page) > plain

    fill_in(form)
    form.get_by_label("Highest price").fill("a lot")
    send(form)  # errors that the server finds
    expect(form.get_by_label("Highest price")).to_be_focused()
    expect(form.get_by_label("Highest price")).to_be_in_viewport()
    await_fit(page)

    form.get_by_label("Highest price").fill("8 500 000")
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_in_viewport()
    assert await_fit(page) < plain / 2


def test_the_height_follows_whatever_happens(landing: Landing, page: Page) -> None:
    page.goto(landing.put())
    await_event(page, "ready")
    plain = await_fit(page)
    frame = page.frames[-1]
    # The visitor's larger letters
    frame.evaluate("document.documentElement.style.fontSize = '24px'")
    assert await_fit(page) > plain
    frame.evaluate("document.documentElement.style.fontSize = ''")
    assert await_fit(page) == plain
    # A telephone that is turned
    page.set_viewport_size({"width": 390, "height": 844})
    upright = await_fit(page)
    page.set_viewport_size({"width": 844, "height": 390})
    assert await_fit(page) < upright
    # Zoom
    page.evaluate("document.documentElement.style.zoom = 2")
    await_fit(page)
    page.evaluate("document.documentElement.style.zoom = 1")
    await_fit(page)
    # A text area that is pulled larger
    inside(page).get_by_label("Message").fill("A line\n" * 12)
    await_fit(page)


def test_a_captchas_challenge_fits_as_well(landing: Landing, page: Page) -> None:
    page.goto(landing.put())
    await_event(page, "ready")
    plain = await_fit(page)
    frame = page.frames[-1]
    # As hCaptcha shows one: beside the content, absolutely positioned.
    frame.evaluate(
        """(top) => {
          const challenge = document.createElement("div");
          challenge.id = "challenge";
          Object.assign(challenge.style, { position: "absolute", top: "-9999px", height: "600px" });
          document.body.append(challenge);
          challenge.style.top = top;
        }""",
        f"{plain - 200}px",
    )
    element = page.locator("frontdesk-form iframe")
    eventually(lambda: frame.evaluate("innerHeight") == plain + 400)
    frame.evaluate("document.getElementById('challenge').style.top = '-9999px'")
    expect(element).to_have_css("height", f"{plain}px")
    await_fit(page)


def test_a_captcha_in_a_frame_is_solved(world: World, landing: Landing, page: Page) -> None:
    page.goto(landing.put(TAG.replace("riverside", "checked")))
    form = inside(page)
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    send(form)
    await_event(page, "submitted")


def test_another_unit_takes_nothing_away(landing: Landing, page: Page) -> None:
    page.goto(landing.put(TAG.replace(" lang", ' unit="A.101" lang')))
    form = inside(page)
    expect(form.get_by_label("Unit")).to_have_value("A.101")
    form.get_by_label("First name").fill("Jana")
    page.locator("frontdesk-form").evaluate("element => element.setAttribute('unit', 'B.203')")
    expect(form.get_by_label("Unit")).to_have_value("B.203")
    expect(form.get_by_label("First name")).to_have_value("Jana")
    page.locator("frontdesk-form").evaluate("element => element.removeAttribute('unit')")
    expect(form.get_by_label("Unit")).to_have_value("")
    assert names(page).count("ready") == 1
    # What the visitor chose instead stays, also when the form comes back with errors.
    form.get_by_label("Unit").fill("C.1")
    fill_in(form)
    form.get_by_label("Phone").fill("12")
    send(form)
    assert await_event(page, "error") == {"form": "riverside", "code": "fields"}
    expect(form.get_by_label("Unit")).to_have_value("C.1")


def test_a_unit_in_a_list(landing: Landing, page: Page) -> None:
    page.goto(landing.put(TAG.replace("riverside", "checked")))
    form = inside(page)
    await_event(page, "ready")
    for unit, shown in (("B.202", "B.202"), ("unknown", ""), ("A.101", "A.101")):
        page.locator("frontdesk-form").evaluate(
            "(element, unit) => element.setAttribute('unit', unit)", unit
        )
        expect(form.get_by_label("Unit")).to_have_value(shown)
    assert "started" not in names(page), "it was not the visitor who did that"


def set_attribute(page: Page, name: str, value: str) -> None:
    page.locator("frontdesk-form").evaluate(
        "(element, [name, value]) => element.setAttribute(name, value)", [name, value]
    )


def test_another_language_takes_nothing_away(world: World, landing: Landing, page: Page) -> None:
    page.goto(landing.put())
    form = inside(page)
    await_event(page, "ready")
    fill_in(form)
    tick(form.get_by_label("2+kk"))
    set_attribute(page, "unit", "B.203")
    set_attribute(page, "campaign", "spring")
    expect(form.get_by_label("Unit")).to_have_value("B.203")
    form.get_by_label("Message").fill("To the last letter")
    set_attribute(page, "lang", "cs-CZ")
    expect(form.get_by_label("Jméno")).to_have_value("Jana")
    expect(form.get_by_label("Zpráva")).to_have_value("To the last letter")
    expect(form.get_by_label("2+kk")).to_be_checked()
    consent = form.get_by_label("Souhlasím se zpracováním údajů.")
    expect(consent).not_to_be_checked()  # it was given to another wording
    tick(consent)
    await_fit(page)
    assert story(page) == ["ready", "started"], "it is still the same form"
    assert page.evaluate("history.length") == 2, "no steps that going back would stumble over"

    form.get_by_role("button", name="Odeslat poptávku").click()
    submitted = await_event(page, "submitted")
    lead = next(line for line in journal_lines(world.journal) if line["id"] == submitted["id"])[
        "lead"
    ]
    assert lead["language"] == "cs"
    assert (lead["unit"], lead["campaign"], lead["rooms"]) == ("B.203", "spring", ["2+kk"])
    assert lead["note"] == "To the last letter"
    # The thank-you speaks the other language too, and is no second enquiry.
    expect(form.get_by_role("heading", name="Děkujeme")).to_be_visible()
    set_attribute(page, "lang", "en")
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    await_fit(page)
    assert names(page).count("submitted") == 1


def test_what_is_set_at_once_is_told_when_the_frame_is_there(landing: Landing, page: Page) -> None:
    page.goto(landing.put("<main></main>"))
    until(page, "Boolean(customElements.get('frontdesk-form'))")
    page.evaluate(
        """() => {
          const form = document.createElement("frontdesk-form");
          form.setAttribute("form", "riverside");
          document.querySelector("main").append(form);
          form.setAttribute("unit", "B.203");
          form.lang = "cs";
        }"""
    )
    expect(inside(page).get_by_label("Jméno")).to_be_visible()
    expect(inside(page).get_by_label("Byt")).to_have_value("B.203")


def test_what_changes_while_the_language_does_is_told_afterwards(
    landing: Landing, page: Page
) -> None:
    page.goto(landing.put())
    await_event(page, "ready")
    inside(page).get_by_label("First name").fill("Jana")
    waiting: list[Route] = []
    page.route("**/static/frame.js", lambda route: waiting.append(route))
    set_attribute(page, "lang", "cs")
    eventually(lambda: page.wait_for_timeout(20) or waiting)
    set_attribute(page, "unit", "B.203")
    waiting[0].continue_()
    expect(inside(page).get_by_label("Byt")).to_have_value("B.203")
    expect(inside(page).get_by_label("Jméno")).to_have_value("Jana")


def test_another_form_is_loaded(landing: Landing, page: Page) -> None:
    page.goto(landing.put())
    await_event(page, "ready")
    set_attribute(page, "form", "checked")
    expect(inside(page).get_by_role("heading", name="Checked by a captcha")).to_be_visible()
    assert await_event(page, "ready", 2) == {"form": "checked"}
    await_fit(page)
    assert page.evaluate("history.length") == 2, "no steps that going back would stumble over"


@pytest.mark.parametrize(
    ("body", "lang"),
    [
        ('<frontdesk-form form="riverside"></frontdesk-form>', "cs"),
        ('<frontdesk-form form="riverside"></frontdesk-form>', "cs-CZ"),
        ('<div lang="cs"><frontdesk-form form="riverside"></frontdesk-form></div>', "en"),
        ('<frontdesk-form form="riverside" lang="cs"></frontdesk-form>', "en"),
    ],
)
def test_the_language_is_the_pages(landing: Landing, page: Page, body: str, lang: str) -> None:
    page.goto(landing.put(body, lang=lang))
    expect(inside(page).get_by_label("Jméno")).to_be_visible()
    title = page.locator("frontdesk-form iframe").get_attribute("title")
    assert title == "Rezidence U řeky"


def test_what_the_page_is_goes_along(landing: Landing, page: Page) -> None:
    start = landing.put('<a href="page?b=1">On</a>', path="start")
    tag = TAG.replace("<frontdesk-form", '<frontdesk-form label="Ask us" campaign="c" tags="x,y"')
    landing.put(tag)
    page.goto(start)
    page.get_by_role("link").click()
    await_event(page, "ready")
    frame = page.locator("frontdesk-form iframe")
    assert frame.get_attribute("title") == "Ask us"
    query = parse_qs(urlsplit(frame.get_attribute("src") or "").query)
    assert query == {
        "lang": ["en"],
        "campaign": ["c"],
        "tags": ["x,y"],
        "title": ["Open day"],
        "referrer": [start],
        "page": [f"{landing.url}/page?b=1"],
        "embed": ["1"],
    }
    for name, value in (("tags", "x,y"), ("title", "Open day"), ("referrer", start)):
        assert inside(page).locator(f"[name={name}]").input_value() == value


# -- wherever it stands ------------------------------------------------------------------------


def test_two_forms_on_one_page_go_their_own_ways(landing: Landing, page: Page) -> None:
    second = '<frontdesk-form id="b" form="checked" lang="en"></frontdesk-form>'
    # The loader, too, may be there twice.
    page.goto(landing.put(TAG + second, head=landing.loader * 2))
    await_event(page, "ready", 2)
    first, other = page.locator("#a"), page.locator("#b")
    await_fit(page, first)
    height = await_fit(page, other)
    fill_in(inside(page, "#a"))
    send(inside(page, "#a"))
    await_event(page, "submitted")
    assert [e["id"] for e in seen(page) if e["name"] in ("started", "submitted")] == ["a", "a"]
    assert await_fit(page, other) == height


def test_in_a_shadow_root_and_late(landing: Landing, page: Page) -> None:
    page.goto(landing.put('<div id="app"></div>'))
    until(page, "Boolean(customElements.get('frontdesk-form'))")
    page.evaluate(
        """() => {
          const root = document.querySelector("#app").attachShadow({ mode: "open" });
          const form = document.createElement("frontdesk-form");
          form.setAttribute("form", "riverside");
          root.append(form);
        }"""
    )
    fill_in(inside(page))
    await_event(page, "started")
    await_fit(page)
    assert {e["id"] for e in seen(page)} == {"app"}, "events come out of the shadow"


def test_removed_and_added_again(landing: Landing, page: Page) -> None:
    page.goto(landing.put(f"<main>{TAG}</main>"))
    await_event(page, "ready")
    page.evaluate("window.kept = document.querySelector('frontdesk-form'); kept.remove()")
    page.evaluate("kept.setAttribute('unit', 'B.203')")
    page.evaluate("document.querySelector('main').append(kept)")
    await_event(page, "ready", 2)
    expect(inside(page).get_by_label("Unit")).to_have_value("B.203")
    await_fit(page)
    fill_in(inside(page))
    send(inside(page))
    await_event(page, "submitted")
    assert names(page).count("submitted") == 1


def test_it_is_seen_only_when_it_is(landing: Landing, page: Page) -> None:
    page.goto(landing.put(f'<frontdesk-form id="b" form="riverside" hidden></frontdesk-form>{TAG}'))
    await_event(page, "view")
    await_event(page, "ready", 2)
    page.wait_for_timeout(300)
    assert [e["id"] for e in seen(page) if e["name"] == "view"] == ["a"]
    page.evaluate("document.querySelector('#b').hidden = false")
    await_event(page, "view", 2)
    await_fit(page, page.locator("#b"))


def test_below_the_fold_it_is_seen_later(landing: Landing, page: Page) -> None:
    page.goto(landing.put(f"{'<p>Flats' * 100}{TAG}"))
    await_event(page, "ready")
    page.wait_for_timeout(300)
    assert names(page) == ["ready"]
    page.locator("frontdesk-form").scroll_into_view_if_needed()
    await_event(page, "view")


# -- afterwards --------------------------------------------------------------------------------


def enquire(page: Page) -> None:
    form = inside(page)
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    consent = form.get_by_label("I agree to the processing")
    if consent.count():
        tick(consent)
    send(form)


@pytest.mark.parametrize(
    ("form", "attribute", "expected"),
    [
        ("riverside", "arrived?a=1", "arrived?a=1"),
        ("riverside", "{landing}/arrived", "arrived"),
        ("checked", "", "arrived?from=configuration"),
        ("checked", "/arrived", "arrived"),
    ],
)
def test_the_page_goes_to_the_success_url(
    landing: Landing, page: Page, form: str, attribute: str, expected: str
) -> None:
    landing.put("<h1>Arrived</h1>", path="arrived")
    attribute = attribute.replace("{landing}", landing.url)
    tag = f'<frontdesk-form form="{form}" success-url="{attribute}"></frontdesk-form>'
    url = landing.put(tag)
    page.goto(url)
    enquire(page)
    page.wait_for_url(f"{landing.url}/{expected}")
    # Back again, there is a form and no second redirection.
    page.go_back()
    await_event(page, "ready")
    page.wait_for_timeout(1000)
    assert page.url == url


@pytest.mark.parametrize(
    "attribute", ["javascript:seen.push('run')", "data:text/html,x", "http://[", " \tjavascript:1"]
)
def test_no_other_address_is_gone_to(landing: Landing, page: Page, attribute: str) -> None:
    url = landing.put(f'<frontdesk-form form="riverside" success-url="{attribute}">')
    page.goto(url)
    enquire(page)
    await_event(page, "submitted")
    page.wait_for_timeout(1000)
    assert page.url == url
    assert story(page) == ["ready", "started", "submitted"]


def test_the_page_may_keep_the_visitor(landing: Landing, page: Page) -> None:
    url = landing.put('<frontdesk-form form="riverside" success-url="/arrived">')
    page.goto(url)
    page.evaluate("addEventListener('frontdesk:submitted', (event) => event.preventDefault())")
    enquire(page)
    await_event(page, "submitted")
    page.wait_for_timeout(1000)
    assert page.url == url
