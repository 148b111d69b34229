"""Pages with a <base>, from which browsers see every relative address."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.form.test_inline import FLAT, ONE, expect_thanks, fill_in, host_app, received, send
from tests.intake.desk import page_of, proxy
from tests.support import Site

BASES = {
    "a folder": '<base href="/x/">',
    "a stranger's": '<base href="https://cdn.example.com/assets/">',
    "a stranger's of the same scheme": "<base href=//cdn.example.com/>",
    "with a target": '<BASE target="_top" href="/x/y/">',
    "a file": "<base href='index.html'>",
}


@pytest.fixture
def host(config: Path, serve: Callable[[Flask], Site]) -> Callable[..., Site]:
    def start(base: str, more: str = "") -> Site:
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace('data_dir = "var"', f'data_dir = "var"\n{more}'))
        return serve(host_app(config, base + ONE, policy="img-src data:"))

    return start


def addresses(site: Site, base: str, path: str = FLAT, **headers: str) -> set[str]:
    """Where a browser sees everything of ours that the page names."""
    page = page_of(site.get(path, headers=headers), 200)
    from_ = urljoin(site.url + path, base)
    ours = [link for link in page.links if "static/form." in link]
    assert len(ours) == 2
    return {urljoin(from_, name) for name in [*ours, page.action or ""]}


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_the_form_works(host: Callable[..., Site], page: Page, base: str) -> None:
    site = host(base)
    page.route("**/*cdn.example.com/**", lambda route: pytest.fail(route.request.url))
    page.goto(site.url + FLAT)
    send(page)  # the style and the script are there
    expect(page.get_by_label("First name")).to_be_focused()
    expect(page.get_by_role("button", name="Send the enquiry")).to_have_css("display", "block")
    page.get_by_role("alert").get_by_role("link", name="Last name").click()
    expect(page.get_by_label("Last name")).to_be_focused()
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert page.url == site.url + FLAT
    assert received(site)["origin"]["page"] == site.url + FLAT


@pytest.mark.parametrize(
    "base", ["/x/", "https://cdn.example.com/assets/", "//cdn.example.com/", "x.html"]
)
def test_without_javascript_too(host: Callable[..., Site], base: str) -> None:
    site = host(f'<base href="{base}">')
    found = addresses(site, base)
    assert {urlsplit(url).netloc for url in found} == {urlsplit(site.url).netloc}
    assert {urlsplit(url).path for url in found} == {
        "/enquiry/static/form.css",
        "/enquiry/static/form.js",
        "/enquiry/forms/riverside",
    }


def test_where_a_public_address_is_configured_no_header_is_believed(
    host: Callable[..., Site],
) -> None:
    site = host('<base href="https://cdn.example.com/">', 'public_url = "https://example.com/site"')
    found = addresses(site, "https://cdn.example.com/", Host="evil.example.com")
    assert all(url.startswith("https://example.com/site/enquiry/") for url in found), found


@pytest.mark.parametrize("base", ["", '<base target="_blank">', "<basefont href=/x/>"])
def test_without_one_a_silent_proxy_does_no_harm(
    host: Callable[..., Site], serve: Callable[[Flask], Site], base: str
) -> None:
    front = serve(proxy(host(base).url, "/site"))
    found = addresses(front, "", f"/site{FLAT}")
    assert {url.startswith(f"{front.url}/site/enquiry/") for url in found} == {True}
