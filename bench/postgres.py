"""A PostgreSQL server of the benchmark's own, with the settings that it comes with."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.common import running


class MissingError(Exception):
    """A peer is not installed; says which."""


@contextmanager
def server(directory: Path) -> Iterator[str]:
    """Start one in an empty folder, which has its socket too; the address of its database."""
    try:
        import psycopg
    except ImportError:
        raise MissingError("the Python package psycopg") from None
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (debian[-1] if debian else None)
    if initdb is None:
        raise MissingError("the PostgreSQL server")
    user = None
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        user = "postgres"
        if not all(path.stat().st_mode & 0o001 for path in directory.absolute().parents):
            raise MissingError(f"a folder that {user} may enter")
        shutil.chown(directory, user)
    data = directory / "data"
    create = [initdb, "-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8"]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL, user=user, cwd=directory)
    address = f"postgresql://bench@/postgres?host={quote(str(directory), safe='')}"

    def ready() -> bool:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            return False
        return True

    command = [Path(initdb).with_name("postgres"), "-D", data, "-k", directory, "-h", ""]
    with running(command, ready, directory / "log", user=user, cwd=directory):
        yield address


class Databases:
    """The databases of a server, for a superuser of it."""

    def __init__(self, address: str) -> None:
        self._address = address

    def make(self, name: str) -> str:
        """A new one; its address."""
        self.execute(f'create database "{name}"')
        return self._address.replace("/postgres?", f"/{name}?")

    def execute(self, statement: str, address: str = "") -> list[tuple[Any, ...]]:
        """What is answered, by the first database or the one of that address."""
        import psycopg

        with psycopg.connect(address or self._address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def delay(self, microseconds: int) -> None:
        """Let each commit wait before it is flushed, also where nobody else commits."""
        self.execute("alter system set commit_siblings = 0")
        self.execute(f"alter system set commit_delay = {microseconds}")
        self.execute("select pg_reload_conf()")
        time.sleep(0.5)  # until all sessions know
