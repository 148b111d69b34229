"""An HTTP session for asking others: pooled, without cookies, never redirected, ended in time."""

import http.client
import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

POOL = 64  # connections kept; as many as there may be exchanges under way


class _Deadline:
    """Cuts a connection when its time is up.

    A time-out alone starts again with every byte, so a server that drips headers would hold a
    thread for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.over = False

    def watch(self, connected: socket.socket) -> None:
        with self._lock:
            self._socket = connected
            if self.over:
                self._shut()

    def cut(self) -> None:
        with self._lock:
            self.over = True
            self._shut()

    def forget(self) -> None:
        with self._lock:
            self._socket = None

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Not TLS's own way of ending, which belongs to the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_current: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


class _InTime(io.RawIOBase):
    """Reads until the time is up.

    A flood has to be stopped here: Linux goes on taking it in after a shutdown.
    """

    def __init__(self, raw: io.RawIOBase, deadline: _Deadline) -> None:
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline.over:
            raise TimeoutError
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = _current.get()
        if deadline is not None:
            deadline.watch(sock)
            self.fp = io.BufferedReader(_InTime(self.fp.detach(), deadline))


class _Plain(HTTPConnection):
    response_class = _Answer


class _Secure(HTTPSConnection):
    response_class = _Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class Session(requests.Session):
    """What several threads may share for one server."""

    def __init__(self) -> None:
        super().__init__()
        adapter = _Adapter(pool_maxsize=POOL, max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self.headers["User-Agent"] = "frontdesk"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: to prepare for a redirect, requests would read its whole body unlimited."""


@contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    """Whatever a Session does in the block fails once the time is up; raises RequestException."""
    deadline = _Deadline()
    timer = threading.Timer(seconds, deadline.cut)
    timer.daemon = True
    timer.start()
    token = _current.set(deadline)
    try:
        yield
    finally:
        timer.cancel()
        deadline.forget()
        _current.reset(token)
    if deadline.over:
        # Cut in its headers, an answer looks like a complete one without a body.
        raise requests.ReadTimeout


def read(response: requests.Response, limit: int) -> bytes:
    """The body, or so much of it that it has reached the limit; raises urllib3's errors too."""
    body = bytearray()
    while len(body) < limit:
        chunk: bytes = response.raw.read1(65536, decode_content=True)
        if not chunk:
            break
        body += chunk
    return bytes(body)
