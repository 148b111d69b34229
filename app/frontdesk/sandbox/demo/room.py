"""The page that shows the whole demo: the ways in, and the CRM in which the leads arrive."""

import msgspec
from flask import Flask, render_template, send_from_directory
from werkzeug.wrappers import Response

from frontdesk.resources import folder
from frontdesk.sandbox.demo.news import News
from frontdesk.sandbox.demo.origins import Origins

CAMPAIGN = "utm_campaign=open-day"


def make_room(origins: Origins, news: News, frontdesk: str, geeks: str | None) -> Flask:
    """The page, and the news that it asks for."""
    room = Flask(__name__)

    @room.get("/")
    def everything() -> str:
        return render_template(
            "room.html",
            origins=origins,
            geeks=geeks,
            campaign=CAMPAIGN,
            log_command=f"{frontdesk} log",
        )

    @room.get("/icon.svg")
    def icon() -> Response:
        return send_from_directory(folder("static"), "icon.svg")

    @room.get("/news")
    def latest() -> Response:
        answer = Response(msgspec.json.encode(news.newest()), content_type="application/json")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    shown = " ".join((origins.site, origins.landing, origins.spa, origins.sandbox, geeks or ""))
    return with_policy(
        room,
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';"
        " img-src 'self'; base-uri 'none';"
        f" form-action 'none'; frame-ancestors 'none'; frame-src {shown}",
    )


def with_policy(app: Flask, policy: str) -> Flask:
    """Send the policy with every answer."""

    @app.after_request
    def restrict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app
