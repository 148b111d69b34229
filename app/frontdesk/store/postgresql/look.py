"""A database is looked at before it is used, and again when it has moved to another server."""

import os
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors


class Look:
    """Remembers which server was looked at; any number of threads may ask."""

    def __init__(self, look: Callable[[], None]) -> None:
        """`look`: looks at the database, over connections of its own; raises JournalError."""
        self._look, self._done = look, False
        self._server: int | None = None
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._gate = threading.RLock()  # guards the rest
        self._inside = False  # whether it is the look itself that connects

    def before(self) -> None:
        """Look, unless that was done. Raises JournalError."""
        if not self._done:
            with self._gate:
                if not self._done:
                    self._take()

    def at(self, connection: psycopg.Connection[Any]) -> None:
        """Look again, where a new connection leads to another server than the last one.

        A dump was restored there, as a rule, whose transactions have other numbers. Raises
        psycopg.Error, JournalError.
        """
        with self._gate:
            if self._inside:
                return
        server = _server_of(connection)
        with self._gate:
            if None not in (server, self._server) and server != self._server:
                self._take()
            self._server = server

    def _take(self) -> None:
        if self._inside:
            return
        self._inside = True
        try:
            self._look()
            self._done = True
        finally:
            self._inside = False


def _server_of(connection: psycopg.Connection[Any]) -> int | None:
    """What tells a server from others, but not from its own standbys; None if it is not told."""
    try:
        row = connection.execute("select system_identifier from pg_control_system()").fetchone()
    except (errors.InsufficientPrivilege, errors.UndefinedFunction):
        return None
    return None if row is None else int(row[0])
