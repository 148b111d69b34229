"""What a character is worth: one table for the server and static/fields.js, and chance besides."""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from frontdesk.intake.contact import read_email, read_phone
from frontdesk.intake.money import parse_price
from frontdesk.intake.questions import numbers
from frontdesk.intake.text import clean_figures, clean_line
from tests.intake.conftest import Read
from tests.intake.desk import errors_of, lead_of, running_desk
from tests.intake.test_money import FOREIGN, NAMES, NO_CURRENCY
from tests.intake.test_text import INVISIBLE, VISIBLE
from tests.support import Site

REGIONS = ["CZ", "DE", "AT", "IT", "HU", "US", "BR"]


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A form for each region, named after it."""
    forms = "".join(
        f"""
[forms.{region.lower()}]
title = "Abroad"
destinations = ["crm"]
phone_region = "{region}"
attributes = [
    {{ key = "household", type = "integer", label = "Household" }},
    {{ key = "share", type = "decimal", label = "Share" }},
    {{ key = "move_in", type = "date", label = "Move in" }},
]
"""
        for region in REGIONS
    )
    with running_desk(tmp_path_factory.mktemp("regions"), forms=forms) as site:
        yield site


# -- what can be seen --------------------------------------------------------------------------


def test_both_see_the_same(desk: Site, read: Read) -> None:
    # An input element takes a lone surrogate, a request does not.
    texts = [*INVISIBLE, *VISIBLE]
    for name in ("first_name", "email", "phone", "unit", "price_max", "note"):
        for text, found in zip(texts, read(desk, name, texts), strict=True):
            assert found.answered == bool(clean_line(text)), (name, ascii(text))


@pytest.mark.parametrize("text", [text for text in INVISIBLE if text != "\ud800"], ids=ascii)
def test_a_name_that_nobody_sees_is_missing(desk: Site, text: str) -> None:
    answer = desk.enquire(first_name=text, last_name=text)
    assert set(answer.json()["errors"]) == {"first_name", "last_name"}
    nothing = dict.fromkeys(("phone", "unit", "price_max", "note", "campaign"), text)
    assert not set(nothing) & set(lead_of(desk, desk.enquire(**nothing)))
    assert "email" in desk.enquire(email=text, phone=text).json()["errors"]


# -- telephone numbers -------------------------------------------------------------------------


class Typed(NamedTuple):
    """A number as it was typed, and what is kept of it; None: it is asked for again."""

    text: str
    kept: str | None
    region: str = "CZ"
    extension: str = ""


CZECH, GERMAN = "+420777123456", "+49345279580"
PHONES = [
    # invisible and look-alike characters
    *(
        Typed(text, CZECH)
        for text in ("\u200e+420777123456", "+420\u200b777123456", "\uff0b420777123456")
    ),
    *(
        Typed(text, CZECH)
        for text in ("777\u2212123\u2212456", "777\u2013123\u2014456", "777\u3164123\u2800456")
    ),
    *(Typed(text, CZECH) for text in ("\u202a+420 777 123 456\u202c", "\uff17\uff17\uff17123456")),
    *(
        Typed(text, CZECH)
        for text in ("\u0667\u0667\u0667\u0661\u0662\u0663456", "(+420)\u00a0777\u202f123\u2009456")
    ),
    *(
        Typed(text, CZECH)
        for text in ("+420777123456\u00ad", "\u2066777123456\u2069", "\ufeff777123456")
    ),
    # a country's code and a zero in brackets
    Typed("49(0)345279580", GERMAN, "DE"),
    Typed("(49)(0)345 279580", GERMAN, "DE"),
    Typed("49 (0345) 279580", GERMAN, "DE"),
    Typed("+49 (0)345/279580", GERMAN, "DE"),
    Typed("0049 (0) 345 279580", GERMAN, "DE"),
    Typed("49(0)345279580", GERMAN, "CZ"),
    Typed("43(0)1 5123456", "+4315123456", "DE"),
    Typed("39(0)6 69812345", "+390669812345", "IT"),
    Typed("36 (06) 30 123 4567", "+36301234567", "HU"),
    Typed("999(0)345279580", None, "DE"),
    # where the country has no such zero
    Typed("+420 (0)777 123 456", "+420777123456", "CZ"),
    Typed("+48 (0)22 695 59 00", "+48226955900", "CZ"),
    Typed("420 (0) 777 123 456", "+420777123456", "CZ"),
    Typed("+420 (0)777 123", None, "CZ"),
    # two readings
    Typed("49345279580", None, "DE"),
    Typed("490345279580", None, "DE"),
    Typed("4921 12345", None, "DE"),
    Typed("04921 12345", "+49492112345", "DE"),
    Typed("+49345279580", GERMAN, "DE"),
    Typed("420777123456", CZECH),
    Typed("420 777 123 456", CZECH),
    Typed("00420777123456", CZECH),
    Typed("00 420 777 123 456", CZECH),
    Typed("0420777123456", None),
    Typed("+421903123456", "+421903123456"),
    Typed("421903123456", None),
    Typed("12125552368", "+12125552368", "US"),
    # prefixes
    *(
        Typed(f"{label}777 123 456", CZECH)
        for label in ("tel:", "Tel.: ", "TEL ", "mob. ", "mobil: ", "☎ ")
    ),
    *(
        Typed(f"{label}+420 777 123 456", CZECH)
        for label in ("tel:", "Telefon: ", "телефон ", "callto:")
    ),
    *(
        Typed(text, None)
        for text in ("O777123456", "x", "tel:", "call me", "777 CALL NOW", "777 nebo 778")
    ),
    # extensions
    *(
        Typed(f"777 123 456{said}12", CZECH, extension="12")
        for said in (
            " ext. ",
            " ext ",
            "x",
            " x",
            " linka ",
            " kl. ",
            ", linka: ",
            ";ext=",
            " #",
            " LINKA ",
            " (x",
        )
    ),
    Typed("tel:+420777123456;ext=0012", CZECH, extension="0012"),
    Typed("Tel.: +1 (212) 555-2368 x99", "+12125552368", "CZ", "99"),
    Typed("030 1234567 Durchwahl 12", "+49301234567", "DE", "12"),
    Typed("06 1 234 5678 mellék 4", "+3612345678", "HU", "4"),
    Typed("030 1234567 (Durchwahl 12)", "+49301234567", "DE", "12"),
    *(
        Typed(text, None)
        for text in ("ext. 12", "777 123 456 ext.", "777 123 456 od 17", "777 123 456 ext 12345678")
    ),
    # more than one
    *(
        Typed(f"777 123 456{between}603 123 456", None)
        for between in (", ", " / ", "/", ";", " | ", " +420 ", " nebo ", " ")
    ),
    Typed("+420777123456+420603123456", None),
    Typed("030 1234567 / 0171 1234567", None, "DE"),
    Typed("0171 1234567/8", None, "DE"),
    Typed("030 12345-67 / -68", None, "DE"),
    Typed("030 12345-67/-168", None, "DE"),
    Typed("0345/279580", GERMAN, "DE"),
    Typed("0171/1234567", "+491711234567", "DE"),
]


@pytest.mark.parametrize("typed", PHONES, ids=lambda typed: ascii(typed.text))
def test_a_phone_as_people_write_it(regions: Site, typed: Typed) -> None:
    plain = {"rooms": None, "consents": None, "language": "en", "note": "Is there a lift?"}
    answer = regions.enquire(typed.region.lower(), phone=typed.text, **plain)
    if typed.kept is None:
        assert list(answer.json()["errors"]) == ["phone"]
        return
    lead = lead_of(regions, answer)
    assert lead["phone"] == typed.kept
    said = f"\nExtension: {typed.extension}" if typed.extension else ""
    assert lead["note"] == f"Is there a lift?{said}"


@pytest.mark.parametrize("region", REGIONS)
def test_the_browser_reads_a_phone_so_too(regions: Site, read: Read, region: str) -> None:
    table = [typed for typed in PHONES if typed.region == region]
    found = read(regions, "phone", [typed.text for typed in table], region.lower())
    for typed, reading in zip(table, found, strict=True):
        if typed.kept is None:
            assert reading.understood == "", typed
        else:
            said = f", Extension {typed.extension}" if typed.extension else ""
            assert reading.complaint == "", typed
            assert reading.understood in ("", international(typed.kept) + said), typed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("49345279580", ["+49 4934 5279580", "+49 345 279580"]),
        ("030 1234567 / 0171 1234567", ["one number"]),
    ],
)
def test_what_is_not_clear_is_asked(regions: Site, typed: str, said: list[str]) -> None:
    answer = regions.enquire("de", rooms=None, consents=None, language="en", phone=typed)
    (message,) = answer.json()["errors"]["phone"]
    assert all(words in message for words in said), message


def international(number: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)


# -- amounts -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def currencies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A form for each currency, named after it."""
    forms = "".join(
        f"""
[forms.{currency.lower()}]
title = "Money"
destinations = ["crm"]
languages = ["en", "cs"]
currency = "{currency}"
"""
        for currency in NAMES
    )
    with running_desk(tmp_path_factory.mktemp("currencies"), forms=forms) as site:
        yield site


