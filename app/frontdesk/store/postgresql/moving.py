"""Read the lines of a journal in PostgreSQL for another store, and write another store's lines."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from psycopg import errors

from frontdesk.store.lines import StoredLine, segment_of
from frontdesk.store.postgresql.append import digest_of
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.months import make_months
from frontdesk.store.postgresql.pool import Connections
from frontdesk.store.postgresql.statements import TOUCH

AT_ONCE = 2000  # lines of a statement

_LINE = """
coalesce(event.segment, to_char(event.at at time zone 'UTC', 'YYYY-MM-DD') || '.jsonl'),
event.at, event.id, event.kind, event.line
"""
# By the number `event.tx`: `tx` alone would be the text that is selected.
_READ = f"""
select {_LINE}, era, tx::text, seq from frontdesk.event
where (era, tx, seq) > (%s, %s::xid8, %s) order by era, event.tx, seq limit {AT_ONCE}
"""
_REPEATED = f"""
select repeated.segment, number, {_LINE}
from frontdesk.repeated join frontdesk.event using (id, seq) order by repeated.segment, number
"""
_WRITE = """
insert into frontdesk.event (era, at, id, kind, digest, line, segment)
select about.era, line.at, line.id, line.kind, line.digest, line.line, line.segment
from frontdesk.about, unnest(
    %s::timestamptz[], %s::uuid[], %s::text[], %s::bytea[], %s::text[], %s::text[]
) with ordinality as line (at, id, kind, digest, line, segment, number)
order by line.number
on conflict (id, at, digest) do nothing
"""
# A line is repeated if its segment had it before, or if it came with another one.
_REPEAT = f"""
insert into frontdesk.repeated
select line.segment, line.number, event.id, event.seq
from unnest(
    %s::text[], %s::bigint[], %s::uuid[], %s::timestamptz[], %s::bytea[], %s::boolean[]
) as line (segment, number, id, at, digest, again)
join frontdesk.event using (id, at, digest), lateral (select {_LINE}) as its (segment)
where line.again or its.segment <> line.segment
on conflict (segment, number) do nothing
"""


def read_lines(connections: Connections) -> Iterator[StoredLine]:
    """All lines in the journal's order; nobody may write meanwhile. Raises JournalError."""
    repeated: defaultdict[str, list[tuple[int, StoredLine]]] = defaultdict(list)
    for segment, number, *rest in connections.ask(lambda db: db.execute(_REPEATED).fetchall()):
        repeated[segment].append((number, _line(rest)._replace(segment=segment)))
    for waiting in repeated.values():
        waiting.reverse()
    numbers: defaultdict[str, int] = defaultdict(int)

    def due(segment: str) -> Iterator[StoredLine]:
        waiting = repeated[segment]
        while waiting and waiting[-1][0] == numbers[segment]:
            numbers[segment] += 1
            yield waiting.pop()[1]

    after: tuple[int, str, int] = (0, "0", 0)
    while rows := connections.ask(partial(_page, after)):
        for row in rows:
            line = _line(row)
            yield from due(line.segment)
            numbers[line.segment] += 1
            yield line
        after = rows[-1][-3], rows[-1][-2], rows[-1][-1]
    for segment in repeated:
        yield from due(segment)


def _page(after: tuple[int, str, int], connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(_READ, after).fetchall()


def _line(row: Iterable[Any]) -> StoredLine:
    segment, at, identity, kind, line, *_ = row
    return StoredLine(segment, at, identity, kind, line.encode())


class _Numbered(NamedTuple):
    """A line, its number in its segment, and whether the segment had it before."""

    line: StoredLine
    digest: bytes
    number: int
    again: bool


def write_lines(connections: Connections, lines: Iterable[StoredLine]) -> None:
    """Write lines that are not there yet, each segment as a whole. Raises JournalError."""
    left = _numbered(lines)
    while part := list(islice(left, AT_ONCE)):
        connections.ask(partial(_write, part))
    connections.ask(lambda connection: connection.execute(TOUCH))


def _numbered(lines: Iterable[StoredLine]) -> Iterator[_Numbered]:
    segment, number, seen = "", 0, set[bytes]()
    for line in lines:
        if line.segment != segment:
            segment, number, seen = line.segment, 0, set()
        digest = digest_of(line.line)
        yield _Numbered(line, digest, number, digest in seen)
        seen.add(digest)
        number += 1


def _write(part: list[_Numbered], connection: Connection) -> None:
    try:
        _write_all(part, connection)
    except errors.CheckViolation:
        make_months(connection, [each.line.at for each in part])
        _write_all(part, connection)


def _write_all(part: list[_Numbered], connection: Connection) -> None:
    lines = [each.line for each in part]
    segments, ids, times = ([getattr(x, n) for x in lines] for n in ("segment", "id", "at"))
    digests = [each.digest for each in part]
    names = [None if x.segment == segment_of(x.at) else x.segment for x in lines]
    texts, kinds = [x.line.decode() for x in lines], [x.kind for x in lines]
    with connection.transaction():
        written = connection.execute(_WRITE, [times, ids, kinds, digests, texts, names])
        if written.rowcount < len(part):
            numbers, again = [each.number for each in part], [each.again for each in part]
            connection.execute(_REPEAT, [segments, numbers, ids, times, digests, again])
