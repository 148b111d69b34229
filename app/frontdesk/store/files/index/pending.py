"""Rows of the index that are not written yet."""

import sqlite3
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from frontdesk.model.record import Record
from frontdesk.model.times import micros
from frontdesk.store.files.index.schema import pack

Place = tuple[int, int, int]  # of a line: its segment's number, where it begins, how long it is


class Row(Struct):
    """A record, and what else its row has; see the schema."""

    key: int
    record: Record
    fresh: bool  # there is no row of it yet
    content: bytes | None = None
    turn: int | None = None
    turn_at: int | None = None


class Pending:
    """What has been taken in, until it is written."""

    def __init__(self, last_text: int) -> None:
        """`last_text`: the number of the last text that is written."""
        self.rows: dict[UUID, Row] = {}
        self.gone: list[tuple[int]] = []  # keys of rows that others have replaced
        self.lates: list[Place] = []
        self.damages: list[Place] = []
        self.lines: list[tuple[bytes, int, int, int]] = []  # an id and a place
        self.marks: set[tuple[str, bytes]] = set()
        self.destinations: set[str] = set()
        self.texts: list[tuple[int, str]] = []  # a row's key, and words
        self.claims: list[tuple[str, int, bytes]] = []
        self._last_text = last_text

    def write(self, db: sqlite3.Connection, revision: int) -> None:
        """Write all of it, in the transaction that there is, and forget it."""
        db.executemany("DELETE FROM record WHERE key = ?", self.gone)
        db.executemany("INSERT INTO late VALUES (?, ?, ?)", self.lates)
        db.executemany("INSERT INTO damage VALUES (?, ?, ?)", self.damages)
        self._write_rows(db, revision)
        db.executemany("INSERT INTO claim VALUES (?, ?, ?)", self.claims)
        db.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", self.lines)
        db.executemany("INSERT INTO mark VALUES (?, ?)", self.marks)
        names = ((name,) for name in self.destinations)
        db.executemany("INSERT OR IGNORE INTO destination VALUES (?)", names)
        self._write_texts(db)
        for written in (self.gone, self.lates, self.damages, self.lines, self.claims):
            written.clear()
        self.marks.clear()
        self.destinations.clear()

    def _write_rows(self, db: sqlite3.Connection, revision: int) -> None:
        fresh, known = [], []
        for row in self.rows.values():
            columns = _columns(row, revision)
            if row.fresh:
                fresh.append((row.key, row.record.id.bytes, *columns))
                row.fresh = False
            else:
                known.append((*columns, row.key))
        db.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", fresh)
        db.executemany(
            "UPDATE record SET at = ?, form = ?, state = ?, unit = ?, campaign = ?, open = ?,"
            " content = ?, turn = ?, turn_at = ?, revision = ?, body = ? WHERE key = ?",
            known,
        )
        self.rows.clear()

    def _write_texts(self, db: sqlite3.Connection) -> None:
        first = self._last_text + 1
        self._last_text += len(self.texts)
        keys = ((n, key) for n, (key, _) in enumerate(self.texts, first))
        db.executemany("INSERT INTO text VALUES (?, ?)", keys)
        words = ((n, words) for n, (_, words) in enumerate(self.texts, first))
        db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", words)
        self.texts.clear()


def _columns(row: Row, revision: int) -> tuple[object, ...]:
    record = row.record
    submission = record.submission
    state = record.state
    if record.erased is not None:  # what comes late is not kept either
        for delivery in record.deliveries.values():
            delivery.answer = delivery.answer and replace(delivery.answer, body="")
    lead = submission.lead if submission else None
    return (
        micros(record.at) if record.at else None,
        submission.form if submission else None,
        state,
        lead.unit if lead else None,
        lead.campaign if lead else None,
        not record.settled,
        row.content,
        row.turn,
        row.turn_at,
        revision,
        pack(record),
    )
