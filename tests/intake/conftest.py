"""Running desks: one for all tests that only knock, and ones with settings of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from tests.intake.desk import HASTY, ORCHARD, running_desk
from tests.support import FORM, Site

READ = """async ([name, inputs]) => {
  const { answered, complaint, understood, sent } = await import("/static/fields.js");
  const field = document.querySelector(`[name=${name}]`);
  return inputs.map((text) => {
    field.value = text;
    return [complaint(field), understood(field), sent(field), answered(field)];
  });
}"""


class Reading(NamedTuple):
    complaint: str
    understood: str
    sent: str
    answered: bool


Read = Callable[..., list[Reading]]


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running app with the forms `riverside`, `orchard` and `hasty`, shared by all tests."""
    with running_desk(tmp_path_factory.mktemp("desk"), forms=FORM + ORCHARD + HASTY) as site:
        yield site


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Start an app with a configuration of the test's own; the arguments are configuration()'s."""
    with ExitStack() as running:

        def start(folder: Path = tmp_path, **changes: str) -> Site:
            return running.enter_context(running_desk(folder, **changes))

        yield start


@pytest.fixture(scope="module")
def shared_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def read(shared_page: Page) -> Read:
    """How static/fields.js reads inputs typed into a field of a site's form."""

    def read(
        site: Site, name: str, inputs: list[str], form: str = "riverside", lang: str = "en"
    ) -> Any:
        shared_page.goto(f"{site.url}/forms/{form}?lang={lang}")
        return [Reading(*found) for found in shared_page.evaluate(READ, [name, inputs])]

    return read
