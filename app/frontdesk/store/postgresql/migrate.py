"""Make the tables of a journal in PostgreSQL, and bring older ones up to date."""

import re
from importlib.resources import files
from typing import NamedTuple

from psycopg import errors

from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.complaints import NotAllowedError
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.pool import Connections

# Processes that migrate at the same time, or make a month, wait for each other at this number.
LOCK = 0x66726F6E74  # "front"
_FOLDER = files("frontdesk.store.postgresql") / "migrations"
_FILES = sorted(file.name for file in _FOLDER.iterdir() if file.name.endswith(".sql"))
NEWEST = int(_FILES[-1][:4])
_TABLE = re.compile(r"create table frontdesk\.(\w+)")
_ELSEWHERE = "use another database, or rename that schema"


class Schema(NamedTuple):
    """What version of the tables a database has (0: none), and which one this program needs."""

    version: int
    needed: int = NEWEST


def look(connections: Connections) -> Schema:
    """The schema of a database.

    Raises JournalError where a newer Frontdesk made it, or somebody else has its names.
    """
    return Schema(connections.ask(lambda connection: _version(connections, connection)))


def migrate(connections: Connections) -> Schema:
    """Make what is missing; the version that was there before. Raises JournalError as `look` does.

    Any number of processes may do so at the same time.
    """
    before = look(connections)
    if before.version < NEWEST:
        try:
            connections.ask(lambda connection: _write(connections, connection))
        except NotAllowedError as error:
            if before.version == 0:
                raise
            raise JournalError(
                f"{connections}: its tables are of version {before.version}, and {NEWEST} is"
                " needed: run `frontdesk journal init` with the user who owns the schema frontdesk"
            ) from error
    if missing := connections.ask(_missing):
        raise JournalError(
            f"{connections}: its table frontdesk.{missing} is gone; restore the database from a"
            " backup"
        )
    connections.ask(_settle_era)
    if connections.ask(_is_ours) is False:
        raise JournalError(
            f"{connections}: the user does not own the table frontdesk.event, and could not make a"
            " part of it for each month; make the user the owner of all in the schema frontdesk"
        )
    return before


def _write(connections: Connections, connection: Connection) -> None:
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        version = _version(connections, connection)  # by now
        if version == 0:
            _begin(connection)
        try:
            for name in _FILES:
                if int(name[:4]) > version:
                    connection.execute((_FOLDER / name).read_bytes())
        except (errors.DuplicateTable, errors.DuplicateObject) as error:  # a sequence, a type
            raise JournalError(
                f"{connections}: in the schema frontdesk, {connections.words(error)}, and is not"
                f" ours; {_ELSEWHERE}"
            ) from None
        if version == 0:
            connection.execute(
                "insert into frontdesk.about (version, era, cluster) values (%s, 1, null)",
                [NEWEST],
            )
        else:
            connection.execute("update frontdesk.about set version = %s", [NEWEST])


def _missing(connection: Connection) -> str | None:
    """A table that should be there and is not; None if all are."""
    names = [name for file in _FILES for name in _TABLE.findall((_FOLDER / file).read_text())]
    found = connection.execute(
        "select name from unnest(%s::text[]) as name"
        " where to_regclass('frontdesk.' || name) is null limit 1",
        [names],
    ).fetchone()
    return None if found is None else str(found[0])


def _is_ours(connection: Connection) -> bool:
    row = connection.execute(
        "select pg_has_role(relowner, 'usage') from pg_class"
        " where oid = 'frontdesk.event'::regclass"
    ).fetchone()
    return row == (True,)


def _begin(connection: Connection) -> None:
    # Asked for first: whoever may not make schemas may have been given one.
    if connection.execute("select to_regnamespace('frontdesk')").fetchone() == (None,):
        connection.execute("create schema frontdesk")


def _version(connections: Connections, connection: Connection) -> int:
    try:
        with connection.transaction():
            row = connection.execute("select version, era, cluster from frontdesk.about").fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        row = connection.execute(
            "select relname from pg_class where relnamespace = to_regnamespace('frontdesk')"
            " and relkind in ('r', 'p', 'v', 'm', 'f') order by relname limit 1"
        ).fetchone()
        if row is not None:
            raise _foreign(connections, row[0]) from None
        return 0
    except errors.UndefinedColumn:
        raise _foreign(connections, "about") from None
    version = row[0] if row is not None else None
    if not isinstance(version, int) or version < 1:
        raise _foreign(connections, "about")
    if version > NEWEST:
        raise JournalError(
            f"{connections}: made by a newer Frontdesk (version {version} of its tables; this one"
            f" knows {NEWEST}); install that one again"
        )
    return version


def _foreign(connections: Connections, table: str) -> JournalError:
    return JournalError(
        f"{connections}: the schema frontdesk has a table {table} that is not ours; {_ELSEWHERE}"
    )


def _settle_era(connection: Connection) -> None:
    """Begin a new era where the rows came from another server, as a restored dump's do.

    Their transactions' numbers mean nothing here.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        row = connection.execute("select era, cluster from frontdesk.about").fetchone()
        if row is None:
            return
        era, known = row
        cluster = _cluster(connection)
        # Where the number may not be asked for, or was copied with the files.
        ahead = connection.execute(
            "select 1 from (select tx from frontdesk.event where era = %s"
            " order by era desc, tx desc limit 1) as newest"
            " where tx >= pg_snapshot_xmax(pg_current_snapshot())",
            [era],
        ).fetchone()
        moved = None not in (known, cluster) and known != cluster
        if moved or ahead is not None:
            connection.execute("update frontdesk.about set era = era + 1, cluster = %s", [cluster])
            # Processes that live on may have read further than the dump goes.
            connection.execute("update frontdesk.state set generation = gen_random_uuid()")
        elif known is None and cluster is not None:
            connection.execute("update frontdesk.about set cluster = %s", [cluster])


def _cluster(connection: Connection) -> int | None:
    try:
        with connection.transaction():
            row = connection.execute("select system_identifier from pg_control_system()").fetchone()
    except (errors.InsufficientPrivilege, errors.UndefinedFunction):
        return None
    return None if row is None else int(row[0])
