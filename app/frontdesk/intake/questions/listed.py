"""The question for a unit of a price list, and what is said of one that is not to be had."""

from collections import Counter
from collections.abc import Iterator, Sequence

from babel.numbers import format_decimal

from frontdesk.i18n import N_, catalogue
from frontdesk.intake.questions.base import Channel, Json, Reading, Typed
from frontdesk.intake.questions.choices import Choice
from frontdesk.intake.questions.numbers import Price
from frontdesk.intake.questions.text import Text
from frontdesk.intake.text import clip
from frontdesk.model.units import PriceList, State, Unit, alike

MOST = 500  # free units to choose from; of more, the visitor writes which one
LONGEST = 100  # characters of a unit that is repeated, whoever named it
_ELSEWHERE = N_("%(unit)s is not on offer at the moment.")
_TAKEN: dict[State, str] = {
    "sold": N_("%(unit)s has been sold."),
    "reserved": N_("%(unit)s is reserved."),
    "unknown": _ELSEWHERE,
}


class Listed(Choice):
    """One of the free units of a price list, or another one that a page or a visitor names.

    The list may be old, and a unit sold a moment ago: neither is a reason to refuse an enquiry.
    """

    def __init__(
        self,
        language: str,
        label: str,
        units: Sequence[Unit],
        unchosen: str,
        currency: str,
        *,
        required: str = "",
    ) -> None:
        """`units`: all of the list, also those that are not free. `currency`: of their prices."""
        free = (unit for unit in units if unit.state == "free")
        money = Price(language, "", currency).money
        options = {unit.unit: described(unit, language, money) for unit in free}
        super().__init__(language, label, options, unchosen, required=required)
        self._units = {unit.unit: unit for unit in units}
        # What two of them are called says which of them is meant to nobody.
        times = Counter(unit.name for unit in units if unit.name)
        self._names = {unit.name: unit.unit for unit in units if times[unit.name] == 1}
        self._written = Text(language, label)

    def typed(self, values: Sequence[str]) -> str:
        said = self._written.typed(values)
        return said if said in self._units else self._names.get(said, said)

    def read(self, typed: Typed, channel: Channel) -> Reading:
        return self._written.read(typed, channel)

    def schema(self) -> Json:
        return self._written.schema()

    def choices(self, taken: Sequence[str]) -> Iterator[tuple[str, str]]:
        """First what was named and is not free, then what is most like it, then the others."""
        first: dict[str, str] = {}
        for value in self.unknown(taken):
            named = self._units.get(value)
            first[value] = named.called if named else value
            near = alike(named, [*self._units.values()]) if named else []
            first |= {unit.unit: self.options[unit.unit] for unit in near}
        yield from (first | self.options).items()


def described(unit: Unit, language: str, money: str) -> str:
    """A unit in one line: what it is called, its rooms, area and price.

    `money`: how an amount is written; it stands where the % is.
    """
    parts = [unit.called, unit.rooms]
    if unit.area is not None:
        parts.append(f"{format_decimal(unit.area, '#,##0.##', locale=language)}\u00a0m²")
    if unit.price is not None:
        parts.append(money.replace("%", format_decimal(unit.price, locale=language)))
    return " · ".join(filter(None, parts))


def advice(prices: PriceList | None, typed: str, language: str, *, stale: bool) -> str:
    """What is said of a unit that was named and is not to be had; "" if it is, or nobody knows.

    Of a list that is `stale`, what it does not have may be new.
    """
    if prices is None or not typed:
        return ""
    _ = catalogue(language).gettext
    named = [one for one in prices.units if one.unit == typed]
    named = named or [one for one in prices.units if one.name == typed]
    if len(named) > 1:
        return ""
    unit = named[0] if named else None
    if unit is None:
        known = bool(prices.units) and not stale
        return _(_ELSEWHERE) % {"unit": clip(typed, LONGEST)} if known else ""
    if unit.state == "free":
        return ""
    said = _TAKEN[unit.state]
    said = _(said) % {"unit": unit.called}
    near = ", ".join(one.called for one in alike(unit, prices.units))
    others = _("Similar, and free: %(units)s.") % {"units": near}
    return f"{said} {others}" if near else said
