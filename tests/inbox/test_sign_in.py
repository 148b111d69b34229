"""Signing in and out over HTTP: who gets in, for how long, and what is written down of it."""

import hashlib
import json
import re
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from itsdangerous import URLSafeSerializer

from tests.inbox.people import HASH, PASSWORD, Browser, entry
from tests.support import FORM, Site, open_app

SECRET = "a secret of the tests, long enough"
Browse = Callable[..., Browser]


def trail(config: Path) -> list[dict[str, Any]]:
    """The audit trail, without its times."""
    path = config.parent / "var/audit.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "at"} for line in lines]


def test_without_a_section_there_is_no_route(site: Site) -> None:
    assert not [rule for rule in site.app.url_map.iter_rules() if "inbox" in rule.rule]
    assert site.get("/inbox/").status_code == 404


def test_a_name_and_a_password_let_in(browse: Browse, config: Path) -> None:
    browser = browse()
    asked = browser.get("", q="Jana Nováková", tab="needs")
    assert asked.url.startswith(f"{browser.root}sign-in?next=")
    browser.send("sign-in", name="act all", password=PASSWORD, next="?q=Jana&tab=needs")
    assert browser.page.url == f"{browser.root}?q=Jana&tab=needs"
    assert browser.page.status_code == 200
    assert "act all" in browser.text
    address = {"id": None, "address": "127.0.0.1"}
    assert trail(config) == [{"by": "act all", "what": "sign-in", **address}]
    path = config.parent / "var/audit.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "after",
    [
        *("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"),
        *("../../elsewhere", "sign-out", "x\r\nX-Odd: 1", "?" + "q" * 3000),
    ],
)
def test_nobody_is_sent_elsewhere_afterwards(browse: Browse, after: str) -> None:
    browser = browse()
    browser.get("sign-in")
    answer = browser.send("sign-in", follow=False, name="read all", password=PASSWORD, next=after)
    assert (answer.status_code, answer.headers["Location"]) == (303, "./")


@pytest.mark.parametrize(
    ("name", "password", "by"),
    [
        ("act all", "wrong", "act all"),
        ("nobody", PASSWORD, None),
        (PASSWORD, "act all", None),
        ("act all", "", "act all"),
        ("", "", None),
    ],
)
def test_what_is_wrong_does_not_and_is_written_down(
    browse: Browse, config: Path, name: str, password: str, by: str | None
) -> None:
    browser = browse()
    answer = browser.sign_in(name, password)
    assert answer.status_code == 422
    assert "The name or the password is wrong." in browser.text
    assert browser.get().url.startswith(f"{browser.root}sign-in")
    (line,) = trail(config)
    assert (line["what"], line["by"]) == ("sign-in failed", by)
    assert PASSWORD not in (config.parent / "var/audit.jsonl").read_text()


def test_guessing_is_slowed_and_nobody_is_locked_out(browse: Browse, config: Path) -> None:
    browser = browse()
    browser.get("sign-in")
    tries = browser.slowed("sign-in", name="x", password="y")
    assert 10 < len(tries) < 30  # more than ten only where a minute ends meanwhile
    assert set(tries[:-1]) == {422}
    assert 1 <= int(browser.page.headers["Retry-After"]) <= 60
    assert "Please wait" in browser.text
    assert browser.send("sign-in", name="act all", password=PASSWORD).status_code == 429
    assert len(trail(config)) == len(tries) - 1, "what is over the limit is not even looked at"


