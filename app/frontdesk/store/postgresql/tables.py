"""The rows of a fold, in PostgreSQL: each kind in one statement."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from frontdesk.model.account import CLAIMS_KEPT, Claim
from frontdesk.model.times import micros
from frontdesk.store.counting import cells_of
from frontdesk.store.fold import Known
from frontdesk.store.pending import Pending, Row
from frontdesk.store.postgresql.columns import pack, short, shown, unpack_record
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.counters import write_counts

_unpack_known = msgspec.msgpack.Decoder(Known).decode
_unpack_claim = msgspec.msgpack.Decoder(Claim).decode

_ROW = "select id, key, body, content, turn, turn_at from frontdesk.record"
_COLUMNS = {
    "key": "bigint",
    "id": "uuid",
    "at": "bigint",
    "form": "text",
    "state": "text",
    "unit": "text",
    "campaign": "text",
    "channel": "text",
    "open": "boolean",
    "content": "bytea",
    "turn": "bigint",
    "turn_at": "bigint",
    "revision": "bigint",
    "body": "bytea",
}
_CHANGED = [name for name in _COLUMNS if name not in ("key", "id")]
_INSERT = f"""
insert into frontdesk.record ({", ".join(_COLUMNS)})
select * from unnest({", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())})
"""
_UPDATE = f"""
update frontdesk.record set {", ".join(f"{name} = new.{name}" for name in _CHANGED)}
from unnest({", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())})
    as new ({", ".join(_COLUMNS)})
where record.key = new.key
"""
_CLAIMS = """
select body from frontdesk.claim where destination = %(name)s
  and at >= (select max(at) from frontdesk.claim where destination = %(name)s) - %(kept)s::bigint
order by number
"""


class PostgresTables:
    """See fold.Tables. They are written to in the transaction of a `connection`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._expected: dict[UUID, Row | None] = {}

    def expect(self, ids: Collection[UUID]) -> None:
        """Look up all of these at once: they will be asked for."""
        self._expected = dict.fromkeys(ids)
        for id_, *row in self.connection.execute(f"{_ROW} where id = any(%s)", [[*ids]]):
            self._expected[id_] = _read_row(*row)

    def known(self) -> Known:
        found = self.connection.execute("select known from frontdesk.state").fetchone()
        return _unpack_known(found[0]) if found and found[0] else Known()

    def last_key(self) -> int:
        found = self.connection.execute("select max(key) from frontdesk.record").fetchone()
        return int(found[0] or 0) if found else 0

    def row(self, submission: UUID, /) -> Row | None:
        if submission in self._expected:
            return self._expected[submission]
        found = self.connection.execute(f"{_ROW} where id = %s", [submission]).fetchone()
        return _read_row(*found[1:]) if found else None

    def open_rows(self) -> list[Row]:
        return [_read_row(*row) for _, *row in self.connection.execute(f"{_ROW} where open")]

    def marked(self, marks: Collection[str]) -> set[UUID]:
        found = self.connection.execute(
            "select id from frontdesk.mark where mark = any(%s)", [[short(mark) for mark in marks]]
        )
        return {one for (one,) in found}

    def claims(self, destination: str) -> list[Claim]:
        return read_claims(self.connection, destination)

    def damages(self) -> int:
        return count_damages(self.connection)

    # -- what is written ------------------------------------------------------------------------

    def write(self, pending: Pending, revision: int) -> None:
        for one in pending.rows:
            self._expected.pop(one, None)
        if pending.gone:
            for table in ("record", "text"):
                self.connection.execute(
                    f"delete from frontdesk.{table} where key = any(%s)", [pending.gone]
                )
        for fresh, statement in ((True, _INSERT), (False, _UPDATE)):
            rows = [_columns(row, revision) for row in pending.rows.values() if row.fresh is fresh]
            self._put(statement, rows)
        lates = [tuple(place) for place in pending.lates]
        self._put(
            "insert into frontdesk.late select * from unnest(%s::bigint[], %s::uuid[])"
            " on conflict do nothing",
            lates,
        )
        self._put(
            "insert into frontdesk.damage select * from unnest(%s::bigint[], %s::uuid[])"
            " on conflict do nothing",
            [tuple(place) for place in pending.damages],
        )
        self._put(
            "insert into frontdesk.claim (destination, at, body)"
            " select name, at, body from unnest(%s::text[], %s::bigint[], %s::bytea[])"
            " with ordinality as new (name, at, body, number) order by number",
            [(short(name), micros(claim.at), pack(claim)) for name, claim in pending.claims],
        )
        self._put(
            "insert into frontdesk.named (seq, message, id)"
            " select * from unnest(%s::bigint[], %s::uuid[], %s::uuid[]) on conflict do nothing",
            [(*place, UUID(bytes=one)) for one, *place in pending.named],
        )
        # In one order, so that nobody waits for somebody who waits.
        marks = sorted((short(mark), one) for mark, one in pending.marks)
        self._put(
            "insert into frontdesk.mark select * from unnest(%s::text[], %s::uuid[])"
            " on conflict do nothing",
            [(mark, UUID(bytes=one)) for mark, one in marks],
        )
        self._put(
            "insert into frontdesk.destination select * from unnest(%s::text[])"
            " on conflict do nothing",
            [(shown(name),) for name in sorted(pending.destinations)],
        )
        self._put(
            "insert into frontdesk.text select * from unnest(%s::bigint[], %s::text[])",
            [(key, shown(words)) for key, _, words in pending.texts],
        )
        write_counts(self.connection, pending.counts)

    def _put(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            self.connection.execute(statement.encode(), [list(c) for c in zip(*rows, strict=True)])

    def finish(self, known: Known) -> None:
        self.connection.execute(
            "update frontdesk.state set revision = %s, known = %s", [known.revision, pack(known)]
        )


def _columns(row: Row, revision: int) -> tuple[object, ...]:
    at, *names, open_, content, turn, turn_at = row.described()
    texts = (short(name) if isinstance(name, str) else None for name in names)
    rest = open_, content, turn, turn_at, revision, pack(row.record)
    return row.key, row.record.id, at, *texts, *rest


def _read_row(key: int, body: bytes, content: bytes | None, turn: int, turn_at: int) -> Row:
    record = unpack_record(body)
    return Row(key, record, False, content, turn, turn_at, cells_of(record))


def read_claims(connection: Connection, destination: str) -> list[Claim]:
    """The claims of the last CLAIMS_KEPT before the newest, in the order of the journal."""
    kept = CLAIMS_KEPT // timedelta(microseconds=1)
    values: dict[str, Any] = {"name": short(destination), "kept": kept}
    return [_unpack_claim(body) for (body,) in connection.execute(_CLAIMS, values)]


def count_damages(connection: Connection) -> int:
    """The number of lines that are no events."""
    found = connection.execute("select count(*) from frontdesk.damage").fetchone()
    return int(found[0]) if found else 0


def drop_words(connection: Connection, ids: Collection[UUID]) -> None:
    """Remove by what the records of these ids can be found."""
    connection.execute("delete from frontdesk.mark where id = any(%s)", [[*ids]])
    connection.execute(
        "delete from frontdesk.text where key in"
        " (select key from frontdesk.record where id = any(%s))",
        [[*ids]],
    )
