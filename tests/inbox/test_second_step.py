"""The second step of signing in over HTTP: a code that is good once, and nothing before it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from frontdesk.inbox.sign_in import totp
from tests.inbox import leads
from tests.inbox.people import PASSWORD, SECRET, Browser, entry
from tests.inbox.test_fresh import sent
from tests.inbox.test_sign_in import cookie, forged, trail
from tests.support import FORM, Site, open_app

SPARE = ["ABCD-EFGH-IJKL-MNOP", "QRST-UVWX-YZ23-4567"]
CODES = f'totp = "{SECRET}"\nrecovery = {[totp.recovery_hash(code) for code in SPARE]}'
Open = Callable[[], Browser]


def code(drift: int = 0) -> str:
    """The present code, or the one of a step so many before or after it."""
    return totp.code(SECRET, int(time.time()) // totp.STEP + drift)


@pytest.fixture
def config(write_config: Callable[..., Path]) -> Path:
    return write_config(FORM + entry("Eva", "act", more=CODES) + entry("Jan", "act"))


@pytest.fixture
def start(config: Path, serve: Callable[[Flask], Site]) -> Iterator[Open]:
    """Open a browser at a process that has just been started with that configuration."""
    with ExitStack() as opened:

        def one() -> Browser:
            browser = Browser(serve(open_app(config)))
            opened.callback(browser.http.close)
            return browser

        yield one


@pytest.fixture
def eva(start: Open) -> Browser:
    """Eva, whose password was right just now."""
    browser = start()
    assert browser.sign_in("Eva").status_code == 200
    assert "The six digits" in browser.text
    return browser


def enter(browser: Browser, next: str = "", **fields: str) -> int:  # noqa: A002 - a field's name
    """Send the second step's form; how it was answered."""
    form = {"half": browser.hidden("half"), "next": next, **fields}
    return browser.send("sign-in/code", follow=False, **form).status_code


def test_a_password_and_a_code_let_in(eva: Browser, config: Path) -> None:
    assert eva.hidden("next") == ""
    assert enter(eva, code=code(), next="?tab=needs") == 303
    assert eva.page.headers["Location"] == "../?tab=needs"
    assert eva.get(follow=False).status_code == 200
    assert [(line["what"], line["by"]) for line in trail(config)] == [("sign-in", "Eva")]


def test_who_has_no_second_step_is_not_asked(start: Open) -> None:
    browser = start()
    assert browser.sign_in("Jan").url == browser.root


def test_half_of_it_is_good_for_nothing(eva: Browser) -> None:
    """Not for a page, nor as a cookie, nor for another sign-in of the same browser."""
    half, before = eva.hidden("half"), cookie(eva)
    assert eva.get(follow=False).status_code == 303
    eva.http.cookies.clear()
    eva.http.cookies.set("frontdesk-inbox", half)
    assert eva.get(follow=False).status_code == 303
    eva.http.cookies.clear()
    eva.get("sign-in")
    assert enter(eva, half=half, code=code()) == 422, "of another session"
    assert "That took too long." in eva.text
    eva.http.cookies.clear()
    eva.http.cookies.set("frontdesk-inbox", before)
    eva.get("sign-in")
    for wrong in ("", half[:-2], before, "x" * 5000):
        assert enter(eva, half=wrong, code=code()) == 422
    assert enter(eva, half=half, code=code()) == 303


@pytest.mark.parametrize("typed", ["", "000000 ", "abcdef", "0" * 200, "\0", PASSWORD])
def test_a_wrong_code_does_not(eva: Browser, config: Path, typed: str) -> None:
    assert enter(eva, code=typed) == 422
    assert "The code is wrong" in eva.text
    assert "The six digits" in eva.text, "it can be tried again"
    assert eva.get(follow=False).status_code == 303
    assert [(line["what"], line["by"]) for line in trail(config)] == [("sign-in failed", "Eva")]


