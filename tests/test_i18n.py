"""Every language has every message."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from frontdesk.i18n import SOURCE, catalogue, languages
from frontdesk.resources import folder

ROOT = Path(__file__).parents[1]
SOURCES = {ROOT / "app/frontdesk/intake": "**.py", folder("templates") / "frontdesk": "**.html"}
METHODS = {"**.py": "python", "**.html": "jinja2"}


def messages() -> set[str]:
    found: set[str] = set()
    for directory, pattern in SOURCES.items():
        for _, _, message, _, _ in extract_from_dir(
            directory, method_map=[(pattern, METHODS[pattern])]
        ):
            found |= {message} if isinstance(message, str) else set(message)
    return found


@pytest.mark.parametrize("language", [code for code in languages() if code != SOURCE])
def test_a_catalogue_is_complete_and_has_nothing_left_over(language: str) -> None:
    path = folder("translations") / language / "LC_MESSAGES" / "frontdesk.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    translated = {message.id for message in catalog if message.id and message.string}
    assert translated == messages()
    assert not [error for message, errors in catalog.check() for error in errors]


def test_a_message_is_translated() -> None:
    assert catalogue("cs").gettext("Thank you") == "Děkujeme"


def test_an_unknown_language_falls_back_to_english() -> None:
    assert catalogue("xx").gettext("Thank you") == "Thank you"
