"""The stores, each of which keeps the same contract."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frontdesk.store.base import Store
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory import MemoryStore

# Another store is one more line here.
STORES: dict[str, Callable[[Path], Store]] = {
    "files": FileStore,
    "memory": lambda _: MemoryStore(),
}


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Make empty stores, of each kind."""
    made: list[Store] = []

    def one() -> Store:
        made.append(STORES[request.param](tmp_path / f"var{len(made)}"))
        return made[-1]

    yield one
    for store in made:
        store.close()


@pytest.fixture
def store(make: Callable[[], Store]) -> Store:
    """An empty store, of each kind."""
    return make()
