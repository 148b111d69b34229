"""Somebody's own page, of another origin and under a strict policy, with a form of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.embedding.landing import Landing, elsewhere
from tests.own_form.house import CHECKED, House
from tests.support import open_app, serving


@pytest.fixture
def house(write_config: Callable[..., Path], crm: str) -> Iterator[Callable[..., House]]:
    """Start Frontdesk and a page that may use it; `more` is added to the configuration."""
    with ExitStack() as running:

        def start(more: str = CHECKED, **replace: str) -> House:
            landing = Landing()
            landing.url = elsewhere(running.enter_context(serving(landing.app)).url)
            config = write_config(**{"https://riverside.example.com": landing.url, **replace})
            config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
            desk = running.enter_context(serving(open_app(config)))
            return House(desk, landing, crm, config)

        yield start


@pytest.fixture
def home(house: Callable[..., House]) -> House:
    """With ALTCHA and an attribute."""
    return house()


@pytest.fixture
def patient(open_page: Callable[..., Any]) -> Page:
    """A page on which requests may fail."""
    page: Page = open_page(
        expect=("Failed to load resource", "net::ERR_", "CORS policy", "frontdesk.js:")
    )
    return page