def test_guessing_one_name_from_many_addresses_is_slowed(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    config = write_config(
        FORM + entry("Eva", "act"), **{"[limits]": "trusted_proxies = 1\n[limits]"}
    )
    site = serve(open_app(config))
    found: list[int] = []
    while 429 not in found:
        browser = Browser(site, **{"X-Forwarded-For": f"192.0.2.{len(found)}"})
        found.append(browser.sign_in("Eva", "wrong").status_code)
        browser.http.close()
    assert 30 < len(found) < 100
    assert set(found[:-1]) == {422}


def test_signing_out_ends_it(browse: Browse, config: Path) -> None:
    browser = browse("act all")
    browser.send("sign-out")
    assert browser.page.url == f"{browser.root}sign-in"
    assert browser.get().url.startswith(f"{browser.root}sign-in")
    assert [line["what"] for line in trail(config)] == ["sign-in", "sign-out"]


def cookie(browser: Browser) -> str:
    (found,) = browser.http.cookies
    return found.value or ""


def test_the_cookie_is_a_strict_one(browse: Browse) -> None:
    browser = browse()
    browser.get("sign-in")
    set_by = browser.send("sign-in", follow=False, name="read all", password=PASSWORD)
    parts = set_by.headers["Set-Cookie"].split("; ")
    assert parts[0].startswith("frontdesk-inbox=")
    assert set(parts[1:]) == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_over_https_no_other_host_can_set_it(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    encrypted = {"[limits]": 'public_url = "https://leads.example.com"\n[limits]'}
    site = serve(open_app(write_config(FORM + entry("Eva", "act"), **encrypted)))
    parts = site.get("/inbox/sign-in").headers["Set-Cookie"].split("; ")
    assert parts[0].startswith("__Host-frontdesk-inbox=")
    assert set(parts[1:]) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_signing_in_makes_another_session(browse: Browse) -> None:
    """Or somebody who has set a session of his own for a visitor would be signed in with it."""
    browser = browse()
    browser.get("sign-in")
    before, token = cookie(browser), browser.token
    browser.send("sign-in", name="read all", password=PASSWORD)
    assert cookie(browser) != before
    assert browser.token != token
    stranger = browse()
    stranger.http.cookies.set("frontdesk-inbox", before)
    assert "sign-in" in stranger.get().url


def forged(secret: str = SECRET, **changes: Any) -> str:
    """A cookie of somebody who signed in just now."""
    now = int(time.time())
    proof = hashlib.sha256(HASH.encode()).hexdigest()[:20]
    facts = {"key": "k" * 22, "name": "act all", "proof": proof, "begun": now, "seen": now}
    facts["proved"] = now
    found = URLSafeSerializer(secret, salt="frontdesk.inbox").dumps(
        [*{**facts, **changes}.values()]
    )
    return found if isinstance(found, str) else found.decode()


# What is different in a cookie, times in seconds from now; and whether it is believed.
COOKIES: dict[str, tuple[dict[str, Any], bool]] = {
    "as it is": ({}, True),
    "long": ({"begun": -11 * 3600, "seen": -3000}, True),
    "idle": ({"seen": -3700}, False),
    "too long": ({"begun": -12 * 3600 - 60}, False),
    "of tomorrow": ({"begun": 7200, "seen": 7200}, False),
    "proved tomorrow": ({"proved": 7200}, False),
    "of another secret": ({"secret": "another secret, as long as that"}, False),
    "of another password": ({"proof": "0" * 20}, False),
    "of no password": ({"proof": ""}, False),
    "of nobody": ({"name": "nobody"}, False),
    "of a number": ({"name": 7}, False),
}


def made(changes: dict[str, Any]) -> str:
    """The cookie of an entry of COOKIES."""
    now = int(time.time())
    times = {key: now + changes[key] for key in ("begun", "seen", "proved") if key in changes}
    return forged(**{**changes, **times})


@pytest.mark.parametrize("kind", COOKIES)
def test_a_cookie_is_believed_for_its_time(browse: Browse, kind: str) -> None:
    changes, valid = COOKIES[kind]
    browser = browse()
    browser.http.cookies.set("frontdesk-inbox", made(changes))
    assert browser.get(follow=False).status_code == (200 if valid else 303)


def test_a_cookie_of_an_older_version_is_over(browse: Browse) -> None:
    """One that does not say when it was proved whose it is."""
    now, proof = int(time.time()), hashlib.sha256(HASH.encode()).hexdigest()[:20]
    facts = ["k" * 22, "act all", proof, now, now]
    browser = browse()
    written = URLSafeSerializer(SECRET, salt="frontdesk.inbox").dumps(facts)
    browser.http.cookies.set("frontdesk-inbox", str(written))
    assert browser.get(follow=False).status_code == 303


@pytest.mark.parametrize("value", ["", "nonsense", ".eJyLVnKON0", "[1].x", "." * 4000])
def test_what_is_no_cookie_of_ours_is_none(browse: Browse, value: str) -> None:
    browser = browse()
    browser.http.cookies.set("frontdesk-inbox", value)
    assert browser.get(follow=False).status_code == 303


def test_it_goes_on_for_as_long_as_somebody_is_there(browse: Browse) -> None:
    browser = browse()
    browser.http.cookies.set("frontdesk-inbox", made({"seen": -3000}), domain="127.0.0.1")
    assert "Set-Cookie" in browser.get().headers
    assert "Set-Cookie" not in browser.get().headers, "not with every page"


def test_a_changed_password_ends_it(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    """As a reload does: another app in the place of the first, with the same secret."""
    site = serve(open_app(write_config(FORM + entry("Eva", "act"))))
    browser = Browser(site)
    browser.sign_in("Eva")
    assert browser.get(follow=False).status_code == 200
    other = HASH.replace("$", "$x", 1)
    later = Browser(serve(open_app(write_config(FORM + entry("Eva", "act", password=other)))))
    later.http.cookies.set("frontdesk-inbox", cookie(browser))
    assert later.get(follow=False).status_code == 303
    same = Browser(serve(open_app(write_config(FORM + entry("Eva", "read")))))
    same.http.cookies.set("frontdesk-inbox", cookie(browser))
    assert same.get(follow=False).status_code == 200, "another role is no other password"
    for one in (browser, later, same):
        one.http.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "null"}, 200),  # what an old browser says for a page without a referrer
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ],
)
def test_a_form_of_another_site_is_refused(
    browse: Browse, headers: dict[str, str], status: int
) -> None:
    browser = browse()
    browser.get("sign-in")
    sent = browser.send("sign-in", headers=headers, name="read all", password=PASSWORD)
    assert sent.status_code == status


