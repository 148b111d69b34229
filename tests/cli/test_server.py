"""The production server over bare sockets: who trickles is cut off, and keeps nobody else out."""

import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from flask import Flask

from frontdesk import create_app
from tests.intake.wild import listening
from tests.support import eventually

HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
ASK = HEAD + b"Connection: close\r\n\r\n"


@pytest.fixture
def app(write_config: Callable[..., Path]) -> Flask:
    return create_app(write_config(**{'courier = "inside"': 'courier = "apart"'}))


def connect(port: int, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))


def answer(connection: socket.socket) -> bytes:
    """All that comes until the server closes, which it may do before it has read everything."""
    came = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            came += part
    return came


@pytest.mark.parametrize(
    ("bounds", "sent"),
    [
        ({"head_time": 0.3}, HEAD),
        ({"head_time": 0.3}, b"G"),
        ({"request_time": 0.3}, HEAD + b"Content-Length: 9\r\n\r\n"),
        ({"request_time": 0.3}, HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\nab"),
    ],
    ids=["head", "first byte", "body", "chunk"],
)
def test_a_request_that_takes_too_long_is_told_so(
    app: Flask, bounds: dict[str, float], sent: bytes
) -> None:
    ended = threading.Event()
    with listening(app, **bounds) as port, connect(port) as slow:

        def trickle() -> None:
            # A byte now and then, which waitress by itself takes for a sign of life.
            try:
                while not ended.wait(0.05):
                    slow.sendall(b"x")
            except OSError:
                pass

        slow.sendall(sent)
        feeder = threading.Thread(target=trickle)
        feeder.start()
        try:
            assert answer(slow).startswith(b"HTTP/1.0 408 Request Timeout\r\n")
        finally:
            ended.set()
            feeder.join()


def test_a_request_in_two_halves_is_answered(app: Flask) -> None:
    with listening(app) as port, connect(port) as patient:
        patient.sendall(ASK[:9])
        with connect(port) as quick:
            quick.sendall(ASK)
            assert b"alive" in answer(quick)
        patient.sendall(ASK[9:])
        assert b"alive" in answer(patient)


@pytest.mark.parametrize("sent", [HEAD, b""], ids=["half a request", "nothing"])
@pytest.mark.parametrize(
    ("bounds", "addresses"),
    [({"unanswered": 20}, 1), ({"connections": 20}, 30)],
    ids=["one address", "many addresses"],
)
def test_nobody_can_take_all_connections(
    app: Flask, bounds: dict[str, float], addresses: int, sent: bytes
) -> None:
    with listening(app, **bounds) as port, ExitStack() as opened:
        slow = [
            opened.enter_context(connect(port, f"127.0.1.{1 + number % addresses}"))
            for number in range(60)
        ]
        for connection in slow:
            with suppress(ConnectionError):  # of those that have made room already
                connection.sendall(sent)
        with connect(port) as visitor:
            visitor.sendall(ASK)
            assert b"alive" in answer(visitor)

        def closed(connection: socket.socket) -> bool:
            connection.settimeout(0.001)
            try:
                return connection.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionResetError:
                return True

        # Those that have waited longest made room.
        eventually(lambda: sum(map(closed, slow)) >= 39)


def test_a_connection_that_is_kept_is_not_cut_off(app: Flask) -> None:
    with listening(app, head_time=0.2) as port, connect(port) as kept:
        for _ in range(2):
            kept.sendall(HEAD + b"\r\n")
            came = b""
            while b"alive" not in came:
                came += kept.recv(1 << 16)
            with connect(port) as slow:  # for so long that a head would be late
                slow.sendall(HEAD)
                assert b"408" in answer(slow)
