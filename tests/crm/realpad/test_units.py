"""get-project as a source of units: what it lists, and what an answer may be instead."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from frontdesk.config import load
from frontdesk.crm.realpad.units import parse
from frontdesk.crm.sources import sources
from frontdesk.kinds import KINDS
from frontdesk.model.units import Unit
from frontdesk.units.source import Listing, Marks, Source, SourceError
from tests.prices import price_server
from tests.support import FORM

UNITS = """
[forms.riverside.units]
source = "realpad"
screenid = 1
developerid = 2
projectid = 1234
"""
TYPES = ["1", "7", "9"]


def flat(number: str = "1", **attributes: str) -> str:
    told = "".join(f'<flat-attribute key="{k}" value="{v}"/>' for k, v in attributes.items())
    return f'<flat id="{number}" plan="p.png" coordinates="1,2">{told}<picture/></flat>'


def export(*flats: str) -> bytes:
    floors = f'<building><floor floorNo="1">{"".join(flats)}</floor></building>'
    return f"<export><project>{floors}</project></export>".encode()


def read(body: bytes, *, by_number: bool = False) -> Listing:
    return parse(body, TYPES, by_number=by_number)


@pytest.fixture
def source(write_config: Callable[..., Path]) -> Callable[..., Source]:
    def make(units: str = UNITS, **replace: str) -> Source:
        config = load(write_config(FORM + units, **replace), KINDS)
        return sources(config)["riverside"]

    return make


def test_the_sandbox_lists_its_flats(source: Callable[..., Source], crm: str) -> None:
    found = source().ask(Marks())
    assert found is not None
    assert found.units[:3] == (
        Unit("A.101", "2+kk", 54.3, 7_950_000, "free"),
        Unit("A.102", "3+kk", 78.1, 10_900_000, "reserved"),
        Unit("A.103", "1+kk", 33.8, 5_250_000, "sold"),
    )
    assert "P.01" not in {unit.unit for unit in found.units}, "a parking place"
    (sent,) = requests.get(f"{crm}/_sandbox/requests", timeout=30).json()
    assert sent["endpoint"] == "get-project"
    assert sent["parameters"] == {"screenid": "1", "developerid": "2", "projectid": "1234"}


def test_leads_call_a_unit_by_the_number_that_the_form_says(
    source: Callable[..., Source],
) -> None:
    found = source(**{"referral = 77": 'referral = 77\nunit_as = "unitid"'}).ask(Marks())
    assert found is not None
    assert found.units[0] == Unit("5101", "2+kk", 54.3, 7_950_000, "free", "A.101")


def test_it_may_have_a_login_of_its_own(source: Callable[..., Source]) -> None:
    own = UNITS + 'login = "prices"\npassword = "of the sandbox they are not"\n'
    with pytest.raises(SourceError, match="answered 401") as caught:
        source(own).ask(Marks())
    assert caught.value.refused
    assert "prices" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "refused"), [(403, True), (418, True), (429, False), (500, False)]
)
def test_an_account_that_is_not_taken_is_told_from_a_fault(
    source: Callable[..., Source], crm: str, status: int, *, refused: bool
) -> None:
    fault = {"fault": "status", "status": status, "endpoint": "get-project", "times": None}
    requests.post(f"{crm}/_sandbox/faults", json=fault, timeout=30).raise_for_status()
    with pytest.raises(SourceError, match=f"answered {status}") as caught:
        source().ask(Marks())
    assert caught.value.refused == refused


def test_places_and_logins_differ_where_they_do(source: Callable[..., Source]) -> None:
    one = source()
    assert (source().place, source().login) == (one.place, one.login)
    assert source(UNITS.replace("1234", "1235")).place != one.place
    every = source(UNITS + 'every = "2 hours"\n')
    assert (every.place, every.login, every.every) == (one.place, one.login, 7200.0)
    password = source(**{'password = "sandbox"': 'password = "another"'})
    assert password.place == one.place
    assert password.login != one.login
    assert source(UNITS + "types = [1]\n").place != one.place


def test_a_flat_may_lack_anything_but_its_name() -> None:
    found = read(
        export(
            flat("1", flat_internal_id="A.1"),
            flat("2", flat_internal_id="A.2", flat_status="9", flat_price="", flat_area="?"),
            '<flat id="3"><flat-attribute key="flat_internal_id"/></flat>',
            "<flat/>",
            flat("4", flat_internal_id="A.4", flat_status="4", flat_type="7"),
            flat("5", flat_internal_id="A.5", flat_status="0", flat_type="3"),
        )
    )
    assert found.units == tuple(Unit(name, state="unknown") for name in ("A.1", "A.2", "A.4"))
    assert found.left_out == {"whose area is no number": 1, "without a unit": 2}


def test_it_is_read_in_the_encoding_that_it_says() -> None:
    body = (
        '<?xml version="1.0" encoding="windows-1250"?>'
        + export(flat(flat_internal_id="Byt č. 1")).decode()
    )
    assert read(body.encode("windows-1250")).units[0].unit == "Byt č. 1"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMBS: dict[str, str] = {
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><export>&l9;</export>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><export>{"&a;" * 10_000}</export>',
    "external": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><export>&e;</export>',
    "remote": '<!DOCTYPE x [<!ENTITY e SYSTEM "{url}">]><export>&e;</export>',
    "parameter": '<!DOCTYPE x [<!ENTITY % e SYSTEM "{url}"> %e;]><export/>',
    "document type": '<!DOCTYPE x SYSTEM "{url}"><export/>',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_nothing_is_expanded_and_nothing_looked_up(bomb: str) -> None:
    with price_server() as server:
        body = BOMBS[bomb].replace("{url}", server.url).encode()
        with pytest.raises(SourceError, match="declares entities or a document type"):
            read(body)
        assert server.asked == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is not XML"),
        (b"Not authorized.", "is not XML"),
        (b"<export><project>", "is not XML"),
        (b"<!-- --><html><body>Login</body></html>", "lists nothing"),
        (b'<?xml version="1.0" encoding="klingon"?><export/>', "is not XML"),
        (b"<a>\xff</a>", "is not XML"),
        (b"<a>" * 1_000_000, "is not XML"),
        (export(), "lists nothing"),
        (export(flat("1", flat_type="2")), "lists nothing"),
    ],
)
def test_what_is_no_export_is_said_so(body: bytes, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(body)
    assert str(caught.value) == said


def test_any_depth_costs_nothing() -> None:
    deep = b"<a>" * 1_000_000 + flat(flat_internal_id="A.1").encode() + b"</a>" * 1_000_000
    assert read(deep).units == (Unit("A.1", state="unknown"),)


def test_a_number_that_is_none_is_no_unit() -> None:
    found: Any = read(export(flat("", flat_internal_id="A.1"), flat("7")), by_number=True)
    assert found.units == (Unit("7", state="unknown"),)
