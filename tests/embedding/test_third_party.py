"""`<frontdesk-form>` where third parties get neither cookies nor storage: in all of Chromium."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.embedding.landing import (
    TAG,
    Landing,
    World,
    await_event,
    fill_in,
    inside,
    seen,
    send,
    story,
)
from tests.support import eventually, journal_lines, leads


@pytest.fixture(scope="session")
def browser(strict_browser: Browser) -> Browser:
    return strict_browser


def test_from_a_landing_page_to_the_crm(world: World, landing: Landing, page: Page) -> None:
    before = len(leads(world.crm))
    url = landing.put(f"<h1>Open day</h1>{TAG}", path="open-day")
    page.add_init_script("window.dataLayer = []")
    page.goto(f"{url}?utm_campaign=spring&gclid=Cj0&utm_source=ads#flats")
    form = inside(page)
    page.evaluate("document.querySelector('frontdesk-form').setAttribute('unit', 'A.101')")
    fill_in(form)
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    submitted = await_event(page, "submitted")

    stored = eventually(lambda: found if len(found := leads(world.crm)) > before else None)
    assert stored[-1]["parameters"] == {
        "name": "Jana",
        "surname": "Nováková",
        "email": "jana@example.com",
        "project": "1234",
        "referral": "77",
        "tags": "web",
        "campaign": "spring",
        "internalid": "A.101",
        "language": "en",
        "consentsource": "127.0.0.1",
        "updateconsents": "2",
    }
    received = next(line for line in journal_lines(world.journal) if line["id"] == submitted["id"])
    assert received["origin"]["page"] == f"{url}?utm_campaign=spring&gclid=Cj0&utm_source=ads"
    assert received["origin"]["title"] == "Open day"

    assert story(page) == ["ready", "started", "submitted"]
    assert submitted == {"form": "riverside", "id": received["id"], "marketing": False}
    assert page.evaluate("dataLayer") == [
        {"event": f"frontdesk:{event['name']}", **event["detail"]} for event in seen(page)
    ]


def test_nothing_is_stored_in_the_browser(world: World, landing: Landing, page: Page) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    answers: list[str] = []
    page.on("response", lambda response: answers.extend(response.headers))
    page.goto(landing.put())
    form = inside(page)
    fill_in(form)
    send(form)
    await_event(page, "submitted")
    assert (
        page.evaluate("document.cookie.length + localStorage.length + sessionStorage.length") == 0
    )
    with pytest.raises(Error, match="Access is denied"):  # what third parties get
        page.frames[-1].evaluate("localStorage.length")
    assert "set-cookie" not in answers
    assert asked <= {urlsplit(landing.url).netloc, urlsplit(world.leads.url).netloc, ""}
