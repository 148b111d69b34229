"""The files of an index: each is one generation, which is never renamed nor mended.

An index that does not fit is built anew as the next generation, which all processes open at their
next question. So none of them writes to a file that another has replaced.
"""

import fcntl
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from frontdesk.store.errors import IndexBuildingError
from frontdesk.store.files.fs import (
    create_file,
    ensure_file,
    make_folder,
    refuse_foreign,
    sync_directory,
)
from frontdesk.store.files.index.schema import FOLD

BUSY = 30.0  # seconds that one process waits for another's transaction
_FILE = re.compile(r"([0-9]{1,18})\.sqlite")
_OURS = re.compile(r"[0-9]+\.(?:sqlite|part|progress)")  # begin so, and no other file does
_PARTS = ("", "-wal", "-shm")


class Generations:
    """A folder with the newest generation, and perhaps the next, which is being built."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> Path | None:
        """The newest file, if it is of this version."""
        try:
            found = [m for path in self._folder.iterdir() if (m := _FILE.fullmatch(path.name))]
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not found:
            return None
        path = self._folder / max(found, key=lambda match: int(match[1]))[0]
        try:
            db = connect(path)
            try:
                (version,) = db.execute("PRAGMA user_version").fetchone()
            finally:
                db.close()
        except (OSError, sqlite3.DatabaseError):
            return None
        return path if version == FOLD else None

    def build(
        self,
        fill: Callable[[Path, "Progress"], None],
        *,
        instead: Path | None = None,
        wait: bool = True,
        anew: bool = False,
    ) -> Path:
        """Build the generation after `instead`, unless another process has done so meanwhile.

        `fill`: makes a database of an empty file. With `anew`, it is built in any case. Raises
        IndexBuildingError without `wait` while another process builds; OSError.
        """
        folder = self._folder
        make_folder(folder)
        with self._alone(wait=wait):
            newest = self.newest()
            if newest is not None and newest != instead and not anew:
                return newest
            last = max(map(_number, folder.iterdir()), default=0)
            self._tidy()
            part = folder / f"{last + 1}.part"
            os.close(create_file(part, os.O_RDWR))
            try:
                fill(part, Progress(part.with_suffix(".progress")))
                with part.open("rb") as file:
                    os.fsync(file.fileno())
                path = part.rename(folder / f"{last + 1}.sqlite")
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            self._tidy(but=path)
            sync_directory(folder)
            return path

    def discard_torn(self, path: Path, known: tuple[int, ...]) -> None:
        """Remove a file whose -wal or -shm somebody has taken away from those who have it open.

        Whoever opened it since has others, and each of them overwrites what the other one wrote.
        """
        found = inodes(path)
        if found != known and found[0] == known[0]:
            with suppress(OSError):  # nobody can help it; it is found damaged, if it is
                for suffix in _PARTS:
                    path.with_name(path.name + suffix).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove them all. Raises OSError."""
        with suppress(FileNotFoundError, NotADirectoryError):
            self._tidy(whole=True)

    def progress(self) -> float:
        """How far the one is that is being built, 0 to 1."""
        for path in self._folder.glob("*.progress"):
            with suppress(OSError, ValueError):
                return min(1.0, max(0.0, float(path.read_text())))
        return 0.0

    def _tidy(self, *, but: Path | None = None, whole: bool = False) -> None:
        """Remove what builds have left, and with `but` the older generations; `whole`: all."""
        for path in sorted(self._folder.iterdir()):  # a database before what belongs to it
            match = _OURS.match(path.name)
            if match is None:
                continue  # somebody else's, and the folder may be a link to theirs
            left = not match[0].endswith("sqlite")
            old = but is not None and not path.name.startswith(f"{but.stem}.")
            if left or old or whole:
                with suppress(IsADirectoryError):  # nor is that one of ours
                    path.unlink(missing_ok=True)

    @contextmanager
    def _alone(self, *, wait: bool) -> Iterator[None]:
        """Be the only one that builds."""
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not wait:
                    raise IndexBuildingError(self.progress()) from None
                fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)


class Progress:
    """Tells other processes how far a file is that is being built."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told = time.monotonic()

    def __call__(self, part: float) -> None:
        """Tell it, 0 to 1; now and then."""
        now = time.monotonic()
        if now - self._told > 0.5:
            self._told = now
            fd = ensure_file(self._path, os.O_WRONLY)
            try:
                os.pwrite(fd, b"%.3f" % min(1.0, part), 0)
            finally:
                os.close(fd)


def connect(path: Path) -> sqlite3.Connection:
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
    except UnicodeDecodeError as error:  # what is wrong with it is said in its own bytes
        db.close()
        raise sqlite3.DatabaseError(str(error)) from None
    return db


def inodes(path: Path) -> tuple[int, ...]:
    """Which files a database consists of, 0 for one that is not there. Raises OSError."""
    return tuple(_inode(f"{path}{suffix}") for suffix in _PARTS)


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 - very often: pathlib takes as long again
    except (FileNotFoundError, NotADirectoryError):
        return 0


def is_passing(error: sqlite3.OperationalError) -> bool:
    """Whether the file is well, and only cannot be written now."""
    # Of what Python itself finds wrong with it, there is no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
    )


def _number(path: Path) -> int:
    match = _FILE.fullmatch(path.name)
    return int(match[1]) if match else 0
