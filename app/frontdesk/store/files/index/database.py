"""The index's file: opened, brought up to date by each who asks, and built anew beside it.

A file is one generation, and is never renamed nor mended. What does not fit is built anew as the
next one, which all others take up at their next look; so nobody writes to a file that another has
replaced. Where no file can be written, each process keeps an index of its own in memory.
"""

import fcntl
import gc
import logging
import math
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec

from frontdesk.store.base import IndexBuildingError, JournalError
from frontdesk.store.files.codec import Damage, Line
from frontdesk.store.files.fs import (
    create_file,
    ensure_file,
    make_folder,
    refuse_foreign,
    sync_directory,
)
from frontdesk.store.files.index.feed import Feed, MisfitError, Spot
from frontdesk.store.files.index.schema import FOLD, INDEXES, TABLES, pack
from frontdesk.store.files.index.writer import UnwritableError, Writer
from frontdesk.store.files.segments import Journal

log = logging.getLogger("frontdesk.index")

BUSY = 30.0  # seconds that one process waits for another's transaction
HASHED = 32 << 20  # bytes of words that are gathered before they are written
GATHERED = 500  # lines that are only in memory, at most
GATHERING = 2.0  # seconds that they are so
MOMENT = 0.05  # seconds that somebody in a hurry takes in what is new
IN_MEMORY = 60.0  # seconds until a file is tried again where none could be written
_FILE = re.compile(r"([0-9]{1,9})\.sqlite")
# What reading a damaged file leads to; SQLite looks at the shape of pages only.
DAMAGED = (sqlite3.DatabaseError, msgspec.MsgspecError, UnicodeDecodeError)
T = TypeVar("T")
_unpack_spot = msgspec.msgpack.Decoder(Spot).decode


class IndexDamagedError(JournalError):
    """What the index says makes no sense; it is built anew."""