def test_a_code_is_good_once_among_all_processes(eva: Browser, start: Open) -> None:
    used = code()
    assert enter(eva, code=used) == 303
    for browser in (eva, start()):  # also in a process that is started later
        browser.http.cookies.clear()
        browser.sign_in("Eva")
        assert enter(browser, code=used) == 422
        assert enter(browser, code=code(1)) == (303 if browser is eva else 422)


def test_a_recovery_code_is_good_once_and_for_good(eva: Browser, start: Open, config: Path) -> None:
    assert enter(eva, recovery=SPARE[0].lower()) == 303
    assert [line["what"] for line in trail(config)] == ["recovery code", "sign-in"]
    later = start()
    later.sign_in("Eva")
    assert enter(later, recovery=SPARE[0]) == 422
    assert enter(later, recovery=SPARE[1], code="") == 303
    assert SPARE[0] not in (config.parent / "var/audit.jsonl").read_text()


def test_guessing_codes_is_slowed(eva: Browser) -> None:
    half = eva.hidden("half")
    tries = eva.slowed("sign-in/code", half=half, code="x")
    assert 5 < len(tries) < 20
    assert set(tries[:-1]) == {422}
    assert int(eva.page.headers["Retry-After"]) >= 1
    assert enter(eva, half=half, code=code()) == 429


def test_a_fresh_sign_in_asks_for_both_and_keeps_what_was_sent(eva: Browser) -> None:
    """As the page of a stale session does it, see test_fresh."""
    enter(eva, code=code())
    eva.get()
    kept = {"again": "1", "next": "x/do", "sent.id": "7"}
    assert eva.send("sign-in", name="Eva", password=PASSWORD, **kept).status_code == 200
    assert "Nothing has been done yet." in eva.text
    assert sent(eva) == [("sent.id", "7")]
    token = eva.token
    assert enter(eva, code="wrong", **kept) == 422
    assert sent(eva) == [("sent.id", "7")]
    assert enter(eva, code=code(1), **kept) == 200
    assert 'action="../x/do"' in eva.page.text
    assert sent(eva) == [("id", "7")]
    assert eva.token == token


def test_nothing_typed_is_lost_on_the_way(start: Open) -> None:
    browser = start()
    identity = leads.failed(browser.site)
    browser.get("sign-in")
    kept = {"next": f"{identity}/amend", "kept.unit": "B.2"}
    browser.send("sign-in", name="Eva", password=PASSWORD, **kept)
    found = re.findall(r'<textarea name="(kept\.[^"]+)" hidden>\n([^<]*)', browser.page.text)
    assert {name: unescape(value) for name, value in found} == {"kept.unit": "B.2"}
    assert enter(browser, code=code(), **kept) == 200
    assert 'value="B.2"' in browser.page.text


@pytest.mark.parametrize("more", ["", CODES.replace("GEZ", "AAA")])
def test_another_secret_signs_out(
    eva: Browser, write_config: Callable[..., Path], serve: Callable[[Flask], Site], more: str
) -> None:
    enter(eva, code=code())
    later = Browser(serve(open_app(write_config(FORM + entry("Eva", "act", more=more)))))
    later.http.cookies.set("frontdesk-inbox", cookie(eva))
    assert later.get(follow=False).status_code == 303
    later.http.close()


def test_other_recovery_codes_do_not(
    eva: Browser, write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    enter(eva, code=code())
    more = f'totp = "{SECRET.lower()}"'
    later = Browser(serve(open_app(write_config(FORM + entry("Eva", "act", more=more)))))
    later.http.cookies.set("frontdesk-inbox", cookie(eva))
    assert later.get(follow=False).status_code == 200
    later.http.close()


def test_a_session_of_before_there_was_a_second_step_is_over(eva: Browser) -> None:
    eva.http.cookies.clear()
    eva.http.cookies.set("frontdesk-inbox", forged(name="Eva"))
    assert eva.get(follow=False).status_code == 303


def test_what_cannot_remember_a_code_lets_nobody_in(eva: Browser, config: Path) -> None:
    (config.parent / "var/used").write_text("in the way of the folder")
    assert enter(eva, recovery=SPARE[0]) == 503
    assert "Out of order" in eva.text
    assert eva.get(follow=False).status_code == 303
