"""hCaptcha, asked over HTTP at a stand-in that answers as the real one does, and worse."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from frontdesk.config import ConfigError, load
from frontdesk.kinds import KINDS
from tests.intake.desk import (
    configuration,
    events_of,
    forge_token,
    nobody_listens,
    page_of,
    problem_of,
    received,
    running_desk,
    submit,
)
from tests.intake.siteverify import HTML, JSON, SiteVerify, named
from tests.support import FORM, Site

SECRET = "the-secret-that-nobody-may-see"

# What the stand-in answers to a captcha response of this name: status, type, body.
PASSES = {
    "plain": (200, JSON, {"success": True}),
    "complete": (200, JSON, {"success": True, "hostname": "example.com", "credit": False}),
    "no-errors": (200, JSON, {"success": True, "error-codes": []}),
}
FAILS = {
    "no": (200, JSON, {"success": False}),
    "no-with-code": (200, JSON, {"success": False, "error-codes": ["invalid-input-response"]}),
    "expired": (200, JSON, {"success": False, "error-codes": ["expired-input-response"]}),
    "no-without-codes": (200, JSON, {"success": False, "error-codes": []}),
    "yes-but": (200, JSON, {"success": True, "error-codes": ["sitekey-secret-mismatch"]}),
    "yes-as-text": (200, JSON, {"success": "true"}),
    "one": (200, JSON, {"success": 1}),
    "null": (200, JSON, {"success": None}),
    "no-with-400": (400, JSON, {"success": False, "error-codes": ["invalid-input-response"]}),
    "passed-with-403": (403, JSON, {"success": True}),
    "forbidden": (403, HTML, b"<html>Blocked</html>"),
}
OUTAGES = {
    "passed-with-500": (500, JSON, {"success": True}),
    "failed-with-500": (500, JSON, {"success": False}),
    "html": (200, HTML, b"<html>Maintenance</html>"),
    "html-yes": (200, HTML, b'{"success": true}'),
    "html-500": (500, HTML, b"<html>Internal Server Error</html>"),
    "json-500": (500, JSON, {"error": "internal"}),
    "bad-gateway": (502, HTML, b""),
    "list": (200, JSON, [{"success": True}]),
    "text": (200, JSON, "success"),
    "number": (200, JSON, 1),
    "null": (200, JSON, None),
    "no-success": (200, JSON, {}),
    "empty": (200, JSON, b""),
    "bad-json": (200, JSON, b'{"success": true'),
    "codes-null": (200, JSON, {"success": True, "error-codes": None}),
    "wrong-secret": (200, JSON, {"success": False, "error-codes": ["invalid-input-secret"]}),
    "no-secret": (200, JSON, {"success": False, "error-codes": ["missing-input-secret"]}),
}
ANSWERS = named(PASSES, FAILS, OUTAGES)


def section(url: str, on_outage: str = "hold", head: str = "") -> str:
    return f"""{head}
provider = "hcaptcha"
sitekey = "site-key"
secret = "{SECRET}"
verify_url = "{url}"
timeout = "5 s"
on_outage = "{on_outage}"
"""


@pytest.fixture(scope="module")
def hcaptcha() -> Iterator[SiteVerify]:
    stub = SiteVerify(ANSWERS, "already-seen-response")
    yield stub
    stub.close()


@pytest.fixture(scope="module")
def guarded(hcaptcha: SiteVerify, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Forms named for what they do in an outage; `gone` asks where nobody listens."""
    forms = "".join(
        FORM.replace("riverside", name) + section(url, outage, f"[forms.{name}.captcha]")
        for name, url, outage in (
            ("hold", hcaptcha.url, "hold"),
            ("deliver", hcaptcha.url, "deliver"),
            ("refuse", hcaptcha.url, "refuse"),
            ("gone", nobody_listens(), "hold"),
            ("unknown-host", "http://hcaptcha.invalid/siteverify", "hold"),
        )
    )
    with running_desk(
        tmp_path_factory.mktemp("hcaptcha"), forms=forms, captcha=section(hcaptcha.url)
    ) as site:
        yield site


def solve(
    site: Site, response: str | None, form: str = "hold", field: str = "captcha", **changes: Any
) -> requests.Response:
    """A JSON enquiry with a captcha response."""
    solved = {} if response is None else {field: response}
    return site.enquire(form, **{"token": forge_token(form), **solved, **changes})


def held(site: Site, answer: requests.Response) -> bool:
    lines = events_of(site, received(site, answer)["id"])
    return "held" in [line["event"] for line in lines]


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("field", ["captcha", "h-captcha-response"])
def test_a_solved_captcha_passes(guarded: Site, name: str, field: str) -> None:
    answer = solve(guarded, f"pass:{name}", field=field)
    assert not held(guarded, answer)


@pytest.mark.parametrize("on_outage", ["hold", "deliver", "refuse"])
@pytest.mark.parametrize("name", FAILS)
def test_a_failed_captcha_never_passes(guarded: Site, name: str, on_outage: str) -> None:
    problem = problem_of(solve(guarded, f"fail:{name}", on_outage), 422)
    assert problem["detail"]
    assert "id" not in problem


@pytest.mark.parametrize("response", [None, "", "x" * 10_001], ids=["none", "empty", "huge"])
def test_a_missing_captcha_is_not_even_asked_about(
    guarded: Site, hcaptcha: SiteVerify, response: str | None
) -> None:
    before = len(hcaptcha.asked)
    problem_of(solve(guarded, response), 422)
    assert len(hcaptcha.asked) == before


NAMES = [f"outage:{name}" for name in OUTAGES] + ["hang", "cut"]