class Database:
    """One process's access to the index; for one thread at a time, see `lock`."""

    def __init__(
        self,
        journal: Journal,
        folder: Path | None,
        skips: Callable[[bytes], bool] | None = None,
    ) -> None:
        """`folder`: where its file is; None: in memory. `skips`: which lines are left out."""
        self._journal = journal
        self._folder = folder
        self._skips = skips
        self._reset()
        os.register_at_fork(after_in_child=self._fork)
        self._abandoned: list[object] = []

    def _reset(self) -> None:
        self.lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._path: Path | None = None
        self._generation = ""
        self._inode = 0
        self._feed = Feed(self._journal.directory, self._skips)
        self._writer: Writer | None = None
        self._version = -1  # of the file, when what is known of it was read
        self._turn = 0  # how often something was read
        self._written_at = 0.0
        self._file_again = 0.0

    def _fork(self) -> None:
        # A connection must not be used, nor closed, in a child of the process that opened it.
        self._abandoned.append((self._db, self._writer))
        self._reset()

    # -- one transaction -----------------------------------------------------------------------

    @contextmanager
    def current(
        self, *, wait: bool = True, hurry: bool = False, written: bool = True
    ) -> Iterator[tuple[sqlite3.Connection, Writer]]:
        """The index, up to date, for as long as the block lasts; to be read only.

        Without `written`, what came last may be known to the writer only.

        Raises IndexBuildingError without `wait` as long as another process builds it, and in a
        `hurry` whenever it takes more than a moment. Raises OSError where the journal cannot be
        read.
        """
        if not self.lock.acquire(blocking=not hurry):
            raise IndexBuildingError(self._progress())
        try:
            with self._trusting():
                yield self._catch_up(wait=wait, hurry=hurry, written=written)
        finally:
            self._end()
            self.lock.release()

    def _end(self) -> None:
        """End the view of the file at one moment, which a question is answered from."""
        if self._db is not None and self._db.in_transaction:
            with suppress(sqlite3.Error):
                self._db.execute("COMMIT")

    def ask(
        self,
        question: Callable[[sqlite3.Connection, Writer], T],
        *,
        wait: bool = True,
        hurry: bool = False,
        written: bool = True,
    ) -> T:
        """The answer to a question; from another index, if this one turns out to be damaged."""
        with (
            suppress(IndexDamagedError),
            self.current(wait=wait, hurry=hurry, written=written) as known,
        ):
            return question(*known)
        with self.current(wait=wait, hurry=hurry, written=written) as known:
            return question(*known)

    @contextmanager
    def _trusting(self) -> Iterator[None]:
        """What turns out to be damaged while it is read is built anew."""
        try:
            yield
        except DAMAGED as error:
            self._give_up(error)
            raise IndexDamagedError("the index was damaged, and is built anew; try again") from None

    def _progress(self) -> float:
        return progress(self._folder) if self._folder is not None else 0.0

    @property
    def generation(self) -> str:
        """Another one for each index that was built."""
        return self._generation

    def _catch_up(
        self, *, wait: bool, hurry: bool = False, written: bool = True
    ) -> tuple[sqlite3.Connection, Writer]:
        if not written and (known := self._as_before()) is not None:
            return known
        for _ in range(5):
            try:
                if hurry and not self.is_there():
                    raise IndexBuildingError(self._progress())
                db = self._opened(wait=wait and not hurry)
                self._end()
                # What others write meanwhile must not be half seen.
                db.execute("BEGIN")
                self._refresh(db)
                if not self._take_in(db, hurry=hurry, written=written):
                    raise IndexBuildingError(1.0)
            except (MisfitError, *DAMAGED) as error:
                if hurry:
                    self._close()
                    raise IndexBuildingError(self._progress()) from None
                self._give_up(error, wait=wait)
                continue
            assert self._writer is not None  # noqa: S101 - _refresh sees to it
            return db, self._writer
        raise OSError(None, "the journal is changing too quickly to be indexed")

    def _as_before(self) -> tuple[sqlite3.Connection, Writer] | None:
        """What is known, if nothing has come since; whoever looks often asks no more than that."""
        if self._db is None or self._writer is None or self._version < 0:
            return None
        old = self._writer.taken and time.monotonic() - self._written_at > GATHERING
        if old or not self._is_current() or self._behind():
            return None
        return self._db, self._writer

    def _behind(self) -> bool:
        """Whether there may be something that nobody has read."""
        try:
            changed = self._feed.look(self._names)
            read = [self._feed.is_read(name) for name in changed]
            return not all(read)
        except MisfitError:
            # Another process may have changed it on purpose; whether it did, the index says once
            # nobody else writes to it.
            self._feed.forget()
            return True

    def _names(self) -> list[str]:
        return [path.name for path in self._journal.segments()]

    def _refresh(self, db: sqlite3.Connection) -> None:
        """Read anew what is known, if another process has changed it."""
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version == self._version and self._writer is not None:
            return
        self._writer = Writer(db)
        found = db.execute("SELECT name, body FROM segment")
        self._feed.resume({name: _unpack_spot(body) for name, body in found})
        self._version = version

    def is_there(self) -> bool:
        """Whether nothing has to be built."""
        if self._db is not None:
            return self._is_current()
        return self._folder is not None and self._newest() is not None

    def _take_in(self, db: sqlite3.Connection, *, hurry: bool, written: bool) -> bool:
        """Take in what is new; False where it takes more than a moment, in a hurry."""
        until = time.monotonic() + (MOMENT if hurry else math.inf)
        whole, unwritable = True, False
        if self._behind():
            try:
                whole = self._read(until=until, most=GATHERED)
            except (MisfitError, UnwritableError):
                # Another process may have changed a segment on purpose; whether it did, the index
                # says once nobody else writes to it.
                self._drop()
                unwritable = True
        assert self._writer is not None  # noqa: S101 - _refresh comes before
        old = self._writer.taken and time.monotonic() - self._written_at > GATHERING
        many = self._writer.taken >= GATHERED
        if unwritable or (self._writer.taken and written) or ((old or many) and not hurry):
            return self._write(db, until)
        return whole

    def _drop(self) -> None:
        """Nothing of what is in memory is so; it is read again."""
        self._version = -1
        self._feed.forget()

    def _write(self, db: sqlite3.Connection, until: float = math.inf) -> bool:
        """Write down what is new, and what comes until a time; whether that is all."""
        self._end()
        hurry = until < math.inf
        if hurry:
            db.execute(f"PRAGMA busy_timeout = {int(MOMENT * 1000)}")
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if hurry and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise
        finally:
            if hurry:
                db.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
        with self._transaction(db):
            return self._read(until=until)

    @contextmanager
    def _transaction(self, db: sqlite3.Connection) -> Iterator[None]:
        """After BEGIN: all that is read in the block is written, or nothing is."""
        try:
            if not self._is_current():
                raise MisfitError("another one has taken its place")
            self._refresh(db)
            assert self._writer is not None  # noqa: S101 - _refresh sees to it
            self._writer.writing = True
            yield
            self._finish(db)
            db.execute("COMMIT")
            self._writer.writing = False
        except BaseException:
            self._drop()
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise

    def _finish(self, db: sqlite3.Connection) -> None:
        """Write down what is only in memory, and how far every segment was read."""
        assert self._writer is not None  # noqa: S101 - there is a transaction
        self._writer.finish()
        self._written_at = time.monotonic()
        spots = ((self._feed.spots[name], name) for name in self._feed.touched)
        db.executemany(
            "INSERT OR REPLACE INTO segment VALUES (?, ?, ?)",
            ((spot.number, name, pack(spot)) for spot, name in spots),
        )
        self._feed.touched.clear()

    def _read(
        self,
        tell: Callable[[int], None] | None = None,
        until: float = math.inf,
        most: float = math.inf,
    ) -> bool:
        """Take in what nobody has read, until a time, or so many lines; whether that was all."""
        writer, feed = self._writer, self._feed
        assert writer is not None  # noqa: S101 - _refresh comes before
        self._turn += 1
        writer.turn = self._turn
        for name in feed.look(self._names) if tell is None else self._names():
            if feed.is_read(name):
                continue
            try:
                with closing(feed.read(name)) as lines:
                    for line in lines:
                        self._take(writer, line, feed.spots[name].number)
                        if tell is not None:
                            tell(line.length)
                        elif writer.taken >= most or time.monotonic() > until:
                            feed.forget()
                            return False
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("journal: %s cannot be read: %s", name, error.strerror)
        return True

    def _take(self, writer: Writer, line: Line | Damage, segment: int) -> None:
        if isinstance(line, Damage):
            writer.damaged(line, segment)
        else:
            writer.take(line, segment)
            if writer.writing:
                writer.trim()

    @contextmanager
    def rewriting(self) -> Iterator[tuple[sqlite3.Connection, Callable[[str], None]]]:
        """A transaction in which segments may be overwritten, without becoming any longer.

        Gives the index, up to date, and what is to be called with the name of each segment then.
        """
        with self.lock, self._trusting():
            db, _ = self._catch_up(wait=True)
            self._end()
            db.execute("BEGIN IMMEDIATE")
            with self._transaction(db):
                self._read()
                self._finish(db)
                yield db, self._accept(db)

    def _accept(self, db: sqlite3.Connection) -> Callable[[str], None]:
        def accept(name: str) -> None:
            try:
                self._feed.accept(name)
            except FileNotFoundError:
                self._feed.spots.pop(name, None)
                self._feed.touched.discard(name)
                db.execute("DELETE FROM segment WHERE name = ?", (name,))
                return
            spot = self._feed.spots[name]
            db.execute("UPDATE segment SET body = ? WHERE name = ?", (pack(spot), name))

        return accept

    # -- the file ------------------------------------------------------------------------------

    def _opened(self, *, wait: bool) -> sqlite3.Connection:
        if self._db is not None and self._is_current():
            return self._db
        self._close()
        if self._folder is None or time.monotonic() < self._file_again:
            return self._use(self._in_memory(), None)
        try:
            while True:
                path = self._newest() or self._build(None, wait=wait)
                try:
                    return self._use(_connect(path), path)
                except (OSError, sqlite3.OperationalError):
                    self._close()
                    if path.exists():
                        raise
                    # Another process has just put the next one in its place.
        except (OSError, sqlite3.OperationalError) as error:
            self._keep_in_memory(error)
            return self._use(self._in_memory(), None)

    def _keep_in_memory(self, error: Exception) -> None:
        """For a while; then a file is tried again."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        log.warning("the index cannot be written, and is kept in memory: %s", reason)
        self._file_again = time.monotonic() + IN_MEMORY

    def _use(self, db: sqlite3.Connection, path: Path | None) -> sqlite3.Connection:
        self._db, self._path = db, path
        found = db.execute("SELECT body FROM fact WHERE name = 'name'").fetchone()
        if found is None:
            raise sqlite3.DatabaseError("it has no name")
        self._generation = found[0]
        self._inode = path.stat().st_ino if path else 0
        self._version, self._writer = -1, None
        self._feed.forget()
        return db

    def _is_current(self) -> bool:
        if self._path is None:
            return self._folder is None or time.monotonic() < self._file_again
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def _newest(self) -> Path | None:
        """The newest generation, if it is of this version."""
        assert self._folder is not None  # noqa: S101 - asked where there is one
        try:
            found = [m for path in self._folder.iterdir() if (m := _FILE.fullmatch(path.name))]
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not found:
            return None
        path = self._folder / max(found, key=lambda match: int(match[1]))[0]
        try:
            db = _connect(path)
            try:
                (version,) = db.execute("PRAGMA user_version").fetchone()
            finally:
                db.close()
        except (OSError, sqlite3.DatabaseError):
            return None
        return path if version == FOLD else None

    def _give_up(self, error: Exception, *, wait: bool = True) -> None:
        """What is there is of no use; the next is built beside it."""
        path = self._path
        self._close()
        if path is None:
            return
        if isinstance(error, sqlite3.OperationalError) and _is_passing(error):
            self._keep_in_memory(error)
            return
        log.info("the journal is indexed anew: %s", error)
        try:
            self._build(path, wait=wait)
        except MisfitError:
            return  # it has changed again meanwhile
        except (OSError, sqlite3.Error) as failure:
            self._keep_in_memory(failure)

    def rebuild(self) -> None:
        """Build the next generation, so that nothing is left of the last.

        Where that cannot be, there is none. Raises OSError if the last cannot be removed.
        """
        with self.lock:
            self._close()
            if self._folder is None:
                return
            try:
                self._build(None, wait=True, anew=True)
            except (OSError, sqlite3.Error, MisfitError) as error:
                self._keep_in_memory(error)
                with suppress(FileNotFoundError, NotADirectoryError):
                    _tidy(self._folder, None, whole=True)

    def _build(self, instead: Path | None, *, wait: bool, anew: bool = False) -> Path:
        """Build the generation after `instead`, unless another process has done so meanwhile.

        With `anew`, also then.
        """
        folder = self._folder
        assert folder is not None  # noqa: S101 - asked where there is one
        make_folder(folder)
        with _alone(folder, wait=wait):
            newest = self._newest()
            if newest is not None and newest != instead and not anew:
                return newest
            last = max(map(_number, folder.iterdir()), default=0)
            _tidy(folder, None)
            part = folder / f"{last + 1}.part"
            os.close(create_file(part, os.O_RDWR))
            try:
                self._fill(part)
                with part.open("rb") as file:
                    os.fsync(file.fileno())
                path = part.rename(folder / f"{last + 1}.sqlite")
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            _tidy(folder, path)
            sync_directory(folder)
            return path

    def _fill(self, part: Path) -> None:
        db = sqlite3.connect(part, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
                db.execute(f"PRAGMA {pragma}")
            total = sum(path.stat().st_size for path in self._journal.segments())
            self._build_in(db, _Progress(part.with_suffix(".progress"), total))
            db.execute("PRAGMA journal_mode = WAL")  # which those who open it need not agree on
        finally:
            db.close()

    def _in_memory(self) -> sqlite3.Connection:
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._build_in(db, lambda _: None)
        return db

    def _build_in(self, db: sqlite3.Connection, tell: Callable[[int], None]) -> None:
        """Read the whole journal into an empty database."""
        kept = self._feed, self._writer
        try:
            db.execute("BEGIN")
            for statement in TABLES.split(";\n"):
                db.execute(statement)
            # Not the file's: the same may be there again, after somebody has removed it.
            db.execute("INSERT INTO fact VALUES ('name', ?)", (uuid4().hex,))
            db.execute("INSERT INTO words (words, rank) VALUES ('hashsize', ?)", (HASHED,))
            self._feed, self._writer = (
                Feed(self._journal.directory, self._skips),
                Writer(db, fresh=True),
            )
            with _few_collections():
                self._read(tell)
                self._finish(db)
            db.execute("INSERT INTO words (words, rank) VALUES ('hashsize', 1048576)")
            for statement in INDEXES.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {FOLD}")
            db.execute("COMMIT")
        finally:
            self._feed, self._writer = kept

    def _close(self) -> None:
        db, self._db, self._path, self._writer = self._db, None, None, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self.lock:
            if self._db is not None and self._writer is not None and self._writer.taken:
                with suppress(MisfitError, OSError, *DAMAGED):  # the next who asks does it
                    self._write(self._db, time.monotonic() + MOMENT)
            self._close()


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look for garbage less often: here it makes hardly any that needs looking for."""
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


