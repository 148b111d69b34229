"""Where the time of one full submission goes: one thread, in this process, without a server."""

import io
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from wsgiref.util import setup_testing_defaults

from flask import Flask

from bench.common import Verdict, percentile, table
from bench.echo import app as echo
from bench.enquiry import ENQUIRY, FILL_TIME, configure, contact
from bench.load import MARK
from frontdesk import create_app
from frontdesk.intake import bodies, submit, token, views
from frontdesk.intake.enquiry import Enquiry
from frontdesk.intake.limits import RateLimits
from frontdesk.intake.questions.phone import Phone
from frontdesk.intake.questions.text import Email
from frontdesk.intake.visit import Visit
from frontdesk.store.files import segments

WARM_UP = 200  # requests
UNDISTURBED = 0.1  # the percentile that is shown: what it takes when nobody else wants the CPU
FLUSH = "journal: fdatasync, mostly waiting"
REST = "all else: Flask's routing, request and response, CORS, metrics"


class Step(NamedTuple):
    """A function whose own time is told apart from that of whoever calls it."""

    label: str
    owner: Any
    name: str


STEPS = (
    Step("the view: origin, body, client's address", views, "submit"),
    Step("JSON decoded, and read by the questions", bodies, "json_object"),
    Step("JSON decoded, and read by the questions", views, "from_json"),
    Step("the steps' order, captcha, the submission's id", submit.Enquiries, "submit"),
    Step("the steps' order, captcha, the submission's id", submit, "identify"),
    Step("rate limits", RateLimits, "hit"),
    Step("the answers checked", Enquiry, "check"),
    Step("email address", Email, "read"),
    Step("phone number", Phone, "read"),
    Step("form token", token.Tokens, "check"),
    Step("the lead and its journal line", Enquiry, "lead"),
    Step("the lead and its journal line", Visit, "origin"),
    Step("the lead and its journal line", submit.Enquiries, "_write"),
    Step("the lead and its journal line", segments, "encode"),
    Step("journal: batch, segment", segments.Journal, "append"),
    Step("journal: write", os, "write"),
    Step(FLUSH, os, "fdatasync"),
    Step("the answer", views, "_thank"),
)


class Clock:
    """Adds up the time of each step without that of the steps inside it."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def time(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - start
                self.spent[label] += took - self._inner.pop()
                self._inner[-1] += took

        return timed


class Client:
    """Calls a WSGI app as a server would."""

    def __init__(self, app: Flask, path: str, body: dict[str, Any]) -> None:
        self._app = app
        self._path = path
        self._body = body
        self._number = 0

    def send(self) -> float:
        """Seconds that the app took; no enquiry is like another."""
        self._number += 1
        body = {**self._body, **contact(self._number)}
        body["email"] = body["email"].replace(MARK.decode(), f"{self._number:010}")
        data = json.dumps(body, ensure_ascii=False).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": self._path,
            "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(data)),
            "HTTP_ACCEPT": "application/json",
            "HTTP_ORIGIN": "https://riverside.example.com",
            "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101",
            "HTTP_X_FORWARDED_FOR": "203.0.113.7",
            "wsgi.input": io.BytesIO(data),
        }
        setup_testing_defaults(environ)
        answered: list[str] = []
        start = time.perf_counter()
        answer = self._app(environ, lambda status, *_: answered.append(status) or len)  # type: ignore[func-returns-value]
        took = time.perf_counter() - start
        text = b"".join(answer)
        if answered[0][:3] not in ("200", "202"):
            sys.exit(f"{answered[0]}: {text.decode()}")
        return took


def _microseconds(took: list[float]) -> float:
    return percentile(took, UNDISTURBED) * 1e6


def turns(seconds: float) -> Iterator[None]:
    """Come round until the time is over, and once at least."""
    deadline = time.monotonic() + seconds
    yield
    while time.monotonic() < deadline:
        yield


@contextmanager
def _instrumented(app: Flask, clock: Clock) -> Iterator[None]:
    with ExitStack() as stack:
        for step in STEPS:
            timed = clock.time(step.label, getattr(step.owner, step.name))
            stack.enter_context(patch.object(step.owner, step.name, timed))
        stack.enter_context(patch.dict(app.view_functions, {"frontdesk.submit": views.submit}))
        yield


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; the target is on a server, see submission.py."""
    app = create_app(configure(scratch))
    fetched = app.test_client().get("/forms/riverside/token").get_json()["token"]
    full = Client(app, "/forms/riverside", {**ENQUIRY, "token": fetched})
    bare = Client(echo, "/echo", {**ENQUIRY, "token": fetched})
    time.sleep(FILL_TIME)
    for _ in range(WARM_UP):
        full.send()
        bare.send()
    plain: list[float] = []
    echoes: list[float] = []
    for _ in turns(seconds * rounds):
        plain.append(full.send())
        echoes.append(bare.send())

    clock = Clock()
    steps: dict[str, list[float]] = defaultdict(list)
    with _instrumented(app, clock):
        for _ in turns(seconds * rounds):
            clock.spent.clear()
            whole = full.send()
            steps[REST].append(whole - sum(clock.spent.values()))
            for label, took in clock.spent.items():
                steps[label].append(took)
    labels = [REST, *dict.fromkeys(step.label for step in STEPS)]
    rows = [{"step": label, "µs": f"{_microseconds(steps[label]):.0f}"} for label in labels]
    print("## Where a full submission's time goes, one after the other, without a server\n")
    print(table(rows))
    took_all, echoed, flush = (
        _microseconds(plain),
        _microseconds(echoes),
        _microseconds(steps[FLUSH]),
    )
    print(
        f"\nWithout clocks inside, a submission took {took_all:.0f} µs, {flush:.0f} of them the"
        f" disk's; a bare Flask echo of the same JSON {echoed:.0f} µs.\n"
    )
    return []
