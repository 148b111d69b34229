"""Somebody else's system that gets webhooks: it checks the signature, and keeps each message once.

Verified by the library of Standard Webhooks, which has nothing of ours in it.
"""

from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, jsonify, request
from standardwebhooks import Webhook, WebhookVerificationError

from frontdesk.sandbox.observation import Observation, make_app, prague

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PATH = "/hooks/a-secret-of-the-address"
HOOK = f"""
[destinations.hook]
type = "webhook"
private = true
url = "{{hook}}{PATH}"
secrets = ["{SECRET}"]
read_timeout = "20 s"
connect_timeout = "5 s"
"""


def create_receiver(secrets: Sequence[str] = (SECRET,)) -> Flask:
    """It has the requests and the faults of the sandboxes; `secrets`: those that it accepts."""
    app = make_app()
    kept: dict[str, dict[str, Any]] = {}
    observation = Observation(
        app,
        prefix=PATH,
        endpoints=("hook",),
        called=lambda: "hook",
        sent=lambda: dict(request.headers),
        refuse=lambda message, status: Response(message, status, mimetype="text/plain"),
        reset=kept.clear,
        clock=prague,
        title="Receiver",
    )

    def process() -> Response:
        for secret in secrets:
            try:
                event = Webhook(secret).verify(request.get_data(), dict(request.headers))
            except WebhookVerificationError:
                continue
            message = request.headers["webhook-id"]
            with observation.lock:
                known = kept.setdefault(message, {"id": message, "event": event, "times": 0})
                known["times"] += 1
            return Response("", 204)
        return Response("Wrong signature.", 401, mimetype="text/plain")

    @app.post(PATH)
    def hook() -> Response:
        return observation.answer("hook", process)

    @app.get("/_sandbox/leads")
    def messages() -> Response:
        with observation.lock:
            return jsonify(list(kept.values()))

    return app
