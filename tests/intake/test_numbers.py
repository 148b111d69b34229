"""Amounts as each language writes them: in examples, in fields, and read back."""

from collections.abc import Callable, Iterator

import pytest
from babel.numbers import format_currency, format_decimal

from frontdesk.i18n import languages
from frontdesk.intake.money import parse_price
from tests.intake.desk import errors_of, lead_of, page_of, running_desk, submit
from tests.support import FORM, Site

CURRENCIES = ["CZK", "EUR", "GBP", "HUF", "PLN", "UAH", "USD"]
AMOUNTS = [850, 8500, 85_000, 8_500_000, 10**12]
EXAMPLES = {
    "cs": "8\u00a0500\u00a0000",
    "de": "8.500.000",
    "en": "8,500,000",
    "hu": "8\u00a0500\u00a0000",
    "pl": "8\u00a0500\u00a0000",
    "sk": "8\u00a0500\u00a0000",
    "uk": "8\u00a0500\u00a0000",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Forms in every language, one for each currency."""
    forms = "".join(
        f"""
[forms.{currency.lower()}]
title = "All languages"
destinations = ["crm"]
languages = {languages()}
currency = "{currency}"
attributes = [{{ key = "share", type = "decimal", label = "Share" }}]
"""
        for currency in CURRENCIES
    )
    with running_desk(tmp_path_factory.mktemp("world"), forms=forms) as site:
        yield site


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("amount", AMOUNTS)
def test_whatever_is_written_for_a_visitor_is_read_back(
    language: str, currency: str, amount: int
) -> None:
    for written in (
        format_decimal(amount, locale=language),
        format_currency(amount, currency, locale=language),
        format_currency(amount, currency, format="#,##0 ¤", locale=language),
        format_currency(amount, currency, format="¤¤ #,##0", locale=language),
    ):
        assert parse_price(written, currency) == amount, written


@pytest.mark.parametrize("language", languages())
def test_examples_are_as_the_language_writes_them(world: Site, language: str) -> None:
    assert set(EXAMPLES) == set(languages())
    page = page_of(world.get(f"/forms/czk?lang={language}"), 200)
    assert EXAMPLES[language] in page.texts["price_max-hint"]
    wrong = {"price_max": "much", "attributes": {"share": "half"}, "note": "x" * 5001}
    errors = errors_of(world.enquire("czk", language=language, rooms=None, consents=None, **wrong))
    assert EXAMPLES[language] in errors["price_max"][0]
    assert ("42.5" if language == "en" else "42,5") in errors["attributes.share"][0]
    assert format_decimal(5000, locale=language) in errors["note"][0]


@pytest.mark.parametrize(
    ("form", "language", "symbol", "leads"),
    [
        ("czk", "cs", "Kč", False),
        ("czk", "en", "CZK", True),
        ("usd", "en", "$", True),
        ("eur", "de", "€", False),
        ("huf", "hu", "Ft", False),
        ("pln", "pl", "zł", False),
        ("uah", "uk", "₴", False),
    ],
)
def test_the_currency_stands_where_the_language_writes_it(
    world: Site, form: str, language: str, symbol: str, leads: bool
) -> None:
    answer = world.get(f"/forms/{form}?lang={language}")
    assert page_of(answer, 200).texts["price_max-symbol"] == symbol
    assert ("fd-leading" in answer.text) == leads


@pytest.mark.parametrize("language", languages())
def test_an_understood_amount_comes_back_as_the_language_writes_it(
    world: Site, language: str
) -> None:
    enquiry = {"form": "czk", "language": language, "unit": None, "rooms": None, "consent_2": None}
    page = page_of(submit(world, **enquiry, first_name="", price_max="8500000 k c"), 422)
    assert page.value("price_max") == "8500000 k c"
    page = page_of(submit(world, **enquiry, first_name="", price_max="8500000 czk"), 422)
    assert page.value("price_max") == EXAMPLES[language]
    sent = submit(world, **enquiry, price_max=page.value("price_max"))
    assert lead_of(world, sent)["price_max"] == 8_500_000


def test_an_impossible_amount_comes_back_as_it_was_typed(desk: Site) -> None:
    assert page_of(submit(desk, price_max="0000"), 422).value("price_max") == "0000"


def test_a_name_within_another_leaves_nothing_over(open_desk: Callable[..., Site]) -> None:
    site = open_desk(forms=FORM.replace('"CZK"', '"USD"'))
    for written in ("8500 US$", "US$ 8500", "$8,500", "8500 usd"):
        assert lead_of(site, site.enquire(price_max=written))["price_max"] == 8500, written
