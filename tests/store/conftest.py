"""The stores, each of which keeps the same contract."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from frontdesk.store.base import Store
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory.store import MemoryStore
from frontdesk.store.postgresql.store import PostgresStore
from tests.postgresql import Database, Server, new_database

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


class Place(NamedTuple):
    """Where a test may keep things; what a store needs besides is let go of with `ending`."""

    folder: Path
    databases: Callable[[], Databases]
    ending: ExitStack


# Of each kind, how an empty one is made. A new store is a line here.
STORES: dict[str, Callable[[Place], Store]] = {
    "files": lambda place: FileStore(place.folder / f"var{next(NUMBERS)}"),
    "memory": lambda _: MemoryStore(),
    "postgresql": lambda place: PostgresStore(
        place.ending.enter_context(place.databases().lent()).url
    ),
}


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Make empty stores, of each kind."""
    with ExitStack() as ending:
        place = Place(tmp_path, lambda: request.getfixturevalue("databases"), ending)

        def one() -> Store:
            made = STORES[request.param](place)
            ending.callback(made.close)
            return made

        yield one


@pytest.fixture
def store(make: Callable[[], Store]) -> Store:
    """An empty store, of each kind."""
    return make()
