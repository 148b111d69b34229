"""The stores, each of which keeps the same contract."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from frontdesk.store.base import Store
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory import MemoryStore
from frontdesk.store.postgresql.store import PostgresStore
from tests.postgresql import Server, new_database

STORES = ("files", "memory", "postgresql")
NUMBERS = itertools.count()


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
                server: Server = request.getfixturevalue("postgresql")
                database = ending.enter_context(new_database(server, f"store{next(NUMBERS)}"))
                made = PostgresStore(database.url)
            ending.callback(made.close)
            return made

        yield one


@pytest.fixture
def store(make: Callable[[], Store]) -> Store:
    """An empty store, of each kind."""
    return make()
