"""Hostile neighbours, links and values."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.embedding.landing import (
    BLOCKED,
    TAG,
    Landing,
    World,
    await_event,
    await_fit,
    blocked_message,
    fill_in,
    inside,
    send,
    story,
)
from tests.support import eventually, journal_lines, leads, until

FORGED = [
    {"frontdesk": "submitted", "id": "forged", "url": "https://evil.example.com"},
    {"frontdesk": "ready", "height": 7, "title": "forged"},
    {"frontdesk": "hello"},
    {"frontdesk": "set", "unit": "forged"},
    {"frontdesk": "set", "lang": "cs", "theme": "dark"},
    None,
    "frontdesk",
]


def test_forged_messages_change_nothing(world: World, landing: Landing, page: Page) -> None:
    """From the page, from a frame of another site, and into the form from beside it."""
    landing.pages["evil.js"] = """
      addEventListener("message", ({ data }) => {
        if (!Array.isArray(data)) return console.log("answered", data);
        for (const message of data) {
          parent.postMessage(message, "*");
          for (let n = 0; n < parent.length; n++)
            if (parent[n] !== window) parent[n].postMessage(message, "*");
        }
        parent.postMessage({ sent: true }, "*");
      });
    """
    landing.put("Evil", path="evil", head='<script src="evil.js"></script>')
    landing.policy = landing.policy.replace("frame-src", f"frame-src {world.stranger}")
    page.goto(landing.put(f'{TAG}<iframe id="evil" src="{world.stranger}/evil"></iframe>'))
    await_event(page, "ready")
    height = await_fit(page)
    page.evaluate("addEventListener('message', ({ data }) => { if (data?.sent) window.sent = 1 })")
    page.evaluate(
        """(messages) => {
          for (const message of messages) postMessage(message, "*");
          document.querySelector("#evil").contentWindow.postMessage(messages, "*");
        }""",
        FORGED,
    )
    eventually(lambda: page.wait_for_timeout(20) or page.evaluate("window.sent"))
    # A frame in a shadow root cannot be reached from beside it; this stands for whoever can.
    framed = page.locator("frontdesk-form iframe").element_handle().content_frame()
    assert framed is not None
    framed.evaluate("messages => messages.forEach((m) => window.postMessage(m, '*'))", FORGED)
    page.wait_for_timeout(700)
    assert set(story(page)) == {"ready"}
    assert await_fit(page) == height
    assert page.locator("frontdesk-form iframe").get_attribute("title") == "Riverside Residences"
    expect(inside(page).get_by_label("Unit")).to_have_value("")
    assert "theme=dark" not in framed.url


HOSTILE = '"><script>seen.push(1)</script><img src=x onerror=seen.push(2)>'


def test_hostile_values_are_only_text(world: World, landing: Landing, page: Page) -> None:
    """In every attribute and in the page's own address, which anybody may link to."""
    before = len(leads(world.crm))
    url = landing.put("<main></main>")
    page.goto(url)
    # No server would be asked for it, but there are other ways to such an address.
    query = f"?utm_campaign={quote(HOSTILE)}&x={'%C5%99' * 17_000}"
    page.evaluate("query => history.replaceState(null, '', query)", query)
    until(page, "Boolean(customElements.get('frontdesk-form'))")
    page.evaluate(
        """(hostile) => {
          const form = document.createElement("frontdesk-form");
          form.setAttribute("form", "riverside");
          for (const name of ["unit", "tags", "theme", "lang", "label", "title"])
            form.setAttribute(name, hostile);
          form.setAttribute("success-url", "javascript:seen.push(3)");
          document.title = hostile;
          document.querySelector("main").append(form);
        }""",
        HOSTILE,
    )
    form = inside(page)
    expect(form.get_by_label("Unit")).to_have_value(HOSTILE)
    expect(page.locator("frontdesk-form iframe")).to_have_attribute("title", HOSTILE)
    fill_in(form)
    send(form)
    submitted = await_event(page, "submitted")
    assert set(story(page)) == {"ready", "started", "submitted"}
    stored = eventually(lambda: found if len(found := leads(world.crm)) > before else None)
    assert stored[-1]["parameters"]["campaign"] == HOSTILE
    received = next(line for line in journal_lines(world.journal) if line["id"] == submitted["id"])
    assert received["origin"]["page"] == (url + query)[:2000]
    assert received["origin"]["title"] == HOSTILE
    assert received["lead"]["language"] == "en"
    # Written into the page by a script, they would have run by now.
    assert set(story(page)) == {"ready", "started", "submitted"}
    assert page.url == url + query


@pytest.mark.parametrize("name", ["unit", "tags", "campaign", "lang", "theme", "label", "form"])
def test_values_of_100_kilobytes(
    landing: Landing, open_page: Callable[..., Page], name: str
) -> None:
    page = open_page(expect=BLOCKED)
    page.goto(landing.put("<main></main>"))
    until(page, "Boolean(customElements.get('frontdesk-form'))")
    page.evaluate(
        """([name, value]) => {
          const form = document.createElement("frontdesk-form");
          form.setAttribute("form", "riverside");
          form.setAttribute(name, value);
          document.querySelector("main").append(form);
        }""",
        [name, "<script>" * 12_500],
    )
    src = page.locator("frontdesk-form iframe").get_attribute("src") or ""
    assert len(src) <= 4000
    if name == "form":
        blocked_message(page)
    else:
        await_event(page, "ready")
        await_fit(page)
