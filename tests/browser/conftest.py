"""A form with everything, and Chromium with a visitor's preferences."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from frontdesk import create_app
from tests.browser.house import House, form
from tests.embedding.landing import Landing, elsewhere
from tests.support import GENERAL, serving

PATIENCE = 20_000  # ms


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Forms on 127.0.0.1, landing pages on localhost; nobody delivers what is sent."""
    path = tmp_path_factory.mktemp("house") / "frontdesk.toml"
    landing = Landing()
    with ExitStack() as running:
        landing.url = elsewhere(running.enter_context(serving(landing.app)).url)
        general = GENERAL.replace("{crm}", "http://127.0.0.1:9").replace('"inside"', '"apart"')
        forms = [
            form(slug, origin=landing.url, captcha=captcha)
            for slug, captcha in (("full", "none"), ("proven", "altcha"))
        ]
        path.write_text(general + "".join(forms), encoding="utf-8")
        leads = running.enter_context(serving(create_app(path)))
        landing.allow(leads.url)
        yield House(leads, landing)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages in contexts of their own; the arguments are Browser.new_context()'s."""
    contexts: list[BrowserContext] = []

    def start(**options: object) -> Page:
        context = browser.new_context(locale="en-GB", **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
