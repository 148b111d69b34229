"""static/fields.js in a real browser: it reads what a visitor typed as the server does."""

import re
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberFormat, example_number_for_type
from playwright.sync_api import Page

from frontdesk.i18n import languages
from frontdesk.intake.money import parse_price
from frontdesk.intake.questions.phone import region_facts
from tests.intake.conftest import Read
from tests.intake.desk import errors_of, running_desk
from tests.support import Site

REGIONS = ["CZ", "SK", "DE", "AT", "PL", "HU", "GB", "UA", "US", "CA", "FI", "IT", "AU", "RU", "FR"]
WITHOUT_FACTS = ["JE", "BR"]
CURRENCIES = ["CZK", "EUR", "USD", "UAH"]
TYPES = [kind for kind in vars(phonenumbers.PhoneNumberType).values() if isinstance(kind, int)]


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Forms for each region, and for each currency, in every language."""
    settings = [("phone_region", code) for code in (*REGIONS, *WITHOUT_FACTS)]
    settings += [("currency", code) for code in CURRENCIES]
    forms = "".join(
        f"""
[forms.{code.lower()}]
title = "Abroad"
destinations = ["crm"]
languages = {languages()}
{key} = "{code}"
"""
        for key, code in settings
    )
    with running_desk(tmp_path_factory.mktemp("abroad"), forms=forms) as site:
        yield site


# -- telephone numbers -------------------------------------------------------------------------


def parsed(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    """What the server understands; None: it refuses."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def variations(number: phonenumbers.PhoneNumber, region: str) -> Iterator[str]:
    """How people type a number, rightly and nearly so."""
    code = str(number.country_code)
    digits = phonenumbers.national_significant_number(number)
    trunk = PhoneMetadata.metadata_for_region(region).national_prefix or ""
    national, international = (
        phonenumbers.format_number(number, form)
        for form in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
    )
    idd = "011" if region in ("US", "CA") else "00"
    yield from (digits, trunk + digits, national, international)
    yield from (code + digits, f"+{code}{digits}", f"+{code} (0){digits}", f"(+{code}) {digits}")
    yield from (idd + code + digits, f"{idd} {code} {trunk}{digits}", f"++{code}{digits}")
    yield from (national.replace(" ", "-"), national.replace(" ", "\u2011"))
    yield from (f"({digits[:3]}) {digits[3:]}", f"{digits[:2]}/{digits[2:]}", f"  {national}\u00a0")
    yield from (
        ".".join(digits),
        f"\u202a{international}\u202c",
        digits[:-1],
        digits + "0",
        digits[1:],
    )
    yield from (f"+{code}{digits[:-1]}", f"+{digits}", f"00{digits}", trunk + trunk + digits)


def exchanges(number: phonenumbers.PhoneNumber) -> Iterator[str]:
    """Numbers like this one that begin otherwise, and so are perhaps written otherwise."""
    digits = phonenumbers.national_significant_number(number)
    yield from (f"{leading}{digits[3:]}" for leading in range(100, 1000, 13))


def neighbours(region: str) -> list[str]:
    """The regions that share a country code, itself included."""
    code = phonenumbers.country_code_for_region(region)
    return list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code])


@pytest.mark.parametrize("region", [*REGIONS, *WITHOUT_FACTS])
def test_a_number_is_shown_as_libphonenumber_writes_it(
    abroad: Site, read: Read, region: str
) -> None:
    foreign = [r for r in ("CZ", "DE", "US", "IT") if r not in neighbours(region)]
    examples = [
        number
        for source in (*neighbours(region), *foreign)
        for kind in TYPES
        if (number := example_number_for_type(source, kind))
    ]
    inputs = sorted({text for number in examples for text in variations(number, region)})
    own = [example_number_for_type(region, kind) for kind in TYPES]
    inputs += [text for number in own if number for text in exchanges(number)]
    shown = set()
    for text, found in zip(inputs, read(abroad, "phone", inputs, region.lower()), strict=True):
        number = parsed(text, region)
        if number is None:
            continue
        written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        assert (text, found.complaint) == (text, "")
        assert found.understood in ("", written), text
        assert found.sent == text
        shown.add(found.understood)
    mobile = example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    written = phonenumbers.format_number(mobile, PhoneNumberFormat.INTERNATIONAL)
    assert (written in shown) == (region not in WITHOUT_FACTS)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_shape_of_a_region_fits_all_that_the_server_accepts_there(region: str) -> None:
    facts = region_facts(region)
    for source in neighbours(region) if facts else ():
        for kind in TYPES:
            number = example_number_for_type(source, kind)
            if number and phonenumbers.is_valid_number(number):
                digits = phonenumbers.national_significant_number(number)
                assert re.fullmatch(facts["shape"], digits), (source, digits)


