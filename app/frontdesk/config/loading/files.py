"""Read a file of a configuration: TOML, or one line that says why it is none."""

import tomllib
from pathlib import Path
from typing import Any

from frontdesk.config import reading
from frontdesk.config.bounded import content_of

FILE_LIMIT = 1 << 20  # bytes


def parse(path: Path) -> dict[str, Any]:
    """What a file says; raises ValueError, whose message goes on after the file's name."""
    content = content_of(path, FILE_LIMIT, "is far too long for a configuration")
    text = reading.decode(content)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {reading.pointed(str(error), text)}") from None
    except ValueError as error:  # of values that Python refuses
        raise ValueError(reading.number_too_long(text) or f"not TOML: {error}") from None
