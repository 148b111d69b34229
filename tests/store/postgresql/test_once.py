"""What may be used only once among all machines."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from frontdesk.store.base import FOREVER
from frontdesk.store.postgresql.once import Once
from frontdesk.store.postgresql.pool import Connections
from tests.faults.machines.door import Door
from tests.postgresql import Database
from tests.support import eventually


def test_one_of_many_at_once_has_it(connections: Connections, database: Database) -> None:
    until = int(time.time()) + 600
    with ExitStack() as machines, ThreadPoolExecutor(12) as pool:
        each = [Connections(database.url) for _ in range(4)]
        for machine in each:
            machines.callback(machine.close)
        for key in ("a", "b"):
            claims = [
                pool.submit(Once(machine).claim, key, until) for machine in each for _ in range(3)
            ]
            assert [claim.result() for claim in claims].count(True) == 1
    assert not Once(connections).claim("a", until)


def test_what_counts_no_more_goes(connections: Connections, database: Database) -> None:
    once, day = Once(connections), 86_400
    now = int(time.time())
    assert once.claim("old", now - 3 * day)
    assert once.claim("of yesterday", now - day)
    assert once.claim("new", now)
    assert once.claim("for good", FOREVER)
    once.tidy()
    assert database.execute("select count(*) from frontdesk.once") == [(3,)]
    assert not once.claim("for good", FOREVER)
    assert not once.claim("of yesterday", now - day)
    assert once.claim("of a clock that was ahead", now + 1000 * day)
    once.tidy()
    assert not once.claim("new", now)


def test_a_database_that_refuses_is_an_error_and_no_answer(
    connections: Connections, database: Database
) -> None:
    database.execute("alter table frontdesk.once owner to postgres")
    with pytest.raises(OSError, match="permission denied for table once"):
        Once(connections).claim("a", int(time.time()))


def test_of_two_owners_on_many_machines_one_has_it(
    connections: Connections, database: Database
) -> None:
    until = int(time.time()) + 600
    with ExitStack() as machines, ThreadPoolExecutor(8) as pool:
        each = [Connections(database.url) for _ in range(4)]
        for machine in each:
            machines.callback(machine.close)
        claims = {
            owner: [pool.submit(Once(machine).claim, "a", until, owner) for machine in each]
            for owner in ("one", "two")
        }
        won = {owner: {claim.result() for claim in theirs} for owner, theirs in claims.items()}
    assert sorted(won.values(), key=str) == [{False}, {True}]


def test_an_answer_that_was_lost_is_given_again(
    connections: Connections, database: Database
) -> None:
    until = int(time.time()) + 600
    port = database.server.port
    door = Door(lambda: port)
    afar = Connections(database.url.replace(f":{port}/", f":{door.port}/"))
    once = Once(afar)
    assert once.claim("another", until)
    door.hold(there=False)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(once.claim, "a", until, "one")
        rows = "select count(*) from frontdesk.once"
        assert eventually(lambda: database.execute(rows) == [(2,)])
        door.shut = True
        door.cut()
        with pytest.raises(OSError, match=r"127\.0\.0\.1"):
            asking.result()
    assert not Once(connections).claim("a", until, "two")
    door.shut = False
    door.let()
    assert once.claim("a", until, "one")
    afar.close()
    door.close()


def test_a_row_of_an_older_version_belongs_to_nobody(
    connections: Connections, database: Database
) -> None:
    until = int(time.time()) + 600
    database.execute(
        "insert into frontdesk.once values (sha256('a'), to_timestamp(%s), gen_random_uuid())",
        until,
    )
    for owner in ("", "a", None):
        assert not Once(connections).claim("a", until, owner)
