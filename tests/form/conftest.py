"""The form on pages of its own server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import ALTCHA, FLOOR, Site, open_app, serving


@pytest.fixture
def config(write_config: Callable[..., Path]) -> Path:
    """A form with ALTCHA, as in real use."""
    path = write_config()
    path.write_text(path.read_text(encoding="utf-8") + FLOOR + ALTCHA, encoding="utf-8")
    return path


@pytest.fixture
def desk(config: Path) -> Iterator[Site]:
    with serving(open_app(config)) as site:
        yield site
