"""What the tests share: a running sandbox CRM, configurations, and real servers."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from frontdesk import create_app
from frontdesk.config import Settings, load
from frontdesk.crm.realpad.sandbox import create_sandbox, serve_sandbox
from frontdesk.extension import KINDS
from tests.support import FORM, GENERAL, Site, serving

CHROMIUM = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--test-third-party-cookie-phaseout",
]


@pytest.fixture
def crm() -> Iterator[str]:
    """The URL of a running sandbox CRM."""
    with serve_sandbox(create_sandbox()) as sandbox:
        yield sandbox.url


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
    return serve(create_app(write_config()))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, with third-party cookies blocked."""
    chromium = shutil.which("chromium")
    if chromium is None and "CI" not in os.environ:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield launched
        launched.close()
