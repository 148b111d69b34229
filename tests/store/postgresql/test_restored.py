"""A dump that is restored on another server, under processes that go on."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from frontdesk.store.postgresql.store import PostgresStore
from tests.faults.machines.cluster import NAME, Cluster
from tests.faults.machines.door import Door
from tests.postgresql import PASSWORD, USER
from tests.samples import received


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.close()


@pytest.fixture
def doors(cluster: Cluster) -> Iterator[list[Door]]:
    made = [Door(partial(cluster.port, place)) for place in range(2)]
    yield made
    for door in made:
        door.close()


@pytest.fixture
def stores(doors: list[Door]) -> Iterator[list[PostgresStore]]:
    """Those of two machines."""
    hosts = ",".join(f"127.0.0.1:{door.port}" for door in doors)
    url = f"postgresql://{USER}:{PASSWORD}@{hosts}/{NAME}"
    made = [PostgresStore(url), PostgresStore(url)]
    yield made
    for store in made:
        store.close()


def restore(cluster: Cluster, doors: list[Door], dump: Path) -> None:
    """Nobody gets through meanwhile."""
    for door in doors:
        door.shut = True
        door.cut()
    cluster.restore(dump)
    for door in doors:
        door.shut = False


def test_what_comes_after_it_is_found_although_transactions_are_numbered_anew(
    cluster: Cluster, doors: list[Door], stores: list[PostgresStore]
) -> None:
    store, _ = stores
    for _ in range(300):
        cluster.execute("select pg_current_xact_id()")
    store.append(before := received())
    cursor = store.changes(None).cursor
    restore(cluster, doors, cluster.dump())
    store.append(after := received())
    assert after.id in {record.id for record in store.changes(cursor).records}
    numbers = [
        int(tx) for (tx,) in cluster.execute("select tx::text from frontdesk.event order by seq")
    ]
    assert numbers != sorted(numbers), "the new server has counted on"
    assert store.get(before.id) is not None


def test_what_comes_after_an_older_dump_is_found_by_who_was_further(
    cluster: Cluster, doors: list[Door], stores: list[PostgresStore]
) -> None:
    one, other = stores
    one.append(received())
    one.changes(None)
    dump = cluster.dump()
    for _ in range(3):
        one.append(received())
        cursor = one.changes(None).cursor
    restore(cluster, doors, dump)
    late = [received() for _ in range(5)]
    for line in late:
        other.append(line)
        other.changes(None)
    found = {record.id for record in one.changes(cursor).records}
    assert {line.id for line in late} <= found
