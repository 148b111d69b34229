"""A WordPress with the plugin, a Frontdesk on another site, and a sandbox CRM."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.support import FORM, GENERAL, HIDDEN, PATIENCE, open_app, serving
from tests.wordpress.admin import Admin
from tests.wordpress.server import PASSWORD, PLUGIN, USER, WordPress, own_wordpress

CLOSED = """
[forms.closed]
title = "For nobody else"
destinations = ["crm"]
"""


class World:
    """Everything that runs: WordPress on localhost, the forms on 127.0.0.1, and the CRM."""

    def __init__(self, wordpress: WordPress, leads: str, crm: str) -> None:
        self.wordpress, self.leads, self.crm = wordpress, leads, crm
        self.admin = Admin(wordpress.url, USER, PASSWORD)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path = tmp_path_factory.mktemp("leads") / "frontdesk.toml"
    with ExitStack() as running:
        folder = running.enter_context(
            tempfile.TemporaryDirectory(prefix="wp", ignore_cleanup_errors=True)
        )
        wordpress = running.enter_context(own_wordpress(Path(folder)))
        crm = running.enter_context(serve_sandbox(create_sandbox())).url
        forms = FORM.replace("https://riverside.example.com", wordpress.url) + HIDDEN + CLOSED
        path.write_text(GENERAL.replace("{crm}", crm) + forms, encoding="utf-8")
        leads = running.enter_context(serving(open_app(path))).url
        yield World(wordpress, leads, crm)
        ours = [line for line in wordpress.complaints.splitlines() if "plugins/frontdesk" in line]
        assert ours == []


@pytest.fixture
def plugin(world: World) -> World:
    """The same, with the plugin activated and set up."""
    folder = world.wordpress.folder / "root/wp-content/plugins/frontdesk"
    if not folder.exists():
        shutil.copytree(PLUGIN, folder)
    world.admin.activate()
    assert "Settings saved." in world.admin.save(world.leads, "riverside")
    return world


@pytest.fixture
def office(world: World, browser: Browser) -> Iterator[Page]:
    """A browser in which the administrator has signed in."""
    context = browser.new_context(locale="en-GB", base_url=world.wordpress.url)
    context.set_default_timeout(PATIENCE * 1000)
    # The editor has pictures on wordpress.org.
    context.route(re.compile(r"^https://"), lambda route: route.abort())
    page = context.new_page()
    page.goto("/wp-login.php")
    page.get_by_label("Username or Email Address").fill(USER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log In").click()
    page.get_by_role("heading", name="Dashboard", exact=True).wait_for()
    yield page
    context.close()
