"""What browsers are given: sizes, and who may read what from where."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request

from tests.own_form.house import FORM, STAYS, House, expect_thanks, fill_in, send, watch
from tests.support import until

LIMIT = 3072  # bytes, gzipped: the module and what it imports at once


def test_the_module_stays_small(home: House) -> None:
    paths = ("/frontdesk.js", "/static/browser.js")
    # requests unpacks what was sent compressed; its length is that of what was sent.
    sizes = {path: int(home.desk.get(path).headers["Content-Length"]) for path in paths}
    assert home.desk.get(paths[0]).headers["Content-Encoding"] == "gzip"
    assert sum(sizes.values()) <= LIMIT, sizes


def test_nothing_else_is_loaded_at_once(home: House, page: Page) -> None:
    loaded = watch(page, "GET")
    page.goto(home.put(f"{'<p>News</p>' * 200}{FORM}"))
    until(page, "document.querySelector('form').noValidate")
    ours = {url.rpartition("/")[2] for url in urls(loaded) if url.startswith(home.desk.url)}
    assert ours == {"frontdesk.js", "browser.js"}


def urls(requests: list[Request]) -> list[str]:
    return [request.url for request in requests]


@pytest.mark.parametrize(
    "path", ["/frontdesk.js", "/static/send.js", "/static/altcha.js", "/static/reveal.js"]
)
def test_modules_may_be_loaded_from_anywhere(home: House, path: str) -> None:
    answer = home.desk.get(path, headers={"Origin": "https://anywhere.example.com"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("route", ["token", "challenge", "schema"])
def test_everything_else_only_from_where_it_is_allowed(home: House, route: str) -> None:
    path = f"/forms/riverside/{route}"
    for origin, allowed in ((home.landing.url, True), ("https://anywhere.example.com", False)):
        headers = home.desk.get(path, headers={"Origin": origin}).headers
        assert (headers["Access-Control-Allow-Origin"] == origin) is allowed
        assert "Access-Control-Allow-Credentials" not in headers


def test_the_token_says_what_goes_with_it(house: Callable[..., House]) -> None:
    home = house("", **{'fill_time = "0 s"': 'fill_time = "1500 ms"'})
    answer = home.desk.get("/forms/riverside/token?lang=cs-CZ").json()
    assert set(answer) == {"token", "fill_time", "language", "captcha", "texts"}
    assert (answer["fill_time"], answer["language"]) == (1.5, "cs")
    assert answer["captcha"] == {"provider": "none", "field": "captcha"}


def test_one_preflight_serves_several_enquiries(house: Callable[..., House], page: Page) -> None:
    home = house("")
    asked: list[str] = []

    @home.desk.app.before_request
    def note() -> None:
        from flask import request

        asked.append(request.method)

    page.goto(home.put(STAYS))
    for name in ("Jana", "Petr", "Eva"):
        fill_in(page)
        page.get_by_label("First name").fill(name)
        send(page)
        expect_thanks(page)
        page.locator("[role=status]").evaluate("(status) => (status.textContent = '')")
    assert (asked.count("OPTIONS"), asked.count("POST")) == (1, 3)
