"""Price lists of a site's own, in JSON or CSV."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from frontdesk.config.units import CsvSource, FileSource, JsonSource
from frontdesk.model.units import State
from frontdesk.units.fetch import Fetched, fetch
from frontdesk.units.rows import Rows
from frontdesk.units.source import Listing, Marks, SourceError

_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_COLUMNS = 1_000


class FileUnits:
    """A source that is a file at an address; see Source."""

    def __init__(self, section: FileSource, place: str, login: str) -> None:
        self._section = section
        self.place, self.login, self.every = place, login, section.every

    def ask(self, known: Marks) -> Listing | None:
        """See Source."""
        fetched = fetch(self._section.url, known)
        if fetched is None:
            return None
        return parse(self._section, fetched)._replace(marks=fetched.marks)


def parse(section: FileSource, fetched: Fetched) -> Listing:
    """The units of a file. Raises SourceError."""
    rows, columns = Rows(), section.columns
    for row in _json(section, fetched) if isinstance(section, JsonSource) else _csv(fetched):
        if not isinstance(row, dict):
            rows.leave_out("that are no objects")
            continue
        if isinstance(section, CsvSource):
            for column in columns.model_dump(exclude_none=True).values():
                if column not in row:
                    raise SourceError(f"has no column {column!r}")
        said = {
            what: _at(row, column)
            for what, column in columns.model_dump(exclude_none=True).items()
            if what != "state"
        }
        rows.take(**said, state=_state(section, row))
    return rows.listing()


def _state(section: FileSource, row: Mapping[str, Any]) -> State:
    if section.columns.state is None:
        return "free"
    said = _at(row, section.columns.state)
    word = (str(said).lower() if isinstance(said, bool) else str(said)).strip().casefold()
    states: tuple[State, ...] = ("free", "reserved", "sold")
    return next((state for state in states if word in getattr(section, state)), "unknown")


def _at(node: Any, path: str) -> Any:
    """What is at a path of keys with dots between them, or under one key that has dots in it."""
    if isinstance(node, dict) and path in node:
        return node[path]
    for key in path.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _json(section: JsonSource, fetched: Fetched) -> list[Any]:
    try:
        document = msgspec.json.decode(fetched.body.removeprefix(codecs.BOM_UTF8))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise SourceError("is not JSON") from None
    rows = _at(document, section.rows) if section.rows else document
    if not isinstance(rows, list):
        where = f"at {section.rows}" if section.rows else "as a whole"
        raise SourceError(f"has no list {where}")
    return rows


def _csv(fetched: Fetched) -> Iterator[dict[str, str]]:
    text = _decoded(fetched)
    head = text.partition("\n")[0]
    between = max(";", ",", "\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    try:
        names = [name.strip() for name in next(reader, [])][:_COLUMNS]
        for row in reader:
            if any(map(str.strip, row)):
                yield dict(zip(names, [*row, *[""] * (len(names) - len(row))], strict=False))
    except csv.Error:
        raise SourceError("is not CSV") from None


def _decoded(fetched: Fetched) -> str:
    encoding = next((name for mark, name in _MARKS.items() if fetched.body.startswith(mark)), "")
    encoding = encoding or fetched.charset or "utf-8"
    try:
        return fetched.body.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except (UnicodeError, LookupError):
        raise SourceError(f"is not in {encoding[:40]}") from None
