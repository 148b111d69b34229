"""hCaptcha and Turnstile, asked over HTTP at a stand-in that answers as they do, and worse."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from frontdesk.config import ConfigError, load
from frontdesk.kinds import KINDS
from tests.docs.pages import ROOT
from tests.intake.desk import (
    configuration,
    events_of,
    forge_token,
    held,
    nobody_listens,
    page_of,
    problem_of,
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
    "hcaptcha": (200, JSON, {"success": True, "hostname": "example.com", "credit": False}),
    "turnstile": (
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
    "no-errors": (200, JSON, {"success": True, "error-codes": []}),
}
FAILS = {
    "no": (200, JSON, {"success": False}),
    "no-with-code": no("invalid-input-response"),
    "expired": no("expired-input-response"),
    "duplicate": no("timeout-or-duplicate"),
    "bad-request": no("bad-request"),
    "no-without-codes": no(),
    "yes-but": (200, JSON, {"success": True, "error-codes": ["sitekey-secret-mismatch"]}),
    "yes-as-text": (200, JSON, {"success": "true"}),
    "one": (200, JSON, {"success": 1}),
    "null": (200, JSON, {"success": None}),
    "no-with-400": no("invalid-input-response", status=400),
    "passed-with-403": (403, JSON, {"success": True}),
    "forbidden": (403, HTML, b"<html>Just a moment</html>"),
}
OUTAGES = {
    "ill": no("internal-error"),
    "ill-with-500": no("internal-error", status=500),
    "no-with-500": no("invalid-input-response", status=500),
    "wrong-secret": no("invalid-input-secret"),
    "no-secret": no("missing-input-secret"),
    "wrong-secret-with-400": no("invalid-input-secret", status=400),
    "passed-with-500": (500, JSON, {"success": True}),
    "failed-with-500": (500, JSON, {"success": False}),
    "redirected": (302, JSON, {"success": True}),
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
    "bad-text": (200, JSON, b'{"success": "\xff"}'),
    "deep": (200, JSON, b"[" * 15_000),
    "huge": (200, JSON, {"success": True, "padding": "x" * 100_000}),
    "codes-null": (200, JSON, {"success": True, "error-codes": None}),
}
ANSWERS = named(PASSES, FAILS, OUTAGES)


class Provider(NamedTuple):
    """What one vendor has of its own."""

    name: str
    called: str
    field: str
    spent: str  # the code for a response that was asked about before
    hosts: set[str]
    directives: tuple[str, ...]  # of the page's policy, that name the hosts
    stranger: str  # what the policy does not name
    test_keys: tuple[tuple[str, str], ...]


HCAPTCHA = Provider(
    "hcaptcha",
    "hCaptcha",
    "h-captcha-response",
    "already-seen-response",
    {"https://hcaptcha.com", "https://*.hcaptcha.com"},
    ("script-src", "style-src", "connect-src", "frame-src"),
    "cloudflare",
    (
        ("10000000-ffff-ffff-ffff-000000000001", "mine"),
        ("20000000-ffff-ffff-ffff-000000000002", "mine"),
        ("mine", "0x0000000000000000000000000000000000000000"),
    ),
)
TURNSTILE = Provider(
    "turnstile",
    "Turnstile",
    "cf-turnstile-response",
    "timeout-or-duplicate",
    {"https://challenges.cloudflare.com"},
    ("script-src", "frame-src"),
    "hcaptcha",
    (
        ("1x00000000000000000000AA", "mine"),
        ("3x00000000000000000000FF", "mine"),
        ("mine", "1x0000000000000000000000000000000AA"),
    ),
)
PROVIDERS = (HCAPTCHA, TURNSTILE)


def section(provider: Provider, url: str, on_outage: str = "hold", head: str = "") -> str:
    return f"""{head}
