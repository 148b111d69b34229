"""A stand-in of Realpad CRM for the demo and the tests: it refuses what the real one refuses.

Everything is in memory. It knows nothing of the rest of `frontdesk`, as a foreign system should
not; only its page and static files are found through `frontdesk.resources`.

What the real one does not have: `GET /` (an inbox to look at), `GET /_sandbox/leads`,
`/_sandbox/customers` and `/_sandbox/requests` (what arrived), `POST /_sandbox/customers` (somebody
enters or renames a customer by hand: `name`, `email`, `phone`), `DELETE /_sandbox/leads` (forget
everything), `POST` and `DELETE /_sandbox/faults` (misbehave, see `Fault`; behave again).
"""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Final, Self

from flask import Flask, Response, abort, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.http import http_date
from werkzeug.serving import WSGIRequestHandler, make_server

from frontdesk.crm.realpad.sandbox_crm import CONTRACTS, Crm, Refusal
from frontdesk.crm.realpad.sandbox_faults import Cut, Fault, Faults
from frontdesk.resources import folder

CALLS: Final = "/ws/v10/"
FORM: Final = "application/x-www-form-urlencoded"
CONSENT_TYPES: Final[Mapping[int, str]] = {1: "Marketing", 2: "Data processing"}
PROJECTS: Final[Mapping[int, str]] = {1234: "Riverside Residences"}
ATTRIBUTES: Final[Mapping[str, str]] = {  # one of each type, the specification's own examples first
    "customer_has_pets": "boolean",
    "customer_google_campaign_id": "string",
    "customer_age": "integer",
    "customer_voucher_date": "date",
    "customer_ab_test_param": "select",
    "customer_preferred_dispositions": "multiselect",
    "customer_down_payment": "decimal",
    "viewing_date": "date",  # what examples/ ask for
}
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors *"
)


def prague() -> datetime:
    """Now, with an offset other than UTC's: whoever drops it is found out."""
    return datetime.now(UTC).astimezone(timezone(timedelta(hours=1)))


def create_sandbox(
    login: str = "sandbox",
    password: str = "sandbox",  # noqa: S107  (a stand-in has nothing to protect)
    consent_types: Mapping[int, str] = CONSENT_TYPES,
    projects: Mapping[int, str] = PROJECTS,
    attributes: Mapping[str, str] = ATTRIBUTES,
    clock: Callable[[], datetime] = prague,
) -> Flask:
    """A Realpad CRM to talk to; `attributes` are types by key.

    `clock` tells an aware time: that of its leads, and of the Date of its answers.
    """
    app = Flask(__name__, static_folder=folder("static"), template_folder=folder("templates"))
    app.json.sort_keys = False  # type: ignore[attr-defined]  # parameters stay in their order
    crm = Crm((login, password), consent_types, projects, attributes, clock)
    faults = Faults(clock)
    requests: list[dict[str, Any]] = []
    lock = Lock()
    _add_calls(app, crm, faults, requests, lock)
    _add_observation(app, crm, faults, requests, lock)
    return app


def _add_calls(
    app: Flask, crm: Crm, faults: Faults, requests: list[dict[str, Any]], lock: Lock
) -> None:
    """What the real one has, and a record of every request to it, refused or not."""

    @app.before_request
    def note_request() -> None:
        if request.path.startswith(CALLS):
            parameters = _without_credentials()  # reads from the network: not under the lock
            with lock:
                g.record = {
                    "number": len(requests) + 1,
                    "at": crm.now(),
                    "method": request.method,
                    "endpoint": request.path.removeprefix(CALLS),
                    "status": None,  # still under way
                    "parameters": parameters,
                }
                requests.append(g.record)

    @app.after_request
    def note_status(response: Response) -> Response:
        if "record" in g:
            g.record["status"] = "cut" if isinstance(response, Cut) else response.status_code
        response.headers.setdefault("Date", http_date(crm.clock()))
        return response

    @app.post(f"{CALLS}<endpoint>", provide_automatic_options=False)
    def call(endpoint: str) -> Response:
        if endpoint not in CONTRACTS:
            abort(404)

        def process() -> Response:
            if request.mimetype != FORM:
                return _text(f"Unsupported content type, expected {FORM}.", 415)
            try:
                with lock:
                    answer = crm.call(endpoint, list(request.form.items(multi=True)))
            except Refusal as refusal:
                return _text(refusal.message, refusal.status)
            return _text(answer) if isinstance(answer, str) else jsonify(answer)

        with lock:
            fault = faults.take(endpoint)
        return fault.applied(process) if fault else process()


