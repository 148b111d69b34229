"""What is grave is only for who has lately proved to be somebody: asked for, kept, gone on with."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask, Response, jsonify, request

from frontdesk.inbox.routes import Route, inbox_blueprint
from tests.inbox import leads
from tests.inbox.people import PASSWORD, Browser, entry
from tests.inbox.test_sign_in import cookie, made, trail
from tests.support import FORM, Site, open_app

PROXY = {"[limits]": "trusted_proxies = 1\n[limits]"}
HEADER = '[inbox.header]\nname = "X-Remote-User"\n'


def grave_page() -> Response:
    return jsonify(asked=request.args.to_dict(flat=False))


def grave() -> Response:
    return jsonify(done=request.form.to_dict(flat=False))


# As those of the table are, and like them by their least role.
GRAVE = (
    Route("GET", "/inbox/grave", grave_page, "admin", fresh=True),
    Route("POST", "/inbox/grave/do", grave, "admin", fresh=True),
)


@pytest.fixture
def site(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    people = entry("Eva", "admin") + entry("Jan", "read") + entry("Iva", "admin") + HEADER
    app = open_app(write_config(FORM + people, **PROXY))
    app.register_blueprint(inbox_blueprint(GRAVE), name="grave")
    return serve(app)


@pytest.fixture
def config(site: Site) -> Path:
    found: Path = site.app.extensions["frontdesk"].settings.data_dir
    return found.parent / "frontdesk.toml"


@pytest.fixture
def eva(site: Site) -> Iterator[Browser]:
    browser = Browser(site)
    yield browser
    browser.http.close()


def proved(browser: Browser, ago: int, name: str = "Eva") -> None:
    """Be signed in since a while, without having proved again who it is."""
    browser.http.cookies.clear()
    since = {"begun": -ago, "seen": 0, "proved": -ago, "name": name}
    browser.http.cookies.set("frontdesk-inbox", made(since), domain="127.0.0.1")


def sent(browser: Browser) -> list[tuple[str, str]]:
    """What the page would send again, by its hidden fields."""
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n([^<]*)', browser.page.text)
    return [(unescape(name), unescape(value)) for name, value in found]


def test_who_has_just_signed_in_is_not_asked(eva: Browser) -> None:
    eva.sign_in("Eva")
    assert eva.get("grave", follow=False).status_code == 200
    eva.get()
    assert eva.send("grave/do", sure="yes").json()["done"]["sure"] == ["yes"]


@pytest.mark.parametrize(("ago", "asked"), [(1700, False), (1860, True), (40_000, True)])
def test_half_an_hour_is_long(eva: Browser, ago: int, asked: bool) -> None:
    proved(eva, ago)
    assert eva.get("grave", follow=False).status_code == (303 if asked else 200)
    assert eva.get(follow=False).status_code == 200, "anything else goes on"


def test_a_page_is_shown_once_it_is_proved(eva: Browser, config: Path) -> None:
    proved(eva, 3600)
    before = cookie(eva)
    eva.get("grave", of="Jana Nováková")
    assert "Please sign in again" in eva.text
    assert 'value="Eva"' in eva.page.text
    assert "readonly" in eva.page.text
    form = {"next": "grave?of=Jana+Nov%C3%A1kov%C3%A1", "again": "1"}
    assert eva.send("sign-in", name="Eva", password="wrong", **form).status_code == 422
    assert "Please sign in again" in eva.text
    token = eva.token
    answer = eva.send("sign-in", name="Eva", password=PASSWORD, **form)
    assert answer.json() == {"asked": {"of": ["Jana Nováková"]}}
    eva.get()
    assert eva.token == token, "what is open in another tab stays valid"
    assert [(line["what"], line["by"]) for line in trail(config)] == [
        ("sign-in failed", "Eva"),
        ("sign-in", "Eva"),
    ]
    stolen = Browser(Site(Flask("served elsewhere"), eva.root.removesuffix("/inbox/")))
    stolen.http.cookies.set("frontdesk-inbox", before)
    assert stolen.get("grave", follow=False).status_code == 303, "who has copied it has to prove it"
    stolen.http.close()


def test_what_was_sent_is_kept_and_goes_on_by_a_button(eva: Browser) -> None:
    proved(eva, 3600)
    eva.get()
    told = {"id": ["1", "2"], "note": 'Two\r\nlines & "quotes" <b>', "next": "x", "version": "7"}
    answer = eva.send("grave/do", **told)
    assert answer.status_code == 401
    assert "Nothing has been done yet." in eva.text
    again = {"next": "grave/do", "again": "1", **dict(sent(eva)), "sent.id": ["1", "2"]}
    assert eva.send("sign-in", name="Eva", password="wrong", **again).status_code == 422
    assert "Nothing has been done yet." in eva.text
    answer = eva.send("sign-in", name="Eva", password=PASSWORD, **again)
    assert answer.status_code == 200
    assert "Nothing has been done yet" in eva.text
    action = re.search(r'<form method="post" action="([^"]+)" class="stack', answer.text)
    assert action is not None
    assert action[1] == "./grave/do"
    assert {name for name, _ in sent(eva)} == {"id", "note", "next", "version"}
    goes_on = {**dict(sent(eva)), "id": ["1", "2"]}
    done = eva.send(action[1], **goes_on).json()["done"]
    assert done.pop("csrf_token")
    done["note"] = [done["note"][0].replace("\r\n", "\n")]  # as the test read the page
    assert done == {
        "id": ["1", "2"],
        "note": ['Two\nlines & "quotes" <b>'],
        "next": ["x"],
        "version": ["7"],
    }


def test_what_somebody_sent_nobody_else_goes_on_with(eva: Browser) -> None:
    proved(eva, 3600)
    eva.get()
    eva.send("grave/do", id="1")
    again = {"next": "grave/do", "again": "1", **dict(sent(eva))}
    assert eva.send("sign-in", name="Iva", password=PASSWORD, **again).url == eva.root
    assert "Iva" in eva.text


def test_what_another_site_sends_is_not_kept(eva: Browser) -> None:
    """Or a button of ours would send it: where a browser hides the origin, only a token tells."""
    proved(eva, 3600)
    for path, form in (("grave/do", {"id": "1"}), ("sign-in", {"sent.id": "1", "again": "1"})):
        eva.get()
        answer = eva.send(path, csrf_token="none", next="grave/do", **form)
        assert answer.status_code == 401
        assert sent(eva) == []


def test_a_role_is_asked_for_before_a_password(eva: Browser) -> None:
    proved(eva, 3600, name="Jan")
    assert eva.get("grave", follow=False).status_code == 403
    eva.get()
    assert eva.send("grave/do").status_code == 403
    eva.http.cookies.clear()
    assert "sign-in?next=grave" in eva.get("grave", follow=False).headers["Location"]


def test_who_is_vouched_for_cannot_prove_anything(site: Site) -> None:
    known = {"X-Remote-User": "Eva", "X-Forwarded-For": "192.0.2.1"}
    browser = Browser(site, **known)
    assert browser.get("grave").status_code == 200
    browser.get(str(leads.held(site)))
    assert browser.send("grave/do", sure="yes").status_code == 200
    browser.http.close()


def test_tries_are_limited_as_those_to_sign_in(eva: Browser, config: Path) -> None:
    proved(eva, 3600)
    eva.get("grave")
    tries = eva.slowed("sign-in", name="Eva", password="wrong", again="1")
    assert 10 < len(tries) < 30
    assert set(tries[:-1]) == {422}
    assert "Please sign in again" in eva.text
    assert [line["what"] for line in trail(config)] == ["sign-in failed"] * (len(tries) - 1)
    assert eva.get(follow=False).status_code == 200, "still signed in"
