"""The units of a price list, and which of them are alike."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

State = Literal["free", "reserved", "sold", "unknown"]
Moment = Annotated[datetime, Meta(tz=True)]
ALIKE = 3  # units that are offered in the place of another


class Unit(Struct, frozen=True, omit_defaults=True):
    """A flat, a house, a studio.

    `unit`: what leads call it. `name`: what people call it, where that is something else. `area`:
    in square metres. `price`: in the form's currency. Of a state that is not known, nobody is sure
    that it is free.
    """

    unit: str
    rooms: str = ""
    area: float | None = None
    price: int | None = None
    state: State = "free"
    name: str = ""

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name or self.unit


class PriceList(Struct, frozen=True, omit_defaults=True):
    """What a source has said of a form's units, and how asking it goes.

    `place`, `login`: a hash of where that is, and of who asks. `at`: when it last said so.
    `left_out`: how many of its rows were of no use, by why. `due`: when it is asked again.
    `trouble`: why it has given nothing, `failures` times in a row since `since`.
    """

    place: str
    login: str
    units: tuple[Unit, ...] = ()
    at: Moment | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    etag: str = ""
    modified: str = ""
    due: Moment | None = None
    trouble: str = ""
    failures: int = 0
    since: Moment | None = None

    @property
    def free(self) -> tuple[Unit, ...]:
        """Those that are to be had."""
        return tuple(unit for unit in self.units if unit.state == "free")


def alike(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The free units that are most like another: as many rooms, nearest in price, then in area."""
    free = [one for one in units if one.state == "free" and one.unit != unit.unit]
    same = [one for one in free if one.rooms == unit.rooms]

    def distance(one: Unit) -> tuple[float, float]:
        return _apart(one.price, unit.price), _apart(one.area, unit.area)

    return sorted(same or free, key=distance)[:ALIKE]


def _apart(one: float | None, other: float | None) -> float:
    return math.inf if one is None or other is None else abs(one - other)
