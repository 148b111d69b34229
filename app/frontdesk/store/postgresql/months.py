"""The journal's partitions: a month (UTC) each, made when its first line comes."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from psycopg import sql

from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.migrate import LOCK


def name_of(at: datetime) -> str:
    """The table in the schema `frontdesk` that has the lines of a time's month."""
    return f"event_{at.astimezone(UTC):%Y_%m}"


def make_months(connection: Connection, times: Collection[datetime]) -> None:
    """Make the partitions that lines of these times need. Raises psycopg.Error, JournalError."""
    for month in sorted({_month(at) for at in times}):
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
            table = name_of(month)
            found = connection.execute(
                "select relispartition from pg_class where oid = to_regclass(%s)",
                [f"frontdesk.{table}"],
            ).fetchone()
            if found is None:
                _make(connection, table, month)
            elif found == (False,):
                raise JournalError(
                    f"the table frontdesk.{table} in the database is no part of frontdesk.event;"
                    " rename it, for that month needs its name"
                )


def _make(connection: Connection, table: str, month: datetime) -> None:
    # A table by itself first: attaching it lets others go on writing meanwhile, which CREATE TABLE
    # ... PARTITION OF does not.
    partition = sql.Identifier("frontdesk", table)
    connection.execute(
        sql.SQL("create table {} (like frontdesk.event including defaults)").format(partition)
    )
    end = _month(month + timedelta(days=31))
    connection.execute(
        sql.SQL(
            "alter table frontdesk.event attach partition {} for values from ({}) to ({})"
        ).format(partition, sql.Literal(month.isoformat()), sql.Literal(end.isoformat()))
    )


def _month(at: datetime) -> datetime:
    """The beginning of a time's month."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