@pytest.mark.parametrize(
    "typed",
    [
        "777 123 45",
        "777 123 4567",
        "+420 777 123 45",
        "00420 777 123 45",
        "call me",
        "777 CALL NOW",
        "+1 23",
        "+" + "1" * 25,
        "7" * 60,
        "777 123 456 ext.",
    ],
)
def test_an_incomplete_number_is_told(desk: Site, read: Read, typed: str) -> None:
    (found,) = read(desk, "phone", [typed])
    assert found.understood == ""
    assert [found.complaint] == errors_of(desk.enquire(phone=typed))["phone"]


def test_a_number_already_as_it_is_written_is_not_shown_twice(desk: Site, read: Read) -> None:
    found = read(desk, "phone", ["+420 777 123 456", "+420777123456", "777 123 456", ""])
    assert [f.understood for f in found] == ["", "+420 777 123 456", "+420 777 123 456", ""]


# -- amounts -----------------------------------------------------------------------------------

PRICES = [
    *("8500000", "8 500 000", "8.500.000", "8,500,000", "8'500'000", "8’500’000", "850"),
    *("8\u00a0500\u00a0000", "8\u202f500\u202f000", "8500000,-", "8 500 000,-- ", "8.500.-"),
    *("8.500.000,00", "8,500,000.00", "850.00", "850,0", "8.500", "  500  ", "８５００", "٨٥٠٠"),
    *("0", "000", "0500", "1000000000000", "1000000000001", "8,5 mil.", "8.5M", "8,5", "8.50"),
    *("8 50 000", "8 500.000", "8.500.00", "8.500.000.00", "85 00", "1000 000", "-5", "1e6"),
    *("0x10", "1-2", "much", "8 500 000; x", "9" * 50, "9" * 51, f"{'0' * 49}7", f"{'0' * 50}7"),
    *("8 500\t000", "\u202a8500\u202c", "\ufeff8500", "8\u200b500", "8500\x85000", "8 500  000"),
]
BESIDE = ["{} {}", "{}{}", "{1} {0}", "{1}{0}", "{1}{0}{1}", "{} {} x", "{1}-{0}"]


@pytest.mark.parametrize("currency", CURRENCIES)
def test_a_price_is_read_as_the_server_reads_it(abroad: Site, read: Read, currency: str) -> None:
    names = [
        "Kč",
        "KČ",
        "CZK",
        "czk",
        "€",
        "eur",
        "EUR",
        "US$",
        "$",
        "USD",
        "₴",
        "грн",
        "UAH",
        "K\u030c",
    ]
    inputs = PRICES + [
        form.format(amount, name) for form in BESIDE for amount in PRICES[:4] for name in names
    ]
    wrong, impossible = (
        errors_of(
            abroad.enquire(
                currency.lower(), language="en", rooms=None, consents=None, price_max=price
            )
        )["price_max"]
        for price in ("much", 0)
    )
    readings = read(abroad, "price_max", inputs, currency.lower())
    for text, found in zip(inputs, readings, strict=True):
        amount = None
        if len(text) <= 50:
            amount = parse_price(text, currency)
        if amount is None:
            assert found == (wrong[0], "", text, True)
        elif not 1 <= amount <= 10**12:
            assert found == (impossible[0], "", text, True)
        else:
            assert (found.complaint, found.sent) == ("", str(amount)), text


@pytest.mark.parametrize("language", languages())
def test_a_price_is_shown_in_the_visitors_language(abroad: Site, read: Read, language: str) -> None:
    amounts = [850, 8500, 8_500_000]
    for currency in CURRENCIES:
        form = currency.lower()
        found = read(abroad, "price_max", list(map(str, amounts)), form, language)
        shown = [reading.understood for reading in found]
        assert not [text for text in shown if text.isdecimal()]
        assert [parse_price(text, currency) for text in shown] == amounts
        # Typed as it is shown, it means the same.
        assert read(abroad, "price_max", shown, form, language) == found


def test_czech_crowns(desk: Site, read: Read) -> None:
    (found,) = read(desk, "price_max", ["8500000"], lang="cs")
    assert found.understood == "8\u00a0500\u00a0000\u00a0Kč"


# -- everything else ---------------------------------------------------------------------------