@pytest.mark.parametrize("token", ["", "x", "ä", "a" * 5000])
def test_without_its_token_nothing_is_taken(browse: Browse, token: str) -> None:
    browser = browse("act all")
    answer = browser.send("sign-out", csrf_token=token)
    assert answer.status_code == 401
    assert "Please try again" in browser.text
    assert browser.get(follow=False).status_code == 200, "still signed in"
    other = browse("act riverside")
    browser.page = other.page
    assert browser.send("sign-out").status_code == 401, "a token of somebody else's session"


def test_every_answer_keeps_to_itself(browse: Browse) -> None:
    browser = browse("read all")
    stranger = browse()
    answers: list[requests.Response] = [
        *(browser.get(path, follow=False) for path in ("", "nowhere/at/all", "sign-in")),
        *(stranger.get(path, follow=False) for path in ("", "sign-in")),
        browser.send("sign-out", csrf_token="wrong"),
    ]
    assert {answer.status_code for answer in answers} == {200, 404, 303, 401}
    for answer in answers:
        told = answer.headers
        assert told["Cache-Control"] == "no-store"
        assert "noindex" in told["X-Robots-Tag"]
        assert told["Referrer-Policy"] == "no-referrer"
        assert told["X-Content-Type-Options"] == "nosniff"
        policy = told["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "style=" not in answer.text
        scripts = re.findall("<script.*", answer.text)
        assert all(re.search(r' src="[./]*/static/inbox\.js"></script>$', one) for one in scripts)


def test_a_trail_that_cannot_be_written_lets_nobody_in(browse: Browse, config: Path) -> None:
    (config.parent / "var/audit.jsonl").mkdir()
    browser = browse()
    assert browser.sign_in("act all").status_code == 503
    assert browser.get(follow=False).status_code == 303
