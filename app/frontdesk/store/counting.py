"""What is counted of each submission, for the numbers of tabs and charts.

An index keeps the counts beside its records, so that a question need not look at all of these. Of
what was erased only the state is counted.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from math import ceil, log2
from typing import NamedTuple
from urllib.parse import unquote_plus

from frontdesk.model.events import UNASKED, Refused
from frontdesk.model.lead import Origin
from frontdesk.model.record import Record
from frontdesk.model.times import micros

# What time a number is of: all times, or a quarter of an hour, a day, a month or an hour (UTC).
EVER, QUARTER, DAY, MONTH, HOUR = range(5)
QUARTER_SECONDS, HOUR_SECONDS, DAY_SECONDS = 900, 3600, 86_400
LONGEST = 200  # characters of a value
_LEAST, _STEPS = 0.1, 8  # seconds until the end of the first class of delays, classes to the double
_EPOCH = date(1970, 1, 1).toordinal()
# Advertisers who say by a parameter of their own that somebody came from them.
_CLICKS = {"gclid": "google ads", "gbraid": "google ads", "wbraid": "google ads"} | {
    "fbclid": "facebook",
    "msclkid": "microsoft ads",
    "sklid": "sklik",
}
_TOLD = re.compile(r"[?&]utm_source=([^&#]+)", re.IGNORECASE)
_CLICKED = re.compile(rf"[?&]({'|'.join(_CLICKS)})=", re.IGNORECASE)
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(?:www\.)?([^/?#:@]+)", re.IGNORECASE)


class Cell(NamedTuple):
    """What one number counts: submissions that came in within a time, and have a value.

    `span`: EVER, QUARTER, DAY, MONTH or HOUR. `since`: when it began, in seconds since 1970.
    `form`: "" for a revocation.
    """

    span: int
    since: int
    what: str
    form: str
    value: str


def cells_of(record: Record) -> tuple[Cell, ...]:
    """Every number that a record is a part of, but for those of wider times (see `with_wider`).

    By `what`: "state" of all times; "came" by quarters of an hour; by days, "trouble" (as
    Record.troubles, and "any"), "captcha" (of what was held), "delay" (a class, see
    `delay_class`), "campaign", "source", "unit" and "rooms", where there is one.
    """
    at, submission = record.at, record.submission
    if at is None or (submission is None and record.settled):
        return ()
    state = Cell(EVER, 0, "state", submission.form if submission else "", record.state)
    if submission is None or record.erased is not None:
        return (state,)
    form, second = submission.form, micros(at) // 1_000_000
    came = Cell(QUARTER, second // QUARTER_SECONDS * QUARTER_SECONDS, "came", form, "")
    day, lead = day_of(second), submission.lead
    texts = [("campaign", lead.campaign), ("source", source(submission.origin))]
    texts += [("unit", lead.unit), *(("rooms", rooms) for rooms in dict.fromkeys(lead.rooms))]
    if record.arrived_at is not None:
        delay = delay_class((record.arrived_at - at).total_seconds())
        texts.append(("delay", str(delay)))
    if record.captcha != UNASKED:
        texts.append(("captcha", record.captcha))
    if record.troubles:
        texts += [("trouble", trouble) for trouble in (*sorted(record.troubles), "any")]
    return (
        state,
        came,
        *(Cell(DAY, day, what, form, text[:LONGEST]) for what, text in texts if text),
    )


def with_wider(counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """These numbers, and what they add up to by hours and months."""
    wider: dict[Cell, int] = {}
    for cell, number in counts.items():
        if cell.span == DAY:
            one = Cell(MONTH, month_of(cell.since), cell.what, cell.form, cell.value)
        elif cell.span == QUARTER:
            hour = cell.since // HOUR_SECONDS * HOUR_SECONDS
            one = Cell(HOUR, hour, cell.what, cell.form, cell.value)
        else:
            continue
        wider[one] = wider.get(one, 0) + number
    return {**counts, **wider}


def source(origin: Origin) -> str | None:
    """Who sent the visitor: as the page's address tells, else the site of the page before it.

    None if neither says so, and where that was a page of the same site.
    """
    if origin.source:
        return origin.source
    page = origin.page or ""
    if told := _TOLD.search(page):
        return unquote_plus(told[1]).strip().casefold() or None
    if told := _CLICKED.search(page):
        return _CLICKS[told[1].casefold()]
    before, own = _HOST.match(origin.referrer or ""), _HOST.match(page)
    if before is None or (own is not None and own[1].casefold() == before[1].casefold()):
        return None
    return before[1].casefold()


def cells_of_refusals(event: Refused) -> Iterator[tuple[Cell, int]]:
    """What a line counts of those who were refused.

    By `what`: "refused" for a reason; "wrong", a field and what was wrong with it, with a blank
    between; "captcha" says what came of that one, as of what was held.
    """
    second = (event.day.toordinal() - _EPOCH) * DAY_SECONDS
    for one in event.counts:
        if one.field is None:
            known = "refused", one.reason
        elif one.field == "captcha":
            known = "captcha", one.reason
        else:
            known = "wrong", f"{one.field} {one.reason}"
        what, value = known
        yield Cell(DAY, second, what, one.form, value[:LONGEST]), one.times


def day_of(second: int) -> int:
    """When the day (UTC) of a time began; both in seconds since 1970."""
    return second // DAY_SECONDS * DAY_SECONDS


@lru_cache(100)
def month_of(second: int, after: int = 0) -> int:
    """When the month (UTC) of a time began, or one so many months after it."""
    day = date.fromordinal(second // DAY_SECONDS + _EPOCH)
    months = day.year * 12 + day.month - 1 + after
    begun = date(months // 12, months % 12 + 1, 1)
    return (begun.toordinal() - _EPOCH) * DAY_SECONDS


def delay_class(seconds: float) -> int:
    """The class of a delay; a class ends 9 % later than the one before it."""
    return max(0, ceil(_STEPS * log2(max(seconds, _LEAST) / _LEAST)))


def seconds_of(delay: int) -> float:
    """The middle of a class of delays, in seconds: no delay in it is further away than 5 %."""
    return float(_LEAST * 2 ** ((delay - 0.5) / _STEPS))
