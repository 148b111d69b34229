"""Stand-ins of what the recipes send to; each refuses what the real one refuses.

Sources: Slack, "Sending messages using incoming webhooks" and "Improving error conditions for
incoming webhooks"; HubSpot, "Submit data to a form"; n8n, the Webhook node; Apps Script's own
behaviour as its users report it: an answer is a redirect, an error is a 200 with a page.
"""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import playwright
from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as Answer

NODE: Final = Path(playwright.__file__).parent / "driver/node"
# What a script of Google's has around it, as far as the recipe uses it.
AROUND: Final = """
const [script, call, rows, key] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const cell = (value) => (value.startsWith("'") ? value.slice(1) : value);
const sheet = {
  createTextFinder: (text) => ({ matchEntireCell: (whole) => ({
    findNext: () => rows.flat().some((value) => cell(value) === text) || null }) }),
  appendRow: (row) => { if (row.some((value) => value.startsWith("="))) throw new Error("formula");
    rows.push(row); },
};
const LockService = { getScriptLock: () => ({ waitLock() {}, releaseLock() {} }) };
const SpreadsheetApp = { getActiveSpreadsheet: () => ({ getSheets: () => [sheet] }) };
const PropertiesService = { getScriptProperties: () => ({ getProperty: () => key }) };
const ContentService = { createTextOutput: (text) => ({ text }) };
let error = null;
try { eval(script + "\\ndoPost(call)"); } catch (thrown) { error = String(thrown); }
console.log(JSON.stringify({ rows, error }));
"""


def slack(path: str) -> tuple[Flask, list[Any]]:
    """An incoming webhook."""
    app, posted = Flask(__name__), list[Any]()

    @app.post("/services/<path:rest>")
    def incoming(rest: str) -> Response:
        if f"/services/{rest}" != path:
            return Response("no_service", 404)
        sent = request.get_json(force=True, silent=True)
        if not isinstance(sent, dict):
            return Response("invalid_payload", 400)
        if not isinstance(sent.get("text"), str) or not sent["text"]:
            return Response("no_text", 400)
        posted.append(sent)
        return Response("ok")

    return app, posted


def hubspot(portal: str, form: str, fields: set[str]) -> tuple[Flask, list[Any]]:
    """A form of HubSpot with these fields."""
    app, submitted = Flask(__name__), list[Any]()

    def problems(sent: Any) -> list[dict[str, str]]:
        found = []
        for field in sent["fields"]:
            name, value = field["name"], field["value"]
            if field["objectTypeId"] != "0-1" or name not in fields:
                found.append(("FIELD_NOT_IN_FORM_DEFINITION", name))
            elif not isinstance(value, str) or not value:
                found.append(("REQUIRED_FIELD", name))
            elif name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", value):
                found.append(("INVALID_EMAIL", name))
        return [{"errorType": kind, "message": f"Error in 'fields.{n}'"} for kind, n in found]

    @app.post("/submissions/v3/integration/submit/<wanted>/<guid>")
    def submit(wanted: str, guid: str) -> Response | tuple[Response, int]:
        if (wanted, guid) != (portal, form):
            return jsonify(status="error", message="Form not found"), 404
        sent = request.get_json(silent=True)
        if sent is None or set(sent) - {"fields", "context"} or not sent.get("fields"):
            return jsonify(status="error", message="Invalid request"), 400
        if set(sent.get("context", {})) - {"pageUri", "pageName", "hutk", "ipAddress"}:
            return jsonify(status="error", message="Unknown key in context"), 400
        if errors := problems(sent):
            return jsonify(status="error", errors=errors), 400
        submitted.append(sent)
        return jsonify(inlineMessage="Thanks for submitting the form.")

    return app, submitted


def apps_script(script: str, deployment: str, key: str) -> tuple[Flask, list[list[str]]]:
    """A web app of Google's whose script is run, by Node.js, on the rows of a sheet."""
    app, rows = Flask(__name__), list[list[str]]()

    @app.post("/macros/s/<wanted>/exec")
    def execute(wanted: str) -> Answer:
        if wanted != deployment:
            return redirect("https://accounts.google.com/ServiceLogin?continue=x")
        call = {
            "parameter": request.args.to_dict(),
            "postData": {"contents": request.get_data(as_text=True)},
        }
        done = subprocess.run(
            [NODE, "-e", AROUND],
            input=json.dumps([script, call, rows, key]),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        outcome = json.loads(done.stdout)
        if outcome["error"]:
            return Response(f"<!DOCTYPE html><title>Error</title>{outcome['error']}")
        rows[:] = outcome["rows"]
        return redirect("https://script.googleusercontent.com/macros/echo?user_content_key=x")

    return app, rows


def n8n(path: str, header: str, key: str, workflow: Callable[[Any], None]) -> Flask:
    """An active workflow behind a Webhook node with Header Auth, answering when it has ended."""
    app = Flask(__name__)

    @app.post("/webhook/<name>")
    def call(name: str) -> tuple[Response, int]:
        if f"/webhook/{name}" != path:
            said = f'The requested webhook "POST {name}" is not registered.'
            return jsonify(code=404, message=said), 404
        if request.headers.get(header) != key:
            return jsonify(code=403, message="Authorization data is wrong!"), 403
        if request.mimetype != "application/json":
            return jsonify(code=415, message="Unsupported"), 415
        try:
            workflow(request.get_json())
        except ValueError:
            return jsonify(message="Error in workflow"), 500
        return jsonify(message="Workflow executed successfully"), 200

    return app
