"""A form's price list for programs and pages, as `GET /forms/<form>/units` gives it."""

from flask import abort, jsonify, request
from werkzeug.wrappers import Response

from frontdesk.intake.context import configured, intake
from frontdesk.model.events import utcnow
from frontdesk.model.units import Unit
from frontdesk.units.lists import is_stale

CACHED = 300  # seconds


def units(slug: str) -> Response:
    """The list that was last fetched; aborts with 404 where the form has no source."""
    form = configured(slug)
    if form.unit_source is None:
        abort(404, "This form has no source of units.")
    prices = intake().enquiries.prices(form)
    at = prices.at if prices is not None else None
    response = jsonify(
        form=form.slug,
        at=at.isoformat() if at is not None else None,
        stale=is_stale(prices, form.unit_source.every, utcnow()),
        currency=form.currency,
        units=[_facts(unit) for unit in (prices.units if prices is not None else ())],
    )
    response.headers["Cache-Control"] = f"public, max-age={CACHED}"
    response.add_etag()
    return response.make_conditional(request)


def _facts(unit: Unit) -> dict[str, object]:
    return {
        "unit": unit.unit,
        "name": unit.called,
        "rooms": unit.rooms or None,
        "area": unit.area,
        "price": unit.price,
        "state": unit.state,
    }
