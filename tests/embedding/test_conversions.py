"""docs/conversions.md as it is printed, in a browser: what goes along, by what was agreed to."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.docs import pages
from tests.embedding.landing import Landing, World, await_event, elsewhere, fill_in, inside, send
from tests.own_form.house import FIELDS
from tests.support import FORM, GENERAL, journal_lines, open_app, serving, tick, until

DOCUMENT = "docs/conversions.md"
LEADS = "https://leads.example.com"
QUERY = "?gclid=Cj0K&fbclid=IwAR1&utm_source=google&utm_medium=cpc&utm_campaign=Jaro%202026"
CLICKS = {"gclid": "Cj0K", "fbclid": "IwAR1"}
NEWS = 'label = { en = "Send me news."'
# A stand-in of a tag manager: it does what the recipe's trigger, variables and tag do.
MANAGER = """
window.tags = [];
const layer = window.dataLayer, push = layer.push;
const fire = (entry) => {
  if (entry?.event !== "frontdesk:submitted") return;
  tags.push({ transaction: entry.id, marketing: entry.marketing });
};
layer.forEach(fire);
layer.push = (...entries) => {
  push.apply(layer, entries);
  entries.forEach(fire);
};
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A form that asks for consent to marketing, and landing pages of another site."""
    path = tmp_path_factory.mktemp("conversions") / "frontdesk.toml"
    landing = Landing()
    with ExitStack() as running:
        crm = running.enter_context(serve_sandbox(create_sandbox())).url
        landing.url = elsewhere(running.enter_context(serving(landing.app)).url)
        form = FORM.replace("https://riverside.example.com", landing.url)
        form = form.replace(NEWS, f"marketing = true\n{NEWS}")
        path.write_text(GENERAL.replace("{crm}", crm) + form, encoding="utf-8")
        leads = running.enter_context(serving(open_app(path)))
        yield World(leads, landing, landing.url, crm)


@pytest.fixture
def landing(world: World) -> Landing:
    world.landing.pages.clear()
    world.landing.allow(world.leads.url)
    world.landing.policy += f"; connect-src {world.leads.url}"
    return world.landing


def put_cookie(page: Page, landing: Landing) -> None:
    """What a tag of Meta's sets; Frontdesk sets none."""
    page.context.add_cookies([{"name": "_fbp", "value": "fb.1.2.3", "url": landing.url}])


def printed(language: str, holding: str) -> str:
    (block,) = [one for one in pages.blocks(DOCUMENT, language) if holding in one]
    return block


def consent(landing: Landing) -> str:
    """What the recipe says first, in a file of the page's own: it has a strict policy here."""
    found = re.fullmatch(r"<script>\n(.*)</script>\n", printed("html", "gtag("), re.DOTALL)
    assert found
    landing.pages["consent.js"] = found[1] + MANAGER
    return '<script src="consent.js"></script>'


def page_of_the_recipe(world: World, landing: Landing) -> str:
    snippet = printed("html", "conversions.js").replace(LEADS, world.leads.url)
    return landing.put(snippet, head=consent(landing), path="flats")


def agree(page: Page, choice: str = "granted") -> None:
    """What a banner says when it is answered."""
    page.evaluate("(choice) => gtag('consent', 'update', { ad_storage: choice })", choice)


def origin(world: World, identity: str) -> dict[str, Any]:
    lines = journal_lines(world.journal)
    (found,) = [
        one["origin"] for one in lines if one["id"] == identity and one["event"] == "received"
    ]
    return dict(found)


def test_the_recipe_counts_each_enquiry_once(world: World, landing: Landing, page: Page) -> None:
    put_cookie(page, landing)
    page.goto(page_of_the_recipe(world, landing) + QUERY)
    form = inside(page)
    expect(form.get_by_label("First name")).to_be_visible()
    agree(page)  # after the form was loaded
    fill_in(form)
    tick(form.get_by_label("Send me news."))
    send(form)
    identity = await_event(page, "submitted")["id"]
    until(page, "tags.length")
    events = page.evaluate("dataLayer.filter(({ event }) => event).map((each) => ({ ...each }))")
    assert sorted(event["event"] for event in events) == [
        "frontdesk:ready",
        "frontdesk:started",
        "frontdesk:submitted",
        "frontdesk:view",
    ]
    told = {"form": "riverside", "id": identity, "marketing": True}
    assert events[-1] == {"event": "frontdesk:submitted", **told}
    assert page.evaluate("tags") == [{"transaction": identity, "marketing": True}]
    found = origin(world, identity)["attribution"]
    assert found["clicks"] == {**CLICKS, "_fbp": "fb.1.2.3"}
    others = ("ad_user_data", "ad_personalization", "analytics_storage")
    assert found["consent_mode"] == {"ad_storage": "granted", **dict.fromkeys(others, "denied")}
    assert found["first_touch"] == {
        "source": "google",
        "medium": "cpc",
        "campaign": "Jaro 2026",
        "page": f"{landing.url}/flats",
    }
    page.context.clear_cookies()


def test_the_event_that_is_printed_is_the_one_that_is_pushed() -> None:
    pushed = printed("js", "frontdesk:submitted")
    assert re.findall(r"(\w+):(?!\w)", pushed) == ["event", "form", "id", "marketing"]


