"""What the counts of an index add up to over a time.

Counts are of whole days in UTC, and of months. What the midnights of another zone cut off from
these, or add, is looked at record by record: it is a few hours.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from frontdesk.model.record import Record
from frontdesk.model.times import micros
from frontdesk.store.counting import (
    DAY,
    DAY_SECONDS,
    HOUR,
    HOUR_SECONDS,
    MONTH,
    QUARTER,
    QUARTER_SECONDS,
    Cell,
    cells_of,
    month_of,
)

_SECOND = 1_000_000  # microseconds

# By what, and by value: how many.
Shares = dict[str, dict[str, int]]


class Span(NamedTuple):
    """Counts to be added up: of days or of months, that began from one time until another (s)."""

    span: int
    first: int
    last: int


class Edge(NamedTuple):
    """Records that came in from one time until another (µs), to be looked at.

    `sign`: 1 if they are to be added, -1 if they are too much.
    """

    sign: int
    since: int
    until: int


class Stretch(NamedTuple):
    """Neighbouring times that are equally far apart: where they begin and end, and how far (s)."""

    span: int  # of which counts are enough
    first: int
    last: int
    step: int


def spans(since: datetime, until: datetime) -> list[Span]:
    """The whole days, and as far as it goes months, that come nearest to a time."""
    first, last = _nearest(since), _nearest(until)
    if first >= last:
        return []
    begun = month_of(first)
    begins = begun if begun == first else month_of(first, 1)
    ends = month_of(last)
    if begins >= ends:
        return [Span(DAY, first, last)]
    found = [Span(DAY, first, begins), Span(MONTH, begins, ends), Span(DAY, ends, last)]
    return [span for span in found if span.first < span.last]


def edges(since: datetime, until: datetime) -> list[Edge]:
    """What the spans of a time lack of it, and have too much."""
    first, last = _nearest(since) * _SECOND, _nearest(until) * _SECOND
    begun, ended = micros(since), micros(until)
    if first >= last:
        return [Edge(1, begun, ended)] if begun < ended else []
    found = [Edge(1, begun, first), Edge(-1, first, begun), Edge(1, last, ended)]
    return [edge for edge in (*found, Edge(-1, ended, last)) if edge.since < edge.until]


def _nearest(at: datetime) -> int:
    """The midnight (UTC) that is nearest to a time, in seconds since 1970."""
    return (micros(at) // _SECOND + DAY_SECONDS // 2) // DAY_SECONDS * DAY_SECONDS


def shares(
    rows: Iterable[tuple[str, str, int]],
    looked_at: Iterable[tuple[Edge, Record]],
    forms: Collection[str] | None,
) -> Shares:
    """What a time adds up to.

    `rows`: what, value and number of its spans. `looked_at`: the records of its edges. `forms`:
    only records of these count.
    """
    found: dict[str, Counter[str]] = {}
    for what, value, number in rows:
        found.setdefault(what, Counter())[value] += number
    for edge, record in looked_at:
        for cell in cells_of(record):
            if cell.span == DAY and (forms is None or cell.form in forms):
                found.setdefault(cell.what, Counter())[cell.value] += edge.sign
    return {
        what: {value: number for value, number in counter.most_common() if number}
        for what, counter in found.items()
        if any(counter.values())
    }


def stretches(bounds: Sequence[datetime]) -> Iterator[Stretch]:
    """The same times in few pieces: days differ only where clocks are put forward or back."""
    seconds = [micros(at) // _SECOND // QUARTER_SECONDS * QUARTER_SECONDS for at in bounds]
    place = 0
    while place < len(seconds) - 1:
        begun, step = place, seconds[place + 1] - seconds[place]
        while place < len(seconds) - 1 and seconds[place + 1] - seconds[place] == step:
            place += 1
        hours = seconds[begun] % HOUR_SECONDS == 0 == step % HOUR_SECONDS
        yield Stretch(HOUR if hours else QUARTER, seconds[begun], seconds[place], step)


def over_time(
    bounds: Sequence[datetime], rows: Callable[[Stretch], Iterable[tuple[str, int, int]]]
) -> dict[str, list[int]]:
    """How many came in between each two neighbouring times, by form.

    `rows`: for each form and step of a stretch, from 0, how many came in.
    """
    found: dict[str, list[int]] = {}
    place = 0
    for stretch in stretches(bounds):
        for form, step, number in rows(stretch):
            found.setdefault(form, [0] * (len(bounds) - 1))[place + step] += number
        place += (stretch.last - stretch.first) // stretch.step
    return found


def counted(records: Iterable[Record]) -> Counter[Cell]:
    """Every number that these records are a part of."""
    return Counter(cell for record in records for cell in cells_of(record))