GOOD_EMAILS = [
    *("jana@example.com", "JANA@EXAMPLE.COM", "j@a.cz", "jana+flat@mail.example.co.uk", " j@a.cz "),
    *("jana.nova-k_ova@example.com", "o'neil@example.ie", "!#$%&'*+-/=?^_`{|}~@example.com"),
    *(
        "jana@příklad.cz",
        "jana@xn--pklad-zsa96e.cz",
        "děda@example.cz",
        "用户@例え.テスト",
        "j@例え。jp",
    ),
    *(
        "jana@ex-ample.com",
        "\u202ajana@example.com\u202c",
        "jana@example.com\u00a0",
        "j1@1and1.com",
    ),
    *("mailto:jana@example.com", "E-mail: jana@example.com", "ja\u200bna@example.com"),
    *("jana\uff20example\uff0ecom", "jana\u2011n@example.com", "ja\ufe0fna@exam\u00adple.com"),
]
BAD_EMAILS = [
    *("jana", "jana@", "@example.com", "jana@localhost", "jana@example", "jana example.com"),
    *(
        "jana@example.com.",
        "jana@.com",
        ".jana@example.com",
        "jana.@example.com",
        "a..b@example.com",
    ),
    *("jana@example..com", "jana @example.com", "jana@exam ple.com", "jana@@example.com"),
    *("jana@example.com, petr@example.com", "jana@example,com", "jana@example.com;", "j@[1.2.3.4]"),
    *(
        "Jana <jana@example.com>",
        '"jana"@example.com',
        "a@b@example.com",
    ),
]
UNSURE_EMAILS = [
    *("jana@-example.com", "jana@exa_mple.com", "jana@example.123", f"{'x' * 250}@example.com"),
    *(
        "jana@test",
        "jana@a.test",
        "jana@。",
        "٣@a.cz",
    ),
]


def test_an_email_is_refused_only_where_the_server_does(desk: Site, read: Read) -> None:
    inputs = [*GOOD_EMAILS, *BAD_EMAILS, *UNSURE_EMAILS]
    for text, found in zip(inputs, read(desk, "email", inputs), strict=True):
        answer = desk.enquire(email=text)
        assert found.understood == ""
        if text in BAD_EMAILS or found.complaint:
            assert [found.complaint] == errors_of(answer)["email"], text
        if text in GOOD_EMAILS:
            assert (text, answer.status_code) == (text, 202)


@pytest.mark.parametrize("name", ["first_name", "note"])
def test_a_text_is_too_long_only_where_the_server_says_so(
    desk: Site, read: Read, name: str
) -> None:
    inputs = [
        "x",
        "x" * 5000,
        "x" * 5001,
        "😀" * 2500,
        "😀" * 2501,
        f"{'x' * 4999}😀",
        "e\u0301" * 5000,
        f" {'x' * 5000}\t ",
    ]
    inputs += ["a\n" * 2500, "\u202a" * 6000 + "x", "x" * 6000]
    for text, found in zip(inputs, read(desk, name, inputs), strict=True):
        answer = desk.enquire(**{name: text})
        assert [found.complaint] == (errors_of(answer)[name] if answer.status_code == 422 else [""])


ATTRIBUTES = {
    "household": ["3", "03", " 3 ", "3.0", "three", "-1", "9" * 18, "9" * 19, "1 000", "３"],
    "share": [
        "42.5",
        "42,5",
        "42",
        ".5",
        "4.2.1",
        "1e3",
        "-0.5",
        "0.123456789012",
        "0.1234567890123",
    ],
}


@pytest.mark.parametrize("key", ATTRIBUTES)
def test_a_number_is_refused_where_the_server_does(desk: Site, read: Read, key: str) -> None:
    inputs = ATTRIBUTES[key]
    readings = read(desk, f"attribute_{key}", inputs, "orchard")
    for text, found in zip(inputs, readings, strict=True):
        body = {"rooms": None, "consents": None, "phone": None, "unit": None}
        answer = desk.enquire(
            "orchard", **body, attributes={"heard_from": "web", key: text}, language="en"
        )
        errors = errors_of(answer)[f"attributes.{key}"] if answer.status_code == 422 else [""]
        assert [found.complaint] == errors, text


def test_a_half_typed_date_is_told(desk: Site, page: Page) -> None:
    page.goto(f"{desk.url}/forms/orchard?lang=en")
    field = page.locator("[name=attribute_move_in]")
    complaint = "async (field) => (await import('/static/fields.js')).complaint(field)"
    assert field.evaluate(complaint) == ""
    field.press("1")
    assert "2026-03-17" in field.evaluate(complaint)
    field.fill("2026-03-17")
    assert field.evaluate(complaint) == ""


def test_what_is_not_typed_is_never_wrong(desk: Site, page: Page) -> None:
    for form in ("riverside", "orchard"):
        page.goto(f"{desk.url}/forms/{form}?lang=en")
        said = page.evaluate(
            """async () => {
              const { complaint, understood, sent } = await import("/static/fields.js");
              return [...document.forms[0].elements].map((field) =>
                [complaint(field), understood(field), sent(field) === field.value]);
            }"""
        )
        assert said
        assert all(found == ["", "", True] for found in said)
