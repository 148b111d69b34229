"""`templates_dir`: which templates an operator has, and what is wrong with one of them, and where.

What becomes of one with an error is for those to say who use it.
"""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, TemplateError, TemplateNotFound, TemplateSyntaxError

from frontdesk.resources import folder as resource

ENDINGS = (".html", ".txt")


class OwnTemplate(NamedTuple):
    """A template of the folder, by its name; `error` says where and what, or is empty."""

    name: str
    error: str


def compiled(
    folder: Path, kind: str, environment: Environment | None = None
) -> Iterator[OwnTemplate]:
    """Compile each template of a kind that a folder holds. `kind`: a folder's name, too."""
    environment = environment or Environment(autoescape=True)
    for path in sorted((folder / kind).rglob("*.*")):
        if path.suffix not in ENDINGS:
            continue
        name = path.relative_to(folder).as_posix()
        if not path.is_file():  # a pipe would be waited for
            yield OwnTemplate(name, f"{path}: is not a file")
            continue
        try:
            environment.compile(path.read_text(encoding="utf-8"), name, str(path))
        except Exception as error:  # noqa: BLE001 - Python does not take all that Jinja does
            yield fault(error, folder, kind) or OwnTemplate(name, f"{path}: {reason(error)}")
        else:
            yield OwnTemplate(name, "")


def fault(error: Exception, folder: Path, kind: str) -> OwnTemplate | None:
    """The innermost template of a folder that an error comes from; None if it is from elsewhere."""
    frames = traceback.walk_tb(error.__traceback__)
    places = [(frame.f_code.co_filename, line) for frame, line in frames]
    if isinstance(error, TemplateSyntaxError):
        places.append((error.filename or "", error.lineno))
    elif isinstance(error, SyntaxError):
        # What Jinja took and Python does not; the line is Python's.
        places.append((error.filename or "", 0))
    for filename, line in reversed(places):
        path = Path(filename)
        if path.is_relative_to(folder / kind):
            at = f", line {line}" if line else ""
            return OwnTemplate(path.relative_to(folder).as_posix(), f"{path}{at}: {reason(error)}")
    return None


def unknown(name: str) -> bool:
    """Whether there is no built-in template of this name; others may still include it."""
    return not (resource("templates") / name).is_file()


def reason(error: Exception) -> str:
    """What a template's author has to know. A template is a program, and may fail in any way."""
    if isinstance(error, TemplateNotFound):
        return f"there is no {error.name}"
    # Of others only the kind: what they say may be what a visitor typed.
    said = None
    if isinstance(error, TemplateError):
        said = error.message
    elif isinstance(error, SyntaxError):
        said = error.msg
    elif isinstance(error, UnicodeDecodeError):
        said = "is not in UTF-8"
    elif isinstance(error, OSError):
        said = error.strerror
    return said or type(error).__name__
