"""What is counted of each submission, for the numbers of tabs and charts.

An index keeps the counts beside its records, so that a question need not look at all of these. Of
what was erased only the state is counted.
"""

from collections.abc import Iterator
from datetime import date
from math import ceil, log2
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from frontdesk.model.events import Refused
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
    """Every number that a record is a part of.

    By `what`: "state" of all times; "came" by hours and quarters of an hour; by days and months,
    "trouble" (as Record.troubles, and "any"), "delay" (a class, see `delay_class`), "campaign",
    "source", "unit" and "rooms", where there is one.
    """
    at, submission = record.at, record.submission
    if at is None or (submission is None and record.settled):
        return ()
    state = Cell(EVER, 0, "state", submission.form if submission else "", record.state)
    if submission is None or record.erased is not None:
        return (state,)
    form, second = submission.form, micros(at) // 1_000_000
    came = (
        Cell(span, second // size * size, "came", form, "")
        for span, size in ((HOUR, HOUR_SECONDS), (QUARTER, QUARTER_SECONDS))
    )
    spans = (DAY, day_of(second)), (MONTH, month_of(second))
    known = dict.fromkeys(_known(record))  # of rooms, one may be there twice
    rest = (Cell(*span, what, form, value) for what, value in known for span in spans)
    return (state, *came, *rest)


def _known(record: Record) -> Iterator[tuple[str, str]]:
    submission = record.submission
    if submission is None:
        return
    lead = submission.lead
    texts = [("campaign", lead.campaign), ("source", source(submission.origin))]
    texts += [("unit", lead.unit), *(("rooms", rooms) for rooms in lead.rooms)]
    for what, text in texts:
        if text:
            yield what, text[:LONGEST]
    for trouble in sorted(record.troubles):
        yield "trouble", trouble
    if record.troubles:
        yield "trouble", "any"
    if record.arrived_at is not None:
        yield "delay", str(delay_class((record.arrived_at - submission.at).total_seconds()))


def source(origin: Origin) -> str | None:
    """Who sent the visitor: as the page's address tells, else the site of the page before it.

    None if neither says so, and where that was a page of the same site.
    """
    if origin.source:
        return origin.source
    try:
        page = urlsplit(origin.page or "")
        asked = parse_qs(page.query, max_num_fields=100) if page.query else {}
        before = urlsplit(origin.referrer or "").hostname
        own = page.hostname
    except ValueError:
        return None
    if told := asked.get("utm_source"):
        return told[0].strip().casefold()
    for name in _CLICKS:
        if name in asked:
            return _CLICKS[name]
    before = before and before.removeprefix("www.")
    return before if before != (own and own.removeprefix("www.")) else None


def cells_of_refusals(event: Refused) -> Iterator[tuple[Cell, int]]:
    """What a line counts of those who were refused.

    By `what`: "refused" for a reason; "wrong", a field and what was wrong with it, with a blank
    between; "captcha" says what it was with that one.
    """
    second = (event.day.toordinal() - _EPOCH) * DAY_SECONDS
    spans = (DAY, second), (MONTH, month_of(second))
    for one in event.counts:
        if one.field is None:
            known = "refused", one.reason
        elif one.field == "captcha":
            known = "captcha", one.reason
        else:
            known = "wrong", f"{one.field} {one.reason}"
        what, value = known
        for span in spans:
            yield Cell(*span, what, one.form, value[:LONGEST]), one.times


def day_of(second: int) -> int:
    """When the day (UTC) of a time began; both in seconds since 1970."""
    return second // DAY_SECONDS * DAY_SECONDS


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
