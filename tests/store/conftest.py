"""The stores, each of which keeps the same contract."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from frontdesk.store.base import Store
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory.store import MemoryStore
from frontdesk.store.postgresql.store import PostgresStore
from tests.postgresql import Database, Server, new_database

STORES = ("files", "memory", "postgresql")
NUMBERS = itertools.count()


class Databases:
    """Databases with nothing in them, which are used again: to make one takes its time."""

    def __init__(self, server: Server, ending: ExitStack) -> None:
        self._server, self._ending = server, ending
        self._unused: list[Database] = []

    @contextmanager
    def lent(self) -> Iterator[Database]:
        """A database for a test, in which it leaves no connection open."""
        if not self._unused:
            made = new_database(self._server, f"store{next(NUMBERS)}")
            self._unused.append(self._ending.enter_context(made))
        database = self._unused.pop()
        yield database
        database.execute("drop schema if exists frontdesk cascade")
        self._unused.append(database)


@pytest.fixture(scope="session")
def databases(postgresql: Server) -> Iterator[Databases]:
    """Databases of a server that other tests use, too."""
    with ExitStack() as ending:
        yield Databases(postgresql, ending)


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Make empty stores, of each kind."""
    with ExitStack() as ending:

        def one() -> Store:
            made: Store
            if request.param == "files":
                made = FileStore(tmp_path / f"var{next(NUMBERS)}")
            elif request.param == "memory":
                made = MemoryStore()
            else:
                databases: Databases = request.getfixturevalue("databases")
                made = PostgresStore(ending.enter_context(databases.lent()).url)
            ending.callback(made.close)
            return made

        yield one


@pytest.fixture
def store(make: Callable[[], Store]) -> Store:
    """An empty store, of each kind."""
    return make()
