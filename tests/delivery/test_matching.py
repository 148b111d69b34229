"""Whether a CRM may take one person for another."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.delivery.matching import folded
from frontdesk.model.lead import Lead
from tests.support import alike


def lead(name: str = "Jana Nováková", **answers: Any) -> Lead:
    first, _, last = name.rpartition(" ")
    return Lead(first_name=first, last_name=last, language="cs", **answers)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (lead(), lead("JANA NOVAKOVA"), True),
        (lead(), lead("Jana Malá"), False),
        (lead(email="a@example.com"), lead("Petr Malý", email="A@Example.com "), True),
        (lead(phone="+420777123456"), lead("Petr Malý", phone="+420777123456"), True),
        (lead(), lead("Petr Malý"), False),
        (lead(email="a@example.com"), lead("Petr Malý", email="b@example.com"), False),
    ],
    ids=["name", "none", "email", "phone", "no contacts", "other email"],
)
def test_alike(one: Lead, other: Lead, expected: bool) -> None:
    assert alike(one, other) is alike(other, one) is expected


def test_contacts() -> None:
    told = lead(email=" Jana@Example.com", phone="+420777123456")
    assert told.contacts == {"jana@example.com", "+420777123456"}
    assert lead().contacts == frozenset()


@given(st.text(max_size=150))
def test_any_text_is_like_itself_however_it_is_composed_and_spaced(text: str) -> None:
    assert folded(text) == folded(f"  {text} ")
    for form in ("NFC", "NFD"):
        assert folded(unicodedata.normalize(form, text)) == folded(text)


def test_what_would_take_for_ever_to_normalise() -> None:
    assert folded("a" + "\u0301\u0316" * 2_000_000) == "a"
