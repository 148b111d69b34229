"""What has come to the segments since they were read last."""

import hashlib
import os
import time
from collections.abc import Callable, Generator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from frontdesk.model.events import utcnow
from frontdesk.store.files.index.quick import Settled
from frontdesk.store.files.lines import BUFFER, LINE_LIMIT, Damage, Line, parse, raw_lines
from frontdesk.store.files.segments import segment_of

END = 4096  # bytes before a mark by which a segment is known again
SWEEP = 30.0  # seconds between looks at segments of days gone by
# Segments that are looked at every time: so many of the last by name, and of those that grew last;
# and those of today and yesterday, which after a clock was ahead are not the last by name.
LIVE = 2
LOOK = 0.005  # seconds between looks at a segment that should become longer
SETTLED = 1.0  # seconds; a folder that has changed just now may change again without a trace


class MisfitError(Exception):
    """A segment is not as it was read: edited, restored, replaced or gone."""


class Spot(Struct):
    """How far a segment was read, and how to tell that what was read still says the same.

    `changed`: its modification time (ns), where all of it was read. `end`: a digest of the bytes
    before `offset`, by which one that has grown is known again.
    """

    number: int
    offset: int = 0
    inode: int = 0
    changed: int | None = None
    end: bytes = b""


class _Seen(NamedTuple):
    inode: int
    size: int
    changed: int


