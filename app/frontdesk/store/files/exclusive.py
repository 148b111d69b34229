"""One process at a time changes what is written already; appending needs no lock.

The lock is on the folder itself, so that no lock file is left over.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("frontdesk.journal")


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Be the only process that changes this journal's segments, for as long as the block lasts.

    Waits for others. Raises OSError.
    """
    try:
        fd = _open(directory)
    except (FileNotFoundError, NotADirectoryError):
        yield  # there is nothing to change
        return
    try:
        if not _locks(fd, fcntl.LOCK_EX):
            log.warning("another process is changing %s; waiting for it", directory)
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def under_way(directory: Path) -> bool:
    """Whether a process is changing this journal's segments at the moment. Raises OSError."""
    fd = _open(directory)
    try:
        return not _locks(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


def _open(directory: Path) -> int:
    return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _locks(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
