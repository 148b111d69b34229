"""Dates and numbers between bounds: by default, and as the configuration says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk import create_app
from frontdesk.config import ConfigError
from tests.intake.conftest import Read
from tests.intake.desk import configuration, errors_of, lead_of, page_of, running_desk
from tests.support import Site, attribute, small_form

ATTRIBUTES = {
    "any_day": ("date", ""),
    "move_in": ("date", 'min = 2026-01-01\nmax = "2030-12-31"'),
    "household": ("integer", "min = 1\nmax = 12"),
    "area": ("decimal", "min = 20.5"),
    "share": ("decimal", "max = 1"),
}
DAYS = {
    "1900-01-01": "",
    "2200-12-31": "",
    "2026-03-17": "",
    "0026-03-17": "any_day move_in",
    "1899-12-31": "any_day move_in",
    "2201-01-01": "any_day move_in",
    "9999-12-31": "any_day move_in",
    "2026\u201103\u201117": "",
    "\uff12\uff10\uff12\uff16-03-17": "",
}


def form(attributes: dict[str, tuple[str, str]]) -> str:
    return small_form("bounds", 'languages = ["en", "cs"]') + "".join(
        attribute(key, kind, bounds, label=key, form="bounds")
        for key, (kind, bounds) in attributes.items()
    )


@pytest.fixture(scope="module")
def bounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_desk(tmp_path_factory.mktemp("bounds"), forms=form(ATTRIBUTES)) as site:
        yield site


CASES = [("any_day", day, "any_day" not in wrong) for day, wrong in DAYS.items()] + [
    ("move_in", "2025-12-31", False),
    ("move_in", "2026-01-01", True),
    ("move_in", "2030-12-31", True),
    ("move_in", "2031-01-01", False),
    ("household", "0", False),
    ("household", "1", True),
    ("household", "12", True),
    ("household", "13", False),
    ("household", "\u0661\u0662", True),
    ("area", "20,4", False),
    ("area", "20.5", True),
    ("area", "9" * 18, True),
    ("share", "1.000000000001", False),
    ("share", "1,0", True),
    ("share", "0", True),
]


@pytest.mark.parametrize(("key", "typed", "possible"), CASES, ids=ascii)
def test_what_is_out_of_bounds_is_refused(
    bounds: Site, key: str, typed: str, possible: bool
) -> None:
    answer = bounds.enquire("bounds", rooms=None, consents=None, attributes={key: typed})
    if possible:
        assert key in lead_of(bounds, answer)["attributes"]
    else:
        assert list(errors_of(answer)) == [f"attributes.{key}"]


@pytest.mark.parametrize("language", ["en", "cs"])
@pytest.mark.parametrize("key", ["household", "area", "share"])
def test_the_browser_says_the_same(bounds: Site, read: Read, key: str, language: str) -> None:
    cases = [(typed, possible) for name, typed, possible in CASES if name == key]
    texts = [typed for typed, _ in cases]
    readings = read(bounds, f"attribute_{key}", texts, "bounds", language)
    for (typed, possible), found in zip(cases, readings, strict=True):
        body = {"rooms": None, "consents": None, "language": language}
        answer = bounds.enquire("bounds", **body, attributes={key: typed})
        said = [""] if possible else errors_of(answer)[f"attributes.{key}"]
        assert [found.complaint] == said, typed


def test_the_least_number_alone_is_said(bounds: Site) -> None:
    answer = bounds.enquire("bounds", rooms=None, consents=None, attributes={"area": "3"})
    assert errors_of(answer) == {"attributes.area": ["Please write a number of 20.5 or more."]}


def test_the_browser_says_the_same_of_a_date(bounds: Site, read: Read) -> None:
    days = ["0026-03-17", "2025-12-31", "2026-01-01", "2030-12-31", "2031-01-01"]
    said = "Please choose a date from January 1, 2026 to December 31, 2030."
    found = read(bounds, "attribute_move_in", days, "bounds")
    assert [reading.complaint for reading in found] == [said, said, "", "", said]


def test_the_page_and_the_schema_know_the_bounds(bounds: Site) -> None:
    controls = page_of(bounds.get("/forms/bounds"), 200).controls
    any_day, move_in = (controls[f"attribute_{key}"][0] for key in ("any_day", "move_in"))
    assert (any_day["min"], any_day["max"]) == ("1900-01-01", "2200-12-31")
    assert (move_in["min"], move_in["max"]) == ("2026-01-01", "2030-12-31")
    schema = bounds.get("/forms/bounds/schema").json()["properties"]["attributes"]["properties"]
    # The other alternative is no answer.
    facts = {key: found["anyOf"][0] for key, found in schema.items()}
    assert (facts["household"]["minimum"], facts["household"]["maximum"]) == (1, 12)
    assert facts["area"]["minimum"] == 20.5
    assert "2026-01-01" in facts["move_in"]["description"]


@pytest.mark.parametrize(
    ("kind", "said", "where"),
    [
        ("date", "min = 2027-01-01\nmax = 2026-01-01", "max: is less than min, 2027-01-01"),
        ("date", "max = 1899-01-01", "max: is less than min, 1900-01-01"),
        ("date", "min = 7", "min: is not a date; write it like 2026-03-17"),
        ("date", 'min = "soon"', "min: is not a date; write it like 2026-03-17"),
        ("date", "min = 2026-01-01T00:00:00", "min: is not a date; write it like 2026-03-17"),
        ("date", "min = true", "min: is not a date; write it like 2026-03-17"),
        ("integer", "min = true", "min: is not a number from 0 on, of 18 digits at most"),
        ("integer", "min = 1.5", "min: is not a whole number"),
        ("integer", "max = -1", "max: is not a number from 0 on, of 18 digits at most"),
        ("integer", 'max = "12"', "max: is not a number from 0 on, of 18 digits at most"),
        ("integer", "min = 5\nmax = 4", "max: is less than min, 5"),
        ("decimal", "min = nan", "min: is not a number from 0 on, of 18 digits at most"),
        ("decimal", "max = inf", "max: is not a number from 0 on, of 18 digits at most"),
        ("string", "max = 5", "max: date, integer and decimal have bounds, no other type has them"),
        (
            "boolean",
            "min = 0",
            "min: date, integer and decimal have bounds, no other type has them",
        ),
    ],
)
def test_bounds_without_sense_are_mistakes(
    tmp_path: Path, kind: str, said: str, where: str
) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(configuration(forms=form({"key": (kind, said)})), encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        create_app(path)
    (problem,) = raised.value.problems
    assert str(problem).startswith(f"forms.bounds.attributes[0].{where}")
