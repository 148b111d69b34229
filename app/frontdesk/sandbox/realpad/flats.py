"""The flats of the stand-in, and the XML in which get-project lists them.

Nothing of this is confirmed by Realpad: it is what connectors in use expect. A flat has no time of
its own, and prices no currency.
"""

from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from typing import Final

# By the keys of their attributes; `floor` and `id` are those of their elements.
Flat = Mapping[str, str]

FREE, RESERVED, SOLD = "0", "2", "3"


def listed(number: int, name: str, rooms: str, area: str, price: str, status: str) -> Flat:
    """A flat. `number`: its own in Realpad; `name`: what leads call it, with the floor third."""
    return {
        "id": str(number),
        "floor": name[2],
        "flat_internal_id": name,
        "flat_disposition": rooms,
        "flat_area": area,
        "flat_price": price,
        "flat_status": status,
        "flat_type": "1",
        "flat_orientation": "JZ",
    }


FLATS: Final[tuple[Flat, ...]] = (
    listed(5101, "A.101", "2+kk", "54.3", "7950000", FREE),
    listed(5102, "A.102", "3+kk", "78.1", "10900000", RESERVED),
    listed(5103, "A.103", "1+kk", "33.8", "5250000", SOLD),
    listed(5201, "A.201", "2+kk", "54.3", "8150000", FREE),
    listed(5202, "A.202", "3+kk", "78.1", "11200000", FREE),
    listed(5203, "A.203", "2+kk", "56.0", "8390000", SOLD),
    listed(5301, "A.301", "4+kk", "104.5", "15600000", FREE),
    {"id": "5901", "floor": "1", "flat_internal_id": "P.01", "flat_type": "2", "flat_status": FREE},
)


def export(flats: Iterable[Flat]) -> str:
    """The answer to get-project."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<export><project><building>"]
    for floor, theirs in groupby(flats, key=lambda flat: flat.get("floor", "")):
        lines.append(f'<floor floorNo="{escape(floor)}">')
        for flat in theirs:
            lines.append(f'<flat id="{escape(flat.get("id", ""))}">')
            lines += (
                f'<flat-attribute key="{escape(key)}" value="{escape(value)}"/>'
                for key, value in flat.items()
                if key not in ("id", "floor")
            )
            lines.append("</flat>")
        lines.append("</floor>")
    return "\n".join([*lines, "</building></project></export>", ""])
