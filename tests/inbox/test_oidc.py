"""Signing in at a provider of OpenID Connect, which runs beside: there, back, what is refused."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from joserfc.jwk import RSAKey

from frontdesk.inbox.routes import inbox_blueprint
from tests.inbox import leads
from tests.inbox.people import HASH, PASSWORD, Browser, entry
from tests.inbox.provider import CLIENT, SECRET, Provider
from tests.inbox.test_fresh import GRAVE, sent
from tests.inbox.test_sign_in import cookie, trail
from tests.support import FORM, Site, open_app

EVA = '[[inbox.people]]\nname = "eva@example.com"\nrole = "admin"\n'
Open = Callable[..., Browser]
Serve = Callable[[Flask], Site]


def section(provider: Provider, more: str = "") -> str:
    """The lines of the configuration that name a provider."""
    client = f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"'
    return f'[inbox.oidc]\nissuer = "{provider.issuer}"\n{client}\n{more}\n'


@pytest.fixture
def start(provider: Provider, write_config: Callable[..., Path], serve: Serve) -> Iterator[Open]:
    """Open a browser at a site whose people sign in at the provider."""
    with ExitStack() as opened:

        def one(more: str = "", people: str = EVA) -> Browser:
            app = open_app(write_config(FORM + section(provider, more) + people))
            app.register_blueprint(inbox_blueprint(GRAVE), name="grave")
            browser = Browser(serve(app))
            opened.callback(browser.http.close)
            return browser

        yield one


def audited(browser: Browser) -> list[tuple[str, str | None]]:
    """What the audit trail says of signing in."""
    folder: Path = browser.site.app.extensions["frontdesk"].settings.data_dir
    return [(line["what"], line["by"]) for line in trail(folder.parent / "frontdesk.toml")]


def signed_in(browser: Browser) -> bool:
    return browser.get(follow=False).status_code == 200


def test_who_is_signed_in_there_is_let_in(start: Open, provider: Provider) -> None:
    browser = start('label = "Acme"')
    browser.get("", tab="needs")
    assert "Sign in with Acme" in browser.text
    assert "Password" not in browser.text, "nobody has one"
    there = re.search(r'class="button" href="([^"]+)"', browser.page.text)
    assert there is not None
    browser.get(unescape(there[1]))
    assert browser.page.url == f"{browser.root}?tab=needs"
    assert "eva@example.com" in browser.text
    assert provider.authorized["redirect_uri"] == f"{browser.root}sign-in/oidc/back"
    assert "prompt" not in provider.authorized
    assert audited(browser) == [("sign-in", "eva@example.com")]
    assert len(browser.http.cookies) == 1, "what was needed on the way is gone"
    browser.send("sign-out")
    assert not signed_in(browser)


def test_its_documents_are_kept(start: Open, provider: Provider) -> None:
    browser = start()
    for _ in range(2):
        browser.http.cookies.clear()
        assert browser.get("sign-in/oidc").status_code == 200
    assert provider.asked == [
        *("/.well-known/openid-configuration", "/keys", "/authorize", "/token"),
        *("/authorize", "/token"),
    ]


def test_a_new_key_is_fetched(start: Open, provider: Provider) -> None:
    browser = start()
    assert browser.get("sign-in/oidc").status_code == 200
    provider.rotate()
    browser.http.cookies.clear()
    assert browser.get("sign-in/oidc").status_code == 200
    assert provider.asked.count("/keys") == 2


def hour(away: float) -> int:
    return int(time.time() + away * 3600)


# What is different in an ID token; and what the log says of it.
DOUBTFUL: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong nonce": ({"nonce": "another"}, "invalid_claim (nonce)"),
    "no nonce": ({"nonce": None}, "missing_claim (nonce)"),
    "a wrong audience": ({"aud": "another"}, "invalid_claim (aud)"),
    "no audience": ({"aud": None}, "missing_claim (aud)"),
    "many audiences": ({"aud": [CLIENT, "another"]}, "missing_claim (azp)"),
    "another's": ({"aud": [CLIENT, "another"], "azp": "another"}, "invalid_claim (azp)"),
    "a wrong issuer": ({"iss": "https://evil.example"}, "invalid_claim (iss)"),
    "no issuer": ({"iss": None}, "missing_claim (iss)"),
    "expired": ({"exp": hour(-0.1), "iat": hour(-0.2)}, "expired_token"),
    "no expiry": ({"exp": None}, "missing_claim (exp)"),
    "an odd expiry": ({"exp": "never"}, "invalid_claim (exp)"),
    "of tomorrow": ({"nbf": hour(24)}, "invalid_claim (nbf)"),
    "no subject": ({"sub": None}, "missing_claim (sub)"),
    "another access token": ({"at_hash": "x"}, "invalid_claim (at_hash)"),
}


def refused(browser: Browser, caplog: pytest.LogCaptureFixture, said: str) -> None:
    """What is seen of an answer that is not believed."""
    answer = browser.get("sign-in/oidc")
    assert answer.status_code == 403
    assert "cannot be trusted" in browser.text
    assert not signed_in(browser)
    assert audited(browser) == [("sign-in failed", None)]
    told = [one.getMessage() for one in caplog.records if one.name == "frontdesk.inbox"]
    assert len(told) == 1
    assert said in told[0]
    assert "eva" not in told[0]
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_a_doubtful_token_lets_nobody_in(
    start: Open, provider: Provider, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    provider.claims, said = DOUBTFUL[kind]
    refused(start(), caplog, said)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_what_anybody_could_have_signed_lets_nobody_in(
    start: Open, provider: Provider, caplog: pytest.LogCaptureFixture, algorithm: str
) -> None:
    provider.algorithm = algorithm
    refused(start(), caplog, "unsupported_algorithm")


def test_a_wrong_signature_lets_nobody_in(
    start: Open, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.key = RSAKey.generate_key(2048)
    refused(start(), caplog, "bad_signature")


@pytest.mark.parametrize(
    ("breaks", "says", "status", "said"),
    [
        ({"/.well-known/openid-configuration": 500}, {}, 503, "answered 500"),
        ({"/.well-known/openid-configuration": 200}, {}, 503, "DecodeError"),
        ({"/keys": 404}, {}, 503, "answered 404"),
        ({}, {"issuer": "https://evil.example"}, 503, "another issuer"),
        ({}, {"token_endpoint": "http://evil.example/token"}, 503, "not encrypted"),
        ({}, {"authorization_endpoint": None}, 503, "authorization_endpoint is missing"),
        ({}, {"jwks_uri": 7}, 503, "jwks_uri is missing"),
        ({"/token": 500}, {}, 503, "answered 500"),
        ({"/token": 200}, {}, 403, "its token endpoint"),
        ({"/token": 429}, {}, 503, "answered 429"),
    ],
)
def test_a_provider_that_is_broken_is_calmly_told(
    start: Open,
    provider: Provider,
    caplog: pytest.LogCaptureFixture,
    breaks: dict[str, int],
    says: dict[str, Any],
    status: int,
    said: str,
) -> None:
    provider.breaks, provider.says = breaks, says
    browser = start()
    assert browser.get("sign-in/oidc").status_code == status
    assert said in caplog.text
    assert SECRET not in caplog.text
    assert "Sign in" in browser.text, "there is a way on"
    assert "Traceback" not in browser.page.text
    assert not signed_in(browser)


def test_one_that_never_answers_keeps_nobody(
    start: Open, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    asked, over = Event(), Event()

    def hang() -> None:
        asked.set()
        over.wait(60)

    provider.app.before_request(hang)
    browser = start()
    try:
        assert browser.get("sign-in/oidc").status_code == 503
        assert asked.is_set()
        assert "does not answer at the moment" in browser.text
        assert browser.get("sign-in/oidc").status_code == 503, "others are told at once"
        assert "it did not answer a moment ago" in caplog.text
    finally:
        over.set()


def test_whoever_is_denied_there_is_not_let_in(start: Open, provider: Provider) -> None:
    provider.denies = "access_denied"
    browser = start()
    assert browser.get("sign-in/oidc").status_code == 403
    assert "You were not signed in" in browser.text
    assert "access_denied" not in browser.page.text
    assert audited(browser) == [("sign-in failed", None)]


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ({"email": "mallory@example.com", "email_verified": True}, "is none of the inbox's"),
        ({"email": "Eva@Example.com", "email_verified": True}, "is none of the inbox's"),
        ({"email": "eva@example.com", "email_verified": False}, "is not verified"),
        ({"email": "eva@example.com"}, "is not verified"),
        ({"email": "eva@example.com", "email_verified": "false"}, "is not verified"),
        ({"email": ["eva@example.com"], "email_verified": True}, "cannot be trusted"),
        ({"email": "<b>" * 100, "email_verified": True}, "cannot be trusted"),
        ({"email_verified": True}, "cannot be trusted"),
    ],
)
def test_who_is_nobody_here_is_told(
    start: Open, provider: Provider, person: dict[str, Any], said: str
) -> None:
    provider.person = person
    browser = start()
    assert browser.get("sign-in/oidc").status_code == 403
    assert said in browser.text
    assert not signed_in(browser)
    by = "eva@example.com" if said == "is not verified" else None
    assert audited(browser) == [("sign-in failed", by)]


@pytest.mark.parametrize(
    ("more", "person"),
    [
        ("verified = false", {"email": "eva@example.com"}),
        ('claim = "preferred_username"', {"preferred_username": "eva@example.com"}),
    ],
)
def test_another_claim_may_say_who_it_is(
    start: Open, provider: Provider, more: str, person: dict[str, Any]
) -> None:
    provider.person = person
    assert start(more).get("sign-in/oidc").status_code == 200


@pytest.mark.parametrize(
    ("elsewhere", "status"),
    [
        ({"email": "eva@example.com", "email_verified": True}, 200),
        ({"email": "eva@example.com", "email_verified": True, "sub": "43"}, 403),
        ({}, 403),
    ],
)
def test_what_the_token_does_not_say_is_asked_for(
    start: Open, provider: Provider, elsewhere: dict[str, Any], status: int
) -> None:
    provider.person, provider.elsewhere = {}, elsewhere
    assert start().get("sign-in/oidc").status_code == status


def test_only_the_browser_that_began_comes_back(start: Open) -> None:
    browser, other = start(), start()
    begun = browser.get("sign-in/oidc", follow=False).headers["Location"]
    back = browser.http.get(begun, timeout=30, allow_redirects=False).headers["Location"]
    path = back.removeprefix(browser.root)
    assert other.get(path).status_code == 422
    assert "Please begin anew" in other.text
    assert browser.get(path.replace("state=", "state=x")).status_code == 422
    assert browser.get(path).status_code == 422, "once"
    assert not signed_in(browser)
    assert not signed_in(other)


def test_a_code_is_good_once(start: Open) -> None:
    browser = start()
    begun = browser.get("sign-in/oidc", follow=False).headers["Location"]
    kept = browser.http.cookies.copy()  # type: ignore[no-untyped-call]
    back = browser.http.get(begun, timeout=30, allow_redirects=False).headers["Location"]
    assert browser.http.get(back, timeout=30).status_code == 200
    browser.http.cookies = kept
    assert browser.http.get(back, timeout=30).status_code == 403, "the provider says no"


def test_what_it_sends_along_of_another_issuer_is_refused(start: Open) -> None:
    browser = start()
    begun = browser.get("sign-in/oidc", follow=False).headers["Location"]
    back = browser.http.get(begun, timeout=30, allow_redirects=False).headers["Location"]
    answer = browser.http.get(f"{back}&iss=https://evil.example", timeout=30)
    assert answer.status_code == 403


def test_nobody_is_sent_elsewhere_afterwards(start: Open) -> None:
    browser = start()
    for after in ("https://evil.example", "//evil.example", "x" * 4000):
        browser.http.cookies.clear()
        assert browser.get("sign-in/oidc", next=after).url == browser.root


def test_before_what_is_grave_it_is_asked_anew(start: Open, provider: Provider) -> None:
    browser = start()
    provider.claims = {"auth_time": hour(-2)}
    browser.get("sign-in/oidc")
    assert signed_in(browser)
    token = browser.token
    browser.get("grave")
    assert "Please sign in again" in browser.text, "it was proved two hours ago, and elsewhere"
    again = {"again": "1", "next": "grave"}
    assert browser.get("sign-in/oidc", **again).status_code == 403
    assert "You were not asked to sign in again" in browser.text
    assert (provider.authorized["prompt"], provider.authorized["max_age"]) == ("login", "0")
    provider.claims = {"auth_time": hour(0)}
    assert browser.get("sign-in/oidc", **again).json() == {"asked": {}}
    browser.get()
    assert browser.token == token


@pytest.mark.parametrize(
    ("when", "status"),
    [(10**400, 200), (1e308, 200), (-(10**400), 403), (float("nan"), 403)],
    ids=str,
)
def test_an_odd_time_of_signing_in_breaks_nothing(
    start: Open, provider: Provider, when: float, status: int
) -> None:
    provider.claims = {"auth_time": when}
    browser = start()
    assert browser.get("sign-in/oidc").status_code == 200
    assert browser.get("sign-in/oidc", again=1).status_code == status


def test_what_was_sent_waits_in_its_tab(start: Open, provider: Provider) -> None:
    browser = start()
    provider.claims = {"auth_time": hour(-2)}
    browser.get("sign-in/oidc")
    browser.get()
    browser.send("grave/do", id=["1", "2"])
    waiting = browser.page
    assert 'target="_blank"' in waiting.text
    assert sent(browser) == [("id", "1"), ("id", "2")]
    assert 'action="../grave/do"' in waiting.text or 'action="./do"' in waiting.text
    provider.claims = {}
    browser.get("sign-in/oidc", again=1, beside=1)
    assert "Close this tab" in browser.text
    browser.page = waiting
    assert browser.send("grave/do", id=["1", "2"]).json()["done"]["id"] == ["1", "2"]


def test_what_was_typed_waits_in_its_tab(start: Open) -> None:
    browser = start()
    browser.get("sign-in/oidc")
    identity = leads.failed(browser.site)
    browser.get(f"{identity}/amend")
    browser.http.cookies.clear()
    assert browser.send(f"{identity}/amend", version="3", unit="B.2").status_code == 401
    waiting = browser.page
    assert sent(browser) == [("unit", "B.2")]
    browser.get("sign-in/oidc", beside=1)
    browser.page = waiting
    assert browser.send(f"{identity}/amend", unit="B.2").status_code == 200
    assert 'value="B.2"' in browser.page.text, "to be looked at, and saved"


def test_a_session_ends_with_a_password_or_another_provider(
    start: Open, provider: Provider
) -> None:
    people = entry("eva@example.com", "admin")
    browser = start(people=people)
    assert "Password" in browser.get().text
    browser.get("sign-in/oidc")
    kept = cookie(browser)
    other = HASH.replace("$", "$x", 1)
    for changed, valid in (
        (start(people=people), True),
        (start(people=entry("eva@example.com", "admin", password=other)), False),
        (start(people=EVA), False),
        (start(people=people.replace("eva@", "iva@")), False),
    ):
        changed.http.cookies.set("frontdesk-inbox", kept)
        assert signed_in(changed) == valid
    provider.person["email"] = "iva@example.com"
    browser.http.cookies.clear()
    assert browser.sign_in("eva@example.com", PASSWORD).status_code == 200, "either way"


@pytest.mark.parametrize(
    ("more", "back"),
    [
        ("", "https://leads.example.com/desk/inbox/sign-in/oidc/back"),
        (
            '[inbox]\npublic_url = "https://in.example.com/"\n',
            "https://in.example.com/inbox/sign-in/oidc/back",
        ),
    ],
)
def test_over_https_its_cookie_is_a_strict_one(
    provider: Provider, write_config: Callable[..., Path], serve: Serve, more: str, back: str
) -> None:
    encrypted = {"[limits]": 'public_url = "https://leads.example.com/desk"\n[limits]'}
    site = serve(open_app(write_config(FORM + more + section(provider) + EVA, **encrypted)))
    browser = Browser(site)
    answer = browser.get("sign-in/oidc", follow=False)
    there = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert there["redirect_uri"] == [back]
    (told,) = (c for c in answer.raw.headers.getlist("Set-Cookie") if "oidc" in c)
    parts = told.split("; ")
    assert parts[0].startswith("__Host-frontdesk-inbox-oidc=")
    assert set(parts[1:]) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert SECRET not in told
    browser.http.close()


def test_tries_are_limited(start: Open) -> None:
    browser = start()
    statuses = []
    while 429 not in statuses:
        statuses.append(browser.get("sign-in/oidc/back", code="x", state="y").status_code)
        assert len(statuses) < 100
    assert 10 < len(statuses) < 30
    assert set(statuses[:-1]) == {422}
    assert int(browser.page.headers["Retry-After"]) >= 1
    assert "Please wait" in browser.text
