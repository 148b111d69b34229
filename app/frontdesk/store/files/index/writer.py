"""The fold of an index in a file, and what can be asked of it before it is written."""

import sqlite3
from datetime import timedelta
from uuid import UUID

from frontdesk.model.record import Record
from frontdesk.store.base import ON_THEIR_WAY
from frontdesk.store.files.index.reader import (
    changed_since,
    get,
    ids_of_content,
    open_records,
)
from frontdesk.store.files.index.schema import pack, unpack_record
from frontdesk.store.files.index.tables import SqliteTables
from frontdesk.store.fold import Fold


class Writer(Fold):
    """Takes lines into the index; what came last may be in memory only."""

    def __init__(self, db: sqlite3.Connection, *, fresh: bool = False) -> None:
        """`db`: with the tables of the schema; `fresh`: they are empty, and have no indexes yet."""
        super().__init__(SqliteTables(db, fresh=fresh), writing=fresh)
        self._db = db
        self.reading = 0  # the number of the present reading of the segments; see Session
        self.changes: dict[UUID, int] = {}  # by record that is not written, its last reading

    def put(self, record: Record) -> None:
        super().put(record)
        self.changes[record.id] = self.reading

    def changed(self, record: Record) -> None:
        row = self._row(record.id)  # as in Fold; for each of millions of lines
        if row is not None:
            self._pending.rows[record.id] = row
            self.changes[record.id] = self.reading

    def finish(self) -> None:
        super().finish()
        self.changes.clear()

    def look(self, submission: UUID) -> Record | None:
        """A copy of what is known of an id."""
        row = self._rows.get(submission)
        return _copy(row.record) if row else get(self._db, submission)

    def changed_after(self, revision: int, reading: int) -> list[Record]:
        """Copies of the records that have changed after that, written or not."""
        found = {}
        if revision < self.revision:
            found = {record.id: record for record in changed_since(self._db, revision)}
        for one, changed in self.changes.items():
            if revision < self.revision or changed > reading:
                found[one] = _copy(self._pending.rows[one].record)
        return list(found.values())

    def open_records(self) -> list[Record]:
        """Copies of those that are owed, or wait for a person."""
        found = {record.id: record for record in open_records(self._db)}
        found |= {one: _copy(row.record) for one, row in self._pending.rows.items()}
        return [record for record in found.values() if not record.settled]

    def same_content(self, submission: UUID, within: timedelta) -> list[Record]:
        """See base.Store."""
        own = self._row(submission)
        if own is None or own.content is None or own.turn is None or own.turn_at is None:
            return []
        window = within // timedelta(microseconds=1)
        first, last = own.turn_at - window, own.turn_at + window
        same = {
            row.record.id: row
            for row in self._pending.rows.values()
            if row.content == own.content
            and row.turn is not None
            and row.turn < own.turn
            and first <= (row.turn_at or 0) <= last
        }
        for one in ids_of_content(self._db, own.content, own.turn, first, last):
            if one not in same and (row := self._row(one)) is not None:
                same[one] = row
        rows = sorted(same.values(), key=lambda row: row.turn or 0)
        return [_copy(row.record) for row in rows if row.record.state in ON_THEIR_WAY]


def _copy(record: Record) -> Record:
    return unpack_record(pack(record))
