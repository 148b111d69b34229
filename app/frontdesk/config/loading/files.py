"""Read a file of a configuration: TOML, or one line that says why it is none."""

import stat
import tomllib
from pathlib import Path
from typing import Any

from frontdesk.config import reading

FILE_LIMIT = 1 << 20  # bytes


def parse(path: Path) -> dict[str, Any]:
    """What a file says; raises ValueError, whose message goes on after the file's name."""
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise ValueError("is not a file")  # a pipe would be waited for
        with path.open("rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise ValueError(error.strerror) from None
    if len(content) > FILE_LIMIT:
        raise ValueError("is far too long for a configuration")
    text = reading.decode(content)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError as error:  # also of numbers and texts that Python refuses
        raise ValueError(f"not TOML: {reading.pointed(str(error), text)}") from None
