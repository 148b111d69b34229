"""Connections of urllib3 that are cut once the time is up, and reach no forbidden address."""

import http.client
import io
import socket
from collections.abc import Callable
from functools import cache
from typing import Any

from urllib3 import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from frontdesk import deadline, networks
from frontdesk.deadline import Deadline, OverdueError


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
            limit.cut()  # or who looks whether it is over may be sooner than the watch
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
def limited(pool: type[HTTPConnectionPool], private: bool | None) -> type[HTTPConnectionPool]:
    """A class of pools whose connections end in time, and are choosy unless `private` is None."""
    connection: type[Any] = pool.ConnectionCls
    if issubclass(connection, _Limited):
        return pool
    bases = (_Limited, connection) if private is None else (_Limited, _Choosy, connection)
    made = type("Limited", bases, {"private": private})
    return type("LimitedPool", (pool,), {"ConnectionCls": made})
