"""Rates are told right from wrong without the package that counts by them; it has to agree."""

import limits
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from frontdesk.config.types import _RATES, Rates

RATES = TypeAdapter(Rates)


@pytest.mark.parametrize(
    "rates",
    [
        "5/minute",
        "5/minute; 30/hour",
        "1 per second,10 per 2 hours|100/day",
        " 10 PER 3 Months ",
        "5per1year",
        "5/10seconds",
    ],
)
def test_what_the_package_reads_is_taken(rates: str) -> None:
    assert limits.parse_many(rates)
    assert RATES.validate_python(rates) == rates


@pytest.mark.parametrize(
    "rates",
    ["", ";", "often", "5", "minute", "5/fortnight", "-1/minute", "5/minute;", "5/minute x"],
)
def test_what_it_does_not_read_is_refused(rates: str) -> None:
    with pytest.raises(ValueError, match=r"rate limit string|granularity"):
        limits.parse_many(rates)
    with pytest.raises(ValidationError, match="not a rate"):
        RATES.validate_python(rates)


@given(st.from_regex(_RATES, fullmatch=True))
def test_whatever_is_taken_is_read_as_so_many_limits(rates: str) -> None:
    parts = rates.replace(",", ";").replace("|", ";").split(";")
    assert len(limits.parse_many(rates)) == len(parts)
