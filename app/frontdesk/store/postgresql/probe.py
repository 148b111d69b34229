"""Whether a database is a PostgreSQL that keeps what Frontdesk relies on."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.pool import Connections

OLDEST = 13  # the first with xid8
# A lock that nobody else takes, for a moment.
_LOCK = 0x70726F6265  # "probe"

_SETTINGS = """
select current_setting('server_version_num')::integer / 10000,
    pg_encoding_to_char(encoding), pg_is_in_recovery(),
    current_setting('transaction_read_only')::boolean,
    current_setting('synchronous_commit'), current_setting('fsync')::boolean,
    current_setting('full_page_writes')::boolean,
    current_setting('standard_conforming_strings')::boolean, current_setting('DateStyle'),
    current_setting('statement_timeout')
from pg_database where datname = current_database()
"""


def refuse_unfit(connections: Connections) -> None:
    """Raise JournalError where a database cannot be relied on, or not be reached; says why."""
    with _two(connections) as (one, other):
        reason = _settings(one) or _behaviour(one, other)
    if reason is not None:
        raise JournalError(f"{connections}: {reason}")


def durability(connection: Connection) -> str:
    """On how many servers a commit is, once it is acknowledged."""
    row = connection.execute(
        "select current_setting('synchronous_standby_names'), current_setting('synchronous_commit')"
    ).fetchone()
    standbys, waits = row or ("", "")
    if not standbys or waits == "local":
        reason = "synchronous_commit is local" if standbys else "it has no synchronous standby"
        return f"what was thanked for is on one server: {reason}"
    return f"what was thanked for is on a standby, too (synchronous_standby_names = {standbys})"


@contextmanager
def _two(connections: Connections) -> Iterator[tuple[Connection, Connection]]:
    """Two connections. What is no PostgreSQL may not understand what it is asked at all."""
    with ExitStack() as opened:

        def one() -> Connection:
            connection = connections.connect()
            opened.callback(connections.drop, connection)
            return connection

        try:
            yield one(), one()
        except (psycopg.ProgrammingError, psycopg.NotSupportedError) as error:
            words = connections.words(error)
            raise JournalError(
                f"{connections}: it is no PostgreSQL {OLDEST} or newer: {words}"
            ) from None
        except psycopg.Error as error:
            raise connections.complaint(error) from None


def _settings(connection: Connection) -> str | None:
    row = connection.execute(_SETTINGS).fetchone()
    if row is None:
        return "it does not know its own database"
    version, encoding, recovering, read_only, synchronous, flushed, whole, *rest = row
    conforming, dates, timeout = rest
    if version < OLDEST:
        return f"PostgreSQL {version} is too old; {OLDEST} or newer is needed"
    if encoding != "UTF8":
        return (
            f"its encoding is {encoding}; make another one with"
            " `createdb --encoding=UTF8 --template=template0`"
        )
    if recovering or read_only:
        return "it takes no writes: it is a standby, or set to read only; name the primary"
    if synchronous == "off":
        return (
            "synchronous_commit is off, so what was thanked for may be lost; set it to on for this"
            " database or user"
        )
    if not (flushed and whole):
        name = "full_page_writes" if flushed else "fsync"
        return f"{name} is off, so a crash of the machine may destroy it; set it to on"
    if not conforming:
        # Digests and the like would be written otherwise than they are read.
        return "standard_conforming_strings is off; set it to on for this database or user"
    if not dates.startswith("ISO"):
        return f"its DateStyle is {dates}; set it to ISO for this database or user"
    if timeout != "0":
        # An index that is built, and a commit that waits for a standby, take as long as they take.
        return f"its statement_timeout is {timeout}; set it to 0 for this database or user"
    return None


def _behaviour(one: Connection, other: Connection) -> str | None:
    """Try what looks the same in what only speaks PostgreSQL's language."""
    lock = "select pg_try_advisory_xact_lock(%s)"
    with one.transaction():
        if one.execute(lock, [_LOCK]).fetchone() != (True,):
            return None  # another process tries the same at the moment, and the lock works
        if other.execute(lock, [_LOCK]).fetchone() != (False,):
            return "its advisory locks lock nothing; it is no PostgreSQL that can be relied on"
        row = one.execute("select pg_current_xact_id()::text").fetchone()
        behind = other.execute(
            "select pg_snapshot_xmin(pg_current_snapshot()) <= %s::xid8", row
        ).fetchone()
        if behind != (True,):
            return (
                "its snapshots do not know the transactions of others; it is no PostgreSQL that"
                " can be relied on"
            )
    return None
