"""A stand-in of Real Geeks' Incoming Leads API: it refuses what the real one refuses, and more.

Everything is in memory. Beside what every sandbox has, see `frontdesk.sandbox.observation`, there
are `GET /_sandbox/leads` and `/_sandbox/potential-sellers` (what is stored), and `/_sandbox/inbox`
(both).

What no source says, and the real one may do otherwise: that a lead sent again with a known id is
merged and answered with 201 (it might be a conflict); that activities which are there already are
not added twice; that a change of an unknown lead is a 404 rather than taken and dropped; that
PATCH answers with 200; that fields which the specification does not have are refused, and telephone
numbers in other formats than it names; that everything is stored before it is answered. Of
potential sellers: that they need an activity with a property, are refused with a contact or a role,
and merged when sent again; and all fields of a property but `full_baths`.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from flask import Flask, Response, jsonify, request

from frontdesk.sandbox.observation import Observation, make_app, prague
from frontdesk.sandbox.realgeeks.crm import Crm, Refusal

CALLS: Final = "/rest/"
JSON: Final = "application/json"
SITE: Final = UUID("6e5f0a4c-6f0f-4a55-9f57-0d7b6a6e2c11")
USERS: Final[Mapping[str, str]] = {"12345": "Leilani Kahale"}
# By the name that its requests are recorded with: the method, and the path below the site's.
ENDPOINTS: Final[Mapping[str, tuple[str, str]]] = {
    "leads": ("POST", "/leads"),
    "lead": ("PATCH", "/leads/<lead>"),
    "activities": ("POST", "/leads/<lead>/activities"),
    "potential-seller-leads": ("POST", "/potential-seller-leads"),
    "users": ("GET", "/users"),
}


def create_sandbox(
    username: str = "sandbox",
    password: str = "sandbox",  # noqa: S107  (a stand-in has nothing to protect)
    site: UUID = SITE,
    users: Mapping[str, str] = USERS,
    custom: Collection[str] = (),
    clock: Callable[[], datetime] = prague,
) -> Flask:
    """A site in Real Geeks to talk to; `users` are names by id.

    `custom`: what users of the CRM have added to the values of urgency and status.
    """
    app = make_app()
    crm = Crm(username, custom, clock)
    observation = Observation(
        app,
        prefix=CALLS,
        endpoints=tuple(ENDPOINTS),
        called=lambda: request.endpoint or request.path.removeprefix(CALLS),
        sent=_sent,
        refuse=_refused,
        reset=crm.reset,
        clock=clock,
        title="Sandbox Real Geeks",
        inbox="/_sandbox/inbox",
    )
    calls: dict[str, Callable[..., None]] = {
        "leads": crm.create,
        "lead": crm.update,
        "activities": crm.add_activities,
        "potential-seller-leads": crm.create_potential_seller,
    }

    def call(endpoint: str, wanted: str, **where: str) -> Response:
        def process() -> Response:
            given = request.authorization
            if given is None or (given.username, given.password) != (username, password):
                return _refused("Invalid username or password.", 401)
            if wanted != str(site):
                return _refused("Site not found.", 404)
            if endpoint == "users":
                return jsonify([_user(*user) for user in users.items()])
            try:
                sent = _json()
                with observation.lock:
                    calls[endpoint](*where.values(), sent)
            except Refusal as refusal:
                return _refused(refusal.message, refusal.status)
            return _answer({}, 200 if endpoint == "lead" else 201)

        return observation.answer(endpoint, process)

    for endpoint, (method, path) in ENDPOINTS.items():
        view = partial(call, endpoint)
        app.add_url_rule(f"{CALLS}sites/<wanted>{path}", endpoint, view, methods=[method])

    @app.get("/_sandbox/leads")
    def stored() -> Response:
        with observation.lock:
            return jsonify(list(crm.leads.values()))

    @app.get("/_sandbox/potential-sellers")
    def potential_sellers() -> Response:
        with observation.lock:
            return jsonify(list(crm.potential_sellers.values()))

    @app.get("/_sandbox/inbox")
    def inbox() -> Response:
        with observation.lock:
            return jsonify([*crm.leads.values(), *crm.potential_sellers.values()])

    return app


def _sent() -> Any:
    """What this request carries; text if it is no JSON."""
    sent = request.get_json(force=True, silent=True)
    return request.get_data(as_text=True) if sent is None else sent


def _json() -> Any:
    sent = request.get_json(force=True, silent=True)
    if request.mimetype != JSON or sent is None:
        raise Refusal(400, "The body is not valid JSON.")
    return sent


def _user(identity: str, name: str) -> dict[str, object]:
    return {"id": identity, "role": "Agent", "admin": False, "name": name}


def _refused(message: str, status: int) -> Response:
    return _answer({"error": message}, status)


def _answer(content: object, status: int) -> Response:
    response = jsonify(content)
    response.status_code = status
    return response
