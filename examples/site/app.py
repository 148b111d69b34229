"""The website of a made-up housing project, with Frontdesk dropped into it.

FRONTDESK_CONFIG=frontdesk.toml flask --app examples/site/app run
"""

from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, abort, render_template

from frontdesk import Frontdesk
from frontdesk.config import Settings


class Flat(NamedTuple):
    """One line of the project's price list: square metres, and a price in CZK."""

    unit: str
    rooms: str
    area: int
    floor: str
    price: int


FLATS = (
    Flat("A.101", "1+kk", 34, "Ground floor, garden", 4_650_000),
    Flat("A.102", "2+kk", 52, "Ground floor, garden", 6_900_000),
    Flat("A.204", "2+kk", 56, "2nd floor, balcony", 7_350_000),
    Flat("B.203", "3+kk", 78, "2nd floor, river view", 9_800_000),
    Flat("B.301", "3+kk", 84, "3rd floor, river view", 10_900_000),
    Flat("C.401", "4+kk", 118, "Top floor, roof terrace", 15_900_000),
)

# All that the pages need, Frontdesk's form among it; Frontdesk's own pages bring their own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors "
)


def create_app(config: str | Path | Settings | None = None, framed_by: str = "'self'") -> Flask:
    """The site; `framed_by`: who may show its pages in a frame. Raises ConfigError."""
    site = Flask(__name__)
    Frontdesk(site, config=config, url_prefix="/enquiry")

    @site.get("/")
    def home() -> str:
        return render_template("home.html", flats=FLATS)

    @site.get("/flats/<unit>")
    def flat_page(unit: str) -> str:
        chosen = [flat for flat in FLATS if flat.unit == unit]
        if not chosen:
            abort(404)
        return render_template("flat.html", flat=chosen[0])

    @site.get("/privacy")
    def privacy() -> str:
        return render_template("privacy.html")

    @site.template_filter()
    def czk(amount: int) -> str:
        return f"CZK\N{NO-BREAK SPACE}{amount:,}"  # as the form writes it in English

    @site.after_request
    def restrict(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY + framed_by)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return site