@pytest.mark.parametrize("currency", NAMES)
def test_the_browser_reads_an_amount_so_too(currencies: Site, read: Read, currency: str) -> None:
    texts = [f"350 000 {name}" for names in NAMES.values() for name in names.split(", ")]
    texts += [f"€{text}" for text in NO_CURRENCY] + [text for _, text, _ in FOREIGN] + NO_CURRENCY
    form = currency.lower()
    plain = {"rooms": None, "consents": None, "language": "en"}
    said = errors_of(currencies.enquire(form, **plain, price_max="much"))["price_max"][0]
    for text, found in zip(texts, read(currencies, "price_max", texts, form), strict=True):
        amount = parse_price(text, currency)
        if amount is None:  # the server alone knows which other currency that is
            assert found == (said, "", text, True), text
        else:
            assert (found.complaint, found.sent) == ("", str(amount)), text


def test_another_currency_is_refused_and_the_message_says_why(currencies: Site) -> None:
    plain = {"rooms": None, "consents": None, "price_max": "350 000 eur"}
    for language, said in (
        ("en", "Please write the amount in CZK, not in EUR."),
        ("cs", "Uveďte prosím částku v měně CZK, ne v EUR."),
    ):
        answer = currencies.enquire("czk", language=language, **plain)
        assert errors_of(answer) == {"price_max": [said]}


