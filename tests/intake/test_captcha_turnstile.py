"""Turnstile, asked over HTTP at a stand-in that answers as the real one does, and worse."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from frontdesk.config import ConfigError, load
from frontdesk.kinds import KINDS
from tests.docs.pages import ROOT
from tests.intake.desk import (
    configuration,
    events_of,
    forge_token,
    nobody_listens,
    problem_of,
    received,
    running_desk,
    submit,
)
from tests.intake.siteverify import HTML, JSON, SiteVerify, asking, named
from tests.support import FORM, Site

SECRET = "the-secret-that-nobody-may-see"


def no(*codes: str, status: int = 200) -> tuple[int, str, Any]:
    return status, JSON, {"success": False, "error-codes": codes}


# What the stand-in answers to a captcha response of this name: status, type, body.
PASSES = {
    "plain": (200, JSON, {"success": True}),
    "complete": (
        200,
        JSON,
        {
            "success": True,
            "challenge_ts": "2026-11-22T00:00:00Z",
            "hostname": "example.com",
            "error-codes": [],
            "action": "",
            "cdata": "",
        },
    ),
}
FAILS = {
    "no": no("invalid-input-response"),
    "duplicate": no("timeout-or-duplicate"),
    "bad-request": no("bad-request"),
    "no-with-400": no("invalid-input-response", status=400),
    "no-without-codes": no(),
    "yes-as-text": (200, JSON, {"success": "true"}),
    "one": (200, JSON, {"success": 1}),
    "null": (200, JSON, {"success": None}),
    "passed-with-403": (403, JSON, {"success": True}),
    "html-403": (403, HTML, b"<html>Just a moment</html>"),
}
OUTAGES = {
    "ill": no("internal-error"),
    "ill-with-500": no("internal-error", status=500),
    "no-with-500": no("invalid-input-response", status=500),
    "wrong-secret": no("invalid-input-secret"),
    "no-secret": no("missing-input-secret"),
    "wrong-secret-with-400": no("invalid-input-secret", status=400),
    "passed-with-500": (500, JSON, {"success": True}),
    "redirected": (302, JSON, {"success": True}),
    "html": (200, HTML, b"<html>Maintenance</html>"),
    "list": (200, JSON, [{"success": True}]),
    "number": (200, JSON, 1),
    "nothing": (200, JSON, None),
    "no-success": (200, JSON, {}),
    "empty": (200, JSON, b""),
    "bad-json": (200, JSON, b'{"success": true'),
    "bad-text": (200, JSON, b'{"success": "\xff"}'),
    "deep": (200, JSON, b"[" * 15_000),
    "huge": (200, JSON, {"success": True, "padding": "x" * 100_000}),
}
ANSWERS = named(PASSES, FAILS, OUTAGES)


def section(url: str, on_outage: str = "hold", head: str = "") -> str:
    return f"""{head}
