"""The rows of a fold, in SQLite."""

import sqlite3
from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from frontdesk.model.account import CLAIMS_KEPT, Claim
from frontdesk.model.times import micros
from frontdesk.store.counting import cells_of
from frontdesk.store.files.index.counters import write_counts
from frontdesk.store.files.index.schema import MARKED, identity, pack, unpack_record, unpacker
from frontdesk.store.files.index.search import FIRST_LINE, first_line, free_line
from frontdesk.store.fold import Known
from frontdesk.store.pending import Pending, Row

SLOTS = 1 << 22  # bytes

_unpack_known = unpacker(Known)
_unpack_claim = unpacker(Claim)


class SqliteTables:
    """See fold.Tables."""

    def __init__(self, db: sqlite3.Connection, *, fresh: bool) -> None:
        """`fresh`: the tables are empty, and have no indexes yet."""
        self._db = db
        # Where an id may have a row: most do not when all is read, and asking takes its time.
        self._slots = bytearray(SLOTS) if fresh else None
        (last,) = db.execute("SELECT max(line) FROM text").fetchone()
        self._last_line: int = FIRST_LINE if last is None else last

    def known(self) -> Known:
        (found,) = self._db.execute("SELECT max(body) FROM fact WHERE name = 'facts'").fetchone()
        return _unpack_known(found) if found else Known()

    def last_key(self) -> int:
        (key,) = self._db.execute("SELECT coalesce(max(key), 0) FROM record").fetchone()
        return int(key)

    def row(self, submission: UUID, /) -> Row | None:
        if self._slots is not None and not self._slots[hash(submission) % SLOTS]:
            return None
        found = self._db.execute(
            "SELECT key, body, content, turn, turn_at FROM record WHERE id = ?", (submission.bytes,)
        ).fetchone()
        return _read_row(found) if found else None

    def open_rows(self) -> list[Row]:
        found = self._db.execute(
            "SELECT key, body, content, turn, turn_at FROM record WHERE open"
        ).fetchall()
        return [_read_row(row) for row in found]

    def marked(self, marks: Collection[str]) -> set[UUID]:
        if self._slots is not None:
            self._db.execute(MARKED)
        ids: set[bytes] = set()
        for mark in marks:
            found = self._db.execute("SELECT id FROM mark WHERE mark = ?", (mark,))
            ids.update(one for (one,) in found)
        return {identity(one) for one in ids}

    def claims(self, destination: str) -> list[Claim]:
        return read_claims(self._db, destination)

    def damages(self) -> int:
        (damaged,) = self._db.execute("SELECT count(*) FROM damage").fetchone()
        return int(damaged)

    # -- what is written ------------------------------------------------------------------------

    def write(self, pending: Pending, revision: int) -> None:
        db = self._db
        db.executemany("DELETE FROM record WHERE key = ?", ((key,) for key in pending.gone))
        db.executemany("INSERT INTO late VALUES (?, ?, ?)", pending.lates)
        db.executemany("INSERT INTO damage VALUES (?, ?, ?)", pending.damages)
        self._write_rows(pending.rows.values(), revision)
        claims = ((name, micros(claim.at), pack(claim)) for name, claim in pending.claims)
        db.executemany("INSERT INTO claim VALUES (?, ?, ?)", claims)
        for lines in (pending.lines, pending.named):
            db.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", lines)
        db.executemany("INSERT INTO mark VALUES (?, ?)", pending.marks)
        names = ((name,) for name in pending.destinations)
        db.executemany("INSERT OR IGNORE INTO destination VALUES (?)", names)
        self._write_texts(pending.texts)
        write_counts(db, pending.counts)

    def _write_rows(self, rows: Iterable[Row], revision: int) -> None:
        fresh, known = [], []
        for row in rows:
            columns = (*row.described(), revision, pack(row.record))
            if row.fresh:
                fresh.append((row.key, row.record.id.bytes, *columns))
                if self._slots is not None:
                    self._slots[hash(row.record.id) % SLOTS] = 1
            else:
                known.append((*columns, row.key))
        self._db.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", fresh
        )
        self._db.executemany(
            "UPDATE record SET at = ?, form = ?, state = ?, unit = ?, campaign = ?, channel = ?,"
            " open = ?, content = ?, turn = ?, turn_at = ?, revision = ?, body = ? WHERE key = ?",
            known,
        )

    def _write_texts(self, texts: list[tuple[int, int | None, str]]) -> None:
        keys, numbered = list[tuple[int, int]](), list[tuple[int, str]]()
        for key, at, words in texts:
            line = first_line(at)
            if line <= self._last_line:  # else, as nearly always, nobody has it
                self._write_keys(keys)
                line = free_line(self._db, at)
            self._last_line = max(self._last_line, line)
            keys.append((line, key))
            numbered.append((line, words))
        self._write_keys(keys)
        numbered.sort()  # the index of words is quickest with what comes in order
        self._db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", numbered)

    def _write_keys(self, keys: list[tuple[int, int]]) -> None:
        self._db.executemany("INSERT INTO text VALUES (?, ?)", keys)
        keys.clear()

    def finish(self, known: Known) -> None:
        self._db.execute("INSERT OR REPLACE INTO fact VALUES ('facts', ?)", (pack(known),))


def _read_row(found: tuple[int, bytes, bytes | None, int | None, int | None]) -> Row:
    key, body, content, turn, turn_at = found
    record = unpack_record(body)
    return Row(key, record, False, content, turn, turn_at, cells_of(record))


def read_claims(db: sqlite3.Connection, destination: str) -> list[Claim]:
    """The claims of the last CLAIMS_KEPT before the newest, in the order of the journal."""
    own = (destination,)
    (last,) = db.execute("SELECT max(at) FROM claim WHERE destination = ?", own).fetchone()
    if last is None:
        return []
    since = last - CLAIMS_KEPT // timedelta(microseconds=1)
    found = db.execute(
        "SELECT body FROM claim WHERE destination = ? AND at >= ? ORDER BY rowid",
        (destination, since),
    )
    return [_unpack_claim(body) for (body,) in found]
