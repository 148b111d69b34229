"""What is kept and is no event, for all processes that share a database."""

from uuid import uuid4

from frontdesk.store.base import Kept
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.pool import Connections, as_os_error

_KEEP = """
insert into frontdesk.kept (name, revision, content) values (%s, %s, %s)
on conflict (name) do update set revision = excluded.revision, content = excluded.content
"""
_KEPT = """
select revision::text, content from frontdesk.kept where name = %s and revision::text <> %s
"""


class Rows:
    """Rows by their names."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def keep(self, name: str, content: bytes) -> None:
        """Put a row in the place of the one before. Raises OSError."""
        values = (name, uuid4(), content)
        with as_os_error():
            self._connections.ask_quick(lambda connection: connection.execute(_KEEP, values))

    def kept(self, name: str, known: str) -> Kept | None:
        """A row that is there and is not the `known` one. Raises OSError."""

        def question(connection: Connection) -> Kept | None:
            row = connection.execute(_KEPT, (name, known)).fetchone()
            return None if row is None else Kept(row[0], bytes(row[1]))

        with as_os_error():
            return self._connections.ask_quick(question)
