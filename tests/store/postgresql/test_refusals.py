"""A database that cannot be used is refused in one line, which says how to mend it."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from frontdesk.model.events import Held
from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.append import Appender
from frontdesk.store.postgresql.complaints import AwayError
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.lease import Leases
from frontdesk.store.postgresql.migrate import NEWEST, look, migrate
from frontdesk.store.postgresql.pool import Connections
from frontdesk.store.postgresql.probe import durability, refuse_unfit
from frontdesk.store.postgresql.store import PostgresStore
from tests.postgresql import PASSWORD, USER, Database, Server, new_database
from tests.samples import received
from tests.support import eventually, free_port


def begin(connections: Connections) -> None:
    refuse_unfit(connections)
    migrate(connections)


def refusal(url: str) -> str:
    """What somebody is told who wants to use a database for the first time."""
    with closing(Connections(url)) as connections, pytest.raises(JournalError) as refused:
        begin(connections)
    said = str(refused.value)
    for secret in (PASSWORD, f'"{USER}"', "a-wrong-password"):
        assert secret not in said
    assert "\n" not in said
    where, _, reason = said.partition(": ")
    assert where.startswith("PostgreSQL 127.0.0.1:")
    return reason


def test_a_fit_one_is_not_refused(database: Database) -> None:
    with closing(Connections(database.url)) as connections:
        for _ in range(2):
            refuse_unfit(connections)
        assert look(connections).version == 0
        assert migrate(connections).version == 0
        assert migrate(connections).version == look(connections).version == NEWEST


def test_text_that_is_no_address() -> None:
    with pytest.raises(JournalError, match="is no address of a PostgreSQL") as refused:
        Connections(f"postgresql://frontdesk:{PASSWORD}@[::1/frontdesk")
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    "login",
    [f"{USER}:{part}@127.0.0.1" for part in ("12/{}", "{}/1", "a@{}", "{}@b", "%zz{}")]
    + [f"{USER}:{{}}", f"{USER}:{{}}/127.0.0.1"],
)
def test_a_password_that_is_not_where_it_is_looked_for(login: str) -> None:
    """It would be taken for the host, the port or the database, and shown as that."""
    url = f"postgresql://{login.format(PASSWORD)}:5432/frontdesk"
    with pytest.raises(JournalError, match="write @ as %40, / as %2F") as refused:
        Connections(url)
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("postgresql://db:5433/leads", "db:5433"),
        ("postgresql://db/leads", "db"),
        ("postgresql://db1:5432,db2:5433/leads", "db1:5432, db2:5433"),
        ("host=db1,db2 port=5432,5433 dbname=leads", "db1:5432, db2:5433"),
        ("host=db1,db2 port=5433 dbname=leads", "db1:5433, db2:5433"),
        ("host=db1,db2 dbname=leads", "db1, db2"),
        ("dbname=leads", "local socket"),
    ],
)
def test_it_is_said_which_servers_are_asked(url: str, servers: str) -> None:
    with closing(Connections(url)) as connections:
        assert str(connections) == f"PostgreSQL {servers}, database leads"


def test_nobody_listens_there() -> None:
    url = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{free_port()}/frontdesk"
    assert refusal(url) == "connection refused; does the server run, and is the port right?"
    url = "postgresql://frontdesk@no-such-host.invalid/frontdesk"
    unknown = pytest.raises(JournalError, match="the name of the host is not known")
    with closing(Connections(url)) as connections, unknown:
        refuse_unfit(connections)


def test_a_wrong_password(database: Database) -> None:
    url = database.server.url(database.name, password="a-wrong-password")
    assert refusal(url) == "the password or the name of the user is wrong"
    url = database.server.url(database.name, user="nobody-known")
    assert refusal(url) == "the password or the name of the user is wrong"
    url = f"postgresql://{USER}@127.0.0.1:{database.server.port}/{database.name}"
    assert refusal(url) == "it asks for a password, and `url` has none"


def test_a_database_that_is_not_there(postgresql: Server) -> None:
    assert refusal(postgresql.url("missing")) == (
        "there is no database of that name; make it with `createdb`"
    )


def test_another_encoding(postgresql: Server) -> None:
    options = "encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'"
    with new_database(postgresql, "latin", options) as database:
        assert refusal(database.url) == (
            "its encoding is LATIN1; make another one with"
            " `createdb --encoding=UTF8 --template=template0`"
        )


def test_a_newer_frontdesk_was_here(connections: Connections, database: Database) -> None:
    database.execute("update frontdesk.about set version = version + 1")
    assert refusal(database.url) == (
        f"made by a newer Frontdesk (version {NEWEST + 1} of its tables; this one knows {NEWEST});"
        " install that one again"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "create table frontdesk.event (id integer)",
        "create table frontdesk.about (id integer)",
        "create view frontdesk.lease as select 1",
    ],
)
def test_somebody_else_has_the_name(database: Database, statement: str) -> None:
    database.execute("create schema frontdesk authorization frontdesk")
    database.execute(statement)  # type: ignore[arg-type]
    database.execute("grant select on all tables in schema frontdesk to frontdesk")
    table = statement.split("frontdesk.")[1].split()[0]
    assert refusal(database.url) == (
        f"the schema frontdesk has a table {table} that is not ours; use another database, or"
        " rename that schema"
    )


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("one boolean, version text, era text, cluster text", "true, 'new', 'x', 'y'"),
        ("one boolean, version integer, era integer, cluster integer", "true, null, null, null"),
        ("one boolean, version integer, era integer, cluster integer", "true, -2, 1, null"),
    ],
)
def test_somebody_else_has_a_table_that_looks_like_ours(
    database: Database, columns: str, values: str
) -> None:
    database.execute("create schema frontdesk authorization frontdesk")
    database.execute(f"create table frontdesk.about ({columns})")  # type: ignore[arg-type]
    database.execute(f"insert into frontdesk.about values ({values})")  # type: ignore[arg-type]
    database.execute("grant select on frontdesk.about to frontdesk")
    assert refusal(database.url).startswith(
        "the schema frontdesk has a table about that is not ours"
    )


@pytest.mark.parametrize(
    "what",
    [
        "type frontdesk.event as enum ('a')",
        "sequence frontdesk.event",
        "type frontdesk.event as (a integer)",
    ],
)
def test_something_else_has_the_name_of_a_table(database: Database, what: str) -> None:
    database.execute("create schema frontdesk authorization frontdesk")
    database.execute(f"create {what}")  # type: ignore[arg-type]
    reason = refusal(database.url)
    assert reason.startswith("in the schema frontdesk, ")
    assert reason.endswith(
        '"event" already exists, and is not ours; use another database, or rename that schema'
    )


@pytest.mark.parametrize("table", ["event", "lease", "once", "record"])
def test_a_table_that_is_gone(connections: Connections, database: Database, table: str) -> None:
    database.execute(f"drop table frontdesk.{table} cascade")  # type: ignore[arg-type]
    assert refusal(database.url) == (
        f"its table frontdesk.{table} is gone; restore the database from a backup"
    )


def test_a_schema_may_be_given_to_a_user_who_may_make_none(database: Database) -> None:
    database.execute(f"alter database {database.name} owner to postgres")  # type: ignore[arg-type]
    reason = refusal(database.url)
    assert reason.startswith(f"permission denied for database {database.name}; ")
    database.execute("create schema frontdesk authorization frontdesk")
    with closing(Connections(database.url)) as connections:
        refuse_unfit(connections)
        migrate(connections)


@pytest.mark.parametrize("name", ["database", "role"])
def test_commits_that_are_not_durable(database: Database, name: str) -> None:
    what = f"database {database.name}" if name == "database" else f"role {USER}"
    database.execute(f"alter {what} set synchronous_commit = off")  # type: ignore[arg-type]
    try:
        assert refusal(database.url) == (
            "synchronous_commit is off, so what was thanked for may be lost; set it to on for this"
            " database or user"
        )
    finally:
        database.execute(f"alter {what} reset synchronous_commit")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("standard_conforming_strings = off", "standard_conforming_strings is off; set it to on"),
        ("datestyle = 'SQL, DMY'", "its DateStyle is SQL, DMY; set it to ISO"),
        ("statement_timeout = '1h'", "its statement_timeout is 1h; set it to 0"),
    ],
)
def test_settings_by_which_nothing_would_work(
    database: Database, setting: str, reason: str
) -> None:
    database.execute(f"alter database {database.name} set {setting}")  # type: ignore[arg-type]
    assert refusal(database.url).startswith(reason)


def test_a_statement_that_somebody_cancels(connections: Connections, database: Database) -> None:
    # PostgreSQL says the same of a timeout that goes off between two statements.
    def asked(connection: Connection) -> None:
        connection.execute("select pg_cancel_backend(pg_backend_pid()), pg_sleep(60)")

    with pytest.raises(JournalError, match="; set statement_timeout to 0 for this"):
        connections.ask(asked)


def test_a_statement_that_takes_too_long(connections: Connections, database: Database) -> None:
    def asked(connection: Connection) -> None:
        with connection.transaction():
            connection.execute("set local statement_timeout = '1ms'")
            connection.execute("select pg_sleep(60)")

    with pytest.raises(JournalError, match="; set statement_timeout to 0 for this"):
        connections.ask(asked)


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("nologin", "the user may not log in; give the role LOGIN"),
        ("login connection limit 0", "it allows too few connections: raise the user's or the"),
        ("login connection limit 1", "it allows too few connections: raise the user's or the"),
    ],
)
def test_a_user_who_is_not_let_in(database: Database, option: str, reason: str) -> None:
    password = f"password '{PASSWORD}'"
    database.execute(f"create role limited {password} {option}")  # type: ignore[arg-type]
    try:
        with pytest.raises(JournalError) as refused:
            PostgresStore(database.server.url(database.name, user="limited"))
        assert f": {reason}" in str(refused.value)
    finally:
        database.execute("drop role limited")


def test_what_waiting_does_not_mend_is_no_outage(database: Database) -> None:
    """Else a start with such a mistake would keep what comes, and say nothing."""
    name = database.name
    database.execute(f"revoke connect on database {name} from public")  # type: ignore[arg-type]
    database.execute("create role stranger login password 'not-to-be-seen-in-any-message'")
    try:
        for url, reason in (
            (database.server.url(name, user="stranger"), "grant CONNECT on the database"),
            (f"{database.url}?sslmode=maybe", 'invalid sslmode value: "maybe"'),
            (f"{database.url}?port=99999", "the port in `url` is no port"),
        ):
            with pytest.raises(JournalError) as refused:
                PostgresStore(url, patient=True)
            assert str(refused.value).endswith(reason)
            assert not isinstance(refused.value, AwayError)
    finally:
        database.execute("drop role stranger")


def test_one_that_is_read_only(database: Database) -> None:
    database.execute(
        f"alter database {database.name} set default_transaction_read_only = on"  # type: ignore[arg-type]
    )
    assert refusal(database.url) == "it takes no writes: it is a standby, or set to read only"


def test_rights_that_are_lost_while_it_runs(connections: Connections, database: Database) -> None:
    with closing(Appender(connections)) as appender:
        appender.append(Held(id=uuid4(), reason="test"))
        database.execute("alter schema frontdesk owner to postgres")
        with pytest.raises(JournalError, match="permission denied for schema frontdesk; make the"):
            appender.append(Held(id=uuid4(), reason="test"))
        with pytest.raises(OSError, match="permission denied"):
            Leases(connections).lease("crm").win()
        database.execute("alter schema frontdesk owner to frontdesk")
        appender.append(Held(id=uuid4(), reason="test"))


def test_it_is_said_on_how_many_servers_it_is(own: Server, mortal: Database) -> None:
    with closing(Connections(mortal.url)) as connections:

        def said() -> str:
            return connections.ask(durability)

        assert said() == "what was thanked for is on one server: it has no synchronous standby"
        own.execute("alter system set synchronous_standby_names = 'ANY 1 (db2, db3)'")
        try:
            own.execute("select pg_reload_conf()")
            both = "on a standby, too (synchronous_standby_names = ANY 1 (db2, db3))"
            assert eventually(lambda: both in said())
        finally:
            own.execute("alter system reset synchronous_standby_names")
            own.execute("select pg_reload_conf()")
        assert eventually(lambda: "on one server" in said())


def test_a_standby_is_refused_until_it_is_promoted(own: Server, mortal: Database) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder,
        closing(Connections(mortal.url)) as connections,
    ):
        migrate(connections)
        standby = own.standby(Path(folder))
        standby.start()
        try:
            url = standby.url(mortal.name)
            assert refusal(url) == "it takes no writes: it is a standby, or set to read only"
            standby.promote()
            with closing(Connections(url)) as promoted:
                assert eventually(lambda: refuse_unfit(promoted) is None)
                with closing(Appender(promoted)) as appender:
                    appender.append(Held(id=uuid4(), reason="test"))
        finally:
            standby.stop(signal.SIGQUIT)


@contextmanager
def pooler(database: Database, folder: Path) -> Iterator[str]:
    """A pgbouncer that gives a connection to whoever begins a transaction; its URL."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    port = free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"""
