"""Which price lists are old, and why: for whoever is told of what needs a person."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from frontdesk.config import Form
from frontdesk.model.units import PriceList
from frontdesk.units.lists import is_stale


class Old(NamedTuple):
    """A form whose list is old, or that has none although its source was asked."""

    form: str
    text: str


def old_lists(
    forms: Mapping[str, Form], read: Callable[[str], PriceList | None], now: datetime
) -> Iterator[Old]:
    """Those of these forms. `read`: gives what is known of one, None before it was asked for."""
    for slug, form in forms.items():
        prices = read(slug) if form.unit_source is not None else None
        if prices is not None and (not prices.units or is_stale(form, prices, now)):
            yield Old(slug, _said(slug, prices))


def _said(form: str, prices: PriceList) -> str:
    known = f"units are of {prices.at:%Y-%m-%d %H:%M} UTC" if prices.at else "no units are known"
    if not prices.trouble:
        return f"{form}: its {known}, and nobody has asked its source since"
    since = f", since {prices.since:%Y-%m-%d %H:%M} UTC" if prices.since else ""
    its = "its " if prices.at else ""
    return f"{form}: {its}{known}; their source {prices.trouble}{since}"
