"""What becomes of a row, as people keep them."""

import pytest

from frontdesk.model.units import Unit, alike
from frontdesk.units.rows import LONGEST, MOST, ROWS, Rows, number
from frontdesk.units.source import SourceError


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ("8 500 000 Kč", 8_500_000),
        ("8\u00a0500\u00a0000,- Kč", 8_500_000),
        ("8.500.000", 8_500_000),
        ("8,500,000.00", 8_500_000),
        ("€ 1.250.000,50", 1_250_000.5),
        ("CHF 1'250'000.-", 1_250_000),
        ("8.500", 8_500),
        ("8500000.00", 8_500_000),
        (8_500_000, 8_500_000),
        (8_500_000.0, 8_500_000),
        ("8,5 mil. Kč", None),
        ("12k", None),
        ("8,5 млн", None),
        ("-5", None),
        ("5 000 000 - 6 000 000", None),
        ("na dotaz", None),
        (True, None),
        (1e300, None),
        (["8"], None),
        ("9" * 200, None),
    ],
)
def test_a_price_is_read_as_people_write_it(said: object, price: float | None) -> None:
    assert number(said, grouped=True) == price


@pytest.mark.parametrize(
    ("said", "area"),
    [
        ("54,3 m²", 54.3),
        ("54.3 m2", 54.3),
        ("54.325", 54.325),
        ("1 054,3", 1054.3),
        ("1.054,30", 1054.3),
        (54, 54.0),
        ("asi 54", 54.0),
        ("?", None),
    ],
)
def test_an_area_is_read_as_people_write_it(said: object, area: float | None) -> None:
    assert number(said, grouped=False) == area


def test_what_is_of_no_use_is_counted_and_costs_nothing_else() -> None:
    rows = Rows()
    rows.take(" A.1\n01 ", rooms="2+kk", area="54,3", price="8 500 000", name="A.1 01")
    rows.take("A.102", rooms="x" * 51, area="big", price="ask us")
    rows.take("A.102")
    rows.take("")
    rows.take(None)
    rows.take("A\u202e103")
    rows.take("x" * (LONGEST + 1))
    rows.take({"no": "text"})
    rows.take(104, price=0, area="0")
    rows.leave_out("that are no objects")
    found = rows.listing()
    assert found.units == (
        Unit("A.1 01", "2+kk", 54.3, 8_500_000),
        Unit("A.102"),
        Unit("104"),
    )
    assert found.left_out == {
        "whose area is no number": 1,
        "whose price is no number": 1,
        "with a unit that was listed before": 1,
        "without a unit": 2,
        "with a unit that is none": 3,
        "that are no objects": 1,
    }


def test_a_list_has_an_end() -> None:
    rows = Rows()
    for unit in range(MOST + 3):
        rows.take(unit)
    found = rows.listing()
    assert len(found.units) == MOST
    assert found.left_out == {f"after the first {MOST}": 3}
    for _ in range(ROWS - MOST - 3):
        rows.take("")
    with pytest.raises(SourceError, match="has more than 100000 rows"):
        rows.take("")


def test_a_list_without_a_unit_is_none() -> None:
    with pytest.raises(SourceError, match="lists nothing"):
        Rows().listing()
    rows = Rows()
    rows.take("")
    with pytest.raises(SourceError, match="lists no unit in 1 rows: 1 without a unit"):
        rows.listing()


def test_the_likest_units_have_as_many_rooms_and_are_nearest_in_price_then_in_area() -> None:
    sold = Unit("A.1", "2+kk", 50.0, 8_000_000, "sold")
    units = (
        sold,
        Unit("far", "2+kk", 50.0, 9_900_000),
        Unit("wide", "2+kk", 60.0, 8_100_000),
        Unit("near", "2+kk", 51.0, 8_100_000),
        Unit("unpriced", "2+kk", 50.0),
        Unit("dearer", "2+kk", 50.0, 8_200_000),
        Unit("reserved", "2+kk", 50.0, 8_000_000, "reserved"),
        Unit("other", "3+kk", 50.0, 8_000_000),
    )
    assert [unit.unit for unit in alike(sold, units)] == ["near", "wide", "dearer"]
    penthouse = Unit("P.1", "6+kk", 200.0, 9_000_000, "sold")
    assert [unit.unit for unit in alike(penthouse, units)] == ["dearer", "wide", "near"], (
        "where there are none with as many rooms, the others"
    )
