"""Follows a journal as it grows, and says how far it has come."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from frontdesk.journal.lines import BUFFER, LINE_LIMIT, Damage, Line, parse, raw_lines

END = 4096  # bytes before a mark by which a segment is known again


class Mark(Struct, frozen=True):
    """How far a segment was read, and how to tell that what was read is still what it says.

    `changed`: its modification time (ns) where all of it was read. `end`: a digest of the bytes
    before `offset`, for a segment that has grown since.
    """

    segment: str
    offset: Annotated[int, Meta(ge=0, lt=1 << 62)]
    inode: int
    changed: int | None
    end: bytes

    def fits(self, path: Path) -> bool:
        """Whether nothing but new lines has come to the segment. Raises OSError."""
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_ino != self.inode or found.st_size < self.offset:
                return False
            if found.st_size == self.offset:
                return found.st_mtime_ns == self.changed
            return _end(file.fileno(), self.offset) == self.end


class _Spot(Struct):
    offset: int = 0
    inode: int = 0
    changed: int | None = None
    mark: Mark | None = None


class Tail:
    """Each `read()` gives the complete lines that came since the last."""

    def __init__(self, segments: Callable[[], list[Path]], marks: Iterable[Mark] = ()) -> None:
        """`marks`: those of a tail before this one, which fit."""
        self._segments = segments
        self._spots = {
            mark.segment: _Spot(mark.offset, mark.inode, mark.changed, mark) for mark in marks
        }
        self._unreadable: set[str] = set()  # told of already

    def read(self) -> Iterator[Line | Damage]:
        # All segments, not only the newest: around midnight a process may still write to
        # yesterday's, and an operator may add one from another machine.
        for path in self._segments():
            spot = self._spots.setdefault(path.name, _Spot())
            try:
                yield from _read(path, spot)
            except FileNotFoundError:  # somebody has just moved it away
                continue
            except OSError as error:
                if path.name not in self._unreadable:
                    self._unreadable.add(path.name)
                    yield Damage(path.name, spot.offset, str(error.strerror))

    def marks(self) -> list[Mark]:
        """How far it has come in each segment that is still there. Raises OSError."""
        return [
            _mark(path, self._spots[path.name])
            for path in self._segments()
            if path.name in self._spots
        ]


def _read(path: Path, spot: _Spot) -> Iterator[Line | Damage]:
    found = path.stat()
    if found.st_size < spot.offset:
        spot.mark = spot.changed = None
        if spot.inode == found.st_ino:
            yield Damage(
                path.name, found.st_size, "the segment has become shorter; restart to read it"
            )
            spot.offset = found.st_size
        else:
            spot.offset = 0  # another file has taken its place
    spot.inode = found.st_ino
    if found.st_size == spot.offset:
        return
    spot.mark = spot.changed = None
    with path.open("rb", buffering=BUFFER) as file:
        for start, line in raw_lines(file, spot.offset):
            if not line.endswith(b"\n") and len(line) < LINE_LIMIT:
                return  # somebody is still writing it
            for piece in parse(line, path.name, start):
                # Before it is given away: whoever stops at it has had it, and no more.
                spot.offset = piece.offset + piece.length
                yield piece
            spot.offset = start + len(line)
        found = os.fstat(file.fileno())
        if found.st_size == spot.offset:
            spot.changed = found.st_mtime_ns


def _mark(path: Path, spot: _Spot) -> Mark:
    if spot.mark is None:
        with path.open("rb") as file:
            end = _end(file.fileno(), spot.offset)
        spot.mark = Mark(path.name, spot.offset, spot.inode, spot.changed, end)
    return spot.mark


def _end(fd: int, offset: int) -> bytes:
    length = min(offset, END)
    return hashlib.blake2b(os.pread(fd, length, offset - length), digest_size=16).digest()
