"""From the rows of a price list, as people keep them, to units."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from frontdesk.model.units import State, Unit
from frontdesk.units.source import Listing, SourceError

MOST = 5_000  # units of a list
ROWS = 100_000  # of it that are looked at: millions would keep the courier busy for minutes
LONGEST = 200  # characters of a unit, and of what it is called
ROOMS = 50  # characters
DEAREST, LARGEST = 10**12, 10**6

# What stands for zeros that are not written: a guess would be wrong by thousands.
_SHORT = ("mil", "mio", "mln", "mld", "mrd", "tis", "tys", "tsd", "ezer", "thou", "млн", "тис")
_SEPARATED = re.compile(r"[^\d]*(\d[\d.,]*)[^\d]*")


class Rows:
    """Takes one row after the other; what is of no use is counted."""

    def __init__(self) -> None:
        self._units: dict[str, Unit] = {}
        self._left_out: Counter[str] = Counter()
        self._seen = 0

    def take(
        self,
        unit: object,
        *,
        name: object = None,
        rooms: object = None,
        area: object = None,
        price: object = None,
        state: State = "free",
    ) -> None:
        """Take a row; what is not said of the unit is None or empty.

        Raises SourceError for one too many.
        """
        self._seen += 1
        if self._seen > ROWS:
            raise SourceError(f"has more than {ROWS} rows")
        known = text(unit, LONGEST)
        if not known:
            self.leave_out("without a unit" if unit in (None, "") else "with a unit that is none")
        elif known in self._units:
            self.leave_out("with a unit that was listed before")
        elif len(self._units) == MOST:
            self.leave_out(f"after the first {MOST}")
        else:
            called = text(name, LONGEST)
            self._units[known] = Unit(
                unit=known,
                rooms=text(rooms, ROOMS),
                area=self._number(area, LARGEST, "area"),
                price=self._whole(price),
                state=state,
                name=called if called != known else "",
            )

    def leave_out(self, why: str) -> None:
        """Count a row that is of no use."""
        self._left_out[why] += 1

    def _whole(self, price: object) -> int | None:
        found = self._number(price, DEAREST, "price")
        return None if found is None else round(found)

    def _number(self, value: object, most: float, what: str) -> float | None:
        if value in (None, "", 0):
            return None
        found = number(value, grouped=what == "price")
        if found is None or not 0 < found <= most:
            self._left_out[f"whose {what} is no number"] += found != 0
            return None
        return found

    def listing(self) -> Listing:
        """All that were taken; raises SourceError if there are none."""
        left_out = {why: times for why, times in self._left_out.items() if times}
        if not self._units:
            found = f"lists no unit in {self._seen} rows" if self._seen else "lists nothing"
            raise SourceError(": ".join(filter(None, (found, counted(left_out)))))
        return Listing((*self._units.values(),), left_out)


def counted(left_out: Mapping[str, int]) -> str:
    """What was of no use, for an operator."""
    return ", ".join(f"{times} {why}" for why, times in left_out.items())


def text(value: object, longest: int) -> str:
    """A value in one line; "" if it is none, too long, or has something in it that is not seen."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    found = unicodedata.normalize("NFC", " ".join(str(value).split()))
    unseen = any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Cn") for each in found)
    return "" if unseen or len(found) > longest else found


def number(value: object, *, grouped: bool) -> float | None:
    """A number as people write it, with its unit or currency beside it; None if it is none.

    `grouped`: of three digits after a lone point or comma, they are thousands.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if not isinstance(value, str):
        return float(value) if abs(value) < DEAREST * 10 and math.isfinite(value) else None
    if len(value) > 100 or (grouped and _is_abbreviated(value)):
        return None
    match = _SEPARATED.fullmatch(re.sub(r"[\s'’]", "", value).replace("m2", "").replace("m²", ""))
    if match is None or "-" in value.partition(match[1][:1])[0]:
        return None
    digits = match[1].rstrip(".,")
    marks = re.findall("[.,]", digits)
    if marks:
        whole, fraction = re.split(r"[.,](?=[^.,]*$)", digits)
        lone = len(marks) == 1
        if (lone and grouped and len(fraction) == 3) or (not lone and len(set(marks)) == 1):
            whole, fraction = whole + fraction, ""
        digits = f"{re.sub('[.,]', '', whole)}.{fraction or 0}"
    return float(digits)


def _is_abbreviated(price: str) -> bool:
    words = re.findall(r"[^\W\d]+", price.casefold())
    return any(word.startswith(_SHORT) or word in ("k", "m", "t") for word in words)
