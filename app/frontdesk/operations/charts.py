"""What came in over a time, and what became of it, in numbers without a person.

Submissions whose person was erased are in none of them.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import ceil
from typing import NamedTuple

from frontdesk.store.base import Store
from frontdesk.store.counting import seconds_of

DAY = timedelta(days=1)
# The ends of the classes that delays are shown in, in seconds; the last has no end.
DELAYS = (5, 60, 600, 3600, 86_400, None)


class Period(NamedTuple):
    """Days of a zone, both included."""

    first: date
    last: date
    zone: tzinfo

    @property
    def days(self) -> list[date]:
        """Every day, in order."""
        return [self.first + DAY * n for n in range((self.last - self.first).days + 1)]

    @property
    def midnights(self) -> list[datetime]:
        """When each day begins, and when the last one ends (UTC)."""
        days = (*self.days, self.last + DAY)
        return [datetime.combine(day, time(), self.zone).astimezone(UTC) for day in days]


class Delays(NamedTuple):
    """How long it took until all CRMs had it, in seconds, to within 5 %; None where none had.

    `classes`: how many took as long as one of DELAYS at most, and longer than the one before.
    """

    median: float | None
    most: float | None  # 95 of 100 took no longer
    classes: list[int]


class Numbers(NamedTuple):
    """The numbers of a period.

    `days`, `weeks`: by their first day. The others are by value, the largest first. `troubles`: as
    Record.troubles, and "any" of them. `refused` by reason, `wrong` by field and code, `captcha` by
    code: of enquiries that were turned away, on the same days in UTC.
    """

    total: int
    days: list[tuple[date, int]]
    weeks: list[tuple[date, int]]
    forms: dict[str, int]
    campaigns: dict[str, int]
    sources: dict[str, int]
    units: dict[str, int]
    rooms: dict[str, int]
    troubles: dict[str, int]
    delays: Delays
    refused: dict[str, int]
    wrong: dict[str, int]
    captcha: dict[str, int]


def numbers(store: Store, period: Period, forms: Collection[str] | None) -> Numbers:
    """Count what came in during a period, to some forms or all. Raises JournalError, OSError."""
    midnights = period.midnights
    by_form = store.over_time(midnights, forms)
    shares = store.shares(midnights[0], midnights[-1], forms)
    days = [sum(day) for day in zip(*by_form.values(), strict=True)] or [0] * len(period.days)
    totals = sorted(((sum(each), form) for form, each in by_form.items()), reverse=True)
    dated = list(zip(period.days, days, strict=True))
    return Numbers(
        total=sum(days),
        days=dated,
        weeks=_weeks(dated),
        forms={form: number for number, form in totals},
        campaigns=shares.get("campaign", {}),
        sources=shares.get("source", {}),
        units=shares.get("unit", {}),
        rooms=shares.get("rooms", {}),
        troubles=shares.get("trouble", {}),
        delays=_delays(shares.get("delay", {})),
        refused=shares.get("refused", {}),
        wrong=shares.get("wrong", {}),
        captcha=shares.get("captcha", {}),
    )


def _weeks(days: list[tuple[date, int]]) -> list[tuple[date, int]]:
    """The same by weeks, each from Monday on; the first and the last may not be whole."""
    weeks: dict[date, int] = {}
    for day, number in days:
        monday = day - DAY * day.weekday()
        weeks[monday] = weeks.get(monday, 0) + number
    return list(weeks.items())


def _delays(found: dict[str, int]) -> Delays:
    classes = [0] * len(DELAYS)
    taken = sorted((seconds_of(int(value)), number) for value, number in found.items())
    for seconds, number in taken:
        place = next(n for n, end in enumerate(DELAYS) if end is None or seconds <= end)
        classes[place] += number
    return Delays(_quantile(taken, 0.5), _quantile(taken, 0.95), classes)


def _quantile(taken: list[tuple[float, int]], share: float) -> float | None:
    """The least value that so large a share of all does not exceed."""
    left = ceil(share * sum(number for _, number in taken))
    for value, number in taken:
        left -= number
        if left <= 0:
            return value
    return None
