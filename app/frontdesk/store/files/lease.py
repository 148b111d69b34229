"""Leases as locked files: each has one holder on a machine."""

import fcntl
import os
from pathlib import Path

from frontdesk.store.files.fs import ensure_file, make_folder, open_file, same_file


class FileLease:
    """A lock that the kernel releases when its holder's process ends; see store.lease."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None
        os.register_at_fork(after_in_child=self._disown)

    def win(self) -> bool:
        if self.won():
            return True
        self.resign()
        make_folder(self._path.parent)
        fd = ensure_file(self._path, os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._fd = fd
        if not self.won():  # the file was removed between the two steps
            self.resign()
            return False
        return True

    def won(self) -> bool:
        """Whether the lock is held, on the file that others find under the path."""
        return self._fd is not None and same_file(self._fd, self._path)

    def resign(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _disown(self) -> None:
        # A forked child shares the parent's lock; kept open there, it would outlive the parent.
        self.resign()


def held_by_somebody(path: Path) -> bool:
    """Whether the lock of this path has a holder at the moment. Raises OSError."""
    try:
        fd = open_file(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
