"""The search for a text that many submissions have: the newest of them, without a look at all.

The number of a line's words tells when its record came in, to a millisecond. So the index of words
has them in the order of the list, and is read from the end. What has no such number is among the
last ones, which every search looks at.
"""

import heapq
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from frontdesk.model.codec import LAST
from frontdesk.model.times import micros
from frontdesk.store.query import Position

COMMON = 1000  # lines that have a text, from which on it is searched for like this
_TIES = 1 << 15  # numbers of one millisecond
_NOWHERE = (micros(LAST) // 1000 + 1) * _TIES  # from here on the number tells nothing
_FIRST, _MOST = 200, 4000  # lines that are read at a time
_MATCHING = "SELECT rowid FROM words WHERE words MATCH ? AND rowid >= ? AND rowid < ?"
_END = (1 << 63) - 1
FIRST_LINE = -_END  # before all others

Hit = tuple[bytes, int, int]  # a record, its time and key


def first_line(at: int | None) -> int:
    """The first number of the lines of a moment (µs), or of those of an unknown one."""
    return _NOWHERE if at is None else at // 1000 * _TIES


def free_line(db: sqlite3.Connection, at: int | None) -> int:
    """A number for the words of a line; `at`: when its record came in (µs), if that is known."""
    if at is not None:
        first = first_line(at)
        last = _last(db, first, first + _TIES)
        if last is None or last + 1 < first + _TIES:
            return first if last is None else last + 1
    last = _last(db, _NOWHERE, _END)
    return _NOWHERE if last is None else last + 1


def _last(db: sqlite3.Connection, first: int, end: int) -> int | None:
    found = db.execute("SELECT max(line) FROM text WHERE line >= ? AND line < ?", (first, end))
    (last,) = found.fetchone()
    return None if last is None else int(last)


def is_common(db: sqlite3.Connection, question: str) -> bool:
    """Whether so many lines have a text that not all should be looked at."""
    found = db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
        (question, COMMON),
    )
    return bool(found.fetchone() == (COMMON,))


def newest(
    db: sqlite3.Connection,
    question: str,
    where: Sequence[str],
    values: Sequence[object],
    others: tuple[str, Sequence[object]],
    after: Position | None,
) -> Iterator[Hit]:
    """What has a text, in the order of the list.

    `where`, `values`: what else a record must be. `others`: a condition for records that are
    searched for in other ways, and its values. `after`: only what stands after it in the list.
    """
    where = [*where, "(at, key) < (?, ?)"] if after else where
    values = [*values, *(after or ())]

    def hits(condition: str, *asked: object) -> list[Hit]:
        # By their keys, and by no index of forms or the like, which has many more.
        return db.execute(
            "SELECT body, at, key FROM record NOT INDEXED"
            f" WHERE {' AND '.join([condition, *where])}"
            " ORDER BY at DESC, key DESC",
            (*asked, *values),
        ).fetchall()

    in_lines = f"key IN (SELECT key FROM text WHERE line IN ({_MATCHING}))"

    def in_order() -> Iterator[Hit]:
        end = _NOWHERE if after is None else first_line(after[0]) + _TIES
        for first, last in _pieces(db, question, end):
            yield from hits(in_lines, question, first, last)

    by_id = f"key IN (SELECT key FROM record WHERE {others[0]})"
    rest = hits(f"({in_lines} OR {by_id})", question, _NOWHERE, _END, *others[1])
    place = itemgetter(1, 2)
    merged = heapq.merge(rest, in_order(), key=place, reverse=True)
    return (next(same) for _, same in groupby(merged, key=place))


def _pieces(db: sqlite3.Connection, question: str, end: int) -> Iterator[tuple[int, int]]:
    """The numbers of lines that have a text, piece by piece from the end, whole milliseconds."""
    size = _FIRST
    while True:
        found = db.execute(
            f"{_MATCHING} ORDER BY rowid DESC LIMIT ?", (question, FIRST_LINE, end, size + 1)
        ).fetchall()
        if len(found) <= size:
            yield FIRST_LINE, end
            return
        following = found[-1][0] // _TIES
        whole = following < found[0][0] // _TIES
        first = (following + whole) * _TIES
        yield first, end
        end, size = first, min(2 * size, _MOST)
