"""Where the tests keep their files: in memory, where a machine has the room for it."""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes; they take less than half of it


def keep_files_in_memory() -> None:
    """Have temporary files of this process, and of those that it starts, in memory.

    Tests make and take away a hundred thousand files, and flush most of them: a disk is half of
    what they would wait for. Whoever sets TMPDIR has them there.
    """
    if "TMPDIR" not in os.environ and _is_fit(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _is_fit(folder: Path) -> bool:
    """Whether there is room, and what is written there may be run: containers often forbid it."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
