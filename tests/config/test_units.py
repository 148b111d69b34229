"""Where units come from: what is understood, and that a contradiction is told with its path."""

from pathlib import Path
from typing import Any

import pytest

from frontdesk.config import ConfigError, load
from frontdesk.config.units import CsvSource, JsonSource
from frontdesk.crm.realpad.settings import RealpadUnits
from frontdesk.kinds import KINDS
from tests.support import accounts, small_form

FORM = accounts() + small_form("riverside") + "[forms.riverside.units]\n"
REALPAD = 'source = "realpad"\nscreenid = 1\ndeveloperid = 2\nprojectid = 3\n'
JSON = """source = "json"
url = "https://riverside.example.com/units.json"
columns = { unit = "number", rooms = "layout", area = "m2", price = "price", state = "status" }
"""


def source(path: Path, units: str, **replace: str) -> Any:
    text = FORM + units
    for old, new in replace.items():
        assert old in text
        text = text.replace(old, new)
    file = path / "frontdesk.toml"
    file.write_text(text, encoding="utf-8")
    form = load(file, KINDS, {}).forms["riverside"]
    assert form.units == []
    return form.unit_source


def test_a_file_of_the_sites_own(tmp_path: Path) -> None:
    found = source(
        tmp_path, JSON + 'rows = "data.units"\nfree = ["Available"]\nevery = "10 minutes"'
    )
    assert isinstance(found, JsonSource)
    assert (found.rows, found.free, found.every) == ("data.units", ["available"], 600.0)
    assert (found.reserved, found.sold) == (["reserved"], ["sold"])
    assert found.columns.rooms == "layout"
    assert "riverside.example.com" not in repr(found), "there may be a token in it"
    assert isinstance(source(tmp_path, JSON.replace("json", "csv", 1)), CsvSource)


def test_a_project_in_realpad(tmp_path: Path) -> None:
    found = source(tmp_path, REALPAD)
    assert isinstance(found, RealpadUnits)
    assert (found.screenid, found.types, found.every) == (1, [1, 7, 9], 3600.0)
    own = source(tmp_path, REALPAD + 'login = "prices"\npassword = "their own"')
    assert (own.login, own.password) == ("prices", "their own")
    assert "their own" not in repr(own)


MISTAKES = {
    "no source": ("", "units.source", "is missing; it is one of csv, json, realpad"),
    "unknown source": ('source = "xls"', "units.source", "'xls' is none of csv, json, realpad"),
    "a number": ("source = 7", "units.source", "must be a text in quotes"),
    "no address": (JSON.replace("url", "# url"), "units.url", "is missing"),
    "a path": (JSON.replace("https://riverside.example.com", ""), "units.url", "not an http"),
    "no unit": (JSON.replace('unit = "number", ', ""), "units.columns.unit", "is missing"),
    "unknown column": (JSON.replace("rooms =", "room ="), "units.columns.room", "unknown key"),
    "too often": (JSON + 'every = "1 minute"', "units.every", "greater than or equal to 300"),
    "too rarely": (JSON + 'every = "2 days"', "units.every", "less than or equal to 86400"),
    "a word for two": (JSON + 'sold = ["FREE"]', "units.sold", "'free' is a word for free as well"),
    "a word twice": (JSON + 'free = ["yes", "Yes "]', "units.free", "'yes' is there twice"),
    "words for nothing": (
        JSON.replace(', state = "status"', "") + 'free = ["yes"]',
        "units.free",
        "columns.state names no column",
    ),
    "rows of a table": (
        JSON.replace("json", "csv", 1) + 'rows = "data"',
        "units.rows",
        "unknown key",
    ),
    "no project": (REALPAD.replace("projectid", "# projectid"), "units.projectid", "is missing"),
    "no password": (REALPAD + 'login = "prices"', "units.password", "go together"),
    "no login": (REALPAD + 'password = "prices"', "units.login", "go together"),
    "no types": (REALPAD + "types = []", "units.types", "at least 1"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_path(mistake: str, tmp_path: Path) -> None:
    units, place, said = MISTAKES[mistake]
    with pytest.raises(ConfigError) as caught:
        source(tmp_path, units)
    (problem,) = caught.value.problems
    assert problem.startswith(f"forms.riverside.{place}: ")
    assert said in problem


def test_realpad_has_to_be_logged_in_to(tmp_path: Path) -> None:
    geeks = 'destinations = ["geeks"]\nrealgeeks.source = "x"'
    replace = {"destinations = ['crm']": geeks}
    with pytest.raises(ConfigError, match="login: is missing, as the form has no destination"):
        source(tmp_path, REALPAD, **replace)
    own = 'login = "prices"\npassword = "their own"'
    assert source(tmp_path, REALPAD + own, **replace) is not None


def test_a_valuation_asks_for_no_unit(tmp_path: Path) -> None:
    form = 'title = "Riverside"\nkind = "valuation"'
    with pytest.raises(ConfigError, match='units: a form of kind = "valuation" does not ask'):
        source(tmp_path, JSON, **{'title = "Riverside"': form})


def test_nobody_writes_the_source_under_the_name_that_it_has_inside(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"riverside\.unit_source: unknown key"):
        source(tmp_path, JSON, **{'title = "Riverside"': 'title = "R"\nunit_source = "x"'})
