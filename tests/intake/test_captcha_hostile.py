"""A vendor's API that has been taken over: it costs little time and memory, and nobody passes."""

import contextlib
import gzip
import socket
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import pytest

from frontdesk.intake.captcha import Verdict
from tests.intake.siteverify import VENDORS, SiteVerify, asking
from tests.support import raw_server

Judge = Callable[[str, str], Verdict]
SHORT, LONG = "500 ms", "30 s"
FLOOD = 128 << 20  # bytes; many times what the buffers of two sockets hold
BUFFERS = 32 << 20

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture(params=VENDORS)
def judge(request: pytest.FixtureRequest, tmp_path: Path) -> Judge:
    """What a captcha makes of a response that it asks a server about, within a time."""

    def judge(url: str, timeout: str) -> Verdict:
        captcha = asking(request.param, f"{url}/verify", tmp_path, timeout=timeout)
        return captcha.verify("r", "", "")

    return judge


class Flood:
    """Sends a start and then pieces, until the client hangs up."""

    def __init__(self, start: bytes, piece: bytes) -> None:
        self._start, self._piece = start, piece
        self.sent = 0

    def __call__(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(self._start)
            while self.sent < FLOOD:
                self.sent += connection.send(self._piece)


BODIES = {
    "unlimited": (OK + b"\r\n", b" " * 65536),
    "declared": (OK + b"Content-Length: 3000000000\r\n\r\n", b" " * 65536),
    "chunked": (OK + CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "redirect": (REDIRECT + b"Content-Length: 2500000000\r\n\r\n", b" " * 65536),
    "error": (OK.replace(b"200 OK", b"500 No") + b"\r\n", b" " * 65536),
    "refusal": (OK.replace(b"200 OK", b"400 No") + b"\r\n", b" " * 65536),
    "header": (OK + b"X-Long: ", b"x" * 65536),
    "headers": (OK, b"X-Many: x\r\n" * 4096),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_flood_is_read_to_a_limit(judge: Judge, name: str) -> None:
    flood = Flood(*BODIES[name])
    with raw_server(flood) as url:
        # Not the time ends it.
        assert judge(url, LONG) is Verdict.UNAVAILABLE
    assert 0 < flood.sent < BUFFERS


@pytest.mark.parametrize(
    ("start", "piece"),
    [(b"", INTERIM * 100), (OK + CHUNKED + b"0\r\n", b"X-Many: x\r\n" * 100)],
    ids=["interim answers", "trailers"],
)
def test_a_flood_of_what_is_thrown_away_ends_in_time(
    judge: Judge, start: bytes, piece: bytes
) -> None:
    flood = Flood(start, piece)
    with raw_server(flood) as url:
        assert judge(url, SHORT) is Verdict.UNAVAILABLE
    assert 0 < flood.sent < FLOOD


def bomb() -> Iterator[bytes]:
    """A yes behind many spaces: whoever unpacks it all, believes it."""
    yield from repeat(b" " * (1 << 20), 64)
    yield b'{"success": true}'


@pytest.mark.parametrize("layers", [1, 2])
def test_a_gzip_bomb_is_not_unpacked(judge: Judge, layers: int) -> None:
    packed = b"".join(bomb())
    for _ in range(layers):
        packed = gzip.compress(packed, 6)
    head = b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    answer = OK + head % (b", ".join([b"gzip"] * layers), len(packed)) + packed

    def send(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(answer)

    with raw_server(send) as url:
        assert judge(url, LONG) is Verdict.UNAVAILABLE


DRIPS = {
    "status line": (b"HTTP/1.1 20", b"0"),
    "header": (OK + b"X-Slow: ", b"x"),
    "interim answers": (INTERIM, INTERIM),
    "body": (OK + b"\r\n", b" "),
    "chunk's extension": (OK + CHUNKED + b"5;x=", b"x"),
    "redirect": (REDIRECT + b"\r\n", b" "),
}


@pytest.mark.parametrize("name", DRIPS)
def test_whatever_drips_is_cut_when_the_time_is_up(judge: Judge, name: str) -> None:
    start, piece = DRIPS[name]
    dripped = 0

    def drip(connection: socket.socket) -> None:
        nonlocal dripped
        with contextlib.suppress(OSError):
            connection.sendall(start)
            while dripped < 300:  # 30 seconds; no pause is longer than the timeout
                time.sleep(0.1)
                connection.sendall(piece)
                dripped += 1

    with raw_server(drip) as url:
        assert judge(url, SHORT) is Verdict.UNAVAILABLE
    assert dripped < 300


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(judge: Judge, status: int) -> None:
    yes = SiteVerify({}, "")

    def redirect(connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status} Over there\r\nContent-Type: application/json\r\n"
        body = '{"success": true}'
        length = f"Content-Length: {len(body)}\r\n\r\n"
        connection.sendall(f"{head}Location: {yes.url}\r\n{length}{body}".encode())

    try:
        with raw_server(redirect) as url:
            assert judge(url, LONG) is Verdict.UNAVAILABLE
        assert yes.connections == 0
    finally:
        yes.close()
