"""A site with two forms and an inbox, and people who use it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from tests.inbox.people import HILL, INBOX, TWO_STEPS, Browser
from tests.support import FORM, Site, open_app


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
