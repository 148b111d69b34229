"""Files that are read whole, and so have to be files, and no longer than they may be."""

import stat
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether it is no folder, nor a pipe, which would be waited for; raises OSError."""
    return stat.S_ISREG(path.stat().st_mode)


def content_of(path: Path, limit: int, too_long: str) -> bytes:
    """What is in a file. `limit`: of its length, in bytes. `too_long`: what is said beyond it.

    Raises ValueError, whose message goes on after the file's name.
    """
    try:
        if not is_file(path):
            raise ValueError("is not a file")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    if len(content) > limit:
        raise ValueError(too_long)
    return content
