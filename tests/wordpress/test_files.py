"""The plugin's files, without a WordPress around them."""

import json
import re
import subprocess
import tomllib

import pytest

from frontdesk.i18n import languages
from tests.docs import pages
from tests.wordpress.server import PLUGIN, php

FILES = sorted(path.relative_to(PLUGIN).as_posix() for path in PLUGIN.rglob("*.php"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_asked_for_by_itself_does_nothing(name: str) -> None:
    program = php()
    checked = subprocess.run(
        [program, "-l", PLUGIN / name], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stdout
    shown = ["-d", "error_reporting=-1", "-d", "display_errors=1"]
    alone = subprocess.run([program, *shown, PLUGIN / name], capture_output=True, timeout=60)
    assert (alone.returncode, alone.stdout) == (0, b"")


def test_all_files_are_of_frontdesks_version() -> None:
    version = tomllib.loads(pages.text("pyproject.toml"))["project"]["version"]
    found = {
        name: re.findall(pattern, (PLUGIN / name).read_text(encoding="utf-8"))
        for name, pattern in {
            "frontdesk.php": r"Version: +(\S+)",
            "readme.txt": r"Stable tag: (\S+)",
            "block/edit.asset.php": r"'version' +=> '(\S+)'",
            "block/block.json": r'"version": "(\S+)"',
        }.items()
    }
    assert found == {name: [version] for name in found}


def test_the_block_has_attributes_of_the_shortcode() -> None:
    block = json.loads((PLUGIN / "block/block.json").read_text(encoding="utf-8"))
    element = (PLUGIN / "includes/element.php").read_text(encoding="utf-8")
    [words] = re.findall(r"const ATTRIBUTES = array\((.*)\);", element)
    known = re.findall(r"'([^']+)'", words)
    assert set(block["attributes"]) < set(known)
    readme = (PLUGIN / "readme.txt").read_text(encoding="utf-8")
    assert re.findall(r"^\* `([a-z-]+)`:", readme, re.MULTILINE) == known
    editor = (PLUGIN / "block/edit.js").read_text(encoding="utf-8")
    assert all(f"{name}: [" in editor or f"'{name}'" in editor for name in block["attributes"])


def test_it_is_under_the_licence_of_frontdesk() -> None:
    assert (PLUGIN / "license.txt").read_text(encoding="utf-8") == pages.text("LICENSE")


def test_every_text_is_of_the_plugins_domain() -> None:
    for name in [*FILES, "block/edit.js"]:
        source = (PLUGIN / name).read_text(encoding="utf-8")
        calls = re.findall(r"\b(?:__|esc_html__|esc_html_e)\( *([\"'].*?[\"']) *\)", source)
        assert all(call.endswith(", 'frontdesk'") for call in calls), (name, calls)


def test_the_link_is_in_every_language_of_the_forms() -> None:
    element = (PLUGIN / "includes/element.php").read_text(encoding="utf-8")
    [words] = re.findall(r"const LINK = array\((.*?)\);", element, re.DOTALL)
    assert set(re.findall(r"'(\w\w)' =>", words)) == set(languages())
