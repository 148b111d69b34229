"""Journals in PostgreSQL, on a server for all tests or on one that a test may stop."""

from collections.abc import Iterator

import pytest

from frontdesk.store.postgresql.append import Appender
from frontdesk.store.postgresql.migrate import migrate
from frontdesk.store.postgresql.pool import Connections
from tests.postgresql import Database, Server, new_database, own_server


@pytest.fixture
def connections(database: Database) -> Iterator[Connections]:
    """Connections to a journal with nothing in it."""
    made = Connections(database.url)
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def appender(connections: Connections) -> Iterator[Appender]:
    made = Appender(connections)
    yield made
    made.close()


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server that is stopped and started; each test leaves it running."""
    with own_server() as server:
        yield server


@pytest.fixture
def mortal(own: Server) -> Iterator[Database]:
    """A new database on that server."""
    with new_database(own, "mortal") as made:
        yield made
