"""An HTTP session for asking others: pooled, without cookies, never redirected, ended in time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests
from urllib3 import BaseHTTPResponse, PoolManager, Timeout

from frontdesk import deadline
from frontdesk.deadline import OverdueError
from frontdesk.http.connections import limited

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "frontdesk"}
POOL = 64  # connections kept; as many as there may be exchanges under way

T = TypeVar("T")


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
        ours = {scheme: limited(pool, self._private) for scheme, pool in classes}
        manager.pool_classes_by_scheme = ours


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
