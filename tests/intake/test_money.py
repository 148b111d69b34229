"""Amounts as people write them."""

import pytest

from frontdesk.intake.money import currency_pattern, parse_price

CROWNS = currency_pattern("CZK")


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
    assert parse_price(typed, CROWNS) == amount


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
    assert parse_price(typed, CROWNS) is None
