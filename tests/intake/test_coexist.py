"""Inside somebody else's site: its session, CSRF, limits, languages and errors stay its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from flask import Flask, Response, jsonify, request, session
from flask_babel import Babel, format_decimal, get_locale
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from frontdesk import Frontdesk
from tests.intake.desk import (
    Page,
    configuration,
    forge_token,
    page_of,
    problem_of,
    proxy,
    received,
    submit,
)
from tests.support import ENQUIRY, Site, serving

PREFIX = "/enquiry"
FORM = f"{PREFIX}/forms/riverside"
LIMITED = 'submissions = "3/hour"\nfill_time = "0 s"'


def host_app(config: Path, order: str, **settings: Any) -> Flask:
    """A foreign site with extensions of every kind, ours among them or after them."""
    app = Flask("host", static_folder=None)
    app.config.update(SECRET_KEY="the host's own", RATELIMIT_HEADERS_ENABLED=True, **settings)

    def theirs() -> None:
        CSRFProtect(app)
        Babel(app, locale_selector=lambda: request.args.get("locale", "de"))
        Limiter(get_remote_address, app=app, default_limits=["3/hour"], storage_uri="memory://")

    def ours() -> None:
        Frontdesk(app, config=config, url_prefix=PREFIX)

    for initialise in (theirs, ours) if order == "after" else (ours, theirs):
        initialise()

    @app.route("/visits")
    def visits() -> Response:
        session["visits"] = session.get("visits", 0) + 1
        return jsonify(visits=session["visits"], csrf=generate_csrf())

    @app.post("/login")
    def login() -> str:
        return "welcome"

    @app.get("/price")
    def price() -> str:
        return f"{get_locale()} {format_decimal(1234.5)}"

    @app.errorhandler(404)
    def lost(_: Exception) -> tuple[str, int]:
        return "the host's own 404", 404

    @app.after_request
    def mark(response: Response) -> Response:
        response.headers["X-Host"] = "yes"
        return response

    return app


@pytest.fixture(params=["after", "before"])
def order(request: pytest.FixtureRequest) -> str:
    """Whether ours is initialised after or before the host's own extensions."""
    found: str = request.param
    return found


@pytest.fixture
def host(tmp_path: Path, order: str) -> Iterator[Callable[..., Site]]:
    with ExitStack() as running:

        def start(config: dict[str, str] | None = None, **settings: Any) -> Site:
            path = tmp_path / "frontdesk.toml"
            path.write_text(configuration(**(config or {})), encoding="utf-8")
            return running.enter_context(serving(host_app(path, order, **settings)))

        yield start


def send(site: Site, **changes: Any) -> requests.Response:
    body = {**ENQUIRY, "token": forge_token(), **changes}
    return site.post(FORM, json=body)


def test_ours_works_untouched_by_theirs(host: Callable[..., Site]) -> None:
    site = host()
    for _ in range(6):  # more than the host's own limit
        assert received(site, send(site))["lead"]["first_name"] == "Jana"
        assert submit(site, path=FORM).status_code == 303
        assert page_of(site.get(f"{FORM}?lang=cs"), 200).language == "cs"
        assert site.get(f"{FORM}/token").status_code == 200
        assert site.get(f"{PREFIX}/static/form.css").status_code == 200
    page_of(submit(site, path=FORM, first_name=""), 422)
    problem_of(send(site, token="forged"), 403)


def test_ours_takes_nothing_from_their_session(host: Callable[..., Site]) -> None:
    site = host()
    for answer in (site.get(FORM), send(site), submit(site, path=FORM)):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "X-RateLimit-Limit" not in answer.headers
        assert answer.headers["X-Host"] == "yes", "what the host does to every answer"


def test_theirs_works_untouched_by_ours(host: Callable[..., Site]) -> None:
    site = host()
    browser = requests.Session()
    for visit in (1, 2):
        send(site)
        found = browser.get(f"{site.url}/visits", timeout=30)
        assert found.json()["visits"] == visit
        assert found.headers["X-RateLimit-Limit"] == "3"
        assert "Access-Control-Allow-Origin" not in found.headers
        assert "Content-Security-Policy" not in found.headers
    assert site.post("/login").status_code == 400, "no CSRF token"
    token = found.json()["csrf"]
    login = browser.post(f"{site.url}/login", data={"csrf_token": token}, timeout=30)
    assert (login.status_code, login.text) == (200, "welcome")
    browser.close()


