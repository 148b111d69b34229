"""Removes whole months of the journal, once nothing in them is needed any more."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import BinaryIO, NamedTuple
from uuid import UUID

from psycopg import sql

from frontdesk.model.times import micros, moment
from frontdesk.store.charts import counted
from frontdesk.store.fold import Fold
from frontdesk.store.postgresql.columns import unpack_record
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.counters import forget_refusals, write_counts
from frontdesk.store.postgresql.index import Index
from frontdesk.store.pruning import Part, Pruned, pruned, settle

FETCHED = 5000  # lines
_OF_IDS = ("mark", "late", "damage", "named", "record")  # `text` before them: it has keys only


class _Month(NamedTuple):
    table: str
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        return f"{self.start:%Y-%m}"


def prune(
    index: Index,
    before: date,
    archive: Callable[[], AbstractContextManager[BinaryIO]] | None,
    *,
    dry_run: bool,
) -> Pruned:
    """See base.Store. Raises JournalError."""
    if dry_run:
        return index.ask(lambda connection, _: _told(_parts(connection, before)))

    def close(connection: Connection) -> None:
        # Nobody may add to what is copied; whoever has begun to has ended then.
        connection.execute("set local lock_timeout = '5s'")  # others would wait behind us
        for month in _months(connection, before):
            table = sql.Identifier("frontdesk", month.table)
            connection.execute(sql.SQL("lock table {} in share mode").format(table))

    def work(connection: Connection, fold: Fold) -> Pruned:
        parts = _parts(connection, before)
        gone = [month for month, part in parts.items() if not part.stays]
        if gone and archive is not None:
            with archive() as file:
                for month in gone:
                    _copy(connection, month, file)
        for month in gone:
            _remove(connection, month, parts[month].speaks_of)
            fold.forget(parts[month].speaks_of)
        return _told(parts)

    return index.rewrite(work, close)


def _told(parts: dict[_Month, Part]) -> Pruned:
    return pruned({month.name: part for month, part in parts.items()})


def _months(connection: Connection, before: date) -> list[_Month]:
    """The months that have ended by a day, oldest first."""
    found = connection.execute(
        "select relname from pg_inherits join pg_class on pg_class.oid = inhrelid"
        " where inhparent = 'frontdesk.event'::regclass order by relname"
    )
    months = []
    for (table,) in found:
        start = datetime.strptime(table, "event_%Y_%m").replace(tzinfo=UTC)
        end = (start + timedelta(days=31)).replace(day=1)
        months.append(_Month(table, start, end))
    return [month for month in months if month.end.date() <= before]


def _parts(connection: Connection, before: date) -> dict[_Month, Part]:
    """These months, each with the reason why it stays, if it does."""
    parts = {month: _part(connection, month) for month in _months(connection, before)}
    settle(parts, partial(_oldest_but, connection))
    return parts


def _part(connection: Connection, month: _Month) -> Part:
    table = sql.Identifier("frontdesk", month.table)
    part = Part()
    asked = sql.SQL(
        "select id, state, at is not null and open from frontdesk.record"
        " where id in (select id from {}) order by key"
    )
    for one, state, is_open in connection.execute(asked.format(table)):
        if is_open:
            part.stays = part.stays or f"{str(one)[:8]} is {state}"
        part.speaks_of.add(one)
    asked = sql.SQL(
        "select seq from frontdesk.damage where (id, seq) in (select id, seq from {}) limit 1"
    )
    for (seq,) in connection.execute(asked.format(table)):
        part.stays = f"line {seq} cannot be read"
    asked = sql.SQL("select max(at) from {} where kind in ('revocation', 'revoked')")
    (part.revoked_at,) = connection.execute(asked.format(table)).fetchone() or (None,)
    return part


def _oldest_but(connection: Connection, gone: Collection[UUID]) -> datetime | None:
    found = connection.execute(
        "select min(at) from frontdesk.record"
        " where form is not null and at is not null and id <> all(%s)",
        [[*gone]],
    ).fetchone()
    return moment(found[0]) if found and found[0] is not None else None


def _copy(connection: Connection, month: _Month, file: BinaryIO) -> None:
    """Write the lines of a month as a file's journal has them."""
    with connection.cursor("pruned") as lines:
        lines.itersize = FETCHED
        lines.execute(
            sql.SQL("select line from {} order by era, tx, seq").format(
                sql.Identifier("frontdesk", month.table)
            )
        )
        file.writelines(f"{line}\n".encode() for (line,) in lines)


def _remove(connection: Connection, month: _Month, gone: Collection[UUID]) -> None:
    ids = [[*gone]]
    known = connection.execute("select body from frontdesk.record where id = any(%s)", ids)
    numbers = counted(unpack_record(body) for (body,) in known)
    write_counts(connection, {cell: -number for cell, number in numbers.items()})
    forget_refusals(connection, month.start, month.end)
    connection.execute(
        "delete from frontdesk.text where key in"
        " (select key from frontdesk.record where id = any(%s))",
        ids,
    )
    for table in _OF_IDS:
        connection.execute(f"delete from frontdesk.{table} where id = any(%s)".encode(), ids)
    connection.execute(
        "delete from frontdesk.claim where at >= %s and at < %s",
        [micros(month.start), micros(month.end)],
    )
    partition = sql.Identifier("frontdesk", month.table)
    detach = sql.SQL("alter table frontdesk.event detach partition {}")
    connection.execute(detach.format(partition))
    connection.execute(sql.SQL("drop table {}").format(partition))
