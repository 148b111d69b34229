"""Whom an address or a number means: read as intake reads it, found wherever it stands."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from frontdesk.config import Settings
from frontdesk.model.events import Received
from frontdesk.operations.whom import Whom
from tests.samples import received
from tests.support import PATIENCE

ROOT = Path(__file__).parents[2]
IDN = "jana@příklad.cz"
PHONE = "+420777123456"


def found(settings: Settings, asked: str, event: Received) -> bool:
    return Whom(asked, settings.forms.values()).is_in(event)


def test_of_two_addresses_neither_is_guessed(settings: Settings) -> None:
    assert not found(
        settings, "jana@example.com, petr@example.com", received(email="jana@example.com")
    )


@pytest.mark.parametrize(
    "asked",
    [
        IDN,
        "jana@xn--pklad-zsa96e.cz",
        "JANA@PŘÍKLAD.CZ",
        "Jana@XN--PKLAD-ZSA96E.cz",
        " jana@pr\u030ci\u0301klad.cz ",
        "jana\u200b@příklad.cz",
        "\ufeffjana@příklad.cz\r",
        "<jana@příklad.cz>",
        "Jana Nováková <jana@xn--pklad-zsa96e.cz>",
        "mailto:jana@příklad.cz?subject=Riverside",
        "jana@příklad.cz,",
    ],
)
@pytest.mark.parametrize("stored", [IDN, "jana@xn--pklad-zsa96e.cz"])
def test_an_address_in_any_notation(settings: Settings, asked: str, stored: str) -> None:
    assert found(settings, asked, received(email=stored))
    assert not found(settings, asked, received(email="hana@příklad.cz"))
    assert not found(settings, asked, received(email="jana@jiny.cz"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("o'neil@example.com", "neil@example.com"),
        ("a#b@example.com", "b@example.com"),
        ("sales/cz@example.com", "cz@example.com"),
        ("x=y@example.com", "y@example.com"),
    ],
)
def test_of_an_address_no_part_is_somebody_else(settings: Settings, one: str, other: str) -> None:
    for asked, stored in ((one, other), (other, one)):
        assert not found(settings, asked, received(email=stored))
        assert found(settings, asked, received(email=asked.upper()))


def test_an_apostrophe_is_of_the_name_that_it_stands_in(settings: Settings) -> None:
    for note in (
        "Write to o'neil@example.com.",
        "'o'neil@example.com'",
        "O'Neil <o'neil@example.com>",
    ):
        told = received(email="jana@example.com", note=note)
        assert found(settings, "o'neil@example.com", told), note
        assert not found(settings, "neil@example.com", told), note
    quoted = received(email="jana@example.com", note="'neil@example.com'")
    assert found(settings, "neil@example.com", quoted)


@pytest.mark.parametrize(
    "asked",
    [
        *("777123456", "777 123 456", "777-123-456", "+420 777 123 456", "00420777123456"),
        *("\u200e+420777123456", "\u202a+420 777 123 456\u202c", "+420\u00a0777\u00a0123\u00a0456"),
        *("\uff0b420777123456", "(+420) 777/123.456"),
    ],
)
def test_a_number_in_any_notation(settings: Settings, asked: str) -> None:
    assert found(settings, asked, received(email=None, phone=PHONE))
    assert not found(settings, asked, received(email=None, phone="+420777123457"))


@pytest.mark.parametrize(
    ("asked", "lead"),
    [
        ("eva@example.com", {"note": "Second email: Eva@Example.com"}),
        ("eva@example.com", {"note": "Write to eva@example.com, please."}),
        ("eva@příklad.cz", {"note": "(eva@xn--pklad-zsa96e.cz)"}),
        ("eva@example.com", {"attributes": {"contact": "eva@example.com"}}),
        ("eva@example.com", {"attributes": {"contacts": ["x", "eva@example.com"]}}),
        ("eva@example.com", {"first_name": "eva@example.com"}),
        ("512-555-0123", {"note": "Second phone: (512) 555-0123"}),
        ("+15125550123", {"note": "Second phone: 512.555.0123"}),
        ("603 111 222", {"note": "Call +420 603 111 222 after five."}),
        ("+420603111222", {"attributes": {"mobile": "603111222"}}),
        ("603111222", {"attributes": {"mobile": 603111222}}),
    ],
)
def test_wherever_it_stands(settings: Settings, asked: str, lead: dict[str, Any]) -> None:
    event = received(**lead)
    assert found(settings, asked, event)
    assert not Whom(asked, settings.forms.values()).is_of(event), "it is another's"


def test_in_the_address_of_a_page(settings: Settings) -> None:
    event = received()
    event = replace(event, origin=replace(event.origin, page="https://x/?e=eva%40example.com"))
    assert found(settings, "eva@example.com", event)


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        ("eva@example.com", "geneva@example.com"),
        ("eva@example.com", "eva@example.com.au"),
        ("eva@example.com", "eva.example.com"),
        ("603111222", "1603111222999"),
        ("603111222", "flat 603, 111 222 CZK"),
    ],
)
def test_what_only_looks_like_it(settings: Settings, asked: str, note: str) -> None:
    assert not found(settings, asked, received(note=note))


LONG = """
import sys
from frontdesk.operations.whom import Whom
from frontdesk.store.words import words_of
from tests.samples import received

text = sys.argv[1] * 300_000
line = received(note=f"jana@{text} {text}jana@ 123456")
words_of(line)
for asked in ("jana@example.com", "+420777123456", text + "@", text + "123456"):
    Whom(asked, []).is_in(line)
"""


@pytest.mark.parametrize("text", ["(", " ", "1(", "a", "a'", "'", "@", "+"])
def test_no_text_keeps_anybody_busy(text: str) -> None:
    """What takes a time that grows with the square of its length would take an hour."""
    subprocess.run([sys.executable, "-c", LONG, text], cwd=ROOT, timeout=PATIENCE, check=True)
