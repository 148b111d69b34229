"""The tables of the index, and what is kept in their columns."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID
from zlib import crc32

import msgspec
from msgspec import Struct

from frontdesk.model import times
from frontdesk.model.record import Record

# Another number whenever the same lines add up to something else, or the tables have another
# shape: an index is only believed by the program that could have made it.
FOLD = 23

TABLES = """
CREATE TABLE record (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    at INTEGER,                 -- microseconds since 1970; NULL without a first line
    form TEXT, state TEXT NOT NULL, unit TEXT, campaign TEXT, channel TEXT,
    open INTEGER NOT NULL,      -- 1: something is owed, or waits for a person
    content BLOB,               -- a digest of what was asked on which form
    turn INTEGER, turn_at INTEGER,  -- when it was put on its way, among all; NULL while it is held
    revision INTEGER NOT NULL,  -- of the transaction that changed it last
    body BLOB NOT NULL          -- the record, folded
);
CREATE TABLE line (
    id BLOB NOT NULL, segment INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
);
CREATE TABLE mark (mark TEXT NOT NULL, id BLOB NOT NULL);
-- Where customers have numbers.
CREATE TABLE destination (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE claim (destination TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE segment (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE damage (segment INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE TABLE late (segment INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE TABLE fact (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
-- Numbers of submissions, see store/counting.py.
CREATE TABLE counter (
    span INTEGER NOT NULL, since INTEGER NOT NULL, what TEXT NOT NULL, form TEXT NOT NULL,
    value TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (span, since, what, form, value)
) WITHOUT ROWID;
CREATE TABLE text (line INTEGER PRIMARY KEY, key INTEGER NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', tokenize='trigram', detail=none, columnsize=0
);
"""
# Made last, when a whole journal is read.
INDEXES = """
CREATE INDEX record_at ON record (at, key);
CREATE INDEX record_state ON record (state, at, key, form, open);
CREATE INDEX record_form ON record (form, at, key);
CREATE INDEX record_unit ON record (unit, at, key) WHERE unit IS NOT NULL;
CREATE INDEX record_campaign ON record (campaign, at, key) WHERE campaign IS NOT NULL;
CREATE INDEX record_channel ON record (channel, at, key) WHERE channel IS NOT NULL;
CREATE INDEX record_content ON record (content, turn) WHERE content IS NOT NULL;
CREATE INDEX record_open ON record (key) WHERE open;
CREATE INDEX record_revision ON record (revision);
CREATE INDEX line_id ON line (id);
CREATE INDEX IF NOT EXISTS mark_mark ON mark (mark, id);
CREATE INDEX claim_at ON claim (destination, at);
"""
# Before that, once somebody has revoked a consent.
MARKED = "CREATE INDEX IF NOT EXISTS mark_mark ON mark (mark, id)"


_CHECK = 4  # bytes in front of what is packed: SQLite does not notice a wrong one in a row
_encode = msgspec.msgpack.Encoder().encode
T = TypeVar("T")


def pack(known: Struct) -> bytes:
    """What a body holds."""
    body = _encode(known)
    return crc32(body).to_bytes(_CHECK) + body


def unpacker(kind: type[T]) -> Callable[[object], T]:
    """What reads such a body; it raises sqlite3.DatabaseError for one that is damaged."""
    decode = msgspec.msgpack.Decoder(kind).decode

    def unpack(body: object) -> T:
        if not isinstance(body, bytes) or crc32(body[_CHECK:]).to_bytes(_CHECK) != body[:_CHECK]:
            raise sqlite3.DatabaseError("a row is damaged")
        return decode(body[_CHECK:])

    return unpack


unpack_record = unpacker(Record)


def identity(column: object) -> UUID:
    """The id that a column has; raises sqlite3.DatabaseError."""
    if not isinstance(column, bytes) or len(column) != 16:
        raise sqlite3.DatabaseError("a row has no id")
    return UUID(bytes=column)


def moment(at: object) -> datetime:
    """The time that a column has; raises sqlite3.DatabaseError."""
    try:
        return times.moment(at)  # type: ignore[arg-type]
    except (OverflowError, TypeError):
        raise sqlite3.DatabaseError("a row has no time") from None


def bound(text: str) -> str:
    """A text that is looked for, without halves of characters, which no column has."""
    return text.encode(errors="replace").decode()
