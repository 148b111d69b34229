"""Asking others over HTTP: what takes too long is ended, and sends nothing afterwards."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from frontdesk import deadline
from frontdesk.http.session import Session, exchange, read
from tests.intake.siteverify import SiteVerify
from tests.support import eventually, raw_server

LONG = 60.0  # seconds; no test takes them
SHORT = 0.3
HEAD = b"HTTP/1.1 200 OK\r\n"
ASKED = {"response": "asked"}


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def server() -> Iterator[SiteVerify]:
    """Answers, and keeps what it was sent."""
    found = SiteVerify({}, "")
    yield found
    found.close()


HEADERS = HEAD + b"X-Slow: "
STARTS = (
    b"HTTP/1.1 20",
    HEADERS,
    HEAD + b"\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x=",
)
DRIPS = [(way, start) for way in ("straight", "proxy") for start in STARTS]


@pytest.mark.parametrize(("way", "start"), [*DRIPS, ("tunnel", HEADERS)])
def test_whatever_drips_is_cut_when_the_time_is_up(
    session: Session, way: str, start: bytes
) -> None:
    dripped, enough = 0, 3_000

    def drip(connection: socket.socket) -> None:
        nonlocal dripped
        with contextlib.suppress(OSError):
            connection.sendall(start)
            while dripped < enough:
                time.sleep(0.01)
                connection.sendall(b"x")
                dripped += 1

    with raw_server(drip) as url:
        if way != "straight":
            session.proxies = {"http": url, "https": url}
            # Before it makes a tunnel, it is the proxy itself that drips.
            url = f"{'https' if way == 'tunnel' else 'http'}://nowhere.invalid/"

        def ask() -> bytes:
            with session.get(url, timeout=LONG, stream=True) as answer:
                return read(answer.raw, 1 << 20)

        with pytest.raises(requests.Timeout) as ended:
            exchange(SHORT, ask)
    assert dripped < enough
    # Unless this machine is so slow today that nothing was sent.
    assert isinstance(ended.value, requests.ReadTimeout) or not dripped


@pytest.mark.parametrize("proxied", [False, True], ids=["straight", "proxy"])
@pytest.mark.parametrize("kept", [False, True], ids=["another connection", "one that was kept"])
def test_nothing_is_sent_once_the_time_is_up(
    session: Session, server: SiteVerify, kept: bool, proxied: bool
) -> None:
    """Else it would arrive after it was given up, and perhaps asked again."""
    url = "http://nowhere.invalid/" if proxied else server.url
    session.proxies = {"http": server.url} if proxied else {}
    before = [ASKED] if kept else []
    for asked in before:
        assert session.post(url, data=asked, timeout=LONG).ok
    ended: list[Exception] = []

    def ask_late() -> None:
        limit = deadline.current.get()
        assert limit is not None
        eventually(lambda: limit.over)
        try:
            session.post(url, data={"response": "late"}, timeout=LONG)
        except Exception as error:
            ended.append(error)
            raise

    with pytest.raises(requests.ConnectTimeout):
        exchange(SHORT, ask_late)
    (error,) = ended
    assert isinstance(error, requests.ConnectionError)
    # And for the next exchange all is as ever.
    assert exchange(LONG, lambda: session.post(url, data=ASKED, timeout=LONG)).ok
    assert server.asked == [*before, ASKED]


def test_a_server_that_nobody_gets_through_to(session: Session) -> None:
    """Its queue is full: nothing was sent, and that is known."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as held:
        with contextlib.suppress(TimeoutError):  # by which its queue is known to be full
            while True:
                waiting = held.enter_context(socket.socket())
                waiting.settimeout(SHORT)
                waiting.connect(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        with pytest.raises(requests.ConnectTimeout):
            exchange(SHORT, lambda: session.get(url, timeout=LONG))

        def ask() -> requests.Response:
            with deadline._WATCH._sooner:  # on a busy machine, it is late
                return session.get(url, timeout=LONG)

        with pytest.raises(requests.ConnectTimeout):
            exchange(SHORT, ask)


def test_a_handshake_that_nobody_answers(session: Session) -> None:
    over = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        over.wait(LONG)

    with raw_server(say_nothing) as url:
        secure = url.replace("http", "https")
        with pytest.raises(requests.ConnectTimeout):
            exchange(SHORT, lambda: session.get(secure, timeout=LONG))
        over.set()


def test_what_is_answered_in_time_keeps_its_connection(
    session: Session, server: SiteVerify
) -> None:
    for _ in range(3):
        answer = exchange(LONG, lambda: session.post(server.url, data=ASKED, timeout=LONG))
        assert answer.json() == {"success": True}
    assert server.connections == 1
