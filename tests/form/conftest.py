"""The form on pages of its own server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import Site, open_app, serving

CHECKED = """
[[forms.riverside.attributes]]
key = "floor"
type = "integer"
label = "Floor"

[forms.riverside.captcha]
provider = "altcha"
cost = 1000
counter = 10
"""


@pytest.fixture
def config(write_config: Callable[..., Path]) -> Path:
    """A form with ALTCHA, as in real use."""
    path = write_config()
    path.write_text(path.read_text(encoding="utf-8") + CHECKED, encoding="utf-8")
    return path


@pytest.fixture
def desk(config: Path) -> Iterator[Site]:
    with serving(open_app(config)) as site:
        yield site
