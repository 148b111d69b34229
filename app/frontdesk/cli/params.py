"""Times and durations as an operator writes them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

LONGEST = timedelta(days=36500)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime]):
    """`2026-11-22`, `2026-11-22T14:30`, or how long ago: `90m`, `36h`, `7d`."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            if value[-1:] in UNITS and value[:-1].isascii() and value[:-1].isdigit():
                return datetime.now(UTC) - timedelta(**{UNITS[value[-1]]: int(value[:-1])})
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value[:50]!r} is not a time; write 2026-11-22T14:30 or 36h", param, ctx)


class Span(click.ParamType[timedelta]):
    """How long: `90m`, `36h`, `7d`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        unit = UNITS.get(value[-1:])
        if unit is None or not re.fullmatch("[0-9]+", value[:-1]):
            self.fail(f"{value[:50]!r} is not a duration; write 90m, 36h or 7d", param, ctx)
        try:
            span = timedelta(**{unit: int(value[:-1])})
        except (ValueError, OverflowError):
            span = timedelta.max
        if span > LONGEST:
            self.fail(f"{value[:50]!r} is too long; at most {LONGEST.days}d", param, ctx)
        return span