# -- by chance ---------------------------------------------------------------------------------

_DIGITS = [
    *"0123456789",
    *"0123456789",
    "420",
    "49",
    "777",
    "00",
    "(0)",
    "\uff15",
    "\u0663",
    "\U0001d7d8",
]
_BETWEEN = [
    *" +-/().",
    "\u200b",
    "\u2212",
    "\u2013",
    "\uff0b",
    "\u3164",
    "\u200e",
    "\u00a0",
    "\ufe0f",
]
_WORDS = [
    *"xX,;:e",
    "Kč",
    "€",
    "ext.",
    "linka",
    "tel:",
    "mil",
    "\u0301",
    "é",
    "😀",
    "\ue000",
    "\u200d",
    "@",
    "a.cz",
]


def by_chance(seed: int) -> list[str]:
    """Texts that are nearly numbers, prices and addresses."""
    dice = random.Random(seed)
    kinds = [_DIGITS, _DIGITS, _DIGITS, _BETWEEN, _WORDS]
    return [
        "".join(dice.choice(dice.choice(kinds)) for _ in range(dice.randrange(1, 16)))
        for _ in range(1500)
    ]


@pytest.mark.parametrize("region", ["CZ", "DE", "IT", "US"])
def test_what_comes_by_chance_is_read_the_same(regions: Site, read: Read, region: str) -> None:
    texts = by_chance(REGIONS.index(region))
    for text, found in zip(texts, read(regions, "phone", texts, region.lower()), strict=True):
        server = read_phone(text, region)
        clear = len(server.readings) == 1 and not server.several
        assert found.answered == bool(clean_figures(text)), ascii(text)
        if found.complaint and found.answered:
            assert not clear, ascii(text)
        if found.understood:
            said = f", Extension {server.extension}" if server.extension else ""
            # Whether such a number has been given out, the server alone knows.
            assert len(server.readings) < 2, ascii(text)
            if clear:
                assert found.understood == international(server.readings[0]) + said, ascii(text)


def test_other_values_by_chance(regions: Site, read: Read) -> None:
    texts = by_chance(42)
    readings = {name: read(regions, name, texts, "cz") for name in ("email", "price_max")}
    wholes = read(regions, "attribute_household", texts, "cz")
    for text, email, price, whole in zip(texts, *readings.values(), wholes, strict=True):
        if email.complaint:
            assert read_email(text) is None, ascii(text)
        figures = clean_figures(text)
        amount = parse_price(text, "CZK") if len(figures) <= 50 else None
        assert (price.complaint == "") == (not figures or bool(amount)), ascii(text)
        assert price.sent == (str(amount) if amount else text), ascii(text)
        fits = not figures or bool(re.fullmatch(numbers.Whole.pattern, figures))
        assert (whole.complaint == "") == fits, ascii(text)
