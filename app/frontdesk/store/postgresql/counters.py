"""The numbers of the index, in PostgreSQL, and what is asked of them.

Whoever brings the index up to date, one at a time, writes them: no two wait for each other's rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from frontdesk.model.record import Record
from frontdesk.store import charts
from frontdesk.store.charts import Edge, Shares, Stretch
from frontdesk.store.counting import DAY, EVER, MONTH, Cell, with_wider
from frontdesk.store.postgresql.columns import short, unpack_record
from frontdesk.store.postgresql.connection import Connection

_NEW = """unnest(
    %s::smallint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[]
) as new (span, since, what, form, value, number)"""
# Different texts of one number may have become one.
_ADD = f"""
insert into frontdesk.counter as old
select span, since, what, form, value, sum(number) from {_NEW}
group by span, since, what, form, value
on conflict (span, since, what, form, value) do update set number = old.number + excluded.number
""".encode()
_REMOVE = f"""
delete from frontdesk.counter as old using {_NEW}
where old.span = new.span and old.since = new.since and old.what = new.what
    and old.form = new.form and old.value = new.value and old.number = 0 and new.number < 0
""".encode()
_OF_REFUSALS = ["refused", "wrong", "captcha"]


def write_counts(connection: Connection, counts: Mapping[Cell, int]) -> None:
    """Make numbers larger, or smaller; none stays that would be nought."""
    rows = [
        (cell.span, cell.since, cell.what, short(cell.form), short(cell.value), more)
        for cell, more in with_wider(counts).items()
        if more
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    if rows:
        connection.execute(_ADD, columns)
    if any(more < 0 for *_, more in rows):
        connection.execute(_REMOVE, columns)


def forget_refusals(connection: Connection, start: datetime, end: datetime) -> None:
    """Count no refusals of some whole months any more."""
    connection.execute(
        "delete from frontdesk.counter where span = any(%s) and what = any(%s)"
        " and since >= %s and since < %s",
        [[DAY, MONTH], _OF_REFUSALS, int(start.timestamp()), int(end.timestamp())],
    )


def _of(forms: Collection[str] | None) -> tuple[str, list[list[str]]]:
    """A condition for these forms, and its values."""
    return ("", []) if forms is None else (" and form = any(%s)", [[short(one) for one in forms]])


def states(connection: Connection, forms: Collection[str] | None) -> dict[str, int]:
    """How many submissions there are by state, and revocations that are not settled."""
    some, values = _of(forms)
    statement = (
        "select value, sum(number)::bigint from frontdesk.counter"
        f" where span = %s and since = 0 and what = 'state'{some} group by value"
    )
    return dict(connection.execute(statement.encode(), [EVER, *values]).fetchall())


def over_time(
    connection: Connection, bounds: Sequence[datetime], forms: Collection[str] | None
) -> dict[str, list[int]]:
    """See base.Store."""
    some, values = _of(forms)
    statement = (
        "select form, (since - %s) / %s as step, sum(number)::bigint from frontdesk.counter"
        f" where span = %s and since >= %s and since < %s{some} group by form, step"
    )

    def rows(stretch: Stretch) -> list[tuple[str, int, int]]:
        span, first, last, step = stretch
        asked = [first, step, span, first, last, *values]
        return connection.execute(statement.encode(), asked).fetchall()

    return charts.over_time(bounds, rows)


def shares(
    connection: Connection, since: datetime, until: datetime, forms: Collection[str] | None
) -> Shares:
    """See base.Store."""
    some, values = _of(forms)
    statement = (
        "select what, value, sum(number)::bigint from frontdesk.counter"
        f" where span = %s and since >= %s and since < %s{some} group by what, value"
    )
    found: list[tuple[str, str, int]] = []
    for span in charts.spans(since, until):
        found += connection.execute(statement.encode(), [*span, *values]).fetchall()

    def looked_at() -> Iterator[tuple[Edge, Record]]:
        for edge in charts.edges(since, until):
            bodies = connection.execute(
                "select body from frontdesk.record where at >= %s and at < %s", edge[1:]
            )
            yield from ((edge, unpack_record(body)) for (body,) in bodies)

    return charts.shares(found, looked_at(), forms)
