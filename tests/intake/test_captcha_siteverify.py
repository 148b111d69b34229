"""What a visitor can bring about is never an outage: the same rule for every vendor."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from frontdesk.intake.captcha import Captcha, Verdict
from tests.intake.desk import forge_token, problem_of
from tests.intake.siteverify import HTML, JSON, VENDORS, SiteVerify, asking
from tests.support import Site

PLAIN = "text/plain; charset=utf-8"

# A kind of body: its type, and what is in it.
BODIES: dict[str, tuple[str, Any]] = {
    "page": (HTML, b"<html>Just a moment...</html>"),
    "nothing": (PLAIN, b""),
    "text": (PLAIN, b"error code: 1020"),
    "json": (JSON, {"detail": "no"}),
    "list": (JSON, ["no"]),
    "broken": (JSON, b'{"success": fal'),
    "yes": (JSON, {"success": True}),
    "refusal": (JSON, {"success": False, "error-codes": ["invalid-input-response"]}),
    "secret": (JSON, {"success": False, "error-codes": ["invalid-input-secret"]}),
    "ill": (JSON, {"success": False, "error-codes": ["internal-error"]}),
}
THIS_ONE = (400, 402, 403, 406, 411, 413, 414, 415, 418, 422, 431, 451, 499)
THE_WAY_THERE = (401, 404, 405, 407, 408, 410, 421, 425, 426)
NO_ANSWER = (201, 302, 307, 429, 500, 502, 503, 504, 520)


def expected(status: int, body: str) -> Verdict:
    if body in ("secret", "ill"):
        return Verdict.UNAVAILABLE
    if status in THIS_ONE or (status in THE_WAY_THERE and body == "refusal"):
        return Verdict.FAILED
    return Verdict.UNAVAILABLE


@pytest.fixture(scope="module")
def vendor() -> Iterator[SiteVerify]:
    answers = {
        f"{status}-{name}": (status, *body)
        for status in (*THIS_ONE, *THE_WAY_THERE, *NO_ANSWER)
        for name, body in BODIES.items()
    }
    stub = SiteVerify({**answers, "frontdesk check": (403, *BODIES["page"])}, "")
    yield stub
    stub.close()


@pytest.fixture(params=VENDORS)
def captcha(request: pytest.FixtureRequest, vendor: SiteVerify, tmp_path: Path) -> Captcha:
    return asking(request.param, vendor.url, tmp_path)


@pytest.mark.parametrize("status", [*THIS_ONE, *THE_WAY_THERE, *NO_ANSWER])
def test_a_status_with_any_body(captcha: Captcha, status: int) -> None:
    found = {body: captcha.verify(f"{status}-{body}", "", "") for body in BODIES}
    assert found == {body: expected(status, body) for body in BODIES}


def test_a_firewall_that_refuses_us_is_found_by_the_check(captcha: Captcha) -> None:
    assert "refuses our questions: HTTP 403" in (captcha.diagnose() or "")


@pytest.mark.parametrize("provider", VENDORS)
def test_a_proxy_of_the_environment_is_asked(
    vendor: SiteVerify, provider: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("http_proxy", vendor.url)
    monkeypatch.delenv("no_proxy", raising=False)
    captcha = asking(provider, "http://vendor.invalid/siteverify", tmp_path)
    for response in ("one", "two"):
        assert captcha.verify(response, "", "") is Verdict.PASSED
        assert vendor.asked[-1]["response"] == response


IMPOSSIBLE = {
    "a blank": "two words",
    "a line break": "P1_abc\n",
    "markup": "<script>alert(1)</script>",
    "a quote": "' OR 1=1 --",
    "percent": "%00",
    "null": "a\x00b",
    "not ASCII": "žluťoučký",
    "digits of another script": "١٢٣",
    "full width": "\uff11\uff12",
    "emoji": "🏠",
    "braces": '{"success":true}',
    "too long": "x" * 10_001,
}


@pytest.mark.parametrize("response", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_a_response_is_refused_unasked(
    captcha: Captcha, vendor: SiteVerify, response: str
) -> None:
    before = len(vendor.asked)
    assert captcha.verify(response, "", "") is Verdict.FAILED
    assert len(vendor.asked) == before


POSSIBLE = (
    "P1_eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJwZCI6MH0.a-b_c",
    "0.Zm9v-_bar.YmF6",
    "XXXX.DUMMY.TOKEN.XXXX",
    "10000000-aaaa-bbbb-cccc-000000000001",
    "x" * 2048,
)


@pytest.mark.parametrize("response", POSSIBLE)
def test_what_can_be_a_response_is_asked_about(captcha: Captcha, response: str) -> None:
    assert captcha.verify(response, "", "") is Verdict.PASSED


@pytest.mark.parametrize("provider", VENDORS)
@pytest.mark.parametrize("response", ["403-page", "%%%", "x" * 10_000 + "\u0159"])
def test_nobody_delivers_himself(
    open_desk: Callable[..., Site], vendor: SiteVerify, provider: str, response: str
) -> None:
    """Where outages are delivered, a firewall's anger at a response is none."""
    keys = {"provider": provider, "sitekey": "k", "secret": "s", "verify_url": vendor.url}
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    site = open_desk(captcha="\n".join([*lines, 'on_outage = "deliver"', 'timeout = "30 s"']))
    answer = site.enquire(token=forge_token(), captcha=response)
    assert problem_of(answer, 422)["code"] == "captcha"
