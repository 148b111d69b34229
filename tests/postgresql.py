"""A real PostgreSQL server, which the tests start and stop themselves."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from tests.support import eventually, free_port

USER = "frontdesk"  # what Frontdesk logs in as; it owns the databases
PASSWORD = "not-to-be-seen-in-any-message"
JOURNAL = '\n[journal]\nstore = "postgresql"\nurl = "${FRONTDESK_DATABASE_URL}"\n'
SETTINGS = ("max_connections=60", "shared_buffers=16MB", "wal_level=replica")


def program(name: str) -> str:
    """The path of a program of PostgreSQL's server; the test is skipped where it is missing."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        if "CI" in os.environ:
            raise FileNotFoundError(f"{name}: PostgreSQL's server is not installed")
        pytest.skip("PostgreSQL's server is not installed")
    return found


def owner() -> str | None:
    """As whom a server runs, for it refuses to run as root; None for this user."""
    return "postgres" if os.geteuid() == 0 else None


class Server:
    """A server in a folder; local programs are its superusers, others need a password."""

    def __init__(self, folder: Path) -> None:
        """`folder`: an empty one, the server's own; a short path, for it has the socket too."""
        self.folder, self.port = folder, free_port()
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        if user := owner():
            shutil.chown(folder, user)

    def create(self) -> None:
        """Make an empty cluster."""
        self._run(
            *("initdb", "-D", str(self._data), "-U", "postgres", "--encoding=UTF8"),
            *("--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"),
        )

    def _run(self, name: str, *words: str) -> None:
        command = [program(name), *words]
        subprocess.run(
            command, check=True, capture_output=True, user=owner(), cwd=self.folder, timeout=120
        )

    def start(self) -> None:
        """Start it, and return once it lets somebody in."""
        place = ["-D", self._data, "-k", self.folder, "-h", "127.0.0.1", "-p", str(self.port)]
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program("postgres"), *place, *settings],
                stdout=log,
                stderr=log,
                user=owner(),
                cwd=self.folder,
            )
        assert eventually(self._lets_in), (self.folder / "log").read_text()

    def _lets_in(self) -> bool:
        try:
            self.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def stopped(self) -> bool:
        """Whether it does not run."""
        return self._process is None

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends all connections, SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def execute(
        self, query: LiteralString | sql.Composed, *values: object, database: str = "postgres"
    ) -> list[tuple[Any, ...]]:
        """What a superuser is answered."""
        with self.connect(database, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def connect(
        self, database: str, *, autocommit: bool = False
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of a superuser."""
        return psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user="postgres",
            dbname=database,
            autocommit=autocommit,
        )

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        """The address of a database, over TCP."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def near_longer_numbers(self) -> None:
        """Use transactions up until their numbers are about to get one digit more."""
        ((now,),) = self.execute("select pg_current_xact_id()::text")
        end = 10 ** len(now) - 6
        loop = "while pg_current_xact_id() < {}::xid8 loop commit; end loop"
        quickly = "set synchronous_commit = off"
        self.execute(
            sql.SQL(f"do $$ begin {quickly}; {loop}; end $$").format(sql.Literal(str(end)))
        )

    def standby(self, folder: Path) -> "Server":
        """A server that follows this one by streaming replication; it has not been started."""
        follower = Server(folder)
        source = f"host={self.folder} port={self.port} user=postgres"
        self._run("pg_basebackup", "-D", str(follower._data), "-R", "-c", "fast", "-d", source)
        return follower

    def promote(self) -> None:
        """Make a standby a server of its own."""
        self.execute("select pg_promote()")


class Database:
    """A database that nothing is in, of a server that others may use."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name, self.url = server, name, server.url(name)

    def execute(
        self, query: LiteralString | sql.Composed, *values: object
    ) -> list[tuple[Any, ...]]:
        """What a superuser is answered."""
        return self.server.execute(query, *values, database=self.name)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of a superuser, with a transaction that ends with it."""
        return self.server.connect(self.name)

    def sessions(self) -> list[tuple[int]]:
        """The processes of the server that serve a connection to it."""
        return self.server.execute("select pid from pg_stat_activity where datname = %s", self.name)

    def waiting(self, event: str = "relation") -> list[tuple[int]]:
        """The processes of the server that wait for something there: for a table as a rule."""
        return self.server.execute(
            "select pid from pg_stat_activity where datname = %s and wait_event = %s",
            self.name,
            event,
        )

    def terminate(self) -> int:
        """End all connections to it, as an administrator can; their number."""
        return len(
            self.server.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                self.name,
            )
        )


@contextmanager
def own_server() -> Iterator[Server]:
    """A server that nobody else uses."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        server.create()
        server.start()
        server.execute(
            sql.SQL("create role {} login password {}").format(
                sql.Identifier(USER), sql.Literal(PASSWORD)
            )
        )
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)


@contextmanager
def new_database(server: Server, name: str, options: str = "") -> Iterator[Database]:
    """An empty database, which is dropped afterwards."""
    server.execute(
        sql.SQL("create database {} owner {} {}").format(
            sql.Identifier(name),
            sql.Identifier(USER),
            sql.SQL(options),  # type: ignore[arg-type]
        )
    )
    yield Database(server, name)
    server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
