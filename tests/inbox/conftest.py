"""A site with two forms and an inbox, and people who use it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect

from tests.inbox.people import HILL, INBOX, PASSWORD, TWO_STEPS, Browser
from tests.inbox.provider import Provider
from tests.support import FORM, PATIENCE, Site, open_app


@pytest.fixture
def config(write_config: Callable[..., Path]) -> Path:
    """A configuration with the forms `riverside` and `hill`, everybody of PEOPLE, and one more."""
    return write_config(FORM + HILL + INBOX + TWO_STEPS)


@pytest.fixture
def inbox(config: Path, serve: Callable[[Flask], Site]) -> Site:
    """The site of that configuration, its courier inside."""
    return serve(open_app(config))


@pytest.fixture
def browse(inbox: Site) -> Iterator[Callable[..., Browser]]:
    """Open browsers, each of a person who has signed in if there is a name."""
    with ExitStack() as opened:

        def one(name: str = "", **headers: str) -> Browser:
            browser = Browser(inbox, **headers)
            opened.callback(browser.http.close)
            if name:
                assert browser.sign_in(name).status_code == 200, browser.page.text
            return browser

        yield one


@pytest.fixture
def provider(serve: Callable[[Flask], Site]) -> Provider:
    """A provider of OpenID Connect, which listens."""
    made = Provider()
    return made.at(serve(made.app))


@pytest.fixture
def open_inbox(browser: Chromium, inbox: Site) -> Iterator[Callable[..., Page]]:
    """Open the inbox; what the browser complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def start(name: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB", **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(f"{inbox.url}/inbox/")
        if name:
            sign_in(page, name)
        return page

    yield start
    for context in contexts:
        context.close()
    assert [one for one in complaints if "status of 4" not in one] == []


def say_who(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the page to sign in on, as people do: once the page has put the cursor there."""
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)


def sign_in(page: Page, name: str) -> None:
    say_who(page, name)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Enquiries")).to_be_visible()