def _add_observation(
    app: Flask, crm: Crm, faults: Faults, requests: list[dict[str, Any]], lock: Lock
) -> None:
    """What only a stand-in has: its inside, its faults and its page."""

    @app.get("/_sandbox/leads")
    def leads() -> Response:
        with lock:
            return jsonify(crm.leads)

    @app.get("/_sandbox/customers")
    def customers() -> Response:
        with lock:
            return jsonify(crm.customers_with_consents())

    @app.post("/_sandbox/customers")
    def enter_customer() -> Response:
        with lock:
            return jsonify(crm.enter_customer(**request.get_json()))

    @app.get("/_sandbox/requests", endpoint="requests")
    def requests_() -> Response:
        with lock:
            return jsonify(requests)

    @app.delete("/_sandbox/leads")
    def reset() -> ResponseReturnValue:
        with lock:
            crm.reset()
            faults.clear()
            requests.clear()
        return "", 204

    @app.post("/_sandbox/faults")
    def add_fault() -> ResponseReturnValue:
        try:
            fault = Fault(**request.get_json())
            if fault.endpoint not in (*CONTRACTS, "any"):
                raise ValueError(f"no such endpoint: {fault.endpoint}")
        except (TypeError, ValueError) as error:
            return {"error": str(error)}, 400
        with lock:
            faults.add(fault)
        return "", 204

    @app.delete("/_sandbox/faults")
    def clear_faults() -> ResponseReturnValue:
        with lock:
            faults.clear()
        return "", 204

    @app.get("/")
    def inbox() -> Response:
        page = make_response(render_template("frontdesk/sandbox/realpad.html"))
        page.headers["Content-Security-Policy"] = PAGE_POLICY
        page.headers["X-Content-Type-Options"] = "nosniff"
        return page


def _without_credentials() -> dict[str, str | list[str]]:
    """The parameters of this request; one sent repeatedly has a list of values."""
    return {
        name: values if len(values) > 1 else values[0]
        for name, values in request.form.lists()
        if name not in ("login", "password")
    }


def _text(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/plain")


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # werkzeug still closes each connection after its response

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: /_sandbox/requests tells."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer, without this machine's Date: the CRM has a clock of its own."""
        self.send_response_only(code, message)


class Serving:
    """A sandbox being served by a thread of this process, at `url`, until it is closed."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._server = make_server(host, port, app, threaded=True, request_handler=_Handler)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when it is closed."""
        self._thread.join()

    def close(self) -> None:
        """Stop listening. The app keeps its memory and can be served again, at the same port."""
        self._server.shutdown()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def serve_sandbox(app: Flask, host: str = "127.0.0.1", port: int = 0) -> Serving:
    """Serve in the background; port 0 is any free one, see the result's `url`."""
    return Serving(app, host, port)


def main() -> None:
    """Serve in the foreground until interrupted."""
    parser = argparse.ArgumentParser(description="A stand-in of Realpad CRM, kept in memory.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8002, help="0 is any free one")
    parser.add_argument("--login", default="sandbox")
    parser.add_argument("--password", default="sandbox")
    options = parser.parse_args()
    app = create_sandbox(options.login, options.password)
    with serve_sandbox(app, options.host, options.port) as serving:
        print(serving.url, flush=True)
        try:
            serving.wait()
        except KeyboardInterrupt:
            print("Closed.", flush=True)


if __name__ == "__main__":
    main()
