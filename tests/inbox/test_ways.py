"""All ways to sign in, in one table: each lets in, is limited by role and form, and ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask, request

from frontdesk import Frontdesk, Person
from frontdesk.inbox.sign_in import totp
from tests.inbox import leads
from tests.inbox.people import HASH, HILL, PASSWORD, SECRET, Browser, entry
from tests.inbox.provider import Provider
from tests.inbox.test_oidc import section
from tests.inbox.test_sign_in import cookie
from tests.support import FORM, Site, open_app

NAME = "eva@example.com"
PROXY = {"[limits]": "trusted_proxies = 1\n[limits]"}
SPARE = "ABCD-EFGH-IJKL-MNOP"
NAMED = f'[[inbox.people]]\nname = "{NAME}"\nrole = "act"\nforms = ["riverside"]\n'
CODES = f'totp = "{SECRET}"\nrecovery = ["{totp.recovery_hash(SPARE)}"]'


def by_password(browser: Browser) -> None:
    browser.sign_in(NAME)


def by_code(browser: Browser) -> None:
    browser.sign_in(NAME)
    code = totp.code(SECRET, int(time.time()) // totp.STEP)
    browser.send("sign-in/code", half=browser.hidden("half"), code=code)


def by_recovery_code(browser: Browser) -> None:
    browser.sign_in(NAME)
    browser.send("sign-in/code", half=browser.hidden("half"), recovery=SPARE)


def by_provider(browser: Browser) -> None:
    browser.get("sign-in/oidc")


def vouched_for(browser: Browser) -> None:
    browser.http.headers.update({"X-Remote-User": NAME, "X-Forwarded-For": "192.0.2.1"})


def known_to_the_site(browser: Browser) -> None:
    browser.http.headers["X-Known-To-The-Site"] = NAME


class Way(NamedTuple):
    """How somebody comes in; `lines` of the configuration beside the forms.

    `password`: whether another one in the configuration ends the session.
    """

    come: Callable[[Browser], None]
    lines: Callable[[Provider], str]
    password: bool = False


PERSON = entry(NAME, "act", "riverside")
STEPS = entry(NAME, "act", "riverside", more=CODES)
WAYS = {
    "a password": Way(by_password, lambda _: PERSON, password=True),
    "a password and a code": Way(by_code, lambda _: STEPS, password=True),
    "a recovery code": Way(by_recovery_code, lambda _: STEPS, password=True),
    "a provider": Way(by_provider, lambda there: section(there) + NAMED),
    "a provider beside a password": Way(
        by_provider, lambda there: section(there) + PERSON, password=True
    ),
    "a proxy's header": Way(
        vouched_for, lambda _: f'[inbox.header]\nname = "X-Remote-User"\n{NAMED}'
    ),
    "the site around": Way(known_to_the_site, lambda _: "[inbox]\nhost = true\n"),
}
Open = Callable[[str], Browser]


@pytest.fixture
def start(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Iterator[Open]:
    """Open a browser at a site with these lines in its configuration."""
    with ExitStack() as opened:

        def one(lines: str) -> Browser:
            config = write_config(FORM + HILL + lines, **PROXY)
            site = serve(host_app(config) if "host = true" in lines else open_app(config))
            browser = Browser(site)
            opened.callback(browser.http.close)
            return browser

        yield one


def host_app(config: Path) -> Flask:
    """A site that knows people by a header of its own."""

    def who() -> Person | None:
        name = request.headers.get("X-Known-To-The-Site")
        return Person(name, "act", ["riverside"]) if name else None

    app = Flask("host", static_folder=None)
    Frontdesk(app, config=config, inbox=who)
    return app


@pytest.mark.parametrize("way", WAYS)
def test_each_way_lets_in_who_may(start: Open, provider: Provider, way: str) -> None:
    come, lines, _password = WAYS[way]
    browser = start(lines(provider))
    assert browser.get(follow=False).status_code in (303, 401), "nobody has come in yet"
    come(browser)
    assert browser.get(follow=False).status_code == 200
    assert NAME in browser.text
    site = browser.site
    seen, hidden = leads.held(site), leads.held(site, form="hill")
    assert browser.get(str(hidden)).status_code == 404
    assert browser.get(str(seen)).status_code == 200
    browser.send(f"{seen}/release", version="2")
    assert f"({NAME} (inbox))" in browser.text


@pytest.mark.parametrize("way", [name for name, way in WAYS.items() if way.password])
def test_a_stolen_cookie_ends_with_the_password(start: Open, provider: Provider, way: str) -> None:
    come, lines, _password = WAYS[way]
    browser = start(lines(provider))
    come(browser)
    stolen = cookie(browser)
    for text, status in (
        (lines(provider), 200),
        (lines(provider).replace(HASH, HASH.replace("$", "$x", 1)), 303),
    ):
        thief = start(text)
        thief.http.cookies.set("frontdesk-inbox", stolen)
        assert thief.get(follow=False).status_code == status


# Where something is guessed, and with what.
GUESSES = {
    "a name": ("sign-in", {"name": "x", "password": PASSWORD}),
    "a password": ("sign-in", {"name": NAME, "password": "x"}),
    "a code": ("sign-in/code", {"code": "x"}),
    "a recovery code": ("sign-in/code", {"recovery": "x"}),
}


@pytest.mark.parametrize("guess", GUESSES)
def test_guessing_is_slowed(start: Open, guess: str) -> None:
    path, form = GUESSES[guess]
    browser = start(STEPS)
    browser.sign_in(NAME)
    half = browser.hidden("half")
    tries = browser.slowed(path, half=half, **form)
    assert set(tries[:-1]) == {422}
    assert len(tries) < 30
    assert int(browser.page.headers["Retry-After"]) >= 1