class Feed:
    """Looks at a folder's segments; what of them was read is said by `spots`."""

    def __init__(
        self,
        folder: Path,
        skips: Settled | None = None,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        """`skips`: whose lines are left out, before they are read any closer.

        `clock`: by which segments get their names.
        """
        self._folder, self._path = folder, str(folder)
        self._skips = skips
        self._clock = clock
        self.spots: dict[str, Spot] = {}
        self.touched: set[str] = set()  # segments that were read since they were written down
        self._number = 0
        self._seen: dict[str, _Seen] = {}
        self._names: list[str] = []
        self._known: set[str] = set()  # the same
        self._unread: set[str] = set()  # to be looked at until they are read
        self._grown: list[str] = []  # those that have changed last
        self._day = date.min
        self._days: tuple[str, ...] = ()  # the segments of today and yesterday
        self._folder_seen = -1
        self._swept = -SWEEP

    def forget(self) -> None:
        """Look at everything next time."""
        self._swept, self._folder_seen = -SWEEP, -1
        self._seen.clear()

    def resume(self, spots: dict[str, Spot]) -> None:
        """Go on from there, which may be before what was read, or after it."""
        again = {*self.touched, *(n for n, spot in self.spots.items() if spots.get(n) != spot)}
        for name in again:
            self._seen.pop(name, None)
        self._unread |= again
        self.spots = spots
        self.touched.clear()
        self._number = max((spot.number for spot in spots.values()), default=0)

    def look(self, names: Callable[[], list[str]]) -> list[str]:
        """The segments that are not as they were when they were read. Raises MisfitError.

        `names`: lists all segments, oldest first; called where the folder has changed.
        """
        now = time.monotonic()
        known = self._seen
        changed = self._folder_changed()
        thorough = now - self._swept >= SWEEP
        if changed or thorough:
            self._names = names()
            self._known = {*self._names}
            self._unread.update(name for name in self._names if thorough or name not in known)
            if gone := self.spots.keys() - self._known:
                raise MisfitError(f"{min(gone)} is gone")
        if thorough:
            self._swept = now
        live = {*self._names[-LIVE:], *self._grown, *self._unread, *self._current()}
        chosen = live & self._known
        found = []
        for name in sorted(chosen):
            seen = self._stat(name)
            if seen is not None and known.get(name) != seen:
                found.append(name)
        self._grown = [*(name for name in self._grown if name not in found), *found][-LIVE:]
        self._unread = {*found}  # there may be more than one look before they are read
        return found

    def _current(self) -> tuple[str, ...]:
        """The segments of today and yesterday: a process may be slow at midnight."""
        if (today := self._clock().date()) != self._day:
            self._day = today
            self._days = segment_of(today), segment_of(today - timedelta(days=1))
        return self._days

    def is_read(self, name: str, patience: float = 0.0) -> bool:
        """Whether all of a segment was read, by what is known now; raises MisfitError.

        `patience`: seconds that a write under way gets, which shows a new time before a new size.
        """
        seen, spot = self._stat(name), self.spots.get(name)
        if seen is None:
            return True
        if spot is None:
            return False
        if seen.inode != spot.inode or seen.size < spot.offset:
            raise MisfitError(f"{name} is another file")
        if seen.size == spot.offset:
            if seen.changed != spot.changed:
                if self._grows(name, seen.size, patience):
                    return False
                raise MisfitError(f"{name} was changed")
            self._seen[name] = seen
            return True
        return False

    def _grows(self, name: str, size: int, patience: float) -> bool:
        """Whether a segment becomes longer within some seconds."""
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(LOOK, left))
            if (seen := self._stat(name)) is None or seen.size != size:
                return True
        return False

    def _stat(self, name: str) -> _Seen | None:
        try:
            found = os.lstat(f"{self._path}/{name}")  # very often: pathlib takes as long again
        except FileNotFoundError:
            return None  # the next look at the folder finds out
        return _Seen(found.st_ino, found.st_size, found.st_mtime_ns)

    def _folder_changed(self) -> bool:
        try:
            changed = os.stat(self._path).st_mtime_ns  # noqa: PTH116 - as below
        except (FileNotFoundError, NotADirectoryError):
            changed = 0
        if changed == self._folder_seen:
            return False
        young = time.time_ns() - changed < SETTLED * 1e9
        self._folder_seen = -1 if young else changed
        return True

    def read(self, name: str) -> Generator[Line | Damage, None, None]:
        """The lines of a segment that were not read yet.

        A caller may stop at any line; the next call begins after that one. Lines that come
        meanwhile are left for later: they may come faster than they are read. Raises MisfitError,
        OSError.
        """
        spot = self.spots.get(name)
        if spot is None:
            self._number += 1
            spot = self.spots[name] = Spot(self._number)
        self.touched.add(name)
        path = self._folder / name
        with path.open("rb", buffering=BUFFER) as file:
            found = os.fstat(file.fileno())
            if spot.offset and _end(file.fileno(), spot.offset) != spot.end:
                raise MisfitError(f"{name} was changed")
            spot.inode, spot.changed = found.st_ino, None
            ended = False
            if self._skips is not None and not spot.offset:
                spot.offset = self._skips.until(name)
            try:
                for start, line in raw_lines(file, spot.offset):
                    if not _is_ended(line):
                        break  # somebody is still writing it
                    if self._skips is None or not self._skips.has(line):
                        for piece in parse(line, name, start):
                            spot.offset = piece.offset + piece.length
                            yield piece
                    spot.offset = start + len(line)
                    if spot.offset >= found.st_size:
                        break
                ended = True
            finally:
                self._mark(spot, file.fileno())
                if ended:
                    # As it was before: what has come since is looked at again.
                    self._seen[name] = _Seen(found.st_ino, found.st_size, found.st_mtime_ns)
                else:
                    self._seen.pop(name, None)

    def accept(self, name: str) -> None:
        """Take a segment for read that was changed on purpose, without becoming any longer."""
        with (self._folder / name).open("rb") as file:
            spot = self.spots[name]
            found = self._mark(spot, file.fileno())
        if found.st_size == spot.offset:
            self._seen[name] = _Seen(found.st_ino, found.st_size, found.st_mtime_ns)
        else:  # more has come since it was read
            self._seen.pop(name, None)

    def _mark(self, spot: Spot, fd: int) -> os.stat_result:
        found = os.fstat(fd)
        spot.end = _end(fd, spot.offset)
        spot.inode = found.st_ino
        spot.changed = found.st_mtime_ns if found.st_size == spot.offset else None
        return found


def _is_ended(line: bytes) -> bool:
    """Whether no more of a line will come: after a whole event, only its line feed may."""
    if line.endswith(b"\n") or len(line) >= LINE_LIMIT:
        return True
    pieces = [*parse(line, "", 0)]
    return bool(pieces) and isinstance(pieces[-1], Line)


def _end(fd: int, offset: int) -> bytes:
    length = min(offset, END)
    return hashlib.blake2b(os.pread(fd, length, offset - length), digest_size=16).digest()