provider = "{provider.name}"
sitekey = "site-key"
secret = "{SECRET}"
verify_url = "{url}"
timeout = "5 s"
on_outage = "{on_outage}"
"""


@pytest.fixture(scope="module", params=PROVIDERS, ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.param
    return found


@pytest.fixture(scope="module")
def vendor(provider: Provider) -> Iterator[SiteVerify]:
    stub = SiteVerify(ANSWERS, provider.spent)
    yield stub
    stub.close()


@pytest.fixture(scope="module")
def guarded(
    provider: Provider, vendor: SiteVerify, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Forms named for what they do in an outage; `gone` asks where nobody listens."""
    forms = "".join(
        FORM.replace("riverside", name) + section(provider, url, outage, f"[forms.{name}.captcha]")
        for name, url, outage in (
            ("hold", vendor.url, "hold"),
            ("deliver", vendor.url, "deliver"),
            ("refuse", vendor.url, "refuse"),
            ("gone", nobody_listens(), "hold"),
            ("unknown-host", "http://vendor.invalid/siteverify", "hold"),
        )
    )
    with running_desk(
        tmp_path_factory.mktemp(provider.name), forms=forms, captcha=section(provider, vendor.url)
    ) as site:
        yield site


def solve(
    site: Site, response: str | None, form: str = "hold", field: str = "captcha", **changes: Any
) -> requests.Response:
    """A JSON enquiry with a captcha response."""
    solved = {} if response is None else {field: response}
    return site.enquire(form, **{"token": forge_token(form), **solved, **changes})


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("own", [False, True], ids=["captcha", "own-field"])
def test_a_solved_captcha_passes(guarded: Site, provider: Provider, name: str, own: bool) -> None:
    field = provider.field if own else "captcha"
    assert not held(guarded, solve(guarded, f"pass:{name}", field=field))


def test_a_solved_captcha_passes_through_html(guarded: Site, provider: Provider) -> None:
    solved = {provider.field: "pass:plain"}
    answer = submit(guarded, "hold", token=forge_token("hold"), **solved)
    assert answer.status_code == 303
    assert not held(guarded, answer)


@pytest.mark.parametrize("on_outage", ["hold", "deliver", "refuse"])
@pytest.mark.parametrize("name", FAILS)
def test_a_failed_captcha_never_passes(guarded: Site, name: str, on_outage: str) -> None:
    problem = problem_of(solve(guarded, f"fail:{name}", on_outage), 422)
    assert problem["code"] == "captcha"
    assert problem["detail"]
    assert "id" not in problem


@pytest.mark.parametrize("response", [None, "", "x" * 10_001], ids=["none", "empty", "huge"])
def test_a_missing_captcha_is_not_even_asked_about(
    guarded: Site, vendor: SiteVerify, response: str | None
) -> None:
    before = len(vendor.asked)
    problem_of(solve(guarded, response), 422)
    assert len(vendor.asked) == before


NAMES = [f"outage:{name}" for name in OUTAGES] + ["hang", "cut"]


@pytest.mark.parametrize("response", NAMES)
def test_in_an_outage_the_enquiry_is_held(guarded: Site, response: str) -> None:
    assert held(guarded, solve(guarded, response))


@pytest.mark.parametrize("form", ["gone", "unknown-host"])
def test_when_nobody_can_be_asked_the_enquiry_is_held(guarded: Site, form: str) -> None:
    assert held(guarded, solve(guarded, "pass:plain", form))


SOME = ["outage:html", "outage:html-500", "hang", "outage:wrong-secret"]


@pytest.mark.parametrize("response", SOME)
def test_in_an_outage_the_enquiry_is_delivered_if_that_is_configured(
    guarded: Site, response: str
) -> None:
    assert not held(guarded, solve(guarded, response, "deliver"))


@pytest.mark.parametrize("response", SOME)
def test_in_an_outage_the_enquiry_is_refused_if_that_is_configured(
    guarded: Site, provider: Provider, response: str
) -> None:
    assert problem_of(solve(guarded, response, "refuse"), 503)["code"] == "outage"
    answer = submit(guarded, "refuse", token=forge_token("refuse"), **{provider.field: response})
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


def test_a_visitor_whose_captcha_failed_keeps_the_input(guarded: Site, provider: Provider) -> None:
    token = forge_token("hold")
    answer = submit(guarded, "hold", token=token, **{provider.field: "fail:expired"})
    page = page_of(answer, 422)
    assert page.value("first_name") == "Jana"
    assert page.ticked("rooms") == ["2+kk", "3+kk"]
    assert page.ticked("consent_2")
    assert page.invalid() == set()
    assert "fail:expired" not in answer.text, "a spent response is not offered again"
    fields = {provider.field: "pass:plain", "token": page.value("token")}
    assert submit(guarded, "hold", **fields).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [{"first_name": ""}, {"nonsense": 1}, {"consents": []}, {"token": "forged"}],
    ids=["field", "unknown-key", "consent", "token"],
)
def test_the_captcha_is_asked_about_last(
    guarded: Site, vendor: SiteVerify, changes: dict[str, Any]
) -> None:
    before = len(vendor.asked)
    assert solve(guarded, "pass:plain", **changes).status_code in (403, 422)
    assert len(vendor.asked) == before


