"""What the server has to do with it: the loader's headers, prefixes, bare iframes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from frontdesk import Frontdesk
from tests.embedding.landing import TAG, Landing, World, await_event, fill_in, inside, send
from tests.intake.desk import configuration, page_of, submit
from tests.support import FORM, Site, serving


def test_the_loader_may_be_loaded_from_anywhere(world: World) -> None:
    answer = world.leads.get("/embed.js", headers={"Origin": "https://anywhere.example.com"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert "private" not in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    again = world.leads.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_page_is_embedded_only_where_it_says_so(world: World) -> None:
    for path in ("/forms/riverside", "/forms/riverside/thanks", "/forms/unknown"):
        plain = page_of(world.leads.get(path), 404 if "unknown" in path else 200)
        framed = page_of(world.leads.get(f"{path}?embed=1"), 404 if "unknown" in path else 200)
        assert not [link for link in plain.links if "frame.js" in link]
        assert [link for link in framed.links if "frame.js" in link]


def test_the_mark_lasts_from_page_to_page(world: World) -> None:
    form = page_of(world.leads.get("/forms/riverside?embed=1"), 200)
    assert form.action == "riverside?embed=1"
    token = form.value("token")
    again = submit(world.leads, path="/forms/riverside?embed=1", token=token, first_name="")
    assert page_of(again, 422).action == "riverside?embed=1"
    done = submit(world.leads, path="/forms/riverside?embed=1", token=token)
    assert done.status_code == 303
    assert done.headers["Location"].startswith("riverside/thanks?lang=en&embed=1&id=")


def test_a_bare_iframe_works(world: World, landing: Landing, page: Page) -> None:
    src = f"{world.leads.url}/forms/riverside?unit=A.101&lang=en"
    page.goto(landing.put(f'<iframe src="{src}" width="700" height="1200" title="Ask"></iframe>'))
    form = page.frame_locator("iframe")
    expect(form.get_by_label("Unit")).to_have_value("A.101")
    fill_in(form)
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()


def test_a_bare_iframe_goes_to_the_success_url_itself(
    world: World, landing: Landing, page: Page
) -> None:
    landing.put("<h1>Arrived</h1>", path="arrived")
    src = f"{world.leads.url}/forms/checked?lang=en"
    url = landing.put(f'<iframe src="{src}" width="700" height="1200" title="Ask"></iframe>')
    page.goto(url)
    form = page.frame_locator("iframe")
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    send(form)
    expect(form.get_by_role("heading", name="Arrived")).to_be_visible()
    assert page.url == url


def test_without_javascript_and_by_itself(world: World, open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{world.leads.url}/forms/riverside?embed=1&lang=en")
    fill_in(page)
    send(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


@pytest.mark.parametrize("prefix", ["/enquiry", "/a/b"])
def test_below_a_prefix(tmp_path: Path, landing: Landing, page: Page, prefix: str) -> None:
    config = tmp_path / "frontdesk.toml"
    forms = FORM.replace("https://riverside.example.com", landing.url)
    config.write_text(configuration(forms=forms), encoding="utf-8")
    host = Flask("host", static_folder=None)
    Frontdesk(host, config=config, url_prefix=prefix)
    with serving(host) as site:
        landing.allow(site.url)
        landing.loader = landing.loader.replace("/embed.js", f"{prefix}/embed.js")
        page.goto(landing.put(TAG))
        fill_in(inside(page))
        send(inside(page))
        await_event(page, "submitted")


def test_on_the_same_origin_an_unknown_form_says_so(
    site: Site, open_page: Callable[..., Page]
) -> None:
    page = open_page(expect=("status of 404", "no form of this name"))

    @site.app.get("/own")
    def own() -> str:
        tag = TAG.replace("riverside", "unknown")
        return f'<!doctype html><script src="embed.js" async></script>{tag}'

    page.goto(f"{site.url}/own")
    assert await_event(page, "error") == {"form": "unknown", "code": "404"}
    expect(page.get_by_text("The form cannot be shown here.")).to_be_visible()
