"""Response headers: CORS, framing, caching, and what a page may load."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask

from frontdesk import Frontdesk, create_app
from frontdesk.config import load
from frontdesk.kinds import KINDS
from tests.intake.desk import configuration, forge_token, preflight, submit
from tests.support import FORM, Site

ALLOWED = "https://riverside.example.com"
FOREIGN = "https://evil.example.com"
PATHS = [
    "/forms/riverside",
    "/forms/riverside/token",
    "/forms/riverside/schema",
    "/forms/riverside/challenge",
]


@pytest.mark.parametrize("path", PATHS)
def test_an_allowed_origin_may_read(desk: Site, path: str) -> None:
    headers = desk.get(path, headers={"Origin": ALLOWED}).headers
    assert headers["Access-Control-Allow-Origin"] == ALLOWED
    assert "Origin" in headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("path", [*PATHS, "/openapi.json", "/healthz"])
@pytest.mark.parametrize("origin", [FOREIGN, "null", f"{ALLOWED}.evil.example", None])
def test_no_other_origin_may_read(desk: Site, path: str, origin: str | None) -> None:
    headers = desk.get(path, headers={"Origin": origin} if origin else {}).headers
    assert headers["Access-Control-Allow-Origin"] == desk.url
    assert "Access-Control-Allow-Methods" not in headers
    assert "Origin" in headers["Vary"], "a cache must not give one origin's answer to another"


def test_a_form_without_allowed_origins_is_read_by_nobody(desk: Site) -> None:
    headers = desk.get("/forms/orchard/token", headers={"Origin": ALLOWED}).headers
    assert headers["Access-Control-Allow-Origin"] == desk.url


def _asks(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, idempotency-key",
    }


def test_a_preflight_of_an_allowed_origin(desk: Site) -> None:
    answer = preflight(desk, "/forms/riverside", _asks(ALLOWED))
    assert answer.ok
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "content-type" in allowed
    assert "idempotency-key" in allowed
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("origin", [FOREIGN, "null"])
def test_a_preflight_of_a_foreign_origin(desk: Site, origin: str) -> None:
    answer = preflight(desk, "/forms/riverside", _asks(origin))
    assert answer.headers["Access-Control-Allow-Origin"] == desk.url
    assert "Access-Control-Allow-Methods" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [({"token": "forged"}, 403), ([], 400), ({"token": forge_token()}, 422)],
)
def test_an_allowed_origin_may_read_its_errors_too(desk: Site, body: object, status: int) -> None:
    answer = desk.post("/forms/riverside", json=body, headers={"Origin": ALLOWED})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def policy(headers: object) -> dict[str, list[str]]:
    """A Content-Security-Policy by directive."""
    text = dict(headers)["Content-Security-Policy"]  # type: ignore[call-overload]
    directives = [directive.split() for directive in text.split(";")]
    return {name: sources for name, *sources in directives}


@pytest.mark.parametrize("path", ["/forms/riverside", "/forms/riverside/thanks"])
def test_allowed_origins_may_frame_the_pages(desk: Site, path: str) -> None:
    headers = desk.get(path).headers
    assert policy(headers)["frame-ancestors"] == ["'self'", ALLOWED]
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize("path", ["/forms/orchard", "/forms/unknown"])
def test_nobody_else_may_frame_the_pages(desk: Site, path: str) -> None:
    assert policy(desk.get(path).headers)["frame-ancestors"] == ["'self'"]


def test_a_page_with_errors_is_framed_as_well(desk: Site) -> None:
    assert ALLOWED in policy(submit(desk, first_name="").headers)["frame-ancestors"]


@pytest.mark.parametrize("path", ["/forms/riverside", "/forms/riverside/thanks", "/forms/unknown"])
def test_nothing_inline_and_nothing_foreign_runs(desk: Site, path: str) -> None:
    answer = desk.get(path)
    directives = policy(answer.headers)
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == ["'self'"]
    assert directives["style-src"] == ["'self'"]
    assert directives["base-uri"] == ["'none'"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "style=" not in answer.text
    assert "onclick" not in answer.text


def test_the_form_may_be_redirected_to_the_success_page(desk: Site) -> None:
    targets = policy(desk.get("/forms/orchard").headers)["form-action"]
    assert targets == ["'self'", "https://www.example.com"]


@pytest.mark.parametrize("path", ["/forms/riverside", "/forms/riverside/token"])
def test_what_holds_a_token_is_in_no_shared_cache(desk: Site, path: str) -> None:
    assert desk.get(path).headers["Cache-Control"] in ("no-store", "private, no-cache")


@pytest.mark.parametrize(
    "path", [*PATHS, "/forms/riverside/thanks", "/openapi.json", "/healthz", "/static/form.css"]
)
def test_no_cookie_is_ever_set(desk: Site, path: str) -> None:
    assert "Set-Cookie" not in desk.get(path).headers


def test_no_cookie_is_set_by_an_enquiry(desk: Site) -> None:
    for answer in (submit(desk), submit(desk, first_name=""), desk.enquire()):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


# -- on every answer ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(*PATHS, "/forms/riverside/thanks", "/openapi.json", "/healthz", "/readyz", "/metrics"),
        *("/static/form.css", "/embed.js", "/static/nothing", "/forms/unknown", "/nowhere", "/"),
        *("/forms/riverside/", "//", "/hooks/realgeeks/riverside"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
def test_every_answer_is_what_it_says(desk: Site, path: str, method: str) -> None:
    answer = requests.request(method, desk.url + path, timeout=30, allow_redirects=False)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/forms/riverside", "/forms/riverside/thanks", "/forms/unknown"])
def test_pages_have_no_use_for_cameras(desk: Site, path: str) -> None:
    policy = desk.get(path).headers["Permissions-Policy"]
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(policy.split(", "))


HSTS = "Strict-Transport-Security"


@pytest.mark.parametrize(
    ("top", "headers", "sure"),
    [
        ("", {}, False),
        ("", {"X-Forwarded-Proto": "https"}, False),
        ("trusted_proxies = 1", {"X-Forwarded-Proto": "https"}, True),
        ("trusted_proxies = 1", {"X-Forwarded-Proto": "https, http"}, False),
        ("trusted_proxies = 1", {"X-Forwarded-Proto": "http"}, False),
        ("trusted_proxies = 1", {}, False),
        ('public_url = "https://leads.example.com"', {}, True),
        ('public_url = "http://leads.example.com"', {}, False),
    ],
)
def test_strict_transport_where_https_is_certain(
    open_desk: Callable[..., Site], top: str, headers: dict[str, str], sure: bool
) -> None:
    site = open_desk(top=top)
    for path in ("/forms/riverside", "/healthz", "/nowhere", "/static/form.css", "/"):
        answer = site.get(path, headers=headers)
        assert (HSTS in answer.headers) == sure
        if sure:
            assert answer.headers[HSTS] == "max-age=31536000"


def test_in_a_host_site_that_is_the_sites_to_say(
    tmp_path: Path, serve: Callable[[Flask], Site]
) -> None:
    config = tmp_path / "frontdesk.toml"
    config.write_text(configuration(top='public_url = "https://leads.example.com"'))
    app = Flask("host")
    Frontdesk(app, config=config)
    answer = serve(app).get("/forms/riverside")
    assert HSTS not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# -- no redirect but to the thanks -------------------------------------------------------------

EVIL = {"Host": "evil.example"}


@pytest.mark.parametrize(
    "path",
    [
        *("/forms//riverside", "/forms//x", "//forms/riverside", "/forms/riverside//token"),
        *("/forms/riverside/", "/forms/", "/static//form.css", "//static/form.css", "/healthz/"),
        *("//evil.example/forms/riverside", "/hooks//realgeeks/riverside", "///", "/embed.js/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_odd_address_is_redirected(desk: Site, path: str, method: str) -> None:
    answer = requests.Request(method, desk.url, headers=EVIL).prepare()
    answer.url = desk.url + path  # as it is
    with requests.Session() as session:
        came = session.send(answer, timeout=30, allow_redirects=False)
    assert came.status_code in (404, 405, 200, 415)
    assert "Location" not in came.headers
    assert "evil" not in came.text


def test_no_redirect_names_a_host(desk: Site) -> None:
    answer = submit(desk, headers=EVIL)
    assert answer.headers["Location"].startswith("riverside/thanks?")


def test_in_a_host_site_neither(tmp_path: Path, serve: Callable[[Flask], Site]) -> None:
    config = tmp_path / "frontdesk.toml"
    config.write_text(configuration())
    app = Flask("host")

    @app.get("/about/")
    def about() -> str:
        return "about"

    Frontdesk(app, config=config, url_prefix="/enquiry")
    site = serve(app)
    assert site.get("/enquiry//forms/riverside").status_code == 404
    assert site.get("/enquiry/forms//riverside").status_code == 404
    assert site.get("/about").status_code == 308, "the site's own are as they were"


# -- wildcards ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def starred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = tmp_path_factory.mktemp("starred") / "frontdesk.toml"
    star = '["https://*.example.com", "http://*.příklad.cz:8080"]'
    forms = FORM.replace('["https://riverside.example.com"]', star)
    config.write_text(configuration(forms=forms), encoding="utf-8")
    return config


ORIGINS = {
    "https://a.example.com": True,
    "https://a.b-c.d_1.example.com": True,
    "https://xn--a.example.com": True,
    "http://x.xn--pklad-zsa96e.cz:8080": True,
    "https://example.com": False,
    "https://.example.com": False,
    "https://a..example.com": False,
    "https://*.example.com": False,
    "https://aexample.com": False,
    "https://a-example.com": False,
    "https://a.example.com.evil.example": False,
    "https://evil.example#.example.com": False,
    "https://evil.example/.example.com": False,
    "https://evil.example?.example.com": False,
    "https://evil@x.example.com": False,
    "https://evil.example:443.example.com": False,
    "https://a.example.com:8443": False,
    "https://a.example.com:443": False,
    "http://a.example.com": False,
    "http://x.xn--pklad-zsa96e.cz": False,
    "https://x.xn--pklad-zsa96e.cz:8080": False,
    "https://A.example.com": False,
    "https://a\x00.example.com": False,
    "null": False,
}


@pytest.mark.parametrize("origin", ORIGINS, ids=ascii)
def test_a_star_is_for_what_is_below_it(starred: Path, origin: str) -> None:
    assert load(starred, KINDS).forms["riverside"].allows(origin) == ORIGINS[origin]


def test_a_star_at_the_door_and_in_the_policy(
    starred: Path, serve: Callable[[Flask], Site]
) -> None:
    site = serve(create_app(starred))
    for origin in ("https://preview-7.example.com", "https://example.com"):
        headers = {"Origin": origin}
        token = site.get("/forms/riverside/token", headers=headers)
        may = token.headers["Access-Control-Allow-Origin"] == origin
        assert may == (origin != "https://example.com")
        assert (
            "POST"
            in preflight(site, "/forms/riverside", _asks(origin)).headers.get(
                "Access-Control-Allow-Methods", ""
            )
        ) == may
        assert submit(site, headers=headers).status_code == (303 if may else 403)
    framed = policy(site.get("/forms/riverside").headers)["frame-ancestors"]
    assert framed == ["'self'", "https://*.example.com", "http://*.xn--pklad-zsa96e.cz:8080"]
