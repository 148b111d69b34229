"""Each engine in turn, and a world for it: forms, somebody's pages elsewhere, vendors and a CRM."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from selenium.webdriver import Remote

from frontdesk import create_app
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.captchas.stand_in import StandIn
from tests.embedding.landing import Landing, elsewhere
from tests.engines.engines import ENGINES, missing
from tests.engines.visitor import Visitor
from tests.engines.ways import World, form
from tests.support import GENERAL, serving


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Forms on 127.0.0.1; somebody's pages and the captchas' vendors on localhost."""
    path = tmp_path_factory.mktemp("leads") / "frontdesk.toml"
    landing, vendors = Landing(), StandIn()
    vendors.behaviour = "challenge"
    with ExitStack() as running:
        crm = running.enter_context(serve_sandbox(create_sandbox())).url
        landing.url = elsewhere(running.enter_context(serving(landing.app)).url)
        vendors.url = elsewhere(running.enter_context(serving(vendors.app)).url)
        forms = (form(captcha, landing.url, vendors.url) for captcha in World.CAPTCHAS)
        text = GENERAL.replace("{crm}", crm) + "".join(forms)
        path.write_text(text, encoding="utf-8")
        leads = running.enter_context(serving(create_app(path)))
        yield World(leads, landing, vendors, crm)


@pytest.fixture(scope="session", params=ENGINES)
def driver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Remote]:
    """A browser, which the tests of a process share; one engine at a time."""
    engine: str = request.param
    if absent := missing(engine):
        give_up = pytest.fail if "CI" in os.environ else pytest.skip
        give_up(f"not installed: {', '.join(absent)}")
    with ENGINES[engine](tmp_path_factory.mktemp(engine)) as driver:
        yield driver


@pytest.fixture
def visitor(driver: Remote) -> Iterator[Visitor]:
    visitor = Visitor(driver)
    visitor.window(1000, 1600)  # px: WebKit's driver scrolls a frame into view for nobody
    yield visitor
    assert driver.get_cookies() == []
    driver.get("about:blank")