def test_their_limit_counts_only_their_visits(host: Callable[..., Site]) -> None:
    site = host()
    for _ in range(5):
        send(site)
    assert [site.get("/price").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert send(site).status_code == 202


def test_their_languages_are_their_own(host: Callable[..., Site]) -> None:
    site = host()
    assert site.get("/price").text == "de 1.234,5"
    assert page_of(site.get(f"{FORM}?lang=cs&locale=fr"), 200).language == "cs"
    assert site.get("/price?locale=en").text == "en 1,234.5"


def test_their_errors_are_their_own(host: Callable[..., Site]) -> None:
    site = host()
    for path in ("/nowhere", "/forms/riverside"):
        assert (site.get(path).status_code, site.get(path).text) == (404, "the host's own 404")


@pytest.mark.parametrize("status", [400, 403, 404, 413, 415])
def test_our_errors_are_our_own(host: Callable[..., Site], status: int) -> None:
    """Also where the host has a page of its own for them."""
    site = host()
    for code in (400, 403, 413, 415, 500):
        site.app.register_error_handler(code, lambda _: ("the host's own error", 418))
    headers = {"Accept": "application/json"}
    asked = {
        400: lambda: site.post(FORM, data="{", headers={"Content-Type": "application/json"}),
        403: lambda: submit(site, path=FORM, headers={"Origin": "null", **headers}),
        404: lambda: site.post(f"{PREFIX}/forms/unknown", json={}),
        413: lambda: submit(site, path=FORM, note="x" * 70_000, headers=headers),
        415: lambda: site.post(FORM, data="x", headers=headers),
    }
    problem_of(asked[status](), status)


@pytest.mark.parametrize(
    "settings",
    [
        {"WTF_CSRF_ENABLED": False},
        {"RATELIMIT_ENABLED": False},
        {"WTF_CSRF_METHODS": [], "WTF_CSRF_CHECK_DEFAULT": False, "WTF_CSRF_TIME_LIMIT": 1},
        {"WTF_CSRF_FIELD_NAME": "first_name", "WTF_I18N_ENABLED": False},
        {"RATELIMIT_DEFAULT": "1/day", "RATELIMIT_APPLICATION": "1/day"},
        {"TESTING": True, "DEBUG": False, "PROPAGATE_EXCEPTIONS": True},
        {"MAX_CONTENT_LENGTH": 10 * 1024 * 1024, "MAX_FORM_MEMORY_SIZE": 10 * 1024 * 1024},
        {"BABEL_DEFAULT_LOCALE": "fr", "BABEL_DOMAIN": "host"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_their_settings_do_not_loosen_ours(
    host: Callable[..., Site], settings: dict[str, Any]
) -> None:
    site = host({"limits": LIMITED}, **settings)
    problem_of(send(site, token="forged"), 403)
    assert page_of(submit(site, path=FORM, note="x" * 70_000), 413)
    assert send(site).status_code == 202
    problem_of(send(site), 429)


def test_our_settings_do_not_tighten_theirs(host: Callable[..., Site]) -> None:
    site = host({"limits": LIMITED + '\nmax_body = "4 KiB"'}, WTF_CSRF_ENABLED=False)
    for _ in range(4):
        send(site)
    big = site.post("/login", data={"x": "x" * 100_000})
    assert (big.status_code, big.text) == (200, "welcome")


def test_a_prefix_is_the_only_place(host: Callable[..., Site]) -> None:
    site = host()
    rules = {str(rule) for rule in site.app.url_map.iter_rules()}
    assert {rule for rule in rules if not rule.startswith(PREFIX)} == {
        "/visits",
        "/login",
        "/price",
    }


# -- other places to be mounted at --------------------------------------------------------------


def visit(url: str) -> None:
    """Open the form, follow all that it links to, send it, and arrive at the thanks."""
    opened = requests.get(url, timeout=30)
    page = page_of(opened, 200)
    assert page.links
    for link in page.links:
        assert not urlsplit(link).netloc
        assert requests.get(urljoin(url, link), timeout=30).status_code == 200, link
    assert page.action is not None
    fields = {name: page.value(name) for name in ("token", "language")}
    fields |= {"first_name": "J", "last_name": "N", "email": "j@example.com", "consent_2": "y"}
    invalid = requests.post(urljoin(url, page.action), {**fields, "email": "x"}, timeout=30)
    again = page_of(invalid, 422)
    assert again.action is not None
    answer = requests.post(
        urljoin(invalid.url, again.action), fields, timeout=30, allow_redirects=False
    )
    assert answer.status_code == 303
    assert not urlsplit(answer.headers["Location"]).netloc
    thanks = requests.get(urljoin(answer.url, answer.headers["Location"]), timeout=30)
    for link in page_of(thanks, 200).links:
        assert requests.get(urljoin(thanks.url, link), timeout=30).status_code == 200, link
    lost = requests.get(urljoin(url, "unknown"), timeout=30)
    for link in Page(lost.text).links:
        assert requests.get(urljoin(lost.url, link), timeout=30).status_code == 200, link


def test_at_the_top(desk: Site) -> None:
    visit(f"{desk.url}/forms/riverside")


@pytest.mark.parametrize("prefix", ["/site", "/a/deep/place"])
def test_behind_a_proxy_that_strips_a_prefix(desk: Site, prefix: str) -> None:
    with serving(proxy(desk.url, prefix)) as front:
        visit(f"{front.url}{prefix}/forms/riverside")


def test_under_a_blueprints_prefix(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(configuration(), encoding="utf-8")
    app = Flask("host", static_folder=None)
    Frontdesk(app, config=path, url_prefix="/deep/enquiry")
    with serving(app) as site, serving(proxy(site.url, "/site")) as front:
        visit(f"{site.url}/deep/enquiry/forms/riverside")
        visit(f"{front.url}/site/deep/enquiry/forms/riverside")


def test_under_a_script_name(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(configuration(), encoding="utf-8")
    app = Flask("host", static_folder=None)
    Frontdesk(app, config=path, url_prefix=PREFIX)
    outer = Flask("outer", static_folder=None)
    outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/mounted": app})  # type: ignore[method-assign]
    with serving(outer) as site:
        visit(f"{site.url}/mounted{FORM}")
    app.extensions["frontdesk"].close()
