"""An HTTP session for asking others: pooled, without cookies, never redirected, ended in time."""

import http.client
import io
import socket
from collections.abc import Callable
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import requests
from urllib3 import HTTPConnectionPool, PoolManager

from frontdesk import deadline
from frontdesk.deadline import Deadline, OverdueError

POOL = 64  # connections kept; as many as there may be exchanges under way

T = TypeVar("T")


class _InTime(io.RawIOBase):
    """Reads until the time is up.

    A flood has to be stopped here: Linux goes on taking it in after a shutdown.
    """

    def __init__(self, raw: io.RawIOBase, limit: Deadline) -> None:
        self._raw = raw
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._limit.over:
            raise TimeoutError
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        if limit := deadline.current.get():
            self.fp = io.BufferedReader(_InTime(self.fp.detach(), limit))


class _Limited(http.client.HTTPConnection):
    """Sends until the time is up, and is cut then. Stands before a connection class of urllib3."""

    response_class = _Answer

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if limit := deadline.current.get():
            limit.use(self.sock)
        super().send(data)


@cache
def _limited(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """A class of pools whose connections end in time."""
    connection: type[Any] = pool.ConnectionCls
    if issubclass(connection, _Limited):
        return pool
    limited = type("Limited", (_Limited, connection), {})
    return type("LimitedPool", (pool,), {"ConnectionCls": limited})


def _limit(manager: PoolManager) -> None:
    classes = manager.pool_classes_by_scheme.items()
    manager.pool_classes_by_scheme = {scheme: _limited(pool) for scheme, pool in classes}


class _Adapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _limit(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        _limit(manager)
        return manager


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


def exchange(seconds: float, ask: Callable[[], T]) -> T:
    """Return what `ask` does, whatever it takes a Session to. Raises what it raises.

    Once the time is up, raises ReadTimeout; ConnectTimeout if nothing was sent, nor will be.
    """
    try:
        return deadline.within(seconds, ask)
    except OverdueError as error:
        raise (requests.ConnectTimeout if error.unused else requests.ReadTimeout) from None


def read(response: requests.Response, limit: int) -> bytes:
    """The body, or so much of it that it has reached the limit; raises urllib3's errors too."""
    body = bytearray()
    while len(body) < limit:
        chunk: bytes = response.raw.read1(65536, decode_content=True)
        if not chunk:
            break
        body += chunk
    return bytes(body)
