"""Reads the lines of a segment: an event and its place, or what is damaged."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

from msgspec import Meta, Struct

from frontdesk.model.codec import decode
from frontdesk.model.events import AnyEvent

LINE_LIMIT = 4 << 20  # bytes; ours are far shorter, a foreign file may be one endless line
BUFFER = 1 << 20
LINE_START = b'{"v":'


class Place(Struct, frozen=True):
    """Where a line stands; offset and length in bytes, a line feed included."""

    segment: str
    offset: Annotated[int, Meta(ge=0, lt=1 << 62)]
    length: Annotated[int, Meta(ge=0, le=LINE_LIMIT)]


class Line(Struct, frozen=True):
    """An event and where it stands, as in Place."""

    event: AnyEvent
    segment: str
    offset: int
    length: int

    @property
    def place(self) -> Place:
        return Place(self.segment, self.offset, self.length)


class Damage(Struct, frozen=True):
    """Bytes that are no event: torn by a crash, edited by hand, or foreign."""

    segment: str
    offset: int
    reason: str
    length: int = 0  # bytes; 0 where the whole segment is meant

    def __str__(self) -> str:
        return f"{self.segment}: byte {self.offset}: {self.reason}"


def read_file(path: Path) -> Iterator[Line | Damage]:
    """All lines of one journal file, also of one from another machine."""
    with path.open("rb", buffering=BUFFER) as file:
        for offset, line in raw_lines(file, 0):
            yield from parse(line, path.name, offset)


def read_at(path: Path, place: Place) -> AnyEvent:
    """The event at a place of a segment; raises OSError, ValueError."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return decode(os.pread(fd, place.length, place.offset))
    finally:
        os.close(fd)


def raw_lines(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
    """The lines from an offset on, each with its own; one that never ends comes in pieces."""
    file.seek(offset)
    while line := file.readline(LINE_LIMIT):
        yield offset, line
        offset += len(line)


def parse(line: bytes, segment: str, offset: int) -> Iterator[Line | Damage]:
    """What a raw line holds: an event as a rule, nothing if it is blank."""
    if not line.strip():
        return
    try:
        yield Line(decode(line), segment, offset, len(line))
        return
    except ValueError as error:
        reason = str(error)
    # A writer that died in mid-line leaves a stump that the next line is glued to. Inside a
    # JSON string every quote is escaped, so the start of a line is unmistakable.
    starts = [0, *(m.start() for m in re.finditer(re.escape(LINE_START), line) if m.start())]
    if len(starts) == 1:
        yield Damage(segment, offset, reason, len(line))
        return
    for start, end in zip(starts, [*starts[1:], len(line)], strict=True):
        try:
            yield Line(decode(line[start:end]), segment, offset + start, end - start)
        except ValueError as error:
            yield Damage(segment, offset + start, str(error), end - start)
