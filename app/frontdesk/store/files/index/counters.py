"""The numbers of the index, in SQLite, and what is asked of them."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from frontdesk.model.record import Record
from frontdesk.store import charts
from frontdesk.store.charts import Edge, Shares, Stretch
from frontdesk.store.counting import EVER, Cell, with_wider
from frontdesk.store.files.index.schema import bound, unpack_record


def write_counts(db: sqlite3.Connection, counts: Mapping[Cell, int]) -> None:
    """Make numbers larger, or smaller; none stays that would be nought."""
    all_of_them = with_wider(counts)
    db.executemany(
        "INSERT INTO counter VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET number = number + excluded.number",
        ((*cell, more) for cell, more in all_of_them.items() if more),
    )
    db.executemany(
        "DELETE FROM counter WHERE span = ? AND since = ? AND what = ? AND form = ? AND value = ?"
        " AND number = 0",
        (cell for cell, more in all_of_them.items() if more < 0),
    )


def _of(forms: Collection[str] | None) -> tuple[str, list[str]]:
    """A condition for these forms, and its values."""
    if forms is None:
        return "", []
    return f" AND form IN ({', '.join('?' * len(forms))})", [bound(form) for form in forms]


def states(db: sqlite3.Connection, forms: Collection[str] | None) -> dict[str, int]:
    """How many submissions there are by state, and revocations that are not settled."""
    some, values = _of(forms)
    found = db.execute(
        "SELECT value, sum(number) FROM counter WHERE span = ? AND since = 0 AND what = 'state'"
        f"{some} GROUP BY value",
        (EVER, *values),
    )
    return dict(found.fetchall())


def over_time(
    db: sqlite3.Connection, bounds: Sequence[datetime], forms: Collection[str] | None
) -> dict[str, list[int]]:
    """See base.Store."""
    some, values = _of(forms)

    def rows(stretch: Stretch) -> list[tuple[str, int, int]]:
        span, first, last, step = stretch
        return db.execute(
            "SELECT form, (since - ?) / ? AS step, sum(number) FROM counter"
            f" WHERE span = ? AND since >= ? AND since < ?{some} GROUP BY form, step",
            (first, step, span, first, last, *values),
        ).fetchall()

    return charts.over_time(bounds, rows)


def shares(
    db: sqlite3.Connection, since: datetime, until: datetime, forms: Collection[str] | None
) -> Shares:
    """See base.Store."""
    some, values = _of(forms)
    found: list[tuple[str, str, int]] = []
    for span in charts.spans(since, until):
        found += db.execute(
            "SELECT what, value, sum(number) FROM counter"
            f" WHERE span = ? AND since >= ? AND since < ?{some} GROUP BY what, value",
            (*span, *values),
        ).fetchall()

    def looked_at() -> Iterator[tuple[Edge, Record]]:
        for edge in charts.edges(since, until):
            bodies = db.execute(
                "SELECT body FROM record WHERE at >= ? AND at < ?", (edge.since, edge.until)
            )
            yield from ((edge, unpack_record(body)) for (body,) in bodies)

    return charts.shares(found, looked_at(), forms)
