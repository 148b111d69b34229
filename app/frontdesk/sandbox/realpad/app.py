"""A stand-in of Realpad CRM for the demo and the tests: it refuses what the real one refuses.

Everything is in memory. Beside what every sandbox has, see `frontdesk.sandbox.observation`, there
are `GET /_sandbox/leads` and `/_sandbox/customers` (what is stored), `POST /_sandbox/customers`
(somebody enters or renames a customer by hand: `name`, `email`, `phone`), and
`DELETE /_sandbox/leads/<inquiry id>` (it loses a lead that it has confirmed), and
`GET` and `PUT /_sandbox/flats` (the flats that get-project lists, see `flats.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from frontdesk.sandbox.observation import Observation, make_app, prague
from frontdesk.sandbox.realpad.contracts import CONTRACTS, Refusal
from frontdesk.sandbox.realpad.crm import Crm
from frontdesk.sandbox.realpad.flats import FLATS, Flat

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
# What the specification has Realpad say; else the standard's own words do.
TOLD: Final[Mapping[int, str]] = {400: "Incorrect parameter format.", 500: "Internal server error."}


def create_sandbox(
    login: str = "sandbox",
    password: str = "sandbox",  # noqa: S107  (a stand-in has nothing to protect)
    consent_types: Mapping[int, str] = CONSENT_TYPES,
    projects: Mapping[int, str] = PROJECTS,
    attributes: Mapping[str, str] = ATTRIBUTES,
    flats: Sequence[Flat] = FLATS,
    clock: Callable[[], datetime] = prague,
) -> Flask:
    """A Realpad CRM to talk to; `attributes` are types by key, `flats` its price list.

    `clock` tells an aware time: that of its leads, and of the Date of its answers.
    """
    app = make_app()
    crm = Crm((login, password), consent_types, projects, attributes, flats, clock)
    observation = Observation(
        app,
        prefix=CALLS,
        endpoints=tuple(CONTRACTS),
        called=lambda: request.path.removeprefix(CALLS),
        sent=_without_credentials,
        refuse=lambda message, status: _text(TOLD.get(status, message), status),
        reset=crm.reset,
        clock=clock,
        title="Sandbox CRM",
    )

    @app.post(f"{CALLS}<endpoint>", provide_automatic_options=False)
    def call(endpoint: str) -> Response:
        if endpoint not in CONTRACTS:
            abort(404)

        def process() -> Response:
            if request.mimetype != FORM:
                return _text(f"Unsupported content type, expected {FORM}.", 415)
            try:
                with observation.lock:
                    answer = crm.call(endpoint, list(request.form.items(multi=True)))
            except Refusal as refusal:
                return _text(refusal.message, refusal.status)
            if not isinstance(answer, str):
                return jsonify(answer)
            kind = "text/xml" if endpoint == "get-project" else "text/plain"
            return Response(answer, mimetype=kind)

        return observation.answer(endpoint, process)

    @app.get("/_sandbox/leads")
    def leads() -> Response:
        with observation.lock:
            return jsonify(crm.leads)

    @app.delete("/_sandbox/leads/<int:inquiry>")
    def lose(inquiry: int) -> ResponseReturnValue:
        with observation.lock:
            crm.leads = [lead for lead in crm.leads if lead.inquiry_id != inquiry]
        return "", 204

    @app.get("/_sandbox/flats")
    def price_list() -> Response:
        with observation.lock:
            return jsonify(crm.flats)

    @app.put("/_sandbox/flats")
    def list_flats() -> ResponseReturnValue:
        with observation.lock:
            crm.flats = request.get_json()
        return "", 204

    @app.get("/_sandbox/customers")
    def customers() -> Response:
        with observation.lock:
            return jsonify(crm.customers_with_consents())

    @app.post("/_sandbox/customers")
    def enter_customer() -> Response:
        with observation.lock:
            return jsonify(crm.enter_customer(**request.get_json()))

    return app


def _without_credentials() -> dict[str, str | list[str]]:
    """The parameters of this request; one sent repeatedly has a list of values."""
    return {
        name: values if len(values) > 1 else values[0]
        for name, values in request.form.lists()
        if name not in ("login", "password")
    }


def _text(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/plain")
