"""Response headers: CORS, framing, caching, and what a page may load."""

import pytest

from tests.intake.desk import forge_token, preflight, submit
from tests.support import Site

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