[databases]
{database.name} = host=127.0.0.1 port={database.server.port} dbname={database.name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder / "users"}
pool_mode = transaction
default_pool_size = 4
server_reset_query_always = 0
"""
    )
    (folder / "users").write_text(f'"{USER}" "{PASSWORD}"\n')
    user = "nobody" if Path("/proc/self").stat().st_uid == 0 else None
    for path in (folder, settings, folder / "users"):
        path.chmod(0o755)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, settings], stdout=log, stderr=log, user=user)
    url = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/{database.name}"

    def answers() -> bool:
        try:
            with closing(Connections(url)) as connections:
                return connections.ask(lambda db: db.execute("select 1").fetchone()) == (1,)
        except JournalError:
            return False

    try:
        assert eventually(answers), (folder / "log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait()


def test_all_works_behind_a_pooler(database: Database) -> None:
    """One that gives each transaction another connection."""
    with (
        tempfile.TemporaryDirectory(prefix="pgbouncer") as folder,
        pooler(database, Path(folder)) as url,
        closing(Connections(url)) as connections,
        closing(Appender(connections)) as appender,
    ):
        refuse_unfit(connections)
        migrate(connections)
        leases = Leases(connections)
        lease = leases.lease("crm")
        assert lease.win()
        events = [Held(id=uuid4(), reason="test") for _ in range(50)]
        for event in events:
            appender.append(event, fence=lease.fence())
            assert appender.received_lately(event.id) is False
        database.terminate()
        appender.append(Held(id=uuid4(), reason="test"), fence=lease.fence())
        leases.close()
        assert database.execute("select count(*) from frontdesk.event") == [(51,)]
        with closing(PostgresStore(url)) as store:
            for number in range(1, 11):  # each is a question with news
                store.append(line := received())
                assert store.get(line.id) is not None
                assert store.states() == {"pending": number}
            assert store.erase([line.id], [], "eva") == 1
            assert store.states() == {"pending": 9, "erased": 1}
