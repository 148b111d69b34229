"""One app takes another's place: requests under way end, and what was before is forgotten."""

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

from flask import Flask

from frontdesk import create_app
from frontdesk.cli.swap import Swap
from frontdesk.config import load
from frontdesk.intake.captcha.base import Verdict
from frontdesk.kinds import KINDS
from tests.support import BRISK, eventually


class State:
    """What an app has of us, as far as a swap knows it."""

    def __init__(self) -> None:
        self.begun, self.left, self.closed = threading.Event(), threading.Event(), False

    def leave_to(self, _heir: "State", emptied: Any) -> None:
        self.begun.set()
        emptied()
        self.left.set()

    def close(self) -> None:
        self.closed = True


def made(name: str) -> Flask:
    app = Flask(name)
    app.extensions["frontdesk"] = State()
    app.add_url_rule("/", view_func=lambda: name)
    return app


ENVIRON = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "x", "SERVER_PORT": "80"}
ENVIRON |= {"wsgi.url_scheme": "http"}


def ask(swap: Swap) -> Any:
    """An answer that is still to be read."""
    return swap(dict(ENVIRON), lambda *_: None)


def test_requests_under_way_end_with_the_app_that_they_came_to() -> None:
    one, two = made("one"), made("two")
    swap = Swap(one)
    before, also = ask(swap), ask(swap)
    swap.close_beside(swap.replace(two))
    old: State = one.extensions["frontdesk"]
    assert old.begun.wait(60)
    after = ask(swap)
    assert b"".join(after) == b"two"
    after.close()
    assert b"".join(before) == b"one"
    before.close()
    assert not old.left.is_set(), "another one is still under way"
    also.close()
    assert old.left.wait(60)
    swap.close()
    assert two.extensions["frontdesk"].closed
    assert not old.closed, "the store is the new one's now"


def test_an_app_without_requests_is_left_at_once() -> None:
    one, two = made("one"), made("two")
    swap = Swap(one)
    swap.replace(two)()
    assert one.extensions["frontdesk"].left.is_set()


def test_a_request_that_breaks_is_not_waited_for() -> None:
    one, two = made("one"), made("two")

    def broken(*_: Any) -> Any:
        raise SystemExit

    one.wsgi_app = broken  # type: ignore[method-assign]
    swap = Swap(one)
    try:
        ask(swap)
    except SystemExit:
        pass
    else:
        raise AssertionError("it did not break")
    swap.replace(two)()
    assert one.extensions["frontdesk"].left.is_set()


def test_what_was_before_is_forgotten(write_config: Any) -> None:
    """However often a configuration changes, a process does not grow by it."""
    config: Path = write_config()
    swap, gone = Swap(create_app(load(config, KINDS), intervals=BRISK)), []
    for _ in range(5):
        old = swap.app
        assert old.test_client().get("/forms/riverside").status_code == 200
        gone.append(weakref.ref(old.extensions["frontdesk"].settings))
        swap.close_beside(swap.replace(create_app(load(config, KINDS), before=old)))
        del old

    def forgotten() -> bool:
        gc.collect()
        return not any(ref() for ref in gone)

    eventually(forgotten)
    swap.close()


def test_captchas_that_stay_are_kept_and_others_let_go(write_config: Any) -> None:
    """What was found out of a provider goes on; an outage of one that is gone does not."""
    captcha = '[captcha]\nprovider = "none"\nallow_none = true'
    vendor = (
        '[captcha]\nprovider = "turnstile"\nsitekey = "k"\nsecret = "s"\n'
        'verify_url = "http://127.0.0.1:9/siteverify"'
    )
    with_vendor = load(write_config(**{captcha: vendor}), KINDS)
    without = load(write_config(), KINDS)
    first = create_app(with_vendor, intervals=BRISK)
    state = first.extensions["frontdesk"]
    enquiries, form = state.intake.enquiries, with_vendor.forms["riverside"]
    for _ in range(3):
        assert enquiries.captcha(form).verify("x" * 40, "", "riverside") is Verdict.UNAVAILABLE
    store = state.intake.store
    assert store.leased("turnstile.outage")
    swap = Swap(first)
    second = create_app(with_vendor, before=first)
    assert second.extensions["frontdesk"].intake.enquiries.captcha(form) is enquiries.captcha(form)
    swap.replace(second)()
    assert store.leased("turnstile.outage"), "it is still out of reach, and known to be so"
    swap.replace(create_app(without, before=second))()
    assert not store.leased("turnstile.outage")
    swap.close()
