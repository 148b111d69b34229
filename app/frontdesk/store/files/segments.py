"""The journal's file store: JSONL day segments with durable, group-committed append."""

import errno
import math
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from frontdesk import metrics
from frontdesk.model.codec import VERSION, encode, version_of
from frontdesk.model.events import AnyEvent, utcnow
from frontdesk.store.errors import JournalError
from frontdesk.store.files.fs import (
    create_file,
    ensure_file,
    make_folder,
    sync_directory,
)
from frontdesk.store.files.lines import LINE_LIMIT, Damage, Line, Place, read_at, read_file

SEGMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[\w.-]*\.jsonl")
RECENT = 8 << 20  # bytes searched for a submission that may just have been accepted


def segment_of(day: date) -> str:
    """The name of the segment that is appended to on a day (UTC)."""
    return f"{day:%Y-%m-%d}.jsonl"


class _Batch:
    """Lines that share one flush. Every appender in it waits for the same result."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.waiting = threading.Lock()  # its appenders queue here
        self.settled = False
        self.error: OSError | None = None


class Journal:
    """Append-only record in `directory`; any number of threads and processes may share it."""

    def __init__(self, directory: Path, clock: Callable[[], datetime] = utcnow) -> None:
        self.directory = directory
        self.clock = clock
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        # A forked child must not inherit a lock that some other thread of its parent held.
        self._gate = threading.Lock()  # guards the open batch
        self._turn = threading.Lock()  # held by the appender that flushes
        self._batch = _Batch()
        self._fd: int | None = None
        self._day = 0  # whose segment is open
        self._path = ""
        self._identity = (0, 0)
        self._written = threading.Event()
        self._probed = -math.inf
        self._reason: str | None = None

    # -- writing ---------------------------------------------------------------------------

    def append(self, *events: AnyEvent) -> None:
        """Write the events, in order and next to each other, and return once they are durable.

        Raises JournalError; the events then count as not written.
        """
        chunk = b"".join(map(encode, events))
        with self._gate:
            batch = self._batch
            batch.chunks.append(chunk)
        # The first of a batch flushes for all who have joined by then; the others find it settled.
        # Only that one waits for the flush under way: with all of them at the same lock, the
        # thread that has just flushed would be back before any of them is awake.
        with batch.waiting:
            if not batch.settled:
                with self._turn:
                    with self._gate:
                        self._batch = _Batch()
                    self._commit(batch)
        if batch.error is not None:
            reason = batch.error.strerror or type(batch.error).__name__
            raise JournalError(f"{self.directory}: {reason}") from batch.error
        self._written.set()

    def _commit(self, batch: _Batch) -> None:
        started = time.perf_counter()
        try:
            fd, lead_in = self._segment()
            data = lead_in + b"".join(batch.chunks)
            # One write for the whole batch: O_APPEND keeps it in one piece among processes.
            written = os.write(fd, data)
            if written < len(data):
                raise OSError(errno.ENOSPC, "No space left on device: the line was cut short")
            os.fdatasync(fd)
        except OSError as error:
            # The kernel reports a failed flush once and then forgets the lost pages, so a
            # descriptor that failed is never asked again.
            self._close()
            batch.error = error
            metrics.count(metrics.FLUSH_FAILURES)
        except BaseException as error:  # out of memory, or told to exit: nobody is acknowledged
            self._close()
            batch.error = OSError(errno.EIO, type(error).__name__)
            raise
        else:
            metrics.observe(metrics.FLUSHES, time.perf_counter() - started)
        finally:
            batch.settled = True

    def _segment(self) -> tuple[int, bytes]:
        """The descriptor of today's segment, and what must precede the next line."""
        now = self.clock()
        if self._fd is not None and now.toordinal() == self._day and self._is_there():
            return self._fd, b""
        path = self.directory / segment_of(now)
        self._close()
        make_folder(self.directory)
        fd = ensure_file(path, os.O_RDWR | os.O_APPEND)
        found = os.fstat(fd)
        self._fd, self._day, self._path = fd, now.toordinal(), str(path)
        self._identity = found.st_dev, found.st_ino
        if found.st_size == 0:
            sync_directory(self.directory)
            return fd, b""
        return fd, b"" if os.pread(fd, 1, found.st_size - 1) == b"\n" else b"\n"

    def _is_there(self) -> bool:
        """Whether the open file is still the one that others find."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 - with every append
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def close(self) -> None:
        """Let go of the open segment; the next append opens it again."""
        with self._turn:
            self._close()

    def readiness(self) -> str | None:
        """Why nothing can be written, or None; looks again once a second."""
        now = time.monotonic()
        if now - self._probed > 1:
            self._probed, self._reason = now, self._probe()
        return self._reason

    def _probe(self) -> str | None:
        """Try a durable write beside the segments."""
        path = self.directory / f".probe-{os.getpid()}-{threading.get_ident()}"
        try:
            make_folder(self.directory)
            path.unlink(missing_ok=True)  # a process that had our number has died in mid-probe
            fd = create_file(path, os.O_WRONLY)
            try:
                if os.write(fd, bytes(4096)) < 4096:
                    return "No space left on device"
                os.fdatasync(fd)
            finally:
                os.close(fd)
                path.unlink()
        except OSError as error:
            return error.strerror
        return None

    def wait(self, seconds: float) -> None:
        """Sleep until this process appends something, at most `seconds`."""
        self._written.wait(seconds)
        self._written.clear()

    def wake(self) -> None:
        """End a `wait`, although nothing was written."""
        self._written.set()

    # -- reading ---------------------------------------------------------------------------

    def segments(self) -> list[Path]:
        """The segments, oldest first; nothing else that lies beside them."""
        try:
            with os.scandir(self.directory) as entries:
                # A link leads to somebody else's file, or to one that is read already.
                names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [self.directory / name for name in sorted(filter(SEGMENT.fullmatch, names))]

    def read(self) -> Iterator[Line | Damage]:
        """All that has been written, oldest segment first, a torn last line included."""
        for path in self.segments():
            try:
                yield from read_file(path)
            except OSError as error:
                yield Damage(path.name, 0, str(error.strerror))

    def at(self, place: Place) -> AnyEvent | None:
        """The event at a place; None where it is not there any more."""
        try:
            return read_at(self.directory / place.segment, place)
        except (OSError, ValueError):
            return None

    def received_lately(self, submission: UUID) -> bool:
        """Whether a submission is among the last few thousand written down, and was not erased."""
        came = f'"event":"received","id":"{submission}"'.encode()
        went = f'"event":"erased","id":"{submission}"'.encode()
        try:
            for tail in self._latest(RECENT):
                if came in tail or went in tail:
                    return tail.rfind(came) > tail.rfind(went)
        except OSError:
            pass
        return False

    def refuse_newer(self) -> None:
        """Raises JournalError when a newer version of ours has written here last.

        An older one would take its lines for damaged, and send again what they say was sent.
        """
        try:
            ends = list(self._latest(LINE_LIMIT))
        except OSError:
            return  # whoever reads it is told
        for end in ends:
            version = max(map(version_of, end.splitlines()[-3:]), default=0)
            if version > VERSION:
                raise JournalError(
                    f"{self.directory}: written by a newer Frontdesk (version {version} of the"
                    f" format; this one reads {VERSION}); install that one again"
                )

    def _latest(self, left: int) -> Iterator[bytes]:
        """The journal's last bytes, newest first: of today's segment and of the last two by name.

        After a clock was ahead, today's is none of these two.
        """
        paths, today = self.segments(), segment_of(self.clock())
        written = [path for path in paths if path.name == today]
        for path in dict.fromkeys([*written, *reversed(paths[-2:])]):
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - left))
                yield file.read(left)
            left = max(0, left - size)
