"""Every language has every message."""

import re
from collections.abc import Iterator
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from frontdesk.i18n import SOURCE, catalogue, languages
from frontdesk.resources import folder

ROOT = Path(__file__).parents[1]
SOURCES = {ROOT / "app/frontdesk/intake": "**.py", folder("templates") / "frontdesk": "**.html"}
METHODS = {"**.py": "python", "**.html": "jinja2"}


Message = str | tuple[str, ...]  # more than one: with plural forms


def messages() -> set[Message]:
    found: set[Message] = set()
    for directory, pattern in SOURCES.items():
        for _, _, message, _, _ in extract_from_dir(
            directory, method_map=[(pattern, METHODS[pattern])]
        ):
            found.add(message if isinstance(message, str) else tuple(message))
    return found


TRANSLATED = [code for code in languages() if code != SOURCE]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
EXAMPLE = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBERS = (1, 2, 5)  # of each plural form that any of the languages has


def catalog_of(language: str) -> Catalog:
    path = folder("translations") / language / "LC_MESSAGES" / "frontdesk.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def test_the_languages() -> None:
    assert languages() == ["cs", "de", "en", "hu", "pl", "sk", "uk"]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_complete_and_has_nothing_left_over(language: str) -> None:
    catalog = catalog_of(language)
    translated = {
        message.id
        for message in catalog
        if message.id
        and all([message.string] if isinstance(message.string, str) else message.string)
    }
    assert translated == messages()
    assert not [error for message, errors in catalog.check() for error in errors]
    assert not catalog.obsolete
    assert not [message.id for message in catalog if message.id and message.fuzzy]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_says_its_language_and_its_plurals(language: str) -> None:
    catalog = catalog_of(language)
    assert dict(catalog.mime_headers)["Language"] == language
    text_of, cldr = c2py(catalog.plural_expr), Locale(language).plural_form
    pairs = {(text_of(number), cldr(number)) for number in range(1000)}
    assert len(pairs) == catalog.num_plurals == len({cldr(number) for number in range(1000)})


def translations(language: str) -> Iterator[tuple[str, str]]:
    """Each message and what it is in a language, in each of its plural forms."""
    found = catalogue(language)
    for message in messages():
        if isinstance(message, str):
            yield message, found.gettext(message)
        else:
            for number in NUMBERS:
                yield message[number != 1], found.ngettext(*message, number)


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english(language: str) -> None:
    assert not [message for message, text in translations(language) if text == message]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("kept", [PLACEHOLDER, EXAMPLE], ids=["placeholders", "examples"])
def test_a_translation_keeps(language: str, kept: re.Pattern[str]) -> None:
    for message, text in translations(language):
        assert kept.findall(text) == kept.findall(message), message


def test_a_message_is_translated() -> None:
    assert catalogue("cs").gettext("Thank you") == "Děkujeme"


def test_an_unknown_language_falls_back_to_english() -> None:
    assert catalogue("xx").gettext("Thank you") == "Thank you"
