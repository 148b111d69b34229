"""One look at a price list, over real HTTP, at servers that mean well and at others."""

import gzip
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from frontdesk.units.fetch import LIMIT, fetch
from frontdesk.units.source import Marks, SourceError
from tests.prices import PriceServer, price_server
from tests.support import free_port


@pytest.fixture
def server() -> Iterator[PriceServer]:
    with price_server() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[PriceServer]:
    with price_server() as running:
        yield running


def failed(server: PriceServer, path: str = "/units.json", patience: float = 30.0) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(server.url + path, Marks(), patience=patience)
    return caught.value


def test_a_list_that_is_known_is_not_sent_again(server: PriceServer) -> None:
    server.say(b"[]", ETag='"1"', **{"Last-Modified": "Sat, 28 Nov 2026 02:00:00 GMT"})
    first = fetch(server.url, Marks())
    assert first is not None
    assert first.marks == Marks('"1"', "Sat, 28 Nov 2026 02:00:00 GMT")
    assert fetch(server.url, first.marks) is None
    assert server.asked[1][1]["If-None-Match"] == '"1"'
    assert server.asked[1][1]["If-Modified-Since"] == first.marks.modified
    server.headers["ETag"] = '"2"'
    assert fetch(server.url, first.marks) is not None


def test_a_304_that_nobody_asked_for_is_no_list(server: PriceServer) -> None:
    server.say(status=304)
    assert str(failed(server)) == "answered 304"


def test_marks_of_any_length_are_not_remembered(server: PriceServer) -> None:
    server.say(b"[]", ETag='"' + "x" * 5_000 + '"')
    found = fetch(server.url, Marks())
    assert found is not None
    assert found.marks == Marks()


def test_a_server_says_when_to_ask_again(server: PriceServer) -> None:
    server.say(status=503, **{"Retry-After": "120"})
    error = failed(server)
    assert (str(error), error.status, error.retry_after) == ("answered 503", 503, 120.0)


@pytest.mark.parametrize("status", [204, 206, 400, 404, 500])
def test_whatever_is_no_200_is_no_list(server: PriceServer, status: int) -> None:
    server.say(b"" if status == 204 else b"[]", status)
    assert str(failed(server)) == f"answered {status}"


def test_50_megabytes_are_not_read(server: PriceServer) -> None:
    sent = []

    def flood(out: BinaryIO) -> None:
        for _ in range(50):
            out.write(b"x" * (1 << 20))
            sent.append(1)

    server.say(flood)
    assert str(failed(server)) == "is larger than 8 MiB"
    assert len(sent) < 50


def test_a_small_body_that_grows_is_not_read_either(server: PriceServer) -> None:
    server.say(gzip.compress(b" " * (50 << 20)), **{"Content-Encoding": "gzip"})
    assert str(failed(server)) == "is larger than 8 MiB"


def test_a_list_of_just_the_size_is_read(server: PriceServer) -> None:
    server.say(b" " * LIMIT)
    found = fetch(server.url, Marks())
    assert found is not None
    assert len(found.body) == LIMIT


def test_a_list_that_drips_is_given_up(server: PriceServer) -> None:
    def drip(out: BinaryIO) -> None:
        while not server.over.wait(0.05):
            out.write(b" ")
            out.flush()

    server.say(drip)
    assert "did not answer, or not in full" in str(failed(server, patience=0.5))


def test_half_a_list_is_none(server: PriceServer) -> None:
    server.say(b'[{"number": "A.101"}', **{"Content-Length": "5000"})
    assert "did not answer, or not in full" in str(failed(server))


def test_a_server_that_is_away_is_said_so() -> None:
    with pytest.raises(SourceError, match="did not answer, or not in full"):
        fetch(f"http://127.0.0.1:{free_port()}/", Marks())


def test_it_is_led_on_at_its_own_origin_only(server: PriceServer, elsewhere: PriceServer) -> None:
    elsewhere.say(b"[]")
    server.say(status=302, Location=elsewhere.url + "/units.json?secret=1")
    error = failed(server)
    assert "leads to another address" in str(error)
    assert "secret" not in str(error)
    assert elsewhere.asked == []
    server.say(status=302, Location="file:///etc/passwd")
    assert "leads to another address" in str(failed(server))
    server.asked.clear()
    server.say(status=302, Location="/next.json")
    assert "again and again" in str(failed(server))
    assert [path for path, _ in server.asked] == ["/units.json", *["/next.json"] * 3]


def test_what_is_posted_is_led_nowhere(server: PriceServer) -> None:
    server.say(status=307, Location="/next")
    with pytest.raises(SourceError, match="answered 307"):
        fetch(server.url, Marks(), {"password": "secret"})
    assert len(server.asked) == 1
