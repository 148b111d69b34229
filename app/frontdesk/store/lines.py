"""Lines as they stand in a journal, for moving it from one store to another."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID


class StoredLine(NamedTuple):
    """An event's line without its line feed, byte for byte, and where it belongs.

    `segment`: the name of the file that has it, or would have it.
    """

    segment: str
    at: datetime
    id: UUID
    kind: str
    line: bytes


class Lines(Protocol):
    """A journal that can be moved."""

    def lines(self, passed_over: Callable[[], None] = lambda: None) -> Iterator[StoredLine]:
        """All lines that are events, each segment's in its order.

        `passed_over`: called for each that is none. Raises JournalError, OSError.
        """

    def take(self, lines: Iterable[StoredLine]) -> None:
        """Write lines down durably, except for those that are there already.

        It may be repeated after it was cut short. Nobody else may write meanwhile. Raises
        JournalError where something else is there in their place, and OSError.
        """


def segment_of(at: datetime) -> str:
    """The name of the segment that is appended to at a time."""
    return f"{at.astimezone(UTC):%Y-%m-%d}.jsonl"
