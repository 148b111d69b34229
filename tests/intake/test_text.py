"""Cleaning and reading of what people type."""

import pytest

from frontdesk.intake.text import clean_line, clean_lines, parse_price, price_pattern

CROWNS = price_pattern({"CZK", "Kč"})


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


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("  Jana  ", "Jana"),
        ("Jana\t\u00a0 Nov\u00e1kov\u00e1", "Jana Nováková"),
        ("Nova\u0301kova\u0301", "Nováková"),
        ("Ja\x00na\x07\x7f\x9f", "Jana"),
        ("Jana\r\nBcc: all@example.com", "Jana Bcc: all@example.com"),
        ("anna\u202egpj.exe", "annagpj.exe"),
        ("\ufeffJana", "Jana"),
        ("\ud800Jana", "Jana"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u3000", ""),
    ],
    ids=[
        "trimmed",
        "spaces",
        "composed",
        "controls",
        "line-feed",
        "direction",
        "bom",
        "surrogate",
        "joined-emoji",
        "joined-persian",
        "empty",
    ],
)
def test_a_line_is_clean(typed: str, line: str) -> None:
    assert clean_line(typed) == line


@pytest.mark.parametrize("feed", ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_feed_becomes_one(feed: str) -> None:
    assert clean_lines(f"a{feed}{feed}b{feed}") == "a\n\nb"
    assert clean_line(f"a{feed}b") == "a b"


def test_lines_keep_their_tabs_and_indents() -> None:
    assert clean_lines("a\n\tb  c\n") == "a\n\tb  c"


def test_long_runs_of_marks_are_cut_before_they_are_composed() -> None:
    zalgo = clean_lines("e" + "\u0301\u0316" * 15_000)
    assert len(zalgo) < 40
    assert zalgo.startswith(("\u00e9", "e"))


def test_marks_that_a_language_needs_stay() -> None:
    assert clean_lines("Nguye\u0302\u0303n Thi\u0323") == "Nguy\u1ec5n Th\u1ecb"
