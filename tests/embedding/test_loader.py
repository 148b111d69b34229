"""However embed.js comes into a page, it finds its server, or says what it needs."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.embedding.landing import TAG, Landing, World, await_event, fill_in, inside, seen, send


def with_server(world: World) -> str:
    return TAG.replace(" lang", f' server="{world.leads.url}" lang')


def source(world: World) -> str:
    return requests.get(f"{world.leads.url}/embed.js", timeout=30).text


def works(page: Page) -> None:
    await_event(page, "ready")
    fill_in(inside(page))
    send(inside(page))
    await_event(page, "submitted")


def test_as_a_module(world: World, landing: Landing, page: Page) -> None:
    head = f'<script type="module" src="{world.leads.url}/embed.js"></script>'
    page.goto(landing.put(head=head))
    works(page)


def test_a_self_hosted_copy(world: World, landing: Landing, page: Page) -> None:
    landing.pages["embed.js"] = source(world)
    page.goto(landing.put(with_server(world), head='<script src="embed.js"></script>'))
    works(page)


@pytest.mark.parametrize("kind", ["", ' type="module"'])
def test_bundled(world: World, landing: Landing, page: Page, kind: str) -> None:
    landing.pages["bundle.js"] = f"(() => {{{source(world)}}})();"
    page.goto(landing.put(with_server(world), head=f'<script{kind} src="bundle.js"></script>'))
    works(page)


def test_fetched_and_evaluated(world: World, landing: Landing, page: Page) -> None:
    """As consent managers do it."""
    landing.policy = landing.policy.replace("'self'", "'self' 'unsafe-eval'", 1)
    landing.policy += "; connect-src 'self'"
    landing.pages["copy.js"] = source(world)
    landing.pages["consent.js"] = (
        "fetch('copy.js').then((answer) => answer.text()).then((text) => (0, eval)(text))"
    )
    page.goto(landing.put(with_server(world), head='<script src="consent.js"></script>'))
    works(page)


CLOBBERS = (
    "currentScript",
    "createElement",
    "querySelector",
    "querySelectorAll",
    "documentElement",
    "title",
    "referrer",
    "body",
)


@pytest.mark.parametrize("kind", ["", ' type="module"'])
def test_names_on_the_page_mislead_nobody(
    world: World, landing: Landing, page: Page, kind: str
) -> None:
    """`<img name=…>` takes the place of a property of the document."""
    images = "".join(f'<img name="{name}" src="data:,">' for name in CLOBBERS)
    page.goto(landing.put(images + TAG, head="<!-- none yet -->"))
    page.evaluate(
        """([url, type]) => {
          const script = Document.prototype.createElement.call(document, "script");
          if (type) script.type = "module";
          script.src = url;
          Reflect.get(Document.prototype, "head", document).append(script);
        }""",
        [f"{world.leads.url}/embed.js", kind],
    )
    works(page)


def test_an_image_is_not_taken_for_the_script(
    world: World, landing: Landing, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=("Loading the image",))
    evil = f'<img name="currentScript" src="{world.stranger}/embed.js">'
    page.goto(landing.put(evil + TAG))
    await_event(page, "ready")
    src = page.locator("frontdesk-form iframe").get_attribute("src") or ""
    assert src.startswith(f"{world.leads.url}/forms/")


@pytest.mark.parametrize(
    "server",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "leads.example.com",
        "//leads.example.com",
        "http://[",
    ],
)
def test_without_an_address_it_says_what_it_needs(
    world: World, landing: Landing, open_page: Callable[..., Page], server: str
) -> None:
    page = open_page(expect=("Which server?",))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    landing.pages["bundle.js"] = source(world)
    tag = TAG.replace(" lang", f' server="{server}" lang').replace("></", "><p>Call us.</p></")
    page.goto(landing.put(tag, head='<script src="bundle.js" async></script>'))
    assert await_event(page, "error") == {"form": "riverside", "code": "blocked"}
    expect(page.get_by_text("Call us.")).to_be_visible()
    assert any("<frontdesk-form server" in text for text in said)
    assert page.locator("frontdesk-form iframe").get_attribute("src") is None
    # Mended by the page
    page.locator("frontdesk-form").evaluate(
        "(element, url) => element.setAttribute('server', url)", world.leads.url
    )
    await_event(page, "ready")
    expect(page.get_by_text("Call us.")).to_be_hidden()
    assert [event["name"] for event in seen(page)].count("error") == 1


def test_two_loaders_of_different_servers_are_one_too_many(
    world: World, landing: Landing, open_page: Callable[..., Page]
) -> None:
    """Others call their scripts embed.js too."""
    page = open_page(expect=("Which server?",))
    landing.pages["embed.js"] = ""
    head = (
        f'<script src="embed.js"></script>'
        f'<script type="module" src="{world.leads.url}/embed.js"></script>'
    )
    page.goto(landing.put(head=head))
    await_event(page, "error")
