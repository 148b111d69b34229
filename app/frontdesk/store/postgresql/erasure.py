"""Remove what is known of a person from the journal and its index.

Lines are written anew in one transaction, so either all of them say nothing of the person or none.
What is to be done is written down first, as the lines that say that it was done: so the next
erasure can finish one that was cut short. Old versions of the rows are swept up afterwards.
"""

import re
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from frontdesk.model.codec import decode, encode
from frontdesk.model.events import AnyEvent, Erased
from frontdesk.store.emptied import emptied, erasures, is_anew
from frontdesk.store.errors import JournalError
from frontdesk.store.fold import Fold
from frontdesk.store.marks import marks_in
from frontdesk.store.postgresql import reader
from frontdesk.store.postgresql.append import digest_of
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.index import Index
from frontdesk.store.postgresql.pool import Connections
from frontdesk.store.postgresql.tables import drop_words
from frontdesk.store.traces import giveaway

_EVER = datetime.min.replace(tzinfo=UTC)
PATIENCE = 30.0  # seconds until appends have ended that were under way
LOOK = 0.02  # seconds between two looks at them
_WRITERS = """
select virtualtransaction from pg_locks
join pg_database on pg_database.oid = database and datname = current_database()
where mode = 'RowExclusiveLock' and (relation = 'frontdesk.event'::regclass or relation in
    (select inhrelid from pg_inherits where inhparent = 'frontdesk.event'::regclass))
"""
INDEX = ("record", "mark", "text", "counter", "state", "erasing")


class _Line(NamedTuple):
    """A line of the journal, and the table that has it."""

    table: str
    seq: int
    at: datetime
    id: UUID
    digest: bytes
    line: str

    @property
    def event(self) -> AnyEvent | None:
        """What it says; None if that cannot be read."""
        try:
            return decode(self.line.encode())
        except ValueError:
            return None


