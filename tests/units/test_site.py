"""A price list that changes, breaks and lies, while enquiries come in."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from flask import Flask
from openapi_spec_validator import validate

from frontdesk.config import load
from frontdesk.crm.sources import sources
from frontdesk.intake.questions.listed import Listed, advice
from frontdesk.kinds import KINDS
from frontdesk.model.events import utcnow
from frontdesk.model.units import PriceList, Unit
from frontdesk.units import lists
from frontdesk.units.fetcher import Fetcher
from tests.postgresql import Database
from tests.prices import FLATS, PriceServer, price_server, units_section
from tests.support import FORM, Site, eventually, journal_lines, leads, open_app

ALLOWED = {"Origin": "https://riverside.example.com"}
OPTION = re.compile(r'<option (?:selected )?value="([^"]*)">([^<]*)</option>')
HINT = re.compile(r'id="unit-hint">([^<]*)<')


@pytest.fixture
def server() -> Iterator[PriceServer]:
    with price_server() as running:
        yield running


class Desk:
    """A site whose list is fetched when the test says so, by a clock that the test moves."""

    def __init__(self, site: Site, config: Path, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.store = site.app.extensions["frontdesk"].intake.store
        self.ahead = timedelta()
        settings = load(config, KINDS)
        self.fetcher = Fetcher(sources(settings), self.store, lambda: utcnow() + self.ahead)

    def fetch(self) -> None:
        """Let an hour pass, and wait until the site has what came of that."""
        self.ahead += timedelta(hours=1)
        self.fetcher.look()
        for thread in self.fetcher._under_way.values():
            thread.join()
        kept = lists.read(self.store, "riverside")
        known = self.site.app.extensions["frontdesk"].intake.enquiries
        form = known.settings.forms["riverside"]
        eventually(lambda: known.prices(form) == kept)

    def page(self, **query: str) -> str:
        answer = self.site.get("/forms/riverside", params={"lang": "en", **query})
        assert answer.status_code == 200
        return unescape(answer.text)

    def options(self, **query: str) -> dict[str, str]:
        return dict(
            OPTION.findall(self.page(**query).partition('name="unit"')[2].partition("</select>")[0])
        )

    def hint(self, **query: str) -> str:
        found = HINT.search(self.page(**query))
        return found[1] if found else ""

    def units(self) -> dict[str, Any]:
        found: dict[str, Any] = self.site.get("/forms/riverside/units").json()
        return found

    def enquire(self, unit: str | None) -> str | None:
        """Send an enquiry, which must be taken; the unit that is in the journal."""
        answer = self.site.enquire(unit=unit)
        assert answer.status_code == 202, answer.text
        assert "ignored" not in answer.json()
        (line,) = [
            one
            for one in journal_lines(self.folder / "var/journal")
            if one["id"] == answer.json()["id"]
        ]
        found: str | None = line["lead"].get("unit")
        assert "A." not in line["lead"].get("note", "")
        return found


@pytest.fixture
def desk(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    server: PriceServer,
    tmp_path: Path,
) -> Desk:
    apart = {'courier = "inside"': 'courier = "apart"', '"1000/minute"': '"100000/minute"'}
    config = write_config(FORM + units_section(server.url), **apart)
    return Desk(serve(open_app(config)), config, tmp_path)


def test_before_the_first_list_any_unit_may_be_named(desk: Desk) -> None:
    assert 'name="unit"' in desk.page()
    assert desk.options() == {}
    assert desk.hint(unit="A.101") == "As in the price list, if you have chosen one."
    assert desk.enquire("A.101") == "A.101"
    assert desk.units() == {
        "form": "riverside", "at": None, "stale": True, "currency": "CZK", "units": []
    }  # fmt: skip


def test_the_free_ones_are_offered_with_what_is_known_of_them(desk: Desk) -> None:
    desk.fetch()
    assert desk.options() == {
        "": "Any flat",
        "A.101": "A.101 · 2+kk · 54.3\u00a0m² · CZK\u00a07,950,000",
        "A.201": "A.201 · 2+kk · 54.3\u00a0m² · CZK\u00a08,150,000",
        "A.202": "A.202 · 3+kk · 78.1\u00a0m² · CZK\u00a011,200,000",
        "A.203": "A.203 · 2+kk · 56\u00a0m² · CZK\u00a08,390,000",
        "A.204": "A.204 · 2+kk · 61\u00a0m² · CZK\u00a09,990,000",
    }
    czech = "A.101 · 2+kk · 54,3\u00a0m² · 7\u00a0950\u00a0000\u00a0Kč"
    assert desk.options(lang="cs")["A.101"] == czech
    assert desk.hint() == desk.hint(unit="A.101") == ""
    assert 'selected value="A.101"' in desk.page(unit="A.101")


def test_a_link_to_one_that_is_not_to_be_had_says_so_and_offers_the_likest(desk: Desk) -> None:
    desk.fetch()
    assert desk.hint(unit="A.103") == "A.103 has been sold. Similar, and free: A.101, A.201, A.203."
    assert desk.hint(unit="A.102") == "A.102 is reserved. Similar, and free: A.202."
    assert [*desk.options(unit="A.102")][:3] == ["", "A.102", "A.202"]
    assert 'selected value="A.102"' in desk.page(unit="A.102")
    assert desk.hint(unit="A.102", lang="cs") != desk.hint(unit="A.102")
    assert desk.hint(unit="Z.9") == "Z.9 is not on offer at the moment."
    hostile = '"><script>alert(1)</script>'
    answer = desk.site.get("/forms/riverside", params={"unit": hostile, "lang": "en"})
    assert "<script>alert" not in answer.text


def test_sold_renamed_and_gone_while_enquiries_come_in(desk: Desk, server: PriceServer) -> None:
    desk.fetch()
    assert desk.enquire("A.101") == "A.101"
    server.changed("A.101", status="sold")
    desk.fetch()
    assert "A.101" not in desk.options()
    assert desk.hint(unit="A.101").startswith("A.101 has been sold.")
    assert desk.enquire("A.101") == "A.101", "the page may be an hour old"
    server.changed("A.101", number="B.101")
    desk.fetch()
    assert desk.options()["B.101"].startswith("B.101 · 2+kk")
    assert desk.hint(unit="A.101") == "A.101 is not on offer at the moment."
    assert desk.enquire("A.101") == "A.101"
    assert desk.enquire("B.101") == "B.101"
    server.list(*FLATS[1:])
    desk.fetch()
    assert "A.101" not in desk.options()
    assert desk.enquire("A.101") == "A.101"
    assert desk.enquire(None) is None


def bomb() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'.encode()


BROKEN: dict[str, tuple[bytes, int]] = {
    "garbage": (b"\x00\xff<>", 200),
    "a page": (b"<html><title>Maintenance</title></html>", 200),
    "nothing": (b"", 200),
    "an empty list": (b"[]", 200),
    "other columns": (json.dumps([{"nummer": "A.101"}]).encode(), 200),
    "50 MB": (b"[" + b" " * (50 << 20) + b"]", 200),
    "a bomb": (bomb(), 200),
    "a fault": (b"Internal server error", 500),
    "not found": (b"", 404),
    "a redirect": (b"", 302),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_source_that_breaks_refuses_nobody(desk: Desk, server: PriceServer, what: str) -> None:
    desk.fetch()
    first = desk.units()
    body, status = BROKEN[what]
    server.say(body, status, Location="http://127.0.0.1:1/")
    desk.fetch()
    assert desk.units() == first, "the last list stays"
    assert [*desk.options()] == ["", "A.101", "A.201", "A.202", "A.203", "A.204"]
    assert desk.enquire("A.101") == "A.101"
    assert desk.enquire("B.7") == "B.7"


def test_without_one_that_is_free_any_may_be_named(desk: Desk, server: PriceServer) -> None:
    server.list(*({**flat, "status": "sold"} for flat in FLATS))
    desk.fetch()
    assert desk.options() == {}
    assert desk.hint() == "As in the price list, if you have chosen one."
    assert desk.hint(unit="A.101") == "A.101 has been sold."
    assert desk.enquire("A.101") == "A.101"


def test_of_very_many_the_visitor_writes_which(desk: Desk, server: PriceServer) -> None:
    server.list(*({"number": f"A.{n}", "status": "free"} for n in range(501)))
    desk.fetch()
    assert desk.options() == {}
    assert len(desk.units()["units"]) == 501
    assert desk.enquire("A.7") == "A.7"


def test_what_a_visitor_has_chosen_comes_back_with_the_form(desk: Desk) -> None:
    desk.fetch()
    data = {"token": desk.site.token(), "unit": "A.103", "first_name": "Jana"}
    answer = desk.site.post("/forms/riverside?lang=en", data=data)
    assert answer.status_code == 422
    assert 'selected value="A.103"' in answer.text
    assert "A.103 has been sold." in answer.text


def test_a_page_draws_its_own_list(desk: Desk) -> None:
    desk.fetch()
    answer = desk.site.get("/forms/riverside/units", headers=ALLOWED)
    found = answer.json()
    assert (found["form"], found["stale"], found["currency"]) == ("riverside", False, "CZK")
    assert found["units"][1] == {
        "unit": "A.102",
        "name": "A.102",
        "rooms": "3+kk",
        "area": 78.1,
        "price": 10_900_000,
        "state": "reserved",
    }
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED["Origin"]
    assert "Origin" in answer.headers["Vary"]
    again = desk.site.get(
        "/forms/riverside/units", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = desk.site.get("/forms/riverside/units", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.json() == found
    assert plain.headers["ETag"] != answer.headers["ETag"]
    foreign = desk.site.get("/forms/riverside/units", headers={"Origin": "https://evil.example"})
    assert foreign.headers["Access-Control-Allow-Origin"] == desk.site.url


def test_a_new_list_is_told_of_at_once_under_another_etag(desk: Desk, server: PriceServer) -> None:
    tags = set()
    for state in ("available", "reserved", "reserved"):  # the last is new by its time alone
        server.changed("A.101", status=state)
        desk.fetch()
        asked = [desk.site.get("/forms/riverside/units") for _ in range(2)]
        assert [each.json() for each in asked] == [asked[0].json()] * 2
        found, kept = asked[0].json(), lists.read(desk.store, "riverside")
        assert kept is not None
        assert kept.at is not None
        assert found["at"] == kept.at.isoformat()
        assert found["units"][0]["state"] == {"available": "free"}.get(state, state)
        assert {each.headers["ETag"] for each in asked}.isdisjoint(tags)
        tags |= {each.headers["ETag"] for each in asked}
    assert len(tags) == 3


def test_what_is_stale_says_so(desk: Desk) -> None:
    desk.fetch()
    kept = lists.read(desk.store, "riverside")
    assert kept is not None
    assert not desk.units()["stale"]
    old = lists.PriceList(kept.place, kept.login, kept.units, utcnow() - timedelta(hours=3.1))
    lists.keep(desk.store, "riverside", old)
    eventually(lambda: desk.units()["stale"])
    assert len(desk.units()["units"]) == len(FLATS)
    assert desk.hint(unit="Z.9") == "", "it may be new"
    assert desk.hint(unit="A.103").startswith("A.103 has been sold.")


def test_a_form_without_a_source_has_no_such_list(site: Site) -> None:
    answer = site.get("/forms/riverside/units")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert site.get("/forms/hill/units").status_code == 404


def test_programs_are_told_of_the_list_and_held_to_nothing(desk: Desk) -> None:
    desk.fetch()
    schema = desk.site.get("/forms/riverside/schema").json()
    assert "A.101" not in json.dumps(schema["properties"]["unit"])
    document = desk.site.get("/openapi.json").json()
    validate(document)
    told = document["paths"]["/forms/riverside/units"]["get"]["responses"]
    assert "304" in told
    schema = told["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(desk.units(), schema)


def test_definitions_of_old_lists_are_forgotten(desk: Desk, server: PriceServer) -> None:
    known = desk.site.app.extensions["frontdesk"].intake.enquiries
    form = known.settings.forms["riverside"]
    desk.fetch()
    one = known.definition(form, "en")
    desk.fetch()
    assert known.definition(form, "en") is one, "nothing has changed"
    for price in range(5):
        server.changed("A.101", price=price + 1)
        desk.fetch()
        assert known.definition(form, "en") is not one
    assert set(known._definitions) <= {("riverside", "en"), ("riverside", "cs")}


def test_the_courier_fetches_what_realpad_lists(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> None:
    units = '\n[forms.riverside.units]\nsource = "realpad"\n'
    units += "screenid = 1\ndeveloperid = 2\nprojectid = 1234\n"
    site = serve(open_app(write_config(FORM + units)))
    assert site.enquire(unit="A.101").status_code == 202
    found = eventually(lambda: site.get("/forms/riverside/units").json()["units"])
    assert [unit["unit"] for unit in found if unit["state"] == "free"] == [
        "A.101", "A.201", "A.202", "A.301"
    ]  # fmt: skip
    assert site.enquire(unit="A.301", note="And a cellar?").status_code == 202
    eventually(lambda: len(leads(crm)) == 2)
    asked = requests.get(f"{crm}/_sandbox/requests", timeout=30).json()
    assert [one["endpoint"] for one in asked].count("get-project") == 1


def test_nobody_is_refused_while_the_list_changes_all_the_time(
    desk: Desk, server: PriceServer
) -> None:
    over = threading.Event()

    def visit(number: int) -> list[int]:
        found: list[int] = []
        while not over.is_set() or not found:
            unit = FLATS[(number + len(found)) % len(FLATS)]["number"]
            found.append(desk.site.enquire(unit=unit, note=f"{number} {len(found)}").status_code)
            if number % 2:
                found.append(desk.site.get(f"/forms/riverside?unit={unit}").status_code)
        return found

    with ThreadPoolExecutor(4) as visitors:
        visits = [visitors.submit(visit, number) for number in range(4)]
        for body, status in BROKEN.values():
            server.changed("A.101", price=len(body) + 1, status="sold")
            desk.fetch()
            server.say(body, status)
            desk.fetch()
        over.set()
        answers = {status for each in visits for status in each.result()}
    assert answers == {200, 202}
    received = [one for one in journal_lines(desk.folder / "var/journal") if "lead" in one]
    assert all(one["lead"]["unit"].startswith("A.") for one in received)


def test_a_form_post_is_taken_like_any_other(desk: Desk) -> None:
    desk.fetch()
    data = {"token": desk.site.token(), "unit": "A.103", "first_name": "Jana", "last_name": "Nová"}
    data |= {"email": "jana@example.com", "consent_2": "1"}
    assert desk.site.post("/forms/riverside", data=data).status_code == 303
    (line,) = [one for one in journal_lines(desk.folder / "var/journal") if "lead" in one]
    assert line["lead"]["unit"] == "A.103"


def test_a_name_of_two_units_stands_for_neither() -> None:
    units = (
        Unit("1", name="A.1"),
        Unit("2", name="A.1", state="sold"),
        Unit("3", name="A.3"),
        Unit("4"),
    )
    listed = Listed("en", "Unit", units, "Any", "CZK")
    assert [listed.typed([said]) for said in ("A.1", "A.3", "2", "")] == ["A.1", "3", "2", ""]
    prices = PriceList("x", "y", units[::-1])
    said = [advice(prices, one, "en", stale=False) for one in ("A.1", "A.3", "2", "A.4")]
    assert said[:2] == ["", ""]
    assert said[2].startswith("A.1 has been sold. Similar, and free: ")
    assert said[3] == "A.4 is not on offer at the moment."


def test_what_a_server_calls_its_list_does_not_matter(desk: Desk, server: PriceServer) -> None:
    server.headers["Content-Type"] = "text/html"
    desk.fetch()
    assert len(desk.units()["units"]) == len(FLATS)


def test_a_source_that_hangs_holds_up_no_delivery(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    server: PriceServer,
    crm: str,
) -> None:
    server.say(lambda _: server.over.wait() and None)
    site = serve(open_app(write_config(FORM + units_section(server.url))))
    eventually(lambda: server.asked)
    for number in range(3):
        assert site.enquire(unit="A.101", note=str(number)).status_code == 202
    eventually(lambda: len(leads(crm)) == 3)
    assert not server.over.is_set(), "it still hangs"
    server.over.set()


def test_of_several_processes_one_asks_and_all_know(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], server: PriceServer
) -> None:
    config = write_config(FORM + units_section(server.url))
    sites = [serve(open_app(config)) for _ in range(3)]
    for site in sites:
        eventually(lambda here=site: here.get("/forms/riverside/units").json()["at"])
    assert len(server.asked) == 1


def test_with_a_database_all_machines_know_the_list(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    server: PriceServer,
    database: Database,
) -> None:
    journal = f'[journal]\nstore = "postgresql"\nurl = "{database.url}"\n'
    general = {"[limits]": f"{journal}[limits]"}
    sites = []
    for machine in ("one", "two"):
        folder = {'data_dir = "var"': f'data_dir = "{machine}"', **general}
        sites.append(serve(open_app(write_config(FORM + units_section(server.url), **folder))))
    for site in sites:
        eventually(lambda here=site: here.get("/forms/riverside/units").json()["at"])
        assert site.enquire(unit="A.103").status_code == 202
    assert len(server.asked) == 1
