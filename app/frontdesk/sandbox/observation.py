"""What the stand-ins of all CRMs share: a record of requests, faults and a page.

What the real ones do not have: `GET /` (an inbox to look at), `GET /_sandbox/requests` (what
arrived), `DELETE /_sandbox/leads` (forget everything), `POST` and `DELETE /_sandbox/faults`
(misbehave, see `Fault`; behave again). It knows nothing of the rest of `frontdesk`, as a foreign
system should not.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from threading import Lock
from typing import Any, Final

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.http import http_date

from frontdesk.sandbox.faults import Cut, Fault, Faults, Process, Refuse

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors *"
)


def prague() -> datetime:
    """Now, with an offset other than UTC's: whoever drops it is found out."""
    return datetime.now(UTC).astimezone(timezone(timedelta(hours=1)))


def make_app() -> Flask:
    """An app that finds the sandboxes' page, script and style: they lie beside this file."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # parameters stay in their order
    return app


class Observation:
    """What only a stand-in has; `lock` guards its faults, its record and the CRM's memory."""

    def __init__(
        self,
        app: Flask,
        *,
        prefix: str,
        endpoints: Sequence[str],
        called: Callable[[], str],
        sent: Callable[[], Any],
        refuse: Refuse,
        reset: Callable[[], None],
        clock: Callable[[], datetime],
        title: str,
        inbox: str = "/_sandbox/leads",
    ) -> None:
        """`prefix`: where the paths of the real CRM begin. `endpoints`: what faults can be at, the
        first if nothing else is said. `called`, `sent`: the endpoint that the present request is
        for, and what it carries, without credentials. `refuse`: an answer with this message.
        `inbox`: where the page finds what it shows.
        """
        self.lock = Lock()
        self._requests: list[dict[str, Any]] = []
        self._prefix, self._endpoints = prefix, endpoints
        self._called, self._sent, self._refuse = called, sent, refuse
        self._reset, self._clock, self._title, self._shown = reset, clock, title, inbox
        self._faults = Faults(clock)
        app.before_request(self._note_request)
        app.after_request(self._note_status)
        for path, method, view in (
            ("/", "GET", self._inbox),
            ("/_sandbox/requests", "GET", self._list_requests),
            ("/_sandbox/leads", "DELETE", self._forget),
            ("/_sandbox/faults", "POST", self._add_fault),
            ("/_sandbox/faults", "DELETE", self._clear_faults),
        ):
            app.add_url_rule(path, view.__name__, view, methods=[method])

    def answer(self, endpoint: str, process: Process) -> Response:
        """What a call gets: what `process` makes, unless a fault is in the way."""
        with self.lock:
            fault = self._faults.take(endpoint)
        return fault.applied(process, self._refuse) if fault else process()

    def _note_request(self) -> None:
        if request.path.startswith(self._prefix):
            sent = self._sent()  # reads from the network: not under the lock
            with self.lock:
                g.record = {
                    "number": len(self._requests) + 1,
                    "at": self._clock().isoformat(timespec="seconds"),
                    "method": request.method,
                    "endpoint": self._called(),
                    "status": None,  # still under way
                    "parameters": sent,
                }
                self._requests.append(g.record)

    def _note_status(self, response: Response) -> Response:
        if "record" in g:
            g.record["status"] = "cut" if isinstance(response, Cut) else response.status_code
        response.headers.setdefault("Date", http_date(self._clock()))
        return response

    def _list_requests(self) -> Response:
        with self.lock:
            return jsonify(self._requests)

    def _forget(self) -> ResponseReturnValue:
        with self.lock:
            self._reset()
            self._faults.clear()
            self._requests.clear()
        return "", 204

    def _add_fault(self) -> ResponseReturnValue:
        try:
            fault = Fault(**{"endpoint": self._endpoints[0], **request.get_json()})
            if fault.endpoint not in (*self._endpoints, "any"):
                known = ", ".join(self._endpoints)
                raise ValueError(f"no such endpoint: {fault.endpoint}; there are {known}, any")
        except (TypeError, ValueError) as error:
            return {"error": str(error)}, 400
        with self.lock:
            self._faults.add(fault)
        return "", 204

    def _clear_faults(self) -> ResponseReturnValue:
        with self.lock:
            self._faults.clear()
        return "", 204

    def _inbox(self) -> Response:
        page = make_response(render_template("inbox.html", title=self._title, shown=self._shown))
        page.headers["Content-Security-Policy"] = PAGE_POLICY
        page.headers["X-Content-Type-Options"] = "nosniff"
        return page