provider = "turnstile"
sitekey = "site-key"
secret = "{SECRET}"
verify_url = "{url}"
timeout = "5 s"
on_outage = "{on_outage}"
"""


@pytest.fixture(scope="module")
def turnstile() -> Iterator[SiteVerify]:
    stub = SiteVerify(ANSWERS, "timeout-or-duplicate")
    yield stub
    stub.close()


@pytest.fixture(scope="module")
def guarded(turnstile: SiteVerify, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Forms named for what they do in an outage; `gone` asks where nobody listens."""
    forms = "".join(
        FORM.replace("riverside", name) + section(url, outage, f"[forms.{name}.captcha]")
        for name, url, outage in (
            ("hold", turnstile.url, "hold"),
            ("deliver", turnstile.url, "deliver"),
            ("refuse", turnstile.url, "refuse"),
            ("gone", nobody_listens(), "hold"),
        )
    )
    with running_desk(
        tmp_path_factory.mktemp("turnstile"), forms=forms, captcha=section(turnstile.url)
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
@pytest.mark.parametrize("field", ["captcha", "cf-turnstile-response"])
def test_a_solved_captcha_passes(guarded: Site, name: str, field: str) -> None:
    assert not held(guarded, solve(guarded, f"pass:{name}", field=field))


def test_a_solved_captcha_passes_through_html(guarded: Site) -> None:
    solved = {"cf-turnstile-response": "pass:plain"}
    answer = submit(guarded, "hold", token=forge_token("hold"), **solved)
    assert answer.status_code == 303
    assert not held(guarded, answer)


@pytest.mark.parametrize("on_outage", ["hold", "deliver", "refuse"])
@pytest.mark.parametrize("name", FAILS)
def test_a_failed_captcha_never_passes(guarded: Site, name: str, on_outage: str) -> None:
    problem = problem_of(solve(guarded, f"fail:{name}", on_outage), 422)
    assert problem["code"] == "captcha"


@pytest.mark.parametrize("response", [None, "", "x" * 10_001], ids=["none", "empty", "huge"])
def test_a_missing_captcha_is_not_even_asked_about(
    guarded: Site, turnstile: SiteVerify, response: str | None
) -> None:
    before = len(turnstile.asked)
    problem_of(solve(guarded, response), 422)
    assert len(turnstile.asked) == before


NAMES = [f"outage:{name}" for name in OUTAGES] + ["hang", "cut"]


@pytest.mark.parametrize("response", NAMES)
def test_in_an_outage_the_enquiry_is_held(guarded: Site, response: str) -> None:
    assert held(guarded, solve(guarded, response))


def test_when_nobody_can_be_asked_the_enquiry_is_held(guarded: Site) -> None:
    assert held(guarded, solve(guarded, "pass:plain", "gone"))


@pytest.mark.parametrize("response", ["outage:html", "hang", "outage:wrong-secret"])
def test_in_an_outage_it_is_delivered_or_refused_if_that_is_configured(
    guarded: Site, response: str
) -> None:
    assert not held(guarded, solve(guarded, response, "deliver"))
    assert problem_of(solve(guarded, response, "refuse"), 503)["code"] == "outage"


def test_a_response_is_good_for_one_enquiry(guarded: Site) -> None:
    assert solve(guarded, "once-only").status_code == 202
    problem_of(solve(guarded, "once-only", token=forge_token("hold")), 422)


def test_turnstile_is_sent_what_it_documents(guarded: Site, turnstile: SiteVerify) -> None:
    solve(guarded, "pass:documented")
    assert turnstile.asked[-1] == {
        "secret": SECRET,
        "response": "pass:documented",
        "remoteip": "127.0.0.1",
    }


def test_questions_share_a_connection(guarded: Site, turnstile: SiteVerify) -> None:
    solve(guarded, "pass:plain")
    before = turnstile.connections
    for _ in range(5):
        solve(guarded, "pass:plain")
    assert turnstile.connections == before


FORKING = """
import os, sys
from pathlib import Path
from frontdesk.intake.captcha import Verdict
from tests.intake.siteverify import asking

_, url, secret, folder = sys.argv
captcha = asking("turnstile", url, Path(folder), secret=secret, timeout="5 s")

def passes():
    return captcha.verify("pass:plain", "", "") is Verdict.PASSED

assert passes()
child = os.fork()
if child == 0:
    os._exit(0 if passes() else 1)
assert os.waitpid(child, 0)[1] == 0
assert passes()
"""


def test_a_forked_process_asks_over_connections_of_its_own(
    turnstile: SiteVerify, tmp_path: Path
) -> None:
    # Not from this process, in which other tests have had browsers and threads.
    forking = [sys.executable, "-c", FORKING, turnstile.url, SECRET, str(tmp_path)]
    before = turnstile.connections
    done = subprocess.run(forking, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert turnstile.connections == before + 2


def test_the_secret_is_nowhere_to_be_seen(guarded: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for response in ("pass:plain", "fail:no", "outage:wrong-secret", "outage:html"):
        solve(guarded, response)
    assert "Turnstile" in caplog.text, "an outage is logged"
    assert SECRET not in caplog.text
    page = guarded.get("/forms/hold")
    assert "site-key" in page.text
    assert SECRET not in page.text


def test_the_page_may_load_turnstile(guarded: Site) -> None:
    policy = guarded.get("/forms/hold").headers["Content-Security-Policy"]
    directives = {name: rest for name, *rest in map(str.split, policy.split(";"))}
    for name in ("script-src", "frame-src"):
        assert "https://challenges.cloudflare.com" in directives[name]
    assert "hcaptcha" not in policy


@pytest.mark.parametrize(
    ("sitekey", "secret"),
    [
        ("1x00000000000000000000AA", "mine"),
        ("3x00000000000000000000FF", "mine"),
        ("mine", "1x0000000000000000000000000000000AA"),
    ],
)
def test_public_test_keys_are_refused(tmp_path: Path, sitekey: str, secret: str) -> None:
    keys = f'provider = "turnstile"\nsitekey = "{sitekey}"\nsecret = "{secret}"\n'
    path = tmp_path / "frontdesk.toml"
    path.write_text(configuration(captcha=keys), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path, KINDS)
    (problem,) = refused.value.problems
    assert problem.startswith("captcha: these are Turnstile's public test keys")
    path.write_text(configuration(captcha=f"{keys}allow_test_keys = true\n"), encoding="utf-8")
    assert load(path, KINDS)


@pytest.mark.parametrize(("response", "finding"), [("fail", None), ("outage", "know the secret")])
def test_diagnosis(response: str, finding: str | None, tmp_path: Path) -> None:
    answers = {"fail": no("invalid-input-response"), "outage": no("invalid-input-secret")}
    stub = SiteVerify({"frontdesk check": answers[response]}, "")
    try:
        found = asking("turnstile", stub.url, tmp_path, secret=SECRET).diagnose()
    finally:
        stub.close()
    assert (found is None) if finding is None else (found is not None and finding in found)
