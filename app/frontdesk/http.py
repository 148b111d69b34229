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
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from frontdesk import deadline, networks
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


class ForbiddenAddressError(NewConnectionError):
    """A name leads to an address that nothing may be sent to; `objection` says which, and why."""

    def __init__(self, connection: Any, objection: str) -> None:
        super().__init__(connection, objection)
        self.objection = objection


class _Choosy(http.client.HTTPConnection):
    """Connects to no address that is forbidden. Stands before a connection class of urllib3.

    The name is looked up once, and what was looked at is what is connected to: whoever answers for
    the name cannot give another address in between.
    """

    private: bool
    _dns_host: str  # of urllib3: what is looked up, and connected to

    def _new_conn(self) -> socket.socket:
        name, opens = self._dns_host, super()._new_conn  # type: ignore[misc]
        try:
            found = socket.getaddrinfo(name.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from None  # type: ignore[arg-type]
        except UnicodeError as error:
            raise NewConnectionError(self, str(error)) from None  # type: ignore[arg-type]
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for address in addresses:
            if (why := networks.objection(address, private=self.private)) is not None:
                led = address if networks.written(name) == address else f"{name}, {address},"
                raise ForbiddenAddressError(self, f"{led} {why}")
        try:
            while True:
                self._dns_host = addresses.pop(0)
                try:
                    opened: socket.socket = opens()
                except (NewConnectionError, ConnectTimeoutError):
                    if not addresses:
                        raise
                else:
                    return opened
        finally:
            self._dns_host = name


@cache
def _limited(pool: type[HTTPConnectionPool], private: bool | None) -> type[HTTPConnectionPool]:
    """A class of pools whose connections end in time, and are choosy unless `private` is None."""
    connection: type[Any] = pool.ConnectionCls
    if issubclass(connection, _Limited):
        return pool
    bases = (_Limited, connection) if private is None else (_Limited, _Choosy, connection)
    limited = type("Limited", bases, {"private": private})
    return type("LimitedPool", (pool,), {"ConnectionCls": limited})


class _Adapter(requests.adapters.HTTPAdapter):
    def __init__(self, private: bool | None) -> None:
        self._private = private
        super().__init__(pool_maxsize=POOL, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._limit(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        self._limit(manager)
        return manager

    def _limit(self, manager: PoolManager) -> None:
        classes = manager.pool_classes_by_scheme.items()
        limited = {scheme: _limited(pool, self._private) for scheme, pool in classes}
        manager.pool_classes_by_scheme = limited


class Session(requests.Session):
    """What several threads may share for one server."""

    def __init__(self, private: bool | None = None) -> None:
        """`private`: see DirectSession; None to send wherever it is asked to."""
        super().__init__()
        adapter = _Adapter(private)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self.headers["User-Agent"] = "frontdesk"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: to prepare for a redirect, requests would read its whole body unlimited."""

    def place(self, url: str) -> tuple[Any, str]:
        """The pool of connections to a server, and the path to ask it for.

        How the environment wants it to be reached (proxies, certificates) is found out here.
        """
        asked = requests.Request("POST", url).prepare()
        found = self.merge_environment_settings(url, {}, None, None, None)
        adapter = self.get_adapter(url)
        assert isinstance(adapter, _Adapter)  # noqa: S101 - a Session has no others
        pool = adapter.get_connection_with_tls_context(
            asked, found["verify"], found["proxies"], found["cert"]
        )
        return pool, adapter.request_url(asked, found["proxies"])


class DirectSession(Session):
    """Sends to addresses that may be sent to, and to no other; see networks.

    Through no proxy of the environment, which would look names up for itself; and with no password
    of a `.netrc`.
    """

    def __init__(self, *, private: bool) -> None:
        """`private`: whether addresses of private networks are wanted."""
        super().__init__(private)
        self.auth = _unchanged

    def merge_environment_settings(self, *args: Any, **kwargs: Any) -> Any:
        """Without the proxies."""
        return {**super().merge_environment_settings(*args, **kwargs), "proxies": {}}

    def connect(self, url: str, timeout: float) -> None:
        """Open a connection, TLS included, and close it: nothing is sent.

        Raises OSError, urllib3's errors.
        """
        pool, _ = self.place(url)
        connection = pool._new_conn()
        connection.timeout = timeout
        try:
            connection.connect()
        finally:
            connection.close()


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no credentials."""
    return request


class Address:
    """One address that is asked again and again; without requests, which costs four times as much.

    How the environment wants it to be reached is found out once.
    """

    def __init__(self, url: str) -> None:
        self._pool, self._path = Session().place(url)

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
