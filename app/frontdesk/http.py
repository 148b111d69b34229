"""An HTTP session for asking others: pooled, without cookies, never redirected, ended in time."""

import http.client
import io
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager, Timeout

from frontdesk import deadline
from frontdesk.deadline import Deadline, OverdueError

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "frontdesk"}
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

    def _new_conn(self) -> socket.socket:
        opens: Callable[[], socket.socket] = super()._new_conn  # type: ignore[misc]
        limit = deadline.current.get()
        if limit is None:
            return opens()
        # In a thread of its own: nothing can end the look-up of a name.
        try:
            opened = deadline.within(limit.left(), opens, socket.socket.close)
        except OverdueError:
            raise TimeoutError from None
        try:
            limit.watch(opened)
        except BaseException:
            opened.close()
            raise
        return opened

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


class Address:
    """One address that is asked again and again; without requests, which costs four times as much.

    How the environment wants it to be reached (proxies, certificates) is found out once.
    """

    def __init__(self, url: str) -> None:
        session = Session()
        asked = requests.Request("POST", url).prepare()
        found = session.merge_environment_settings(url, {}, None, None, None)
        adapter = session.get_adapter(url)
        assert isinstance(adapter, _Adapter)  # noqa: S101 - a Session has no others
        self._pool: Any = adapter.get_connection_with_tls_context(
            asked, found["verify"], found["proxies"], found["cert"]
        )
        self._path = adapter.request_url(asked, found["proxies"])

    def post(self, form: Mapping[str, str], timeout: float) -> BaseHTTPResponse:
        """Post a form, and return the answer without its body; raises urllib3's errors.

        `timeout`: seconds between two bytes. The answer is to be closed, or read to its end.
        """
        answer: BaseHTTPResponse = self._pool.urlopen(
            "POST",
            self._path,
            body=urlencode(form),
            headers=_FORM,
            timeout=Timeout(connect=timeout, read=timeout),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        return answer


def exchange(seconds: float, ask: Callable[[], T]) -> T:
    """Return what `ask` does, whatever it takes a Session to. Raises what it raises.

    Once the time is up, raises ReadTimeout; ConnectTimeout if nothing was sent, nor will be.
    """
    try:
        return deadline.in_time(seconds, ask)
    except OverdueError as error:
        raise (requests.ConnectTimeout if error.unused else requests.ReadTimeout) from None


def read(response: BaseHTTPResponse, limit: int) -> bytes:
    """The body, or so much of it that it has reached the limit; raises urllib3's errors."""
    body = bytearray()
    while len(body) < limit:
        chunk = response.read1(65536, decode_content=True)
        if not chunk:
            break
        body += chunk
    return bytes(body)


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After in either of its notations (RFC 9110, 10.2.3); None when absent or absurd."""
    if not retry_after:
        return None
    try:
        if retry_after.isascii() and retry_after.isdigit():
            return float(retry_after)
        when = parsedate_to_datetime(retry_after)
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