class Erasure:
    """Changes what is written already, of one journal and its index."""

    def __init__(self, connections: Connections, index: Index, append: Callable[..., None]) -> None:
        """`append`: as the store's."""
        self._connections, self._index, self._append = connections, index, append

    def erase(self, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
        """See base.Store. Raises JournalError."""
        self.finish()
        known = self._index.ask(lambda connection, _: reader.events(connection, submissions))
        erased = erasures(submissions, known, by)
        return self._carry_out(list(erased.values()), traces)

    def finish(self) -> None:
        """Carry out an erasure that did not come to its end. Raises JournalError."""
        found = self._connections.ask(
            lambda connection: connection.execute("select line from frontdesk.erasing").fetchall()
        )
        events = [decode(line.encode()) for (line,) in found]
        if events:
            self._carry_out([event for event in events if isinstance(event, Erased)], ())

    def _carry_out(self, erased: list[Erased], traces: Collection[str]) -> int:
        lines = [encode(event)[:-1].decode() for event in erased]
        ids = [event.id for event in erased]

        def plan(connection: Connection) -> None:
            connection.execute(
                "insert into frontdesk.erasing (id, line)"
                " select * from unnest(%s::uuid[], %s::text[])"
                " on conflict (id) do update set line = excluded.line",
                [ids, lines],
            )

        if erased:
            self._connections.ask(plan)
            # First, so that nothing of it is sent any more.
            self._append(*erased)
            self._connections.ask(_wait_for_others)
        by_id = {event.id: event for event in erased}
        changed = self._index.rewrite(
            lambda connection, fold: self._rewrite(connection, fold, by_id, traces)
        )
        self._sweep(changed)
        self._connections.ask(
            lambda connection: connection.execute(
                "delete from frontdesk.erasing where line = any(%s)", [lines]
            )
        )
        return len(changed)

    def _rewrite(
        self,
        connection: Connection,
        fold: Fold,
        erased: dict[UUID, Erased],
        traces: Collection[str],
    ) -> list[str]:
        """Empty the lines; for each that was changed, the table that has it."""
        found = _lines(connection, "id = any(%s)", [*erased])
        # The same enquiry may just have come again: a new one, on its way.
        old = [
            line
            for line in found
            if (event := line.event) is not None and not is_anew(event, erased[line.id])
        ]
        marks = set().union(*(marks_in(event) for line in old if (event := line.event)))
        marks.update(map(str, erased))
        revoked = fold.ledger.revocations.since(_EVER, marks, withdrawn=True)
        changed = _empty(connection, old, found)
        changed += _blank(connection, giveaway(erased, traces))
        connection.execute("delete from frontdesk.late where id = any(%s)", [[*erased]])
        if revoked:
            # By whom consents were revoked is known in more places than can be mended.
            self._index.begin_anew(connection)
            return changed
        drop_words(connection, erased)
        events: dict[UUID, list[AnyEvent]] = {one: [] for one in erased}
        for line in _lines(connection, "id = any(%s)", [*erased]):
            if (event := line.event) is not None:
                events[line.id].append(event)
        for one, theirs in events.items():
            fold.empty(one, theirs)
        return changed

    def empty_late(self) -> None:
        """See base.Store. Raises JournalError."""
        late = "select 1 from frontdesk.late limit 1"
        if self._index.ask(lambda connection, _: connection.execute(late).fetchone()) is None:
            return

        def rewrite(connection: Connection, _: Fold) -> list[str]:
            late = {seq for (seq,) in connection.execute("select seq from frontdesk.late")}
            every = "id in (select id from frontdesk.late)"
            found = _lines(connection, every)
            changed = _empty(connection, [line for line in found if line.seq in late], found)
            connection.execute("delete from frontdesk.late")
            return changed

        self._sweep(self._index.rewrite(rewrite))

    def _sweep(self, changed: Iterable[str]) -> None:
        """Give back the room of old versions of rows, so that others are written over them."""
        tables = list(dict.fromkeys(changed))

        def sweep(connection: Connection) -> None:
            for table in [*tables, *INDEX]:
                name = sql.Identifier("frontdesk", table)
                connection.execute(sql.SQL("vacuum {}").format(name))

        if tables:
            self._connections.ask(sweep)


def _wait_for_others(connection: Connection) -> None:
    """Return once every append has ended that is under way now; what comes later is known as late.

    Without a lock, which would keep everybody from appending as long as somebody else has one.
    """
    until = time.monotonic() + PATIENCE
    under_way = _writers(connection)
    while under_way := under_way & _writers(connection):
        if time.monotonic() > until:
            raise JournalError("somebody is writing to the journal all the time; erase once more")
        time.sleep(LOOK)


def _writers(connection: Connection) -> set[str]:
    """The transactions that have written lines, and have not ended."""
    return {writer for (writer,) in connection.execute(_WRITERS)}


def _lines(connection: Connection, where: str, *values: object) -> list[_Line]:
    """Lines of the journal, in its order."""
    statement = (
        "select relname, seq, at, id, digest, line from frontdesk.event"
        f" join pg_class on pg_class.oid = event.tableoid where {where} order by era, tx, seq"
    )
    return [_Line(*row) for row in connection.execute(statement.encode(), values)]


def _empty(connection: Connection, lines: Iterable[_Line], every: Iterable[_Line]) -> list[str]:
    """Empty lines; for each that was changed, the table that has it.

    `every`: all of the same submissions. One that says the same as another of them then, is gone.
    """
    there = {(line.id, line.at, line.digest) for line in every}
    new, twice, changed = [], [], []
    for line in lines:
        event = line.event
        if event is None or (less := emptied(event)) == event:
            continue
        text = encode(less)[:-1]
        digest = digest_of(text)
        if (line.id, line.at, digest) in there:
            twice.append((line.id, line.seq))
        else:
            there.add((line.id, line.at, digest))
            new.append((line.id, line.seq, digest, text.decode()))
        changed.append(line.table)
    _write(connection, new)
    if twice:
        connection.execute(
            "delete from frontdesk.event where (id, seq) in"
            " (select * from unnest(%s::uuid[], %s::bigint[]))",
            [list(column) for column in zip(*twice, strict=True)],
        )
    return changed


def _blank(connection: Connection, tell_tale: re.Pattern[str] | None) -> list[str]:
    """Blank lines that cannot be read and tell of the person; for each, the table that has it."""
    if tell_tale is None:
        return []
    damaged = _lines(connection, "(id, seq) in (select id, seq from frontdesk.damage)")
    found = [line for line in damaged if tell_tale.search(line.line.casefold())]
    _write(connection, [(line.id, line.seq, digest_of(b""), "") for line in found])
    return [line.table for line in found]


def _write(connection: Connection, lines: Sequence[tuple[UUID, int, bytes, str]]) -> None:
    if lines:
        connection.execute(
            "update frontdesk.event set digest = new.digest, line = new.line, erased = true"
            " from unnest(%s::uuid[], %s::bigint[], %s::bytea[], %s::text[])"
            " as new (id, seq, digest, line) where event.id = new.id and event.seq = new.seq",
            [list(column) for column in zip(*lines, strict=True)],
        )
