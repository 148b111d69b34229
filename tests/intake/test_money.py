"""Amounts as people write them."""

import pytest

from frontdesk.intake.money import other_currency, parse_price


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("8500000", 8_500_000),
        ("8 500 000", 8_500_000),
        ("8.500.000", 8_500_000),
        ("8,500,000", 8_500_000),
        ("8'500'000", 8_500_000),
        ("8’500’000", 8_500_000),
        ("8\u00a0500\u00a0000", 8_500_000),
        ("8\u202f500\u202f000", 8_500_000),
        ("8 500 000 Kč", 8_500_000),
        ("8 500 000 KČ", 8_500_000),
        ("CZK 8 500 000", 8_500_000),
        ("8500000Kč", 8_500_000),
        ("8 500 000,-", 8_500_000),
        ("8 500 000,-- Kč", 8_500_000),
        ("8.500.000,00", 8_500_000),
        ("8,500,000.00", 8_500_000),
        ("850.00", 850),
        ("8.500", 8_500),
        ("  500  ", 500),
        ("８５００", 8_500),
        ("0", 0),
    ],
)
def test_a_price_is_read_as_people_type_it(typed: str, amount: int) -> None:
    assert parse_price(typed, "CZK") == amount


@pytest.mark.parametrize(
    "typed",
    [
        "8,5 mil.",
        "8.5M",
        "8,5",
        "8.50",
        "8 50 000",
        "8 500.000",
        "8.500.00",
        "85 00",
        "1000 000",
        "-5",
        "1e6",
        "0x10",
        "8 500 000 EUR",
        "1-2",
        "",
        "Kč",
        "mnoho",
        "8 500 000; DROP TABLE",
    ],
)
def test_a_price_is_not_guessed(typed: str) -> None:
    assert parse_price(typed, "CZK") is None


NAMES = {
    "CZK": "Kc, kc, Kč., Kčs, korun, koruny, KORUN, českých korun, korun českých, ceskych korun,"
    " Czech korunas, Tschechische Kronen, koron, чеських крон, cseh korona, CZK",
    "EUR": "euro, Euros, eur, €, eura, євро, euró, EUR",
    "PLN": "zl, zł, zł., złotych, zlotych, злотих, złote polskie",
    "HUF": "Ft, ft., forint, forintů, maďarských forintů, magyar forint",
    "UAH": "грн, грн., гривень, українських гривень, hřiven, hrn, ₴, UAH",
    "USD": "$, US$, US-Dollar, dollars, dolarů, доларів США, amerických dolarů",
    "GBP": "£, pounds, pounds sterling, liber, funtów szterlingów, font",
    "SEK": "kr, švédských korun, korun, Swedish kronor",
    "CAD": "$, dollars, CA$",
}


@pytest.mark.parametrize(
    ("currency", "written"),
    [
        *((code, f"8 500 000 {name}") for code in NAMES for name in NAMES[code].split(", ")),
        ("CAD", "$8,500,000"),
        ("CZK", "Kč 8.500.000,–"),
        ("CZK", "korun 8 500 000"),
        ("EUR", "€\u200b8.500.000,\u2014"),
    ],
)
def test_a_currency_is_called_as_people_call_it(currency: str, written: str) -> None:
    assert parse_price(written, currency) == 8_500_000
    assert other_currency(written, currency) is None


FOREIGN = [
    *(("CZK", f"350 000 {name}", "EUR") for name in NAMES["EUR"].split(", ")),
    *(("CZK", f"350 000 {name}", "USD") for name in NAMES["USD"].split(", ")),
    *(
        ("EUR", f"8 500 000 {name}", code)
        for code in ("CZK", "PLN", "HUF", "UAH", "GBP")
        for name in NAMES[code].split(", ")
    ),
    *(("CZK", f"350 000 {name}", name) for name in ("SEK", "JPY", "RON", "BGN")),
    ("USD", "350 000 CAD", "CAD"),
    ("CZK", "€350,000", "EUR"),
    ("CZK", "0,35 mil. EUR", "EUR"),
]
NO_CURRENCY = [
    "8,5 mil. Kč",
    "8.5M",
    "much",
    "350 000 abc",
    "350 000 mil",
    "-5",
    "35 m²",
    "Kč",
    "8²",
    "10⁶",
]


@pytest.mark.parametrize(("currency", "written", "other"), FOREIGN)
def test_another_currency_is_named(currency: str, written: str, other: str) -> None:
    assert parse_price(written, currency) is None
    assert other_currency(written, currency) == other


@pytest.mark.parametrize("written", NO_CURRENCY)
def test_what_is_no_currency_is_none(written: str) -> None:
    assert parse_price(written, "CZK") is None
    assert other_currency(written, "CZK") is None
