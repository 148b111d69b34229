"""How an event is written as a line of the journal, and read again."""

from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from frontdesk.model.events import AnyEvent, Compared, Deferred, Noted, Received

VERSION = 1
# A line may say any time, by a clock that is wrong or by hand. So much room is left on either side
# that every other time can be computed from it.
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class _Head(Struct):
    v: int | None = None
    at: str | None = None


_decoder = msgspec.json.Decoder(AnyEvent)
_head = msgspec.json.Decoder(_Head)
_encoder = msgspec.json.Encoder()
_PREFIX = b'{"v":%d,' % VERSION


def encode(event: AnyEvent) -> bytes:
    """The line of an event: one JSON object and a line feed."""
    # The version is the same for every line, so it is spliced in rather than stored per event.
    return _PREFIX + _encoder.encode(event)[1:] + b"\n"


def version_of(line: bytes) -> int:
    """The version of the format that a line claims; 0 if it claims none."""
    try:
        return _head.decode(line).v or 0
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0


def decode(line: bytes) -> AnyEvent:
    """Read one line. Raises ValueError, which says what is wrong with it without quoting it."""
    try:
        head = _head.decode(line)
        if head.v != VERSION:
            raise ValueError(f"version {head.v} is not {VERSION}")
        event: AnyEvent = _decoder.decode(line)
        if head.at is None:  # a new event gets the present time; one that is read must not
            raise ValueError("Object missing required field `at`")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # The message of msgspec names the place, never the value.
        raise ValueError(str(error)) from None
    return _with_sensible_times(event)


def _with_sensible_times(event: AnyEvent) -> AnyEvent:
    if not _is_sensible(event.at):
        event = replace(event, at=_sensible(event.at))
    match event:
        case Deferred() if not _is_sensible(event.until):
            event = replace(event, until=_sensible(event.until))
        case Received() if (told := event.origin.message) and not _is_sensible(told.at):
            told = replace(told, at=_sensible(told.at))
            return replace(event, origin=replace(event.origin, message=told))
        case Noted() if not _is_sensible(event.message.at):
            told = replace(event.message, at=_sensible(event.message.at))
            return replace(event, message=told)
    if isinstance(event, Deferred | Compared):
        until = event.account_until
        if until is not None and not _is_sensible(until):
            return replace(event, account_until=_sensible(until))
    return event


def _is_sensible(at: datetime) -> bool:
    return at.tzinfo is UTC and FIRST <= at <= LAST


def _sensible(at: datetime) -> datetime:
    """A time in UTC that can be reckoned with."""
    try:
        return min(max(at.astimezone(UTC), FIRST), LAST)
    except OverflowError:
        return FIRST if at.year < FIRST.year else LAST
