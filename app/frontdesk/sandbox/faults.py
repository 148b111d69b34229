"""How a stand-in of a CRM misbehaves when told to: outages, bans, slowness, cut connections."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from flask import Response, request
from werkzeug.http import HTTP_STATUS_CODES

PAGE: Final = "<!doctype html><title>Sign in</title><h1>Please sign in</h1>"

Process = Callable[[], Response]
Refuse = Callable[[str, int], Response]  # the CRM's own way to say what is wrong, with a status


class Cut(Response):
    """Stands for the answer to a connection that is already closed; never reaches the client."""


@dataclass
class Fault:
    """One misbehaviour: which, at what endpoint ("any" for all), how many times (None: always).

    `endpoint` must be one of the CRM's, by the name that its requests are recorded with.
    `seconds` is how long a hang takes, unless all faults are switched off before; how long a ban
    lasts; and for `slow` the pause before each byte. `status`, `body`, `content_type` and
    `headers` shape what `status`, `rate_limit` and `ban` answer, `status` also `html` and
    `empty`, which have done what was asked; `retry_after` is sent as it is, and by a ban with
    status 429 counted if not given.
    """

    fault: str
    times: int | None = 1
    endpoint: str = ""
    seconds: float = 1.0
    status: int | None = None
    body: str | None = None  # else what the CRM says
    content_type: str = "text/plain; charset=utf-8"  # of `body`
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: str | None = None
    over: Event = field(default_factory=Event, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"no such fault: {self.fault}; there are {', '.join(FAULTS)}")
        if not (self.times is None or (type(self.times) is int and self.times > 0)):
            raise ValueError("times is a positive integer, or null for always")
        if not (self.status is None or (type(self.status) is int and 200 <= self.status <= 599)):
            raise ValueError("status is an integer from 200 to 599")
        if type(self.seconds) not in (int, float) or self.seconds < 0:
            raise ValueError("seconds is a number, not negative")
        # A ban is on the whole account, and time ends it, not the number of attempts.
        self.endpoint = "any" if self.fault == "ban" else self.endpoint
        self.times = None if self.fault == "ban" else self.times

    def applied(self, process: Process, refuse: Refuse) -> Response:
        """The response that a call gets with this fault in its way."""
        return FAULTS[self.fault](self, process, refuse)

    def answer(self, refuse: Refuse, status: int, message: str = "") -> Response:
        """A response shaped by the fault's own fields, else by these defaults."""
        status = self.status or status
        message = message or f"{HTTP_STATUS_CODES.get(status, 'Fault')}."
        response = refuse(message, status)
        if self.body is not None:
            response = Response(self.body, status, content_type=self.content_type)
        response.headers.update(self.headers)
        if self.retry_after is not None:
            response.headers["Retry-After"] = self.retry_after
        return response


class Faults:
    """The faults switched on, in the order in which they will strike. Not locked by itself."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._waiting: list[tuple[Fault, datetime]] = []  # with the end of a ban
        self._over = Event()

    def add(self, fault: Fault) -> None:
        """Switch a fault on, behind those already there."""
        fault.over = self._over
        self._waiting.append((fault, self._clock() + timedelta(seconds=fault.seconds)))

    def clear(self) -> None:
        """Switch all of them off; what hangs goes on at once."""
        self._waiting.clear()
        self._over.set()
        self._over = Event()

    def take(self, endpoint: str) -> Fault | None:
        """The fault that strikes a call of this endpoint, if any, counted down."""
        now = self._clock()
        self._waiting = [(f, end) for f, end in self._waiting if f.fault != "ban" or now < end]
        for position, (fault, end) in enumerate(self._waiting):
            if fault.endpoint in (endpoint, "any"):
                if fault.fault == "ban":
                    return self._lengthened(position, fault, end)
                if fault.times == 1:
                    del self._waiting[position]
                elif fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def _lengthened(self, position: int, ban: Fault, end: datetime) -> Fault:
        """Every attempt during a ban makes it longer: by its own length."""
        end += timedelta(seconds=ban.seconds)
        self._waiting[position] = (ban, end)
        left = str(round((end - self._clock()).total_seconds()))
        told = left if ban.status == 429 and ban.retry_after is None else ban.retry_after
        return replace(ban, retry_after=told)


def _status(fault: Fault, _: Process, refuse: Refuse) -> Response:
    return fault.answer(refuse, 500)


def _rate_limit(fault: Fault, _: Process, refuse: Refuse) -> Response:
    return fault.answer(refuse, 429)


def _ban(fault: Fault, _: Process, refuse: Refuse) -> Response:
    return fault.answer(refuse, 401, "Not authorized.")


def _hang(fault: Fault, process: Process, _: Refuse) -> Response:
    fault.over.wait(fault.seconds)
    return process()


def _hang_after(fault: Fault, process: Process, _: Refuse) -> Response:
    response = process()
    fault.over.wait(fault.seconds)
    return response


def _cut_before(_: Fault, __: Process, ___: Refuse) -> Response:
    return _cut()


def _cut_after(_: Fault, process: Process, __: Refuse) -> Response:
    process()
    return _cut()


def _cut() -> Cut:
    """Close the connection under the server, whose attempt to answer then fails unheard."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    with suppress(OSError):  # the client was faster
        connection.shutdown(socket.SHUT_RDWR)
    return Cut()


def _slow(fault: Fault, process: Process, _: Refuse) -> Response:
    response = process()
    data = response.get_data()

    def drip() -> Iterator[bytes]:
        for byte in data:
            fault.over.wait(fault.seconds)
            yield bytes([byte])

    response.response = drip()
    response.content_length = len(data)
    return response


def _html(fault: Fault, process: Process, _: Refuse) -> Response:
    return _instead(fault, process(), Response(PAGE, mimetype="text/html"))


def _empty(fault: Fault, process: Process, _: Refuse) -> Response:
    return _instead(fault, process(), Response("", mimetype="text/plain"))


def _instead(fault: Fault, response: Response, other: Response) -> Response:
    """Something else in place of a success; a refusal stays as it is."""
    other.status_code = fault.status or response.status_code
    return other if response.status_code < 300 else response


FAULTS: Final[Mapping[str, Callable[[Fault, Process, Refuse], Response]]] = {
    "status": _status,
    "rate_limit": _rate_limit,
    "ban": _ban,
    "hang": _hang,
    "hang_after": _hang_after,
    "cut_before": _cut_before,
    "cut_after": _cut_after,
    "slow": _slow,
    "html": _html,
    "empty": _empty,
}
