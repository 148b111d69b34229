"""What the tests share: a running sandbox CRM, configurations, and real servers."""

import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from frontdesk.config import Settings, load
from frontdesk.kinds import KINDS
from frontdesk.sandbox.realgeeks import app as realgeeks
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.demo_process import Demo
from tests.memory import keep_files_in_memory
from tests.older import DELETE
from tests.postgresql import Database, Server, new_database, own_server
from tests.receivers import Mailbox, Webhook, mail_server, webhook
from tests.support import FORM, GENERAL, PATIENCE, Site, open_app, serving

CHROMIUM = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--test-third-party-cookie-phaseout",
]
# The same examples each time, so that a run says something about a change; `make faults` looks
# further, and each time elsewhere.
hypothesis.settings.register_profile(
    "short",
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.register_profile(
    "long", hypothesis.settings.get_profile("short"), max_examples=3_000, derandomize=False
)
hypothesis.settings.load_profile("short")

expect.set_options(timeout=PATIENCE * 1000)
NUMBERS = itertools.count()  # for names
EVENTS = ("ready", "view", "started", "submitted", "error")
# Runs before a page's own scripts, in every frame.
WATCH = f"""
window.seen = [];
for (const name of {list(EVENTS)}) addEventListener("frontdesk:" + name, (event) =>
  seen.push({{ name, id: event.target.id, detail: event.detail }}));
"""


def pytest_configure() -> None:
    keep_files_in_memory()
    # A shell's background jobs, and all that they start, ignore that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two a core, for tests wait as long as they compute."""
    return 2 * len(os.sched_getaffinity(0))


# What takes a minute or more by itself, so that no process is left alone with it at the end.
LONG = ("test_processes", "test_make", "test_main_job", "test_in_view", "test_openapi")
LONG += ("test_captcha_breaker", "test_size", "test_examples", "test_demo", "test_faults")
LONG += ("test_specifications", "test_reload", "test_spooling", "test_together", "test_plugin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, whatever the number of their tests."""
    items.sort(key=lambda item: item.path.stem not in LONG)


class Compiled(BytecodeCache):
    """Templates that were compiled once in this process, by their source."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


# Hundreds of apps are made, and compiling their templates would be most of what that takes.
Flask.jinja_options = {"bytecode_cache": Compiled()}


@pytest.fixture
def crm() -> Iterator[str]:
    """The URL of a running sandbox CRM."""
    with serve_sandbox(create_sandbox()) as sandbox:
        yield sandbox.url


@pytest.fixture
def geeks() -> Iterator[str]:
    """The URL of a running sandbox Real Geeks."""
    with serve_sandbox(realgeeks.create_sandbox()) as sandbox:
        yield sandbox.url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running PostgreSQL, which tests must not stop: others use it after them."""
    with own_server() as server:
        yield server


@pytest.fixture
def database(postgresql: Server) -> Iterator[Database]:
    """A new database, with nothing in it."""
    with new_database(postgresql, f"test{next(NUMBERS)}") as made:
        yield made


@pytest.fixture
def write_config(tmp_path: Path, crm: str) -> Callable[..., Path]:
    """Write a frontdesk.toml; `replace` maps texts of the standard one to others."""

    def write(form: str = FORM, **replace: str) -> Path:
        text = GENERAL.replace("{crm}", crm) + form
        for old, new in replace.items():
            if old not in text:
                raise AssertionError(f"{old!r} is not in the standard configuration")
            text = text.replace(old, new)
        path = tmp_path / "frontdesk.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """A running webhook."""
    with webhook() as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A running mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def settings(write_config: Callable[..., Path]) -> Settings:
    return load(write_config(), KINDS)


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], Site]]:
    """Serve Flask apps over HTTP until the test ends."""
    with ExitStack() as servers:
        yield lambda app: servers.enter_context(serving(app))


@pytest.fixture
def site(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    """The stand-alone app with the standard configuration, its courier inside."""
    return serve(open_app(write_config()))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with the three sites of examples/, which all tests share."""
    running = Demo(tmp_path_factory.mktemp("demo") / "data")
    yield running
    assert running.stop() == 0, running.output.read_text()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Its driver needs a library that comes with the browsers, and is not on a bare Debian.
    installed("chromium-headless-shell", "chromium")
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium's engine without its windows, which cost more than a page, if that is there."""
    yield from launch(playwright, "chromium-headless-shell", "chromium")


@pytest.fixture(scope="session")
def strict_browser(playwright: Playwright) -> Iterator[Browser]:
    """The whole of Chromium, which alone can block third-party cookies and storage."""
    yield from launch(playwright, "chromium")


def installed(*programs: str) -> str | None:
    """The first of some browsers that is installed; without any, the test is skipped."""
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is None and "CI" not in os.environ:
        pytest.skip("chromium is not installed")
    return found


def launch(playwright: Playwright, *programs: str) -> Iterator[Browser]:
    """Run the first of some browsers that is installed."""
    launched = playwright.chromium.launch(executable_path=installed(*programs), args=CHROMIUM)
    yield launched
    launched.close()


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
        context.set_default_timeout(PATIENCE * 1000)
        context.add_init_script(WATCH)
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        return context.new_page()

    yield start
    for context in contexts:
        # Visitors get none; the inbox has one.
        assert {cookie["name"] for cookie in context.cookies()} <= {"frontdesk-inbox"}
        context.close()
    assert [c for c in complaints if not any(known in c for known in expected)] == []


@pytest.fixture
def old(open_page: Callable[..., Page]) -> Page:
    """A page in one of the oldest browsers that we work in, as far as today's can play it."""
    # Where style sheets cannot be made by a script, one is tried that a page's policy may forbid.
    page = open_page(expect=("inline style", "TypeError"))
    page.add_init_script(DELETE)
    return page


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
