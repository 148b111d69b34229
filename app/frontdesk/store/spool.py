"""What waits on this machine until its database is back: a file for each append."""

import itertools
import os
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from frontdesk.model.codec import decode, encode
from frontdesk.model.events import AnyEvent
from frontdesk.store.files.fs import make_folder, replace_file

_ENDING, _UNREADABLE = ".jsonl", ".unreadable"
STALE = 3600.0  # seconds after which nobody is still writing to a file


class Spool:
    """A folder of files, each of which has the lines of one append, and is removed as a whole.

    Any number of threads and processes may put something in; one at a time takes out.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()

    def put(self, *events: AnyEvent) -> None:
        """Write the events down durably. Raises OSError."""
        make_folder(self.folder)
        # By name they are in the order of time; the last event says whose they are.
        unique = f"{time.time_ns():020}-{os.getpid()}-{next(self._numbers)}"
        path = self.folder / f"{unique}-{events[-1].id}{_ENDING}"
        replace_file(path, b"".join(map(encode, events)))

    def waiting(self) -> list[Path]:
        """The files, oldest first. Raises OSError."""
        try:
            with os.scandir(self.folder) as entries:
                # A folder, or a pipe, has nothing that was thanked for, and cannot be read.
                return sorted(self.folder / one.name for one in entries if _is_append(one))
        except FileNotFoundError:
            return []

    def count(self) -> int:
        """How many files wait, or were set aside for a person to look at. Raises OSError."""
        return len(self.waiting()) + sum(1 for _ in self.folder.glob(f"*{_UNREADABLE}"))

    def set_aside(self, path: Path) -> Path:
        """Keep a file out of the way of others; its new path. Raises OSError."""
        return path.rename(path.with_suffix(_UNREADABLE))

    def has(self, submission: UUID) -> bool:
        """Whether a submission waits. Raises OSError."""
        return any(path.name.endswith(f"-{submission}{_ENDING}") for path in self.waiting())

    def tidy(self) -> None:
        """Remove what processes that died have left half written. Raises OSError."""
        for path in self.folder.glob("*.part"):
            with suppress(FileNotFoundError):  # another process was quicker
                if time.time() - path.stat().st_mtime > STALE:
                    path.unlink()

    @staticmethod
    def read(path: Path) -> list[AnyEvent]:
        """The events of a file. Raises OSError, and ValueError where they cannot be read."""
        try:
            content = path.read_bytes()
        except PermissionError as error:  # somebody else's: waiting does not mend that
            raise ValueError(f"{error.strerror}") from error
        return [decode(line) for line in content.splitlines()]


def _is_append(entry: "os.DirEntry[str]") -> bool:
    return entry.name.endswith(_ENDING) and entry.is_file()