def test_a_vendor_is_sent_what_it_documents(guarded: Site, vendor: SiteVerify) -> None:
    solve(guarded, "pass:documented")
    assert vendor.asked[-1] == {
        "secret": SECRET,
        "response": "pass:documented",
        "remoteip": "127.0.0.1",
    }


def test_the_secret_is_nowhere_to_be_seen(
    guarded: Site, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for response in (
        "pass:plain",
        "fail:no-with-code",
        "outage:wrong-secret",
        "outage:html",
        "outage:html-500",
    ):
        solve(guarded, response)
    assert provider.called in caplog.text, "an outage is logged"
    assert SECRET not in caplog.text
    page = guarded.get("/forms/hold")
    assert "site-key" in page.text
    assert SECRET not in page.text


def test_questions_share_a_connection(guarded: Site, vendor: SiteVerify) -> None:
    solve(guarded, "pass:plain")
    before = vendor.connections
    for _ in range(5):
        solve(guarded, "pass:plain")
    assert vendor.connections == before


FORKING = """
import os, sys
from pathlib import Path
from frontdesk.intake.captcha import Verdict
from tests.intake.siteverify import asking

_, provider, url, secret, folder = sys.argv
captcha = asking(provider, url, Path(folder), secret=secret, timeout="5 s")

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
    provider: Provider, vendor: SiteVerify, tmp_path: Path
) -> None:
    # Not from this process, in which other tests have had browsers and threads.
    forking = [sys.executable, "-c", FORKING, provider.name, vendor.url, SECRET, str(tmp_path)]
    before = vendor.connections
    done = subprocess.run(forking, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert vendor.connections == before + 2


def test_the_page_may_load_the_vendors_script(guarded: Site, provider: Provider) -> None:
    policy = guarded.get("/forms/hold").headers["Content-Security-Policy"]
    directives = {name: rest for name, *rest in map(str.split, policy.split(";"))}
    for name in provider.directives:
        assert provider.hosts <= set(directives[name])
    assert provider.stranger not in policy


@pytest.mark.parametrize(
    ("keys_of", "sitekey", "secret"),
    [(each, *keys) for each in PROVIDERS for keys in each.test_keys],
)
@pytest.mark.parametrize("of_a_form", [False, True], ids=["general", "form"])
def test_public_test_keys_are_refused(
    tmp_path: Path, keys_of: Provider, sitekey: str, secret: str, of_a_form: bool
) -> None:
    keys = f'provider = "{keys_of.name}"\nsitekey = "{sitekey}"\nsecret = "{secret}"\n'
    path = tmp_path / "frontdesk.toml"

    def write(keys: str) -> None:
        parts = {"forms": f"{FORM}\n[forms.riverside.captcha]\n{keys}"} if of_a_form else {}
        path.write_text(configuration(**(parts or {"captcha": keys})), encoding="utf-8")

    write(keys)
    with pytest.raises(ConfigError) as refused:
        load(path, KINDS)
    (problem,) = refused.value.problems
    where = "forms.riverside.captcha" if of_a_form else "captcha"
    assert problem.startswith(f"{where}: these are {keys_of.called}'s public test keys")
    write(f"{keys}allow_test_keys = true\n")
    assert load(path, KINDS)


@pytest.mark.parametrize(("response", "finding"), [("fail", None), ("outage", "know the secret")])
def test_diagnosis(provider: Provider, response: str, finding: str | None, tmp_path: Path) -> None:
    answers = {"fail": no("invalid-input-response"), "outage": no("invalid-input-secret")}
    stub = SiteVerify({"frontdesk check": answers[response]}, "")
    try:
        found = asking(provider.name, stub.url, tmp_path, secret=SECRET).diagnose()
    finally:
        stub.close()
    assert (found is None) if finding is None else (found is not None and finding in found)