class _Progress:
    """Tells other processes how far a file is that is being built."""

    def __init__(self, path: Path, total: int) -> None:
        self._path, self._total = path, total
        self._done, self._told = 0, time.monotonic()

    def __call__(self, length: int) -> None:
        self._done += length
        now = time.monotonic()
        if now - self._told > 0.5:
            self._told = now
            fd = ensure_file(self._path, os.O_WRONLY)
            try:
                os.pwrite(fd, b"%.3f" % min(1.0, self._done / max(self._total, 1)), 0)
            finally:
                os.close(fd)


def progress(folder: Path) -> float:
    """How far the file is that is being built, 0 to 1."""
    for path in folder.glob("*.progress"):
        with suppress(OSError, ValueError):
            return min(1.0, max(0.0, float(path.read_text())))
    return 0.0


def _number(path: Path) -> int:
    match = _FILE.fullmatch(path.name)
    return int(match[1]) if match else 0


def _connect(path: Path) -> sqlite3.Connection:
    """Open a file that is there; raises sqlite3.Error, OSError."""
    refuse_foreign(path)  # opened and closed by us, it would lose the locks of this process
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA trusted_schema = OFF")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _is_passing(error: sqlite3.OperationalError) -> bool:
    """Whether the file is well, and only cannot be written now."""
    return error.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
    )


def _tidy(folder: Path, but: Path | None, *, whole: bool = False) -> None:
    """Remove what other generations have left, and with `but` the older ones; `whole`: all."""
    for path in sorted(folder.iterdir()):  # a database before what belongs to it
        left = path.suffix in (".part", ".progress") or "part-" in path.name
        old = but is not None and not path.name.startswith(f"{but.stem}.")
        if left or old or whole:
            path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path, *, wait: bool) -> Iterator[None]:
    """Be the only one that builds; raises IndexBuildingError if another is, unless it may wait."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise IndexBuildingError(progress(folder)) from None
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
