"""Real servers on different sites, and Chromium that gives third parties no cookies."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from frontdesk import create_app
from frontdesk.crm.realpad.sandbox import create_sandbox, serve_sandbox
from tests.embedding.landing import WATCH, Landing, World, elsewhere
from tests.support import FORM, GENERAL, serving

PATIENCE = 20_000  # ms

MORE_FORMS = """
[forms.checked]
title = "Checked by a captcha"
destinations = ["crm"]
units = ["A.101", "B.202"]
allowed_origins = ["{landing}"]
success_url = "{landing}/arrived?from=configuration"

[forms.checked.captcha]
provider = "altcha"

[forms.closed]
title = "For nobody else"
destinations = ["crm"]
"""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Forms on 127.0.0.1, landing pages on localhost: two sites, as browsers see it."""
    path = tmp_path_factory.mktemp("leads") / "frontdesk.toml"
    landing = Landing()
    with ExitStack() as running:
        crm = running.enter_context(serve_sandbox(create_sandbox())).url
        landing.url = elsewhere(running.enter_context(serving(landing.app)).url)
        stranger = elsewhere(running.enter_context(serving(landing.app)).url)
        forms = FORM.replace("https://riverside.example.com", landing.url)
        path.write_text(
            GENERAL.replace("{crm}", crm) + forms + MORE_FORMS.replace("{landing}", landing.url),
            encoding="utf-8",
        )
        leads = running.enter_context(serving(create_app(path)))
        landing.allow(leads.url)
        yield World(leads, landing, stranger, crm)


@pytest.fixture
def landing(world: World) -> Landing:
    world.landing.pages.clear()
    world.landing.allow(world.leads.url)
    return world.landing


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages; what the browser complains about fails the test unless it is expected."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    expected: list[str] = ["status of 422"]

    def start(*, expect: tuple[str, ...] = (), **options: object) -> Page:
        expected.extend(expect)
        context = browser.new_context(locale="en-GB", **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WATCH)
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        return context.new_page()

    yield start
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert [c for c in complaints if not any(known in c for known in expected)] == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
