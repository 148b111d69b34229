"""Running desks: one for all tests that only knock, and ones with settings of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from frontdesk import create_app
from tests.intake.desk import HASTY, ORCHARD, configuration
from tests.support import FORM, Site, serving


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running app with the forms `riverside`, `orchard` and `hasty`, shared by all tests."""
    path = tmp_path_factory.mktemp("desk") / "frontdesk.toml"
    path.write_text(configuration(forms=FORM + ORCHARD + HASTY), encoding="utf-8")
    with serving(create_app(path)) as site:
        yield site


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Start an app with a configuration of the test's own; the arguments are configuration()'s."""
    with ExitStack() as running:

        def start(folder: Path = tmp_path, **changes: str) -> Site:
            path = folder / "frontdesk.toml"
            path.write_text(configuration(**changes), encoding="utf-8")
            return running.enter_context(serving(create_app(path)))

        yield start
