"""Local stand-ins of hCaptcha and Turnstile: their scripts, their widgets, their siteverify."""

from pathlib import Path

from flask import Flask, Response, abort, jsonify, request

SCRIPT = Path(__file__).with_name("stand_in.js").read_text(encoding="utf-8")
WIDGET = """<!doctype html><html lang="en"><title>{vendor}</title>
<meta name="color-scheme" content="{theme}">
<body style="margin: 1rem"><label><input type="checkbox"> I am human</label>
<button type="button">Close</button>
<script>
const say = (what) => parent.postMessage({{ standIn: "{vendor}", id: "{id}", what }}, "*");
document.querySelector("input").onchange = () => say("pass");
document.querySelector("button").onclick = () => say("closed");
</script></body></html>"""

PAGE = """<!doctype html><html lang="en"><title>Somebody's page</title>
<link rel="icon" href="data:,">
<div id="first"></div><div id="second"></div></html>"""


class StandIn:
    """Both vendors. A test tells them how to behave, and reads what they were asked."""

    def __init__(self) -> None:
        self.app = Flask("vendors", static_folder=None)
        self.url = ""
        self.reset()

        @self.app.before_request
        def note() -> None:
            if request.path != "/page":
                self.asked.append(request.full_path)

        @self.app.get("/page")
        def page() -> str:
            return PAGE

        @self.app.get("/<vendor>/api.js")
        def script(vendor: str) -> Response:
            if self.blocked:
                abort(403)
            text = SCRIPT.replace("@vendor@", vendor).replace("@behaviour@", self.behaviour)
            return Response(text, mimetype="text/javascript")

        @self.app.get("/<vendor>/widget")
        def widget(vendor: str) -> str:
            return WIDGET.format(vendor=vendor, theme=request.args["theme"], id=request.args["id"])

        @self.app.post("/<vendor>/siteverify")
        def siteverify(vendor: str) -> Response:
            response = request.form["response"]
            good = response.startswith(f"{vendor}-") and response not in self.spent
            self.spent.append(response)
            if self.mistrusts:
                self.mistrusts -= 1
                good = False
            return jsonify(
                {"success": good, "error-codes": [] if good else ["invalid-input-response"]}
            )

    def reset(self) -> None:
        self.behaviour = "pass"  # of the scripts; what there is stands in stand_in.js
        self.blocked = False
        self.mistrusts = 0  # how many of the next responses siteverify refuses
        self.asked: list[str] = []
        self.spent: list[str] = []

    def scripts(self) -> list[str]:
        """The requests for a script."""
        return [path for path in self.asked if "/api.js" in path]
