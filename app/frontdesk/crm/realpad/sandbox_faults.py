"""How the Realpad stand-in misbehaves when told to: outages, bans, slowness, cut connections."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from flask import Response, request
from werkzeug.http import HTTP_STATUS_CODES

# What the specification has Realpad say; else the standard's own words do.
TOLD: Final[Mapping[int, str]] = {400: "Incorrect parameter format.", 500: "Internal server error."}
PAGE: Final = "<!doctype html><title>Sign in</title><h1>Please sign in</h1>"

Process = Callable[[], Response]


class Cut(Response):
    """Stands for the answer to a connection that is already closed; never reaches the client."""


@dataclass
class Fault:
    """One misbehaviour: which, at what endpoint ("any" for all), how many times (None: always).

    `seconds` is how long a hang takes, how long a ban lasts, and for `slow` the pause before each
    byte. `status`, `body`, `content_type` and `headers` shape what `status`, `rate_limit` and
    `ban` answer, `status` also `html` and `empty`, which have done what was asked; `retry_after`
    is sent as it is, and by a ban with status 429 counted if not given.
    """

    fault: str
    times: int | None = 1
    endpoint: str = ""
    seconds: float = 1.0
    status: int | None = None
    body: str | None = None
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: str | None = None

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"no such fault: {self.fault}")
        if not (self.times is None or (type(self.times) is int and self.times > 0)):
            raise ValueError("times is a positive integer, or null for always")
        if not (self.status is None or (type(self.status) is int and 200 <= self.status <= 599)):
            raise ValueError("status is an integer from 200 to 599")
        if type(self.seconds) not in (int, float) or self.seconds < 0:
            raise ValueError("seconds is a number, not negative")
        # A ban is on the whole account, and time ends it, not the number of attempts.
        self.endpoint = self.endpoint or ("any" if self.fault == "ban" else "create-lead")
        self.times = None if self.fault == "ban" else self.times

    def applied(self, process: Process) -> Response:
        """The response that a call gets with this fault in its way."""
        return FAULTS[self.fault](self, process)

    def answer(self, status: int, body: str) -> Response:
        """A response shaped by the fault's own fields, else by these defaults."""
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = self.retry_after
        body = body if self.body is None else self.body
        return Response(body, self.status or status, headers, content_type=self.content_type)


class Faults:
    """The faults switched on, in the order in which they will strike. Not locked by itself."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._waiting: list[tuple[Fault, datetime]] = []  # with the end of a ban

    def add(self, fault: Fault) -> None:
        """Switch a fault on, behind those already there."""
        self._waiting.append((fault, self._clock() + timedelta(seconds=fault.seconds)))

    def clear(self) -> None:
        """Switch all of them off."""
        self._waiting.clear()

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
        return Fault(**{**vars(ban), "retry_after": told})


def _status(fault: Fault, _: Process) -> Response:
    status = fault.status or 500
    return fault.answer(status, TOLD.get(status, f"{HTTP_STATUS_CODES.get(status, 'Fault')}."))


def _rate_limit(fault: Fault, _: Process) -> Response:
    return fault.answer(429, "Too many requests.")


def _ban(fault: Fault, _: Process) -> Response:
    return fault.answer(401, "Not authorized.")


def _hang(fault: Fault, process: Process) -> Response:
    time.sleep(fault.seconds)
    return process()


def _hang_after(fault: Fault, process: Process) -> Response:
    response = process()
    time.sleep(fault.seconds)
    return response


def _cut_before(_: Fault, __: Process) -> Response:
    return _cut()


def _cut_after(_: Fault, process: Process) -> Response:
    process()
    return _cut()


def _cut() -> Cut:
    """Close the connection under the server, whose attempt to answer then fails unheard."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    with suppress(OSError):  # the client was faster
        connection.shutdown(socket.SHUT_RDWR)
    return Cut()


def _slow(fault: Fault, process: Process) -> Response:
    response = process()
    data = response.get_data()

    def drip() -> Iterator[bytes]:
        for byte in data:
            time.sleep(fault.seconds)
            yield bytes([byte])

    response.response = drip()
    response.content_length = len(data)
    return response


def _html(fault: Fault, process: Process) -> Response:
    return _instead(fault, process(), Response(PAGE, mimetype="text/html"))


def _empty(fault: Fault, process: Process) -> Response:
    return _instead(fault, process(), Response("", mimetype="text/plain"))


def _instead(fault: Fault, response: Response, other: Response) -> Response:
    """Something else in place of a success; a refusal stays as it is."""
    other.status_code = fault.status or 200
    return other if response.status_code == 200 else response


FAULTS: Final[Mapping[str, Callable[[Fault, Process], Response]]] = {
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
