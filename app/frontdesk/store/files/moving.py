"""Read the lines of segments for another store, and write another store's lines as segments."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from frontdesk.store.errors import JournalError
from frontdesk.store.files.fs import ensure_file, make_folder, sync_directory
from frontdesk.store.files.lines import BUFFER, Line, parse, raw_lines
from frontdesk.store.files.segments import SEGMENT, Journal
from frontdesk.store.lines import StoredLine

OPEN = 32  # segments at a time: lines of several days are next to each other around midnight


def read_lines(journal: Journal, passed_over: Callable[[], None]) -> Iterator[StoredLine]:
    """All events, with the bytes of their lines; see Lines. Raises OSError."""
    for path in journal.segments():
        with path.open("rb", buffering=BUFFER) as file:
            for offset, raw in raw_lines(file, 0):
                for found in parse(raw, path.name, offset):
                    if not isinstance(found, Line):
                        passed_over()
                    else:
                        start = found.offset - offset
                        line = raw[start : start + found.length].removesuffix(b"\n")
                        event = found.event
                        kind = str(type(event).__struct_config__.tag)
                        yield StoredLine(path.name, event.at, event.id, kind, line)


def write_lines(directory: Path, lines: Iterable[StoredLine]) -> None:
    """Write lines to the segments that they belong to. Raises JournalError, OSError.

    What a segment has already must be the beginning of what it gets, as after such a writing that
    was cut short.
    """
    make_folder(directory)
    segments = _Segments(directory)
    try:
        for line in lines:
            segments.take(line.segment, line.line + b"\n")
        segments.finish()
    finally:
        segments.close()


class _Segments:
    """The segments that are being written, of which a few are open."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._written: dict[str, int] = {}  # bytes of each that are as they should be
        self._open: OrderedDict[str, _Segment] = OrderedDict()

    def take(self, name: str, line: bytes) -> None:
        segment = self._open.get(name)
        if segment is None:
            segment = self._begin(name)
        self._open.move_to_end(name)
        segment.take(line)
        self._written[name] = segment.written

    def _begin(self, name: str) -> "_Segment":
        if SEGMENT.fullmatch(name) is None:
            raise JournalError(f"{self._directory}: {name!r} is no name of a segment")
        if len(self._open) == OPEN:
            self._open.popitem(last=False)[1].close()
        segment = _Segment(self._directory / name, self._written.get(name, 0))
        self._open[name] = segment
        return segment

    def finish(self) -> None:
        """Make sure that nothing else is there, and that all is on the disk."""
        for name, written in self._written.items():
            path = self._directory / name
            if path.stat().st_size > written:
                raise JournalError(f"{path}: has more lines than the other journal")
        sync_directory(self._directory)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()


class _Segment:
    """One segment: what it has is compared first, and then it is written on."""

    def __init__(self, path: Path, written: int) -> None:
        self._path, self.written = path, written
        self._file = os.fdopen(ensure_file(path, os.O_RDWR), "r+b", buffering=BUFFER)
        self._old = self._file.seek(0, os.SEEK_END)
        self._file.seek(written)

    def take(self, line: bytes) -> None:
        if self.written < self._old:
            there = self._file.read(len(line))
            if not line.startswith(there):
                raise JournalError(
                    f"{self._path}: byte {self.written} is another line than in the other journal;"
                    " move this folder away first"
                )
            if there != line:  # it was cut short there
                self._file.seek(self.written)
                self._file.write(line)
        else:
            self._file.write(line)
        self.written += len(line)

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
