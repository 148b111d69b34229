"""What the documents and examples say beside each other, they say alike."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.docs import pages

CONFIGURATIONS = (
    "examples/frontdesk.toml",
    "examples/try.toml",
    "app/frontdesk/sandbox/demo/templates/frontdesk.toml",
)
FORMS = ("docs/own-form.md", "docs/configuration.md", "examples/spa/index.html")
LABEL = re.compile(r"I agree to [^<{\"\n]*[^<{\"\s]")


def riverside(configuration: str) -> dict[str, Any]:
    # The demo's is a template: the list of units is put in for "$units", another CRM for "$other".
    text = pages.text(configuration).replace("= $units", "= []").replace("$other", "")
    form: dict[str, Any] = tomllib.loads(text)["forms"]["riverside"]
    return form


def consent(configuration: str) -> dict[str, Any]:
    [found] = [each for each in riverside(configuration)["consents"] if each.get("required")]
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_every_configuration_is_one_for_the_single_page_app(configuration: str) -> None:
    assert consent(configuration)["id"] == 2
    attributes = {each["key"]: each["type"] for each in riverside(configuration)["attributes"]}
    assert attributes["viewing_date"] == "date"


@pytest.mark.parametrize("place", FORMS)
def test_a_form_asks_for_the_consent_in_the_words_of_the_configurations(place: str) -> None:
    """The journal keeps the configured words as those that were agreed to."""
    asked = set(LABEL.findall(pages.text(place)))
    assert asked == {consent(configuration)["label"]["en"] for configuration in CONFIGURATIONS}


def test_nothing_of_the_example_is_left_after_putting_in_ones_own(tmp_path: Path) -> None:
    document = "examples/README.md"
    [script] = [block for block in pages.blocks(document, "sh") if "sed" in block]
    (tmp_path / "examples").symlink_to(pages.ROOT / "examples")
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True)
    made = [path for path in (tmp_path / "build").rglob("*") if path.is_file()]
    assert made
    for path in made:
        assert b"example.com" not in path.read_bytes(), path
