"""A dump that is restored on another server, under processes that go on."""

from collections.abc import Iterator
from functools import partial

import pytest

from frontdesk.store.postgresql.store import PostgresStore
from tests.faults.machines.cluster import NAME, Cluster
from tests.faults.machines.door import Door
from tests.postgresql import PASSWORD, USER
from tests.support import received


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
def store(doors: list[Door]) -> Iterator[PostgresStore]:
    hosts = ",".join(f"127.0.0.1:{door.port}" for door in doors)
    made = PostgresStore(f"postgresql://{USER}:{PASSWORD}@{hosts}/{NAME}")
    yield made
    made.close()


def test_what_comes_after_it_is_found_although_transactions_are_numbered_anew(
    cluster: Cluster, doors: list[Door], store: PostgresStore
) -> None:
    for _ in range(300):
        cluster.execute("select pg_current_xact_id()")
    store.append(before := received())
    cursor = store.changes(None).cursor
    for door in doors:
        door.shut = True
        door.cut()
    cluster.restore()
    for door in doors:
        door.shut = False
    store.append(after := received())
    assert [record.id for record in store.changes(cursor).records] == [after.id]
    numbers = [
        int(tx) for (tx,) in cluster.execute("select tx::text from frontdesk.event order by seq")
    ]
    assert numbers != sorted(numbers), "the new server has counted on"
    assert store.get(before.id) is not None
