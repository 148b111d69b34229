"""Times as whole numbers, which compare and sort alike in every process and in every table."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """A time in microseconds since 1970 (UTC)."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """The time (UTC) that is so many microseconds after 1970."""
    return _EPOCH + at * _MICROSECOND
