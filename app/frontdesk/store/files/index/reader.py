"""What can be asked of the index: each question by a table's index, never by a walk of it all."""

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from frontdesk.model.record import Record
from frontdesk.model.times import micros
from frontdesk.store.base import ON_THEIR_WAY
from frontdesk.store.charts import counted
from frontdesk.store.files.index import counters
from frontdesk.store.files.index.counters import write_counts
from frontdesk.store.files.index.schema import bound, identity, moment, unpack_record
from frontdesk.store.files.index.search import is_common, newest
from frontdesk.store.files.lines import Place
from frontdesk.store.ids import id_range
from frontdesk.store.marks import family_mark
from frontdesk.store.query import BATCH, Found, Page, Position, Query, matches, matching, page
from frontdesk.store.tallies import Tally
from frontdesk.store.words import question

FEW = 1000  # records that may all be looked at
MOST = 20  # enquiries that are all the same, of which one is looked for
_OF_CUSTOMER = """SELECT m.id FROM destination AS d
    JOIN mark AS m ON m.mark = d.name || '#' || ?"""


def get(db: sqlite3.Connection, submission: UUID) -> Record | None:
    """The record of an id."""
    found = db.execute("SELECT body FROM record WHERE id = ?", (submission.bytes,)).fetchone()
    return unpack_record(found[0]) if found else None


def starting(db: sqlite3.Connection, start: str, most: int) -> list[UUID]:
    """Ids that begin so, and whose first line is there; `most` of them at most."""
    if (found := id_range(start)) is None:
        return []
    first, last = found
    rows = db.execute(
        "SELECT id FROM record WHERE id BETWEEN ? AND ? AND at IS NOT NULL ORDER BY id LIMIT ?",
        (first.bytes, last.bytes, most),
    )
    return [identity(one) for (one,) in rows]


def open_records(db: sqlite3.Connection) -> list[Record]:
    """Those that are owed, or wait for a person."""
    return [unpack_record(body) for (body,) in db.execute("SELECT body FROM record WHERE open")]


def changed_since(db: sqlite3.Connection, revision: int) -> list[Record]:
    """Those that a later transaction has changed."""
    found = db.execute("SELECT body FROM record WHERE revision > ? ORDER BY key", (revision,))
    return [unpack_record(body) for (body,) in found]


def find(db: sqlite3.Connection, query: Query, after: str | None, limit: int) -> Page:
    """A page of the records that a query is of. Raises QueryError."""
    return page(partial(_matching, db, query), after, limit)


def _matching(db: sqlite3.Connection, query: Query, after: Position | None = None) -> Found:
    asked = None if query.oldest_first else _question(query)
    if asked is not None and is_common(db, asked):
        if not _few(db, query):
            return _common(db, query, asked, after)
        # They are all looked at, whatever they have: each by itself is quicker then.
        where, values = _conditions(replace(query, texts=()))
    else:
        where, values = _conditions(query)
    way, order = (">", "ASC") if query.oldest_first else ("<", "DESC")

    def rows(after: Position | None) -> list[tuple[bytes, int, int]]:
        bound = [f"(at, key) {way} (?, ?)"] if after else []
        return db.execute(
            f"SELECT body, at, key FROM record WHERE {' AND '.join([*where, *bound])}"
            f" ORDER BY at {order}, key {order} LIMIT {BATCH}",
            (*values, *(after or ())),
        ).fetchall()

    return matching(query, rows, unpack_record, after)


def _few(db: sqlite3.Connection, query: Query) -> bool:
    """Whether few records are in the states that a query is of."""
    states = query.states if query.state is None else (query.state,)
    if states is None:
        return False
    numbers = counters.states(db, query.forms)
    return sum(numbers.get(state, 0) for state in states) < FEW


def _common(db: sqlite3.Connection, query: Query, asked: str, after: Position | None) -> Found:
    """What has a text that many have, newest first."""
    where, values = _conditions(replace(query, texts=()))
    for body, at, key in newest(db, asked, where, values, _by_id(query), after):
        record = unpack_record(body)
        if matches(record, query):
            yield record, (at, key)


def _question(query: Query) -> str | None:
    """What the index of words is asked for; None if it cannot be, or there is nothing to ask."""
    questions = [question(text) for text in query.texts]
    if not questions or None in questions:
        return None
    return bound(" OR ".join(f"({one})" for one in questions))


def _by_id(query: Query) -> tuple[str, list[object]]:
    """A condition for records whose ids, here or in a CRM, are searched for; and its values."""
    either, values = list[str](), list[object]()
    for text in query.texts:
        either.append(f"id IN ({_OF_CUSTOMER})")
        values.append(bound(text.strip()))
        if (ids := id_range(text)) is not None:
            either.append("id BETWEEN ? AND ?")
            values += [one.bytes for one in ids]
    return " OR ".join(either), values


