"""Remove what is known of a person from every segment, while others go on appending.

A line is overwritten where it stands, by one of the same length that says the same without the
person. So no other byte changes, no file is renamed, and readers keep their place. What is to be
overwritten is written down first, so that the next erasure can finish one that was cut short.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from frontdesk.model.codec import encode
from frontdesk.store.emptied import emptied, erasures, is_anew
from frontdesk.store.errors import JournalError
from frontdesk.store.files.exclusive import alone
from frontdesk.store.files.fs import open_file
from frontdesk.store.files.index.database import Database
from frontdesk.store.files.index.reader import damages, lates, places
from frontdesk.store.files.lines import LINE_LIMIT, Line, Place
from frontdesk.store.files.patches import Patch, carry_out, has_plan, remove_plan, resume
from frontdesk.store.files.segments import Journal
from frontdesk.store.traces import giveaway


class Erasure:
    """Changes what is written already, of one journal and its index."""

    def __init__(self, journal: Journal, index: Database) -> None:
        self._journal, self._index = journal, index

    def finish(self) -> None:
        """Carry out an erasure that did not come to its end. Raises OSError; JournalError."""
        if has_plan(self._journal):
            with alone(self._journal.directory):
                self._finish()

    def _finish(self) -> None:
        """The same, while alone already: another process may just have died in an erasure."""
        if not has_plan(self._journal):
            return
        with self._index.rewriting() as (_, accept):
            for segment in resume(self._journal):
                accept(segment)
        self._index.rebuild()
        remove_plan(self._journal)

    def erase(self, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
        """Empty all lines of these submissions, and torn lines with any of the traces in them.

        The number of lines that were emptied. Raises OSError; JournalError.
        """
        journal = self._journal
        with alone(journal.directory):
            self._finish()
            with self._index.current() as (db, _):
                known = [line.event for line in _lines(journal, places(db, submissions))]
            erased = erasures(submissions, known, by)
            # First, so that nothing of it is sent any more.
            if erased:
                journal.append(*erased.values())
            tell_tale = giveaway(submissions, traces)
            unfinished = self._end_lines(tell_tale)
            with self._index.rewriting() as (db, accept):
                lines = [*_lines(journal, places(db, submissions))]
                patches = [
                    patch
                    for line in lines
                    # The same enquiry may just have come again: a new one, on its way.
                    if (mark := erased.get(line.event.id)) and not is_anew(line.event, mark)
                    for patch in _emptying(journal, line)
                ]
                for damage in damages(db):
                    patches += _blanking(journal.directory, damage, tell_tale)
                _overwrite(journal, patches, accept)
            self._index.rebuild()
            remove_plan(journal)
        if unfinished:
            names = ", ".join(sorted(unfinished))
            said = "somebody is just writing the last line; run the same again"
            raise JournalError(f"{names}: {said}")
        return len(patches)

    def empty_late(self) -> None:
        """See base.Store. Raises OSError, JournalError."""
        with self._index.current() as (db, _):
            if not lates(db):
                return
        with alone(self._journal.directory):
            self._finish()
            with self._index.rewriting() as (db, accept):
                lines = _lines(self._journal, lates(db))
                patches = [patch for line in lines for patch in _emptying(self._journal, line)]
                _overwrite(self._journal, patches, accept)
                db.execute("DELETE FROM late")
            remove_plan(self._journal)

    def _end_lines(self, tell_tale: re.Pattern[str] | None) -> set[str]:
        """End last lines that have no end and tell of the person; the segments where that failed.

        Half a line may be one that another process is just writing. To end it is to append, which
        waits for that process; what is torn afterwards was torn by a crash.
        """
        told = set()
        for path in self._journal.segments():
            raw = _last_line(path)
            if raw and tell_tale and tell_tale.search(raw.decode(errors="replace").casefold()):
                _end_line(path)
                told.add(path)
        return {path.name for path in told if _last_line(path)}


def _overwrite(journal: Journal, patches: list[Patch], accept: Callable[[str], None]) -> None:
    if patches:
        carry_out(journal, patches)
        for segment in {patch.segment for patch in patches}:
            accept(segment)


def _lines(journal: Journal, found: Iterable[Place]) -> Iterator[Line]:
    for place in found:
        event = journal.at(place)
        if event is not None:
            yield Line(event, place.segment, place.offset, place.length)


def _last_line(path: Path) -> bytes:
    """What stands after the last line feed."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LINE_LIMIT))
        return file.read().rpartition(b"\n")[2]


def _blanking(directory: Path, damage: Place, tell_tale: re.Pattern[str] | None) -> Iterator[Patch]:
    """What to overwrite damaged bytes with, if they tell of the person."""
    raw = _raw(directory, damage)
    if tell_tale is not None and tell_tale.search(raw.decode(errors="replace").casefold()):
        yield Patch.of(damage.segment, damage.offset, raw, _padded(b"", raw))


def _emptying(journal: Journal, line: Line) -> list[Patch]:
    event = emptied(line.event)
    if event == line.event:
        return []
    raw = _raw(journal.directory, line.place)
    content = _padded(encode(event).rstrip(b"\n"), raw)
    return [Patch.of(line.segment, line.offset, raw, content)]


def _end_line(path: Path) -> None:
    """Append a line feed, after what another process may just be writing."""
    fd = open_file(path, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(fd, b"\n")
    finally:
        os.close(fd)


def _raw(directory: Path, place: Place) -> bytes:
    with (directory / place.segment).open("rb") as file:
        file.seek(place.offset)
        return file.read(place.length)


def _padded(content: bytes, raw: bytes) -> bytes:
    """Content in place of the raw line: spaces to its end, the line feed where it was."""
    end = b"\n" if raw.endswith(b"\n") else b""
    width = len(raw) - len(end)
    if len(content) > width:
        content = b""  # no line of ours is so short; a blank one says nothing
    return content.ljust(width) + end
