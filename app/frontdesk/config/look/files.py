"""Files that a look names: fonts, a logo, a style sheet; read with the configuration."""

import hashlib
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import PlainValidator, ValidationInfo

from frontdesk.config.bounded import content_of
from frontdesk.config.enclosed import enclosed

_KIB = 1024
_PICTURES = (  # how a file of each type begins
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
)


class _Kind(NamedTuple):
    """What a file has to be, as its content says, and how long it may be (bytes)."""

    limit: int
    rule: str
    type_of: Callable[[bytes], str | None]


class LookFile:
    """A file as it was when the configuration was read."""

    def __init__(self, content: bytes, type_: str) -> None:
        self.content, self.type = content, type_

    @cached_property
    def digest(self) -> str:
        """What its address changes with."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LookFile) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)


def _font(content: bytes) -> str | None:
    return "font/woff2" if content.startswith(b"wOF2") else None


def _picture(content: bytes) -> str | None:
    for type_, start in _PICTURES:
        if start.match(content):
            return type_
    text = _text(content)
    return "image/svg+xml" if text is not None and "<svg" in text else None


def _style(content: bytes) -> str | None:
    return None if _text(content) is None else "text/css"


def _text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _read(path: Path, kind: _Kind) -> LookFile:
    """Read a file; raises ValueError."""
    too_long = f"is longer than {kind.limit // _KIB} KiB; make it smaller"
    try:
        content = content_of(path, kind.limit, too_long)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    type_ = kind.type_of(content)
    if type_ is None:
        raise ValueError(f"{path} is not {kind.rule}")
    return LookFile(content, type_)


def _validator(kind: _Kind) -> PlainValidator:
    def check(value: object, info: ValidationInfo) -> LookFile:
        return value if isinstance(value, LookFile) else _read(enclosed(value, info), kind)

    return PlainValidator(check)


FontFile = Annotated[
    LookFile,
    _validator(
        _Kind(512 * _KIB, "a WOFF2 font; convert it, for example with woff2_compress", _font)
    ),
]
Picture = Annotated[
    LookFile, _validator(_Kind(256 * _KIB, "a PNG, JPEG, WebP or SVG picture", _picture))
]
StyleSheet = Annotated[LookFile, _validator(_Kind(64 * _KIB, "a text in UTF-8", _style))]
