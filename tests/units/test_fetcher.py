"""When sources are asked, what is kept of it, and what is not lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from frontdesk.config.units import JsonSource
from frontdesk.model.units import PriceList
from frontdesk.store.base import Kept
from frontdesk.store.memory.store import MemoryStore
from frontdesk.units import lists
from frontdesk.units.fetcher import Fetcher
from frontdesk.units.files import FileUnits
from frontdesk.units.lists import Lists
from frontdesk.units.source import Listing, Marks, SourceError
from tests.prices import FLATS, PriceServer, price_server
from tests.support import eventually

START = datetime(2026, 11, 28, 12, tzinfo=UTC)
COLUMNS = {"unit": "number", "rooms": "layout", "area": "m2", "price": "price", "state": "status"}
HOUR = 3600


class Desk:
    """A fetcher with a clock that the test moves."""

    def __init__(self, server: PriceServer) -> None:
        self.server, self.store, self.now = server, MemoryStore(), START
        self.begin()

    def begin(self, place: str = "here", login: str = "", **keys: Any) -> None:
        """Start anew, as a courier that was elected does."""
        section = {"source": "json", "url": self.server.url, "columns": COLUMNS, **keys}
        self.source = FileUnits(JsonSource.model_validate(section), place, login)
        self.fetcher = Fetcher({"riverside": self.source}, self.store, lambda: self.now)

    def look(self) -> None:
        """Look, and wait until what that has begun is over."""
        self.fetcher.look()
        for thread in self.fetcher._under_way.values():
            thread.join()

    def later(self, seconds: float) -> PriceList:
        """Look again after a time."""
        self.now += timedelta(seconds=seconds)
        self.look()
        return self.kept

    @property
    def kept(self) -> PriceList:
        found = lists.read(self.store, "riverside")
        assert found is not None
        return found

    @property
    def asked(self) -> int:
        return len(self.server.asked)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with price_server() as server:
        yield Desk(server)


def test_it_is_asked_for_once_an_hour(desk: Desk) -> None:
    desk.look()
    assert len(desk.kept.units) == len(FLATS)
    assert [unit.unit for unit in desk.kept.free] == ["A.101", "A.201", "A.202", "A.203", "A.204"]
    for _ in range(59):
        desk.later(60)
    assert desk.asked == 1
    desk.later(60)
    assert desk.asked == 2
    assert desk.kept.at == START + timedelta(hours=1)


def test_a_mark_that_the_server_does_not_bear_is_not_sent_for_ever(desk: Desk) -> None:
    desk.server.headers["ETag"] = '"\x01"'
    desk.look()
    desk.server.say(b"", 400)
    assert desk.later(HOUR).trouble == "answered 400"
    assert desk.server.asked[-1][1]["If-None-Match"] == '"\x01"'
    desk.server.list(*FLATS[1:])
    assert len(desk.later(60).units) == len(FLATS) - 1
    assert "If-None-Match" not in desk.server.asked[-1][1]


def test_a_restart_asks_nobody_anew(desk: Desk) -> None:
    desk.look()
    desk.begin()
    desk.later(HOUR / 2)
    assert desk.asked == 1
    desk.later(HOUR / 2)
    assert desk.asked == 2


def test_who_rests_begins_where_it_was(desk: Desk) -> None:
    desk.look()
    desk.fetcher.rest()
    desk.later(HOUR / 2)
    assert desk.asked == 1
    desk.later(HOUR / 2)
    assert desk.asked == 2


def test_what_has_changed_since_is_kept(desk: Desk) -> None:
    desk.server.headers["ETag"] = '"1"'
    desk.look()
    assert desk.later(HOUR).at == desk.now, "and was answered with 304"
    assert len(desk.kept.units) == len(FLATS)
    desk.server.changed("A.101", status="sold")
    assert desk.later(HOUR).units[0].state == "sold"


def test_a_day_of_500_takes_nothing_away(desk: Desk) -> None:
    desk.look()
    units = desk.kept.units
    desk.server.say(b"Internal server error", 500)
    asked = desk.asked
    for _ in range(24 * 60):
        desk.later(60)
    assert desk.kept.units == units
    assert (desk.kept.trouble, desk.kept.at) == ("answered 500", START)
    assert desk.kept.since == START + timedelta(hours=1)
    # After 1, 2, 4, 8, 16 and 32 minutes, then each hour.
    assert desk.asked - asked == desk.kept.failures == 6 + 22
    desk.server.list(*FLATS[1:])
    healed = desk.later(HOUR)
    assert (healed.trouble, healed.failures, healed.since) == ("", 0, None)
    assert len(healed.units) == len(FLATS) - 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 1}', b"[[[[", b"\x00" * 1000])
def test_garbage_takes_nothing_away(desk: Desk, body: bytes) -> None:
    desk.look()
    desk.server.say(body)
    found = desk.later(HOUR)
    assert len(found.units) == len(FLATS)
    assert found.trouble
    desk.server.list(*FLATS)
    assert not desk.later(60).trouble, "it is asked again soon"


def test_it_waits_as_long_as_it_is_told(desk: Desk) -> None:
    desk.server.say(b"", 429, **{"Retry-After": "7200"})
    desk.look()
    asked = desk.asked
    desk.later(7199)
    assert desk.asked == asked
    desk.later(1)
    assert desk.asked == asked + 1


def test_nobody_makes_it_wait_for_ever(desk: Desk) -> None:
    desk.server.say(b"", 503, **{"Retry-After": "99999999"})
    desk.look()
    desk.later(86400)
    assert desk.asked == 2


def test_a_clock_that_was_far_ahead_holds_nothing_up(desk: Desk) -> None:
    desk.now += timedelta(days=400)
    desk.look()
    desk.now = START
    desk.look()
    assert desk.asked == 2


def test_of_another_place_nothing_is_shown_any_more(desk: Desk) -> None:
    desk.look()
    desk.server.say(b"", 500)
    desk.begin(place="there")
    desk.look()
    assert desk.asked == 2, "it is asked at once"
    assert desk.kept.units == ()


def test_with_another_login_it_is_asked_at_once_and_the_list_stays(desk: Desk) -> None:
    desk.look()
    desk.server.say(b"", 500)
    desk.begin(login="another")
    desk.look()
    assert desk.asked == 2
    assert len(desk.kept.units) == len(FLATS)
    desk.look()
    assert desk.asked == 2


class Refusing:
    """Takes nobody."""

    place, login, every = "x", "y", 3600.0

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, known: Marks) -> Listing | None:
        self.asked += 1
        raise SourceError("answered 401", status=401, refused=True)


def test_one_that_does_not_take_us_is_left_alone_for_a_day() -> None:
    source, store, now = Refusing(), MemoryStore(), [START]
    fetcher = Fetcher({"riverside": source}, store, lambda: now[0])

    def look() -> None:
        fetcher.look()
        for thread in fetcher._under_way.values():
            thread.join()

    for _ in range(24):
        look()
        now[0] += timedelta(hours=1)
    assert source.asked == 1
    look()
    assert source.asked == 2


class Broken:
    """Has a mistake in it."""

    place, login, every = "x", "y", 3600.0

    def ask(self, known: Marks) -> Listing | None:
        raise ZeroDivisionError


def test_a_mistake_of_ours_stops_nobody_else(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    sources = {"hill": Broken(), "riverside": desk.source}
    desk.fetcher = Fetcher(sources, desk.store, lambda: desk.now)
    desk.look()
    assert len(desk.kept.units) == len(FLATS)
    broken = lists.read(desk.store, "hill")
    assert broken is not None
    assert broken.trouble == "answered something that cannot be understood"
    assert "ZeroDivisionError" in caplog.text


class Full(MemoryStore):
    """Keeps nothing."""

    def keep(self, name: str, content: bytes) -> None:
        raise OSError("no space left")


def test_a_disk_that_is_full_is_tried_again(desk: Desk) -> None:
    desk.fetcher = Fetcher({"riverside": desk.source}, Full(), lambda: desk.now)
    for _ in range(180):
        desk.look()
        desk.now += timedelta(minutes=1)
    assert desk.asked == 3, "and the source is not asked more often for that"


def test_what_comes_after_the_courier_stopped_is_not_kept(desk: Desk) -> None:
    import threading

    asked, goes_on = threading.Event(), threading.Event()

    class Slow:
        place, login, every = "x", "y", 3600.0

        def ask(self, known: Marks) -> Listing | None:
            asked.set()
            goes_on.wait()
            return Listing((), {})

    fetcher = Fetcher({"riverside": Slow()}, desk.store, lambda: desk.now)
    fetcher.look()
    asked.wait()
    (thread,) = fetcher._under_way.values()
    fetcher._stop.set()
    goes_on.set()
    thread.join()
    assert lists.read(desk.store, "riverside") is None


def test_readers_see_what_is_kept_and_the_same_object_while_it_is_the_same(desk: Desk) -> None:
    readers = Lists(desk.store)
    assert readers.of("riverside") is None
    desk.look()
    first = eventually(lambda: readers.of("riverside"))
    desk.later(HOUR)
    second = eventually(lambda: (now := readers.of("riverside")) is not first and now)
    assert second.at == desk.now
    assert second.units is first.units
    desk.server.changed("A.101", status="sold")
    desk.later(HOUR)
    eventually(lambda: readers.of("riverside").units[0].state == "sold")


def test_a_store_that_does_not_answer_holds_up_one_reader_for_a_moment(desk: Desk) -> None:
    import threading

    over, looks = threading.Event(), []

    class Hanging(MemoryStore):
        def kept(self, name: str, known: str = "") -> Kept | None:
            looks.append(name)
            over.wait()
            return super().kept(name, known)

    readers = Lists(Hanging())
    try:
        assert [readers.of(f"form{number}") for number in range(500)] == [None] * 500
        assert len(looks) == 1
    finally:
        over.set()


@pytest.mark.parametrize("content", [b"", b"null", b'{"units": 7}', b"\xff"])
def test_what_is_kept_and_is_nothing_of_ours_is_no_list(
    content: bytes, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.store.keep(lists.name_of("riverside"), content)
    assert Lists(desk.store).of("riverside") is None
    desk.look()
    assert len(desk.kept.units) == len(FLATS)


def test_a_store_that_fails_takes_no_form_away(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(MemoryStore):
        def kept(self, name: str, known: str = "") -> Kept | None:
            raise OSError("input/output error")

    assert Lists(Failing()).of("riverside") is None
    assert "riverside: the list of units cannot be read: input/output error" in caplog.text
