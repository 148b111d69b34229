"""Who is told that a price list is old, and in which words."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from frontdesk.config import Settings, load
from frontdesk.data_dir import open_store
from frontdesk.delivery.destination import Finding
from frontdesk.kinds import KINDS
from frontdesk.model.events import utcnow
from frontdesk.model.units import PriceList, Unit
from frontdesk.operations import check
from frontdesk.operations.status import overview
from frontdesk.store.memory.store import MemoryStore
from frontdesk.units import lists
from frontdesk.units.standing import old_lists
from tests.prices import FLATS, PriceServer, price_server, units_section
from tests.support import FORM

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
UNITS = (Unit("A.101"),)


@pytest.fixture
def server() -> Iterator[PriceServer]:
    with price_server() as running:
        yield running


@pytest.fixture
def settings(write_config: Callable[..., Path], server: PriceServer) -> Settings:
    found = load(write_config(FORM + units_section(server.url)), KINDS)
    found.data_dir.mkdir()
    return found


def said(settings: Settings, prices: PriceList | None) -> list[str]:
    return [old.text for old in old_lists(settings.forms, lambda _: prices, NOW)]


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def test_one_that_was_not_asked_for_yet_is_not_old(settings: Settings) -> None:
    assert said(settings, None) == []


def test_one_failure_is_nothing_to_tell_of(settings: Settings) -> None:
    well = PriceList("x", "y", UNITS, at=ago(0.5))
    failed = PriceList("x", "y", UNITS, at=ago(2.9), trouble="answered 500", since=ago(1.9))
    assert said(settings, well) == said(settings, failed) == []


def test_what_is_old_says_since_when_and_why(settings: Settings) -> None:
    failed = PriceList("x", "y", UNITS, at=ago(3.1), trouble="answered 500", since=ago(2))
    since = "riverside: its units are of 2026-11-28 08:54 UTC"
    why = "their source answered 500, since 2026-11-28 10:00 UTC"
    assert said(settings, failed) == [f"{since}; {why}"]
    alone = PriceList("x", "y", UNITS, at=ago(3.1))
    assert said(settings, alone) == [f"{since}, and nobody has asked its source since"]


def test_what_a_wrong_clock_wrote_is_not_new_for_ever(settings: Settings) -> None:
    assert said(settings, PriceList("x", "y", UNITS, at=ago(-2.9))) == [], "another machine's"
    assert said(settings, PriceList("x", "y", UNITS, at=ago(-10_000))) != []


def test_one_that_never_came_is_told_of_at_once(settings: Settings) -> None:
    never = PriceList("x", "y", trouble="is not JSON", since=ago(0))
    assert said(settings, never) == [
        "riverside: no units are known; their source is not JSON, since 2026-11-28 12:00 UTC"
    ]


def test_the_status_has_it_and_only_for_those_whom_it_concerns(settings: Settings) -> None:
    store = MemoryStore()
    old = PriceList("x", "y", UNITS, at=utcnow() - timedelta(hours=4), trouble="answered 500")
    lists.keep(store, "riverside", old)
    found = [one for one in overview(store, settings).conditions if one.code == "units"]
    assert [one.account for one in found] == ["riverside"]
    theirs = overview(store, settings, forms=["riverside"]).conditions
    assert "units" in {one.code for one in theirs}
    assert "units" not in {one.code for one in overview(store, settings, forms=[]).conditions}


def units_of(store: MemoryStore, settings: Settings) -> list[tuple[bool, str]]:
    return [(f.well, f.message) for what, f in check.check(store, settings) if what == "units"]


def test_a_check_asks_at_once_and_keeps_what_it_was_told(
    settings: Settings, server: PriceServer
) -> None:
    store = MemoryStore()
    server.list(*FLATS, {"number": ""}, {"number": "A.9", "price": "ask us"})
    numbers = "riverside: 8 units, 5 free, 7 with a price"
    left_out = "1 without a unit, 1 whose price is no number"
    assert units_of(store, settings) == [(True, f"{numbers}; of no use: {left_out}")]
    kept = lists.read(store, "riverside")
    assert kept is not None
    assert len(kept.units) == 8
    server.say(b"", 500)
    assert units_of(store, settings) == [(False, "riverside: its source answered 500")]
    after = lists.read(store, "riverside")
    assert after is not None
    assert after.units == kept.units


def test_a_check_goes_on_where_no_list_can_be_read(settings: Settings) -> None:
    (settings.data_dir / "kept/units-riverside").mkdir(parents=True)
    store = open_store(settings)
    told = list(check.check(store, settings))
    store.close()
    said = "riverside: the list that was kept cannot be read: is not a regular file"
    assert ("units", Finding(False, said)) in told
    assert ("journal", True) in {(what, found.well) for what, found in told}
