"""One connection to an index, and how it is brought up to date from the segments.

New lines are first known to the writer, in memory. They are written to the file now and then, and
when a question needs them there.
"""

import logging
import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from frontdesk.store.files.index.feed import Feed, MisfitError, Spot
from frontdesk.store.files.index.generations import BUSY
from frontdesk.store.files.index.quick import Settled
from frontdesk.store.files.index.schema import pack, unpacker
from frontdesk.store.files.index.writer import Writer
from frontdesk.store.files.lines import Damage, Line
from frontdesk.store.files.segments import Journal
from frontdesk.store.fold import UnwritableError

log = logging.getLogger("frontdesk.index")

GATHERED = 500  # lines that are only in memory, at most
GATHERING = 2.0  # seconds that they are so
HALFWAY = 1.0  # seconds that an append may take that has begun
MOMENT = 0.05  # seconds that a question in a hurry may take in what is new
_unpack_spot = unpacker(Spot)


class Session:
    """An open index; for one thread at a time."""

    def __init__(
        self,
        db: sqlite3.Connection,
        journal: Journal,
        skips: Settled | None,
        readings: Iterator[int],
        is_current: Callable[[], bool],
    ) -> None:
        """`skips`: whose lines are left out. `readings`: numbers of readings, which only grow.

        `is_current`: whether no other has taken its place. Raises sqlite3.DatabaseError.
        """
        self.db = db
        self._journal = journal
        self._readings = readings
        self._is_current = is_current
        self._feed = Feed(journal.directory, skips, journal.clock)
        self._writer: Writer | None = None
        self._version = -1  # of the file, when what is known of it was read
        self._written_at = 0.0
        found = db.execute("SELECT body FROM fact WHERE name = 'name'").fetchone()
        if found is None:
            raise sqlite3.DatabaseError("it has no name")
        self.name: str = found[0]

    @property
    def writer(self) -> Writer:
        """What is known; there is none before the first `catch_up`, nor after a failure."""
        assert self._writer is not None  # noqa: S101 - as it says
        return self._writer

    # -- what has come --------------------------------------------------------------------------

    def is_up_to_date(self) -> bool:
        """Whether nothing has come since, and nothing has to be written down."""
        if self._writer is None or self._version < 0 or self._is_old():
            return False
        return self._is_current() and not self._behind()

    def is_written(self) -> bool:
        """Whether nothing is in memory only."""
        return self._writer is None or not self._writer.taken

    def catch_up(self, *, hurry: bool, written: bool) -> bool:
        """Take in what is new, and begin a view of the file at one moment.

        Without `written`, what came last may be known to the writer only. False where it takes
        more than a moment, in a `hurry`. Raises MisfitError, sqlite3.Error, OSError.
        """
        self.end()
        # No half of what others write meanwhile may be seen.
        self.db.execute("BEGIN")
        self._refresh()
        until = time.monotonic() + (MOMENT if hurry else math.inf)
        whole, unwritable = True, False
        if self._behind():
            try:
                whole = self._read(until=until, most=GATHERED)
            except (MisfitError, UnwritableError):
                # Another process may have changed a segment on purpose. The index tells, once no
                # other process is writing to it.
                self._drop()
                unwritable = True
        if unwritable:
            return self.write(until)
        taken = self.writer.taken
        if (taken and written) or ((self._is_old() or taken >= GATHERED) and not hurry):
            return self.write(until)
        return whole

    def end(self) -> None:
        """End the view of the file at one moment, which a question is answered from."""
        if self.db.in_transaction:
            with suppress(sqlite3.Error):
                self.db.execute("COMMIT")

    def _is_old(self) -> bool:
        """Whether something is in memory only, and has been for too long."""
        taken = self._writer is not None and self._writer.taken
        return bool(taken) and time.monotonic() - self._written_at > GATHERING

    def _behind(self) -> bool:
        """Whether there may be lines that were not read."""
        try:
            changed = self._feed.look(self._names)
            read = [self._feed.is_read(name) for name in changed]
            return not all(read)
        except MisfitError:
            # As above.
            self._feed.forget()
            return True

    def _names(self) -> list[str]:
        return [path.name for path in self._journal.segments()]

    def _refresh(self) -> None:
        """Read from the file what is known, if another process has changed it."""
        (version,) = self.db.execute("PRAGMA data_version").fetchone()
        if version == self._version and self._writer is not None:
            return
        self._writer = Writer(self.db)
        found = self.db.execute("SELECT name, body FROM segment")
        self._feed.resume({name: _unpack_spot(body) for name, body in found})
        self._version = version

    def _drop(self) -> None:
        """Forget what is in memory only; it is read again from the segments."""
        self._version = -1
        self._feed.forget()

    def _read(
        self,
        tell: Callable[[int], None] | None = None,
        until: float = math.inf,
        most: float = math.inf,
    ) -> bool:
        """Take in the lines that were not read; whether that was all.

        Stops at a time (`until`, monotonic), and when `most` lines are in memory only. With `tell`,
        all segments are read, and it is called with the length of each line.
        """
        writer, feed = self.writer, self._feed
        writer.reading = next(self._readings)
        for name in feed.look(self._names) if tell is None else self._names():
            # Only then is the index up to date but for what was appended, or changed on purpose.
            left = until - time.monotonic() if writer.writing else 0.0
            if feed.is_read(name, min(HALFWAY, max(0.0, left))):
                continue
            try:
                with closing(feed.read(name)) as lines:
                    for line in lines:
                        _take(writer, line, feed.spots[name].number)
                        if tell is not None:
                            tell(line.length)
                        elif writer.taken >= most or time.monotonic() > until:
                            return False
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("journal: %s cannot be read: %s", name, error.strerror)
        return True

    # -- what is written ------------------------------------------------------------------------

    def write(self, until: float = math.inf) -> bool:
        """Write down what is new, and what comes until a time; whether that is all."""
        self.end()
        hurry = until < math.inf
        if hurry:
            self.db.execute(f"PRAGMA busy_timeout = {int(MOMENT * 1000)}")
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if hurry and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise
        finally:
            if hurry:
                self.db.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
        with self._transaction():
            return self._read(until=until)

    @contextmanager
    def rewriting(self) -> Iterator[Callable[[str], None]]:
        """A transaction in which segments may be overwritten, without becoming any longer.

        Gives what is to be called with the name of each segment then.
        """
        self.end()
        self.db.execute("BEGIN IMMEDIATE")
        with self._transaction():
            self._read()
            self._finish()
            yield self._accept

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """After BEGIN: all that is read in the block is written, or nothing is."""
        try:
            if not self._is_current():
                raise MisfitError("another one has taken its place")
            self._refresh()
            self.writer.writing = True
            yield
            self._finish()
            self.db.execute("COMMIT")
            self.writer.writing = False
        except BaseException:
            self._drop()
            with suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise

    def _finish(self) -> None:
        """Write down what is only in memory, and how far every segment was read."""
        self.writer.finish()
        self._written_at = time.monotonic()
        spots = ((self._feed.spots[name], name) for name in self._feed.touched)
        self.db.executemany(
            "INSERT OR REPLACE INTO segment VALUES (?, ?, ?)",
            ((spot.number, name, pack(spot)) for spot, name in spots),
        )
        self._feed.touched.clear()

    def _accept(self, name: str) -> None:
        try:
            self._feed.accept(name)
        except FileNotFoundError:
            self._feed.spots.pop(name, None)
            self._feed.touched.discard(name)
            self.db.execute("DELETE FROM segment WHERE name = ?", (name,))
            return
        spot = self._feed.spots[name]
        self.db.execute("UPDATE segment SET body = ? WHERE name = ?", (pack(spot), name))

    # -- all of it ------------------------------------------------------------------------------

    def fill(self, tell: Callable[[int], None]) -> None:
        """Read the whole journal into a database that was made for it just now."""
        self._writer = Writer(self.db, fresh=True)
        self._read(tell)
        self._finish()


def _take(writer: Writer, line: Line | Damage, segment: int) -> None:
    place = segment, line.offset, line.length
    if isinstance(line, Damage):
        writer.damaged(place)
        return
    writer.take(line.event, place)
    if writer.writing:
        writer.trim()
