"""Every language has every message."""

import re
from collections.abc import Iterator
from functools import cache
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from frontdesk.i18n import OPERATORS, SOURCE, VISITORS, catalogue, languages
from frontdesk.resources import folder

ROOT = Path(__file__).parents[1]
# Where the texts of each domain are written.
SOURCES = {
    VISITORS: (
        ROOT / "app/frontdesk/intake",
        ROOT / "app/frontdesk/crm/mailing",
        folder("templates") / "frontdesk",
        folder("templates") / "frontdesk_mail",
    ),
    OPERATORS: (ROOT / "app/frontdesk/inbox", folder("templates") / "frontdesk_inbox"),
}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
# Names and units that are the same in several languages.
SAME = {"Real Geeks", "Browser", "Name", "d", "h", "min", "s"}


Message = str | tuple[str, ...]  # more than one: with plural forms


@cache
def messages(domain: str) -> frozenset[Message]:
    found: set[Message] = set()
    for directory in SOURCES[domain]:
        for _, _, message, _, _ in extract_from_dir(directory, method_map=METHODS):
            found.add(message if isinstance(message, str) else tuple(message))
    return frozenset(found)


TRANSLATED = [code for code in languages() if code != SOURCE]
of_each_catalogue = pytest.mark.parametrize(
    ("domain", "language"), [(domain, code) for domain in SOURCES for code in TRANSLATED]
)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
EXAMPLE = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBERS = (1, 2, 5)  # of each plural form that any of the languages has


def catalog_of(domain: str, language: str) -> Catalog:
    path = folder("translations") / language / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def test_the_languages() -> None:
    assert languages() == ["cs", "de", "en", "hu", "pl", "sk", "uk"]


@of_each_catalogue
def test_a_catalogue_is_complete_and_has_nothing_left_over(domain: str, language: str) -> None:
    catalog = catalog_of(domain, language)
    translated = {
        message.id
        for message in catalog
        if message.id
        and all([message.string] if isinstance(message.string, str) else message.string)
    }
    assert translated == messages(domain)
    assert not [error for message, errors in catalog.check() for error in errors]
    assert not catalog.obsolete
    assert not [message.id for message in catalog if message.id and message.fuzzy]


@of_each_catalogue
def test_a_catalogue_says_its_language_and_its_plurals(domain: str, language: str) -> None:
    catalog = catalog_of(domain, language)
    assert dict(catalog.mime_headers)["Language"] == language
    text_of, cldr = c2py(catalog.plural_expr), Locale(language).plural_form
    pairs = {(text_of(number), cldr(number)) for number in range(1000)}
    assert len(pairs) == catalog.num_plurals == len({cldr(number) for number in range(1000)})


def translations(domain: str, language: str) -> Iterator[tuple[str, str]]:
    """Each message and what it is in a language, in each of its plural forms."""
    found = catalogue(language, domain)
    for message in messages(domain):
        if isinstance(message, str):
            yield message, found.gettext(message)
        else:
            for number in NUMBERS:
                yield message[number != 1], found.ngettext(*message, number)


@of_each_catalogue
def test_nothing_is_left_in_english(domain: str, language: str) -> None:
    assert not [
        message for message, text in translations(domain, language) if {text} - SAME == {message}
    ]


@of_each_catalogue
@pytest.mark.parametrize("kept", [PLACEHOLDER, EXAMPLE], ids=["placeholders", "examples"])
def test_a_translation_keeps(domain: str, language: str, kept: re.Pattern[str]) -> None:
    for message, text in translations(domain, language):
        assert sorted(kept.findall(text)) == sorted(kept.findall(message)), message


def test_a_message_is_translated() -> None:
    assert catalogue("cs").gettext("Thank you") == "Děkujeme"


def test_an_unknown_language_falls_back_to_english() -> None:
    assert catalogue("xx").gettext("Thank you") == "Thank you"