def _conditions(query: Query) -> tuple[list[str], list[object]]:
    where, values = ["at IS NOT NULL"], list[object]()
    exact = ("state", query.state), ("form", query.form), ("unit", query.unit)
    for column, value in (*exact, ("campaign", query.campaign), ("channel", query.channel)):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if query.states is not None:
        where.append(_one_of("state", query.states))
        values += query.states
    if query.forms is not None:
        # Few are in most states, or of one person; with a plus, the index of forms is not taken
        # instead of theirs.
        few = (query.state, query.states, query.sharing) != (None, None, None)
        where.append(_one_of("+form" if few else "form", query.forms))
        values += query.forms
    if query.submissions:
        where.append("form IS NOT NULL")
    for way, at in ((">=", query.since), ("<", query.until)):
        if at is not None:
            where.append(f"at {way} ?")
            values.append(micros(at))
    if query.customer is not None:
        where.append(f"id IN ({_OF_CUSTOMER})")
        values.append(query.customer)
    if query.sharing is not None:
        where.append(f"id IN (SELECT id FROM mark WHERE {_one_of('mark', query.sharing)})")
        values += query.sharing
    if (asked := _question(query)) is not None:
        lines = "SELECT rowid FROM words WHERE words MATCH ?"
        others, ids = _by_id(query)
        where.append(f"(key IN (SELECT key FROM text WHERE line IN ({lines})) OR {others})")
        values += [asked, *ids]
    return where, [bound(value) if isinstance(value, str) else value for value in values]


def _one_of(column: str, values: Collection[str]) -> str:
    """A condition; with a single value, the index has the order of the list, too."""
    marks = ", ".join("?" * len(values))
    return f"{column} = ?" if len(values) == 1 else f"{column} IN ({marks})"


def tallies(db: sqlite3.Connection, query: Query) -> list[Tally]:
    """How many submissions came in, by day, form, campaign, unit and state."""
    if query.texts or query.customer is not None or query.destination is not None:
        # These the tables only narrow down.
        return Tally.each(record for record, *_ in _matching(db, query))
    where, values = _conditions(query)
    day = timedelta(days=1) // timedelta(microseconds=1)
    found = db.execute(
        f"SELECT at / {day} * {day} AS day, form, campaign, unit, state, count(*) FROM record"
        f" WHERE {' AND '.join([*where, 'form IS NOT NULL'])}"
        " GROUP BY day, form, campaign, unit, state ORDER BY day",
        values,
    )
    return [Tally(moment(at).date(), *rest) for at, *rest in found]


def places(db: sqlite3.Connection, ids: Collection[UUID]) -> list[Place]:
    """Where the lines of submissions stand, in the order of the journal."""
    found = []
    for one in ids:
        found += db.execute(
            "SELECT name, start, length FROM line JOIN segment ON number = segment WHERE id = ?",
            (one.bytes,),
        ).fetchall()
    return [Place(*row) for row in sorted(set(found))]


def marked(db: sqlite3.Connection, marks: Collection[str]) -> list[UUID]:
    """The submissions and revocations of which a line had one of these marks."""
    found = set[bytes]()
    for mark in marks:
        found.update(
            one for (one,) in db.execute("SELECT id FROM mark WHERE mark = ?", (bound(mark),))
        )
    return [identity(one) for one in found]


def mentioning(db: sqlite3.Connection, texts: Collection[str]) -> list[UUID]:
    """The submissions of which a line may have one of these texts; all, if one is too short."""
    questions = [question(text) for text in texts]
    if None in questions:
        return [identity(one) for (one,) in db.execute("SELECT id FROM record")]
    found = set[bytes]()
    for one in filter(None, questions):
        lines = "SELECT rowid FROM words WHERE words MATCH ?"
        found.update(
            own
            for (own,) in db.execute(
                f"SELECT id FROM record JOIN text USING (key) WHERE line IN ({lines})",
                (bound(one),),
            )
        )
    return [identity(one) for one in found]


def ids_of_content(
    db: sqlite3.Connection, content: bytes, turn: int, first: int, last: int
) -> list[UUID]:
    """What was asked in the same words before a turn, and between two times; the first of them."""
    states = ", ".join("?" * len(ON_THEIR_WAY))
    found = db.execute(
        "SELECT id FROM record WHERE content = ? AND turn < ? AND turn_at BETWEEN ? AND ?"
        f" AND state IN ({states}) ORDER BY turn LIMIT ?",
        (content, turn, first, last, *ON_THEIR_WAY, MOST),
    )
    return [identity(one) for (one,) in found]


def of_lead(db: sqlite3.Connection, lead: str) -> list[UUID]:
    """The submissions that a lead of another system, of that id there, came in by; in order."""
    found = db.execute(
        "SELECT id FROM record WHERE id IN (SELECT id FROM mark WHERE mark = ?) ORDER BY key",
        (bound(family_mark(lead)),),
    )
    return [identity(one) for (one,) in found]


def damages(db: sqlite3.Connection) -> list[Place]:
    """Where bytes stand that are no event."""
    return _standing(db, "damage")


def lates(db: sqlite3.Connection) -> list[Place]:
    """Where lines stand that came of erased submissions after their erasure."""
    return _standing(db, "late")


def _standing(db: sqlite3.Connection, table: Literal["damage", "late"]) -> list[Place]:
    found = db.execute(f"SELECT name, start, length FROM {table} JOIN segment ON number = segment")
    return [Place(*row) for row in found]


def oldest_but(db: sqlite3.Connection, gone: Collection[UUID]) -> datetime | None:
    """When the oldest submission came in that is none of these."""
    found = db.execute("SELECT id, at FROM record WHERE form NOT NULL AND at NOT NULL ORDER BY at")
    return next((moment(at) for one, at in found if identity(one) not in gone), None)


def forget(db: sqlite3.Connection, gone: Collection[UUID]) -> None:
    """Know nothing more of what is no longer in the journal; its other rows go with the file."""
    known = filter(None, (get(db, one) for one in gone))
    write_counts(db, {cell: -number for cell, number in counted(known).items()})
    db.executemany("DELETE FROM record WHERE id = ?", [(one.bytes,) for one in gone])
