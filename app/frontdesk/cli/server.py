"""Waitress, with limits on clients that send slowly, or nonsense.

Waitress reads a whole request before it gives it to a thread, so that slow visitors keep no thread
busy. But it waits for as long as a byte comes now and then, and has a fixed number of connections
for all clients.
"""

import logging
import math
import resource
import socket
import time
from typing import Any

import waitress
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.server import TcpWSGIServer
from waitress.utilities import Error

BACKLOG = 1024  # connections that nobody has accepted yet
CONNECTIONS = 1000  # of all clients
MARGIN = 100  # connections beyond these, until those have ended that make room
FILES = 256  # descriptors for all that are no connections
PATIENCE = 60  # seconds without a byte, after which a connection is closed
HEAD_TIME = 20.0  # seconds that a request's head may take
REQUEST_TIME = 120.0  # and all of it
UNANSWERED = 100  # connections of one address that have not sent a whole request
BODY_LIMIT = 4 << 20  # bytes; the app's own limit is lower and says so


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on all addresses of a host; processes that are forked then share them.

    Raises OSError where none of them can be listened on.
    """
    opened, failure = [], OSError(f"{host} has no address")
    for family, _, _, _, place in dict.fromkeys(
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    ):
        try:
            opened.append(socket.create_server(place[:2], family=family, backlog=BACKLOG))
        except OSError as error:  # localhost may name an IPv6 address where there is no IPv6
            failure = error
    if not opened:
        raise failure
    return opened


def create(
    app: Any,
    sockets: list[socket.socket],
    threads: int = 4,
    beside: tuple[Any, list[socket.socket]] | None = None,
    **bounds: float,
) -> Any:
    """A server, ready to `run()`; `bounds` in place of those of a channel.

    `beside`: another app, and the sockets by which it is asked.
    """
    other, others = beside or (app, [])
    places = [one.getsockname() for one in others]
    connections = _afford()
    server = waitress.create_server(
        app,
        sockets=[*sockets, *others],
        threads=threads,
        ident=None,
        connection_limit=connections + MARGIN,
        asyncore_use_poll=True,
        channel_timeout=PATIENCE,
        max_request_body_size=BODY_LIMIT,
        # The headers of proxies are Frontdesk's to judge; see trusted_proxies.
        clear_untrusted_proxy_headers=False,
    )
    channel = type("BoundChannel", (Channel,), {"connections": connections, **bounds})
    for one in [server] if isinstance(server, TcpWSGIServer) else server.map.values():
        if isinstance(one, TcpWSGIServer):
            one.channel_class = channel
            if one.sockinfo[3] in places:
                one.application = other
    return server


def _afford() -> int:
    """Connections that this process may have, which gets descriptors for them where it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + MARGIN + FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return CONNECTIONS
    if hard == resource.RLIM_INFINITY or hard >= wanted:  # soft is often 1,024
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return CONNECTIONS
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(hard - MARGIN - FILES, 1)


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Answers 400 to all that it cannot parse."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except (TransferEncodingNotImplemented, ValueError) as error:  # of an odd address, say
            raise ParsingError(str(error)) from None


class LateError(Error):  # type: ignore[misc]
    code = 408
    reason = "Request Timeout"


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that is closed when its request takes too long to come.

    If one address opens too many connections that bring no request, or all clients together do,
    the one that has waited for longest is closed, too.
    """

    request: Any
    parser_class = Parser
    head_time = HEAD_TIME
    request_time = REQUEST_TIME
    unanswered = UNANSWERED
    connections = CONNECTIONS

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002
        self._since = time.monotonic()
        super().__init__(server, sock, addr, adj, map)
        others = [c for c in server.active_channels.values() if c is not self]
        # Behind a proxy all clients have its address: a visitor takes the place of a slow one.
        waiting = [c for c in others if c.addr[0] == addr[0] and c.waits()]
        if len(waiting) < self.unanswered:
            if len(others) < self.connections:
                return
            waiting = [c for c in others if c.waits()]
        if waiting:
            min(waiting, key=lambda channel: channel._since).will_close = True

    def waits(self) -> bool:
        """Whether a request is still to come, or to come to its end."""
        return not (self.requests or self.total_outbufs_len or self.will_close)

    def received(self, data: bytes) -> Any:
        before = self.request
        taken = super().received(data)
        if self.request is not before:
            self._since = time.monotonic()
        return taken

    def readable(self) -> Any:
        """Asked once a second at least, of every connection."""
        if self.request is not None and self.waits():
            begun = self.request.headers_finished
            if time.monotonic() - self._since > (self.request_time if begun else self.head_time):
                self._give_up()
        return super().readable()

    def _give_up(self) -> None:
        with self.requests_lock:
            late = self.parser_class(self.adj)
            late.parse_header(b"GET / HTTP/1.0\r\n")
            late.error = LateError("the request did not come to its end in time")
            late.completed = True
            self.request = None
            self.requests.append(late)
            self.server.add_task(self)


class Terse(logging.Filter):
    """Lets one line a second through about what the system refuses.

    When file descriptors run out, waitress would log a traceback each time that it looks for one.
    """

    _said = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, OSError):
            return True
        record.msg, record.args, record.exc_info = "%s: %s", (record.getMessage(), error), None
        now = time.monotonic()
        if now - self._said < 1:
            return False
        self._said = now
        return True
