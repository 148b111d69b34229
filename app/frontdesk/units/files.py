"""Price lists of a site's own, in JSON or CSV."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from frontdesk.config.units import FileSource, JsonSource
from frontdesk.model.units import State
from frontdesk.units.fetch import Fetched, fetch
from frontdesk.units.rows import Rows
from frontdesk.units.source import Listing, Marks, SourceError

_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Of Python's own, and no encodings of texts: one takes hours for a few megabytes.
_NONE = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})


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
    rows, columns = Rows(), section.columns.model_dump(exclude_none=True)
    found: Iterable[Any]
    found = _json(section, fetched) if isinstance(section, JsonSource) else _csv(columns, fetched)
    for row in found:
        if not isinstance(row, dict):
            rows.leave_out("that are no objects")
            continue
        said = {what: _at(row, column) for what, column in columns.items() if what != "state"}
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


def _csv(columns: Mapping[str, str], fetched: Fetched) -> Iterator[dict[str, str]]:
    """What is in these columns, row by row; not in the others, of which there may be many."""
    text = _decoded(fetched)
    head = text.partition("\n")[0]
    between = max(";", ",", "\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    try:
        places = {name.strip(): place for place, name in enumerate(next(reader, []))}
        for column in columns.values() if places else ():
            if column not in places:
                raise SourceError(f"has no column {column!r}")
        for row in reader:
            if any(map(str.strip, row)):
                yield {c: row[places[c]] for c in columns.values() if places[c] < len(row)}
    except csv.Error:
        raise SourceError("is not CSV") from None


def _decoded(fetched: Fetched) -> str:
    encoding = next((name for mark, name in _MARKS.items() if fetched.body.startswith(mark)), "")
    encoding = encoding or fetched.charset or "utf-8"
    try:
        if (name := codecs.lookup(encoding).name) not in _NONE:
            return fetched.body.decode("utf-8-sig" if name == "utf-8" else name)
        raise LookupError
    except (ValueError, LookupError):  # ValueError: also of a name that cannot be one
        raise SourceError(f"is not in {encoding[:40]}") from None
