"""What is written for browsers stays within the oldest that docs/form.md names."""

import re

import pytest

from frontdesk.resources import folder
from tests.docs import pages
from tests.older import WORDS

SOURCES = sorted(
    path.relative_to(folder("static"))
    for path in folder("static").rglob("*")
    if path.suffix in (".js", ".css")
)


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_nothing_newer_is_written(path: object) -> None:
    text = (folder("static") / str(path)).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/|^\s*//.*$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert WORDS.findall(text) == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix == ".css"], ids=str)
def test_every_rule_ends(path: object) -> None:
    text = (folder("static") / str(path)).read_text(encoding="utf-8")
    assert text.count("{") == text.count("}"), "what follows would be a part of it"


def test_the_documents_name_the_oldest() -> None:
    assert "iOS 15.0, Safari 15.0, Chrome 90, Firefox 90" in " ".join(
        pages.text("docs/form.md").split()
    )
