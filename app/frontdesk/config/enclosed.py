"""Files that a configuration names: they are in its own folder, or below it."""

from pathlib import Path
from typing import Annotated

from pydantic import PlainValidator, ValidationInfo

from frontdesk.config.bounded import is_file

HERE = "here"  # of the context of a validation: the configuration's folder
ENCLOSED_LIMIT = 5 * 1000**2  # bytes


def enclosed(name: object, info: ValidationInfo) -> Path:
    """The path of a file, from the root. Raises ValueError."""
    if not isinstance(name, str) or not name or "\0" in name:
        raise ValueError("must be the path of a file, in quotes")
    home = Path((info.context or {}).get(HERE) or ".").resolve()
    try:
        path = (home / name).resolve()
        if not path.is_relative_to(home):
            raise ValueError(
                f"{name} is outside of {home}, the configuration's folder; copy it there"
            )
        if not is_file(path):
            raise ValueError(f"{path} is not a file")
        with path.open("rb"):
            pass  # whoever needs it must be able to read it
    except OSError as error:
        raise ValueError(f"{home / name}: {error.strerror}") from None
    except RuntimeError:
        raise ValueError(f"{home / name}: is a link to itself") from None
    return path


def _attachment(name: object, info: ValidationInfo) -> Path:
    path = enclosed(name, info)
    if path.stat().st_size > ENCLOSED_LIMIT:
        raise ValueError(f"{path} has more than 5 MB, which many mail servers do not take")
    return path


EnclosedFile = Annotated[Path, PlainValidator(_attachment)]