@pytest.mark.parametrize("agreed", [None, "denied"])
def test_without_consent_nothing_goes_along_and_nothing_is_kept(
    world: World, landing: Landing, page: Page, agreed: str | None
) -> None:
    url = page_of_the_recipe(world, landing)
    if agreed is None:  # a page that knows nothing of consent
        landing.pages["consent.js"] = "window.dataLayer = [];" + MANAGER
    put_cookie(page, landing)
    page.goto(url + QUERY)
    form = inside(page)
    fill_in(form)
    send(form)
    sent = await_event(page, "submitted")
    assert sent["marketing"] is False
    found = origin(world, sent["id"]).get("attribution")
    names = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
    denied = {"consent_mode": dict.fromkeys(names, "denied")}
    assert found == (denied if agreed else None)
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    assert page.evaluate("document.cookie") == "_fbp=fb.1.2.3"
    page.context.clear_cookies()


def test_the_first_touch_is_remembered_as_long_as_it_may_be(
    world: World, landing: Landing, page: Page
) -> None:
    url = page_of_the_recipe(world, landing)
    landing.pages["flats"] = landing.pages["flats"].replace(
        "</body>", '<script src="more.js"></script></body>'
    )
    landing.pages["more.js"] = "gtag('consent', 'update', { ad_storage: 'granted' })"
    page.goto(url + QUERY)
    expect(inside(page).get_by_label("First name")).to_be_visible()
    until(page, "sessionStorage.length")
    page.goto(f"{url}?gclid=second&utm_source=newsletter")
    form = inside(page)
    fill_in(form)
    send(form)
    found = origin(world, await_event(page, "submitted")["id"])["attribution"]
    assert found["clicks"] == {**CLICKS, "gclid": "second"}
    assert (found["first_touch"]["source"], found["first_touch"]["campaign"]) == (
        "google",
        "Jaro 2026",
    )
    agree(page, "denied")
    page.evaluate("dispatchEvent(new Event('frontdesk:view'))")
    assert page.evaluate("sessionStorage.length") == 0


def test_it_stays_when_the_form_changes_its_language(
    world: World, landing: Landing, page: Page
) -> None:
    page.goto(page_of_the_recipe(world, landing) + QUERY)
    form = inside(page)
    expect(form.get_by_label("First name")).to_be_visible()
    agree(page)
    form.get_by_label("First name").fill("Jana")
    await_event(page, "started")
    page.evaluate("document.querySelector('frontdesk-form').setAttribute('lang', 'cs')")
    expect(form.get_by_label("Jméno")).to_have_value("Jana")
    field = form.locator("input[name=attribution]")
    expect(field).to_have_value(re.compile("gclid=Cj0K"))


def test_a_form_of_the_pages_own(world: World, landing: Landing, page: Page) -> None:
    body = f'<form data-frontdesk="riverside">{FIELDS}<button>Send</button></form>'
    body = body.replace('<label>Floor <input name="attribute_floor"></label>', "")
    scripts = (
        f'<script src="{world.leads.url}/static/conversions.js" data-consent="granted"></script>'
        f'<script type="module" src="{world.leads.url}/frontdesk.js"></script>'
    )
    page.goto(landing.put(body, head=scripts) + QUERY)
    for label, value in (
        ("First name", "Jana"),
        ("Last name", "Nováková"),
        ("Email", "j@example.com"),
    ):
        page.get_by_label(label).fill(value)
    tick(page.get_by_label("I agree"))
    page.get_by_role("button", name="Send").click()
    sent = await_event(page, "submitted")
    assert sent["marketing"] is False
    found = origin(world, sent["id"])["attribution"]
    assert found["clicks"] == CLICKS
    assert found["consent_mode"]["ad_storage"] == "granted"


def test_a_page_that_does_not_ask_loads_nothing_of_it(
    world: World, landing: Landing, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(landing.put() + QUERY)
    expect(inside(page).get_by_label("First name")).to_be_visible()
    await_event(page, "view")
    assert not [url for url in asked if "conversions" in url or "attribution" in url]


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        ([["default", {"ad_storage": "granted"}]], True),
        ([["default", {"ad_storage": "granted", "region": ["CZ"]}]], False),
        ([["default", {"ad_storage": "denied"}], ["update", {"ad_storage": "granted"}]], True),
        ([["update", {"ad_storage": "granted"}], ["update", {"ad_storage": "denied"}]], False),
        ([["update", {"ad_storage": "granted"}], ["update", {"ad_user_data": "denied"}]], True),
        ([["default", {"analytics_storage": "granted"}]], False),
        ([["update", {"ad_storage": "perhaps"}], ["update", None]], False),
    ],
    ids=str,
)
def test_the_last_word_counts(
    world: World, landing: Landing, page: Page, said: list[Any], granted: bool
) -> None:
    script = f'<script src="{world.leads.url}/static/conversions.js" async></script>'
    page.goto(landing.put('<form data-frontdesk="riverside"></form>', head=script) + QUERY)
    until(page, "document.querySelector('input[name=attribution]')")
    page.evaluate(
        """(said) => {
          window.dataLayer = said.map((each) => ({ 0: "consent", 1: each[0], 2: each[1] }));
          dispatchEvent(new Event("frontdesk:view"));
        }""",
        said,
    )
    told = page.evaluate("document.querySelector('input[name=attribution]').value")
    assert ("gclid=Cj0K" in told) is granted
    assert (page.evaluate("sessionStorage.length") > 0) is granted