@pytest.mark.parametrize("response", NAMES)
def test_in_an_outage_the_enquiry_is_held(guarded: Site, response: str) -> None:
    assert held(guarded, solve(guarded, response))


@pytest.mark.parametrize("form", ["gone", "unknown-host"])
def test_when_nobody_can_be_asked_the_enquiry_is_held(guarded: Site, form: str) -> None:
    assert held(guarded, solve(guarded, "pass:plain", form))


@pytest.mark.parametrize("response", ["outage:html-500", "hang", "outage:wrong-secret"])
def test_in_an_outage_the_enquiry_is_delivered_if_that_is_configured(
    guarded: Site, response: str
) -> None:
    assert not held(guarded, solve(guarded, response, "deliver"))


@pytest.mark.parametrize("response", ["outage:html-500", "hang", "outage:wrong-secret"])
def test_in_an_outage_the_enquiry_is_refused_if_that_is_configured(
    guarded: Site, response: str
) -> None:
    problem_of(solve(guarded, response, "refuse"), 503)
    answer = submit(
        guarded, "refuse", token=forge_token("refuse"), **{"h-captcha-response": response}
    )
    page = page_of(answer, 503)
    assert page.value("first_name") == "Jana"
    assert page.ticked("consent_2")


def test_a_response_is_good_for_one_enquiry(guarded: Site) -> None:
    assert solve(guarded, "once-only").status_code == 202
    problem_of(solve(guarded, "once-only", token=forge_token("hold")), 422)


def test_an_enquiry_whose_answer_got_lost_may_be_sent_again(guarded: Site) -> None:
    token = forge_token("hold")
    first = solve(guarded, "once-lost", token=token)
    again = solve(guarded, "once-lost", token=token)
    assert again.json() == first.json()
    lines = events_of(guarded, first.json()["id"])
    assert [line["event"] for line in lines] == ["received"]
    problem_of(solve(guarded, "once-lost", token=token, note="Changed."), 422)


def test_a_visitor_whose_captcha_failed_keeps_the_input(guarded: Site) -> None:
    token = forge_token("hold")
    answer = submit(guarded, "hold", token=token, **{"h-captcha-response": "fail:expired"})
    page = page_of(answer, 422)
    assert page.value("first_name") == "Jana"
    assert page.ticked("rooms") == ["2+kk", "3+kk"]
    assert page.ticked("consent_2")
    assert page.invalid() == set()
    assert "fail:expired" not in answer.text, "a spent response is not offered again"
    fields = {"h-captcha-response": "pass:plain", "token": page.value("token")}
    assert submit(guarded, "hold", **fields).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [{"first_name": ""}, {"nonsense": 1}, {"consents": []}, {"token": "forged"}],
    ids=["field", "unknown-key", "consent", "token"],
)
def test_the_captcha_is_asked_about_last(
    guarded: Site, hcaptcha: SiteVerify, changes: dict[str, Any]
) -> None:
    before = len(hcaptcha.asked)
    assert solve(guarded, "pass:plain", **changes).status_code in (403, 422)
    assert len(hcaptcha.asked) == before


def test_hcaptcha_is_sent_what_it_documents(guarded: Site, hcaptcha: SiteVerify) -> None:
    solve(guarded, "pass:documented")
    assert hcaptcha.asked[-1] == {
        "secret": SECRET,
        "response": "pass:documented",
        "remoteip": "127.0.0.1",
    }


def test_the_secret_is_nowhere_to_be_seen(guarded: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for response in ("pass:plain", "fail:no-with-code", "outage:wrong-secret", "outage:html-500"):
        solve(guarded, response)
    assert "hCaptcha" in caplog.text, "an outage is logged"
    assert SECRET not in caplog.text
    page = guarded.get("/forms/hold")
    assert "site-key" in page.text
    assert SECRET not in page.text


def test_questions_share_a_connection(guarded: Site, hcaptcha: SiteVerify) -> None:
    solve(guarded, "pass:plain")
    before = hcaptcha.connections
    for _ in range(5):
        solve(guarded, "pass:plain")
    assert hcaptcha.connections == before


def test_the_page_may_load_hcaptcha(guarded: Site) -> None:
    policy = guarded.get("/forms/hold").headers["Content-Security-Policy"]
    directives = {name: rest for name, *rest in map(str.split, policy.split(";"))}
    for name in ("script-src", "style-src", "connect-src", "frame-src"):
        assert {"https://hcaptcha.com", "https://*.hcaptcha.com"} <= set(directives[name])
    assert "cloudflare" not in policy


@pytest.mark.parametrize(
    ("sitekey", "secret"),
    [
        ("10000000-ffff-ffff-ffff-000000000001", "mine"),
        ("20000000-ffff-ffff-ffff-000000000002", "mine"),
        ("mine", "0x0000000000000000000000000000000000000000"),
    ],
)
@pytest.mark.parametrize("of_a_form", [False, True], ids=["general", "form"])
def test_public_test_keys_are_refused(
    tmp_path: Path, sitekey: str, secret: str, of_a_form: bool
) -> None:
    keys = f'provider = "hcaptcha"\nsitekey = "{sitekey}"\nsecret = "{secret}"\n'
    path = tmp_path / "frontdesk.toml"

    def write(keys: str) -> None:
        parts = {"forms": f"{FORM}\n[forms.riverside.captcha]\n{keys}"} if of_a_form else {}
        path.write_text(configuration(**(parts or {"captcha": keys})), encoding="utf-8")

    write(keys)
    with pytest.raises(ConfigError) as refused:
        load(path, KINDS)
    (problem,) = refused.value.problems
    assert problem.startswith("forms.riverside.captcha:" if of_a_form else "captcha:")
    write(f"{keys}allow_test_keys = true\n")
    assert load(path, KINDS)
