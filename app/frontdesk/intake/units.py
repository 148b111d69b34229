"""Price lists for programs and pages, as `GET /forms/<form>/units` gives them."""

import msgspec
from werkzeug.http import generate_etag

from frontdesk.config import Form
from frontdesk.intake.assets import Asset, squeezed
from frontdesk.model.events import utcnow
from frontdesk.model.units import PriceList, Unit
from frontdesk.units.lists import is_stale


class EncodedLists:
    """The lists of a configuration's forms as they are sent, each encoded once.

    A form has one at the most: once its list is another one, or has gone stale, the old bytes are
    forgotten.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[PriceList | None, bool, Asset]] = {}

    def of(self, form: Form, prices: PriceList | None) -> Asset:
        """What is sent of a form's list."""
        stale = is_stale(form, prices, utcnow())
        known = self._known.get(form.slug)
        # Lists keeps a list the same object until it is another one.
        if known is None or known[0] is not prices or known[1] != stale:
            known = self._known[form.slug] = prices, stale, _encoded(form, prices, stale=stale)
        return known[2]


def _encoded(form: Form, prices: PriceList | None, *, stale: bool) -> Asset:
    at = prices.at if prices is not None else None
    said = {
        "form": form.slug,
        "at": at.isoformat() if at is not None else None,
        "stale": stale,
        "currency": form.currency,
        "units": [_facts(unit) for unit in (prices.units if prices is not None else ())],
    }
    plain = msgspec.json.encode(said) + b"\n"
    return Asset(plain, squeezed(plain), generate_etag(plain))


def _facts(unit: Unit) -> dict[str, object]:
    return {
        "unit": unit.unit,
        "name": unit.called,
        "rooms": unit.rooms or None,
        "area": unit.area,
        "price": unit.price,
        "state": unit.state,
    }
