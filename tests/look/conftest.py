"""Forms that have looks, and files of a brand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from frontdesk import create_app
from tests.intake.desk import configuration
from tests.support import FORM, Site, serving

LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 48" width="160" height="48">
<script>document.documentElement.setAttribute("data-ran", "1")</script>
<style>rect { fill: #7a1f3d }</style><rect width="160" height="48" rx="8"/></svg>"""


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    """The folder of the configuration, with a logo and a style sheet in it."""
    (tmp_path / "logo.svg").write_bytes(LOGO)
    (tmp_path / "own.css").write_text(".fd-button { text-transform: uppercase }")
    return tmp_path


@pytest.fixture
def looking(brand: Path) -> Iterator[Callable[..., Site]]:
    """Serve forms with a look, which is TOML."""
    with ExitStack() as running:

        def start(look: str, forms: str = FORM, top: str = "") -> Site:
            path = brand / "frontdesk.toml"
            path.write_text(configuration(top=top, forms=f"{look}\n{forms}"), encoding="utf-8")
            return running.enter_context(serving(create_app(path)))

        yield start
