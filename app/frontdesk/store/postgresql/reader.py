"""What can be asked of the index: each question by a table's index, never by a walk of it all."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from frontdesk.model.codec import decode
from frontdesk.model.events import OF_NO_SUBMISSION, AnyEvent, Notified
from frontdesk.model.record import Record
from frontdesk.model.revocations import customer_mark
from frontdesk.model.times import micros, moment
from frontdesk.store.base import ON_THEIR_WAY
from frontdesk.store.ids import id_range
from frontdesk.store.marks import family_mark
from frontdesk.store.postgresql.columns import short, shown, unpack_record
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.query import BATCH, Found, Page, Position, Query, matching, page
from frontdesk.store.tallies import Tally
from frontdesk.store.words import wanted_of

_MOST = 20  # enquiries that are all the same, of which one is looked for
_TEXT = "frontdesk.text"
_MANY, _COMMON = 1000, 0.02  # lines in all, and the part of them, from which on a text is common
# Asked for each record: as `exists`, it might be asked for all of them at once.
_HAS = f"(select bool_or({{}}) from {_TEXT} where text.key = record.key)"
_LONGEST = 200  # characters of a text that is looked for; the whole is compared afterwards


def _all(connection: Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    return connection.execute(statement.encode(), values).fetchall()


def _records(connection: Connection, statement: str, *values: object) -> list[Record]:
    return [unpack_record(body) for (body,) in _all(connection, statement, *values)]


def _ids(connection: Connection, statement: str, *values: object) -> list[UUID]:
    return [one for (one,) in _all(connection, statement, *values)]


def get(connection: Connection, submission: UUID) -> Record | None:
    """The record of an id."""
    found = _records(connection, "select body from frontdesk.record where id = %s", submission)
    return found[0] if found else None


def begun(connection: Connection, ids: Collection[UUID]) -> list[UUID]:
    """Those of these ids whose first line is there."""
    statement = "select id from frontdesk.record where id = any(%s) and at is not null order by key"
    return _ids(connection, statement, [*ids])


def starting(connection: Connection, start: str, most: int) -> list[UUID]:
    """Ids that begin so, and whose first line is there; `most` of them at most."""
    if (found := id_range(start)) is None:
        return []
    statement = (
        "select id from frontdesk.record where id between %s and %s and at is not null"
        " order by id limit %s"
    )
    return _ids(connection, statement, *found, most)


def open_records(connection: Connection) -> list[Record]:
    """Those that are owed, or wait for a person."""
    return _records(connection, "select body from frontdesk.record where open order by key")


def changed_since(connection: Connection, revision: int) -> list[Record]:
    """Those that a later transaction has changed."""
    statement = "select body from frontdesk.record where revision > %s order by key"
    return _records(connection, statement, revision)


def find(connection: Connection, query: Query, after: str | None, limit: int) -> Page:
    """A page of the records that a query is of. Raises QueryError."""
    return page(partial(_matching, connection, query), after, limit)


def _matching(connection: Connection, query: Query, after: Position | None = None) -> Found:
    where, values = _conditions(connection, query)
    way, order = (">", "asc") if query.oldest_first else ("<", "desc")

    def rows(after: Position | None) -> list[tuple[Any, ...]]:
        beyond = [f"(at, key) {way} (%s, %s)"] if after else []
        return _all(
            connection,
            f"select body, at, key from frontdesk.record where {' and '.join([*where, *beyond])}"
            f" order by at {order}, key {order} limit {BATCH}",
            *values,
            *(after or ()),
        )

    return matching(query, rows, unpack_record, after)


def _conditions(connection: Connection, query: Query) -> tuple[list[str], list[object]]:
    where, values = ["at is not null"], list[object]()
    exact = ("state", query.state), ("form", query.form), ("unit", query.unit)
    for column, value in (*exact, ("campaign", query.campaign), ("channel", query.channel)):
        if value is not None:
            where.append(f"{column} = %s")
            values.append(short(value))
    for column, several in (("state", query.states), ("form", query.forms)):
        if several is not None:
            where.append(f"{column} = any(%s)")
            values.append([short(value) for value in several])
    if query.submissions:
        where.append("form is not null")
    for way, at in ((">=", query.since), ("<", query.until)):
        if at is not None:
            where.append(f"at {way} %s")
            values.append(micros(at))
    if query.customer is not None:
        where.append("id = any(%s)")
        values.append(_of_customers(connection, [query.customer]))
    if query.sharing is not None:
        where.append("id = any(%s)")
        values.append(marked(connection, query.sharing))
    patterns = [_patterns(text) for text in query.texts]
    if patterns and None not in patterns:
        like, wanted = _like(patterns)
        ids = _of_customers(connection, [text.strip() for text in query.texts])
        common = _is_common(connection, like, wanted)
        by_id = "id" if common else "select key from frontdesk.record where id"
        either = [_HAS.format(like) if common else f"select key from frontdesk.text where {like}"]
        either.append(f"{by_id} = any(%s)")
        values += [*wanted, ids]
        for first, last in filter(None, map(id_range, query.texts)):
            either.append(f"{by_id} between %s and %s")
            values += [first, last]
        # Of what many have, the first that come are enough. Of what few have, one list is made of
        # all: with `or`, every record would be looked at.
        where.append(f"({' or '.join(either)})" if common else f"key in ({' union '.join(either)})")
    return where, values


def _is_common(connection: Connection, like: str, wanted: Sequence[str]) -> bool:
    """Whether so many lines have a text that not all should be looked at.

    PostgreSQL's own guess, by what it has seen of the table when it was last analyzed.
    """
    ((total,),) = _all(connection, "select reltuples from pg_class where oid = %s::regclass", _TEXT)
    if total < _MANY:
        return False
    asked = f"explain (format json) select from {_TEXT} where {like}"
    ((plan,),) = _all(connection, asked, *wanted)
    return bool(plan[0]["Plan"]["Plan Rows"] > _COMMON * total)


def _patterns(text: str) -> list[str] | None:
    """What is looked for with LIKE; None if the text is too short for that."""
    either = wanted_of(text)
    return either and [f"%{_plain(shown(wanted)[:_LONGEST])}%" for wanted in either]


def _like(patterns: Iterable[Iterable[str] | None]) -> tuple[str, list[str]]:
    """A condition for texts, each by itself: an index of trigrams knows no `like any`."""
    wanted = [one for pattern in patterns for one in pattern or ()]
    return " or ".join(["words like %s"] * len(wanted)) or "false", wanted


def _plain(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return text


def _of_customers(connection: Connection, customers: Sequence[str]) -> list[UUID]:
    """The submissions and revocations that have one of these ids in any CRM."""
    names = [name for (name,) in _all(connection, "select name from frontdesk.destination")]
    return marked(connection, [customer_mark(name, one) for name in names for one in customers])


def tallies(connection: Connection, query: Query) -> list[Tally]:
    """How many submissions came in, by day, form, campaign, unit and state."""
    if query.texts or query.customer is not None or query.destination is not None:
        # These the tables only narrow down.
        return Tally.each(record for record, *_ in _matching(connection, query))
    where, values = _conditions(connection, query)
    day = timedelta(days=1) // timedelta(microseconds=1)
    found = _all(
        connection,
        f"select at / {day} * {day} as day, form, campaign, unit, state, count(*)"
        f" from frontdesk.record where {' and '.join([*where, 'form is not null'])}"
        " group by day, form, campaign, unit, state order by day",
        *values,
    )
    return [Tally(moment(at).date(), *rest) for at, *rest in found]


def events(connection: Connection, ids: Collection[UUID]) -> list[AnyEvent]:
    """All events of submissions, in the order of the journal, with the messages that name them."""
    wanted = [*ids]
    found = _all(
        connection,
        "select line from ("
        " select era, tx, seq, line from frontdesk.event where id = any(%s)"
        " union"
        " select era, tx, event.seq, line from frontdesk.named join frontdesk.event"
        " on event.id = message and event.seq = named.seq where named.id = any(%s)"
        ") as known order by era, tx, seq",
        wanted,
        wanted,
    )
    read = (_read(line) for (line,) in found)
    return [
        event
        for event in read
        if isinstance(event, Notified)
        or (event is not None and not isinstance(event, OF_NO_SUBMISSION))
    ]


def _read(line: str) -> AnyEvent | None:
    try:
        return decode(line.encode())
    except ValueError:
        return None


def marked(connection: Connection, marks: Collection[str]) -> list[UUID]:
    """The submissions and revocations of which a line had one of these marks."""
    statement = "select distinct id from frontdesk.mark where mark = any(%s)"
    return _ids(connection, statement, [short(mark) for mark in marks])


def mentioning(connection: Connection, texts: Collection[str]) -> list[UUID]:
    """The submissions of which a line may have one of these texts; all, if one is too short."""
    patterns = [_patterns(text) for text in texts]
    if None in patterns:
        return _ids(connection, "select id from frontdesk.record")
    like, wanted = _like(patterns)
    statement = (
        f"select distinct id from frontdesk.record join frontdesk.text using (key) where {like}"
    )
    return _ids(connection, statement, *wanted)


def same_content(connection: Connection, submission: UUID, within: timedelta) -> list[Record]:
    """See base.Store."""
    window = within // timedelta(microseconds=1)
    statement = (
        "select other.body from frontdesk.record as own join frontdesk.record as other"
        " on other.content = own.content and other.turn < own.turn"
        " and other.turn_at between own.turn_at - %s::bigint and own.turn_at + %s::bigint"
        " where own.id = %s and other.state = any(%s) order by other.turn limit %s"
    )
    return _records(connection, statement, window, window, submission, [*ON_THEIR_WAY], _MOST)


def of_lead(connection: Connection, lead: str) -> list[UUID]:
    """The submissions that a lead of another system, of that id there, came in by; in order."""
    statement = (
        "select id from frontdesk.record where id in"
        " (select id from frontdesk.mark where mark = %s) order by key"
    )
    return _ids(connection, statement, short(family_mark(lead)))
