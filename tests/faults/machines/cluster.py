"""The database of all machines: two places for a server, of which one serves at a time."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from tests.postgresql import PASSWORD, USER, Server, program
from tests.support import eventually

NAME = "frontdesk"
SIZE = 400  # MiB of a server's disk


class Cluster:
    """Servers that crash, fill up and follow each other; a superuser always gets in."""

    def __init__(self) -> None:
        self._folders: list[Path] = []
        self.places: list[Server | None] = [None, None]
        self.own_disks = True  # whether every server has a disk of its own, which can be full
        self.server = self._create()
        self.places[0] = self.server
        self.server.execute(
            sql.SQL("create database {} owner {}").format(
                sql.Identifier(NAME), sql.Identifier(USER)
            )
        )

    def _folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._folders.append(folder)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "none", str(folder)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
            self.own_disks = False
        return folder

    def _create(self) -> Server:
        """A server with nothing in it but the user."""
        server = Server(self._folder())
        server.create()
        server.start()
        role, password = sql.Identifier(USER), sql.Literal(PASSWORD)
        server.execute(sql.SQL("create role {} login password {}").format(role, password))
        return server

    def port(self, place: int) -> int | None:
        """Where the server of a place listens."""
        server = self.places[place]
        return None if server is None else server.port

    def execute(self, query: str, *values: object) -> list[tuple]:
        """What the database answers, once it can."""

        def asked() -> tuple[list[tuple]] | None:
            try:
                return (self.server.execute(query, *values, database=NAME),)
            except psycopg.OperationalError:
                return None

        return eventually(asked)[0]

    def connect(self) -> psycopg.Connection:
        """A superuser's connection, with a transaction."""
        return self.server.connect(NAME)

    def terminate(self) -> None:
        """End all connections, as an administrator can."""
        self.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and pid <> pg_backend_pid()",
            NAME,
        )

    # -- servers that die and come back ----------------------------------------------------

    def crash(self) -> None:
        self.server.stop(signal.SIGQUIT)

    def mend(self) -> None:
        """Make room on its disk, and have it run."""
        self._filler.unlink(missing_ok=True)
        try:
            self.server.execute("select 1")
        except psycopg.OperationalError:
            self.server.stop(signal.SIGQUIT)
            self.server.start()

    def fill(self, left: int) -> None:
        """Leave so many bytes free on its disk."""

        def filled() -> bool:
            free = os.statvfs(self.server.folder)
            try:
                os.posix_fallocate(filler.fileno(), 0, free.f_bavail * free.f_frsize - left)
            except OSError:  # somebody has just taken some of it
                return False
            return True

        with self._filler.open("wb") as filler:
            assert eventually(filled)

    @property
    def _filler(self) -> Path:
        return self.server.folder / "filler"

    # -- another server --------------------------------------------------------------------

    def fail_over(self) -> None:
        """Have a second server follow, which loses nothing; then the first dies."""
        old, place = self.server, self._other_place
        new = old.standby(self._folder())
        new.start()
        self.places[place] = new
        old.execute("alter system set synchronous_standby_names = '*'")
        old.execute("select pg_reload_conf()")
        follows = "select 1 from pg_stat_replication where sync_state = 'sync'"
        assert eventually(lambda: old.execute(follows))
        old.execute("checkpoint")  # by who else has to know that commits wait for the second one
        [(end,)] = old.execute("select pg_current_wal_lsn()")
        has_all = follows + " and flush_lsn >= %s::pg_lsn"
        assert eventually(lambda: old.execute(has_all, end))
        old.stop(signal.SIGQUIT)
        new.promote()
        self._move(new, place)

    def dump(self) -> Path:
        """All that is in the database at the moment."""
        path = self.server.folder / "dump"
        _run("pg_dump", *_superuser(self.server), "-Fc", "-C", "-f", str(path), NAME)
        return path

    def restore(self, dump: Path) -> None:
        """Move to a new server by a dump; nobody may write meanwhile."""
        old, place = self.server, self._other_place
        new = self._create()
        _run("pg_restore", *_superuser(new), "-C", "-d", "postgres", str(dump))
        old.stop(signal.SIGQUIT)
        self._move(new, place)

    @property
    def _other_place(self) -> int:
        return 1 - self.places.index(self.server)

    def _move(self, server: Server, place: int) -> None:
        self.server = server
        self.places = [server if number == place else None for number in range(2)]

    def close(self) -> None:
        for server in self.places:
            if server is not None:
                server.stop(signal.SIGQUIT)
        for folder in self._folders:
            subprocess.run(["umount", str(folder)], capture_output=True, check=False)
            shutil.rmtree(folder, ignore_errors=True)


def _superuser(server: Server) -> list[str]:
    return ["-h", str(server.folder), "-p", str(server.port), "-U", "postgres"]


def _run(name: str, *words: str) -> None:
    subprocess.run([program(name), *words], check=True, capture_output=True, timeout=120)
