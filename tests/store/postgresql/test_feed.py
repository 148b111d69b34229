"""What the index is told of the journal: every line once, whoever else has a transaction open."""

import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from frontdesk.model.events import AnyEvent
from frontdesk.store.postgresql import index
from frontdesk.store.postgresql.append import Row
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.query import Query
from tests.postgresql import Database, Server, new_database, own_server, owner, program
from tests.store.test_contract import A, B, C, D, came, delivered
from tests.store.test_sequences import answers

INSERT = """
insert into frontdesk.event (era, at, id, kind, digest, line)
select era, %s, %s, %s, %s, %s from frontdesk.about
"""
Begin = Callable[[], psycopg.Connection]


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    """With one submission, so that there is a table for its month."""
    made = PostgresStore(database.url)
    made.append(came(A, 1))
    assert made.states() == {"pending": 1}
    yield made
    made.close()


@pytest.fixture
def begin(database: Database) -> Iterator[Begin]:
    """Open transactions in the journal's database, which others do not see."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(psycopg.connect(database.url))


def write(transaction: psycopg.Connection, *lines: AnyEvent) -> None:
    for line in lines:
        transaction.execute(INSERT, Row.of(line))


def ids(store: PostgresStore) -> list[UUID]:
    return [record.id for record in store.find(Query(oldest_first=True)).records]


def expect_right(store: PostgresStore, number: int) -> None:
    """There are so many submissions, each of which was counted once."""
    assert sum(store.facts().counts.received.values()) == number
    assert sum(store.states().values()) == number


def expect_same_made_anew(store: PostgresStore, database: Database) -> None:
    """An index by other rules is not believed; one that is made of all at once says the same."""
    before = answers(store)
    generation = store.changes(None).cursor.partition(":")[0]
    database.execute("update frontdesk.state set fold = -1")
    assert not store.indexed()
    assert answers(store) == before
    assert store.changes(None).cursor.partition(":")[0] != generation
    assert store.indexed()


def test_a_line_is_read_although_later_ones_were_read_before(
    store: PostgresStore, begin: Begin, database: Database
) -> None:
    slow = begin()
    write(slow, came(B, 2))
    store.append(came(C, 3))
    assert ids(store) == [A, C]
    cursor = store.changes(None).cursor
    store.append(came(D, 4))
    assert ids(store) == [A, C, D]
    slow.commit()
    assert {record.id for record in store.changes(cursor).records} == {B, D}
    cursor = store.changes(cursor).cursor
    assert store.changes(cursor) == ([], cursor, False), "and once"
    expect_right(store, 4)
    expect_same_made_anew(store, database)


def test_what_is_rolled_back_never_was(store: PostgresStore, begin: Begin) -> None:
    slow, partly = begin(), begin()
    write(slow, came(B, 2))
    write(partly, came(C, 3))
    partly.execute("savepoint one")
    write(partly, came(D, 4))
    partly.execute("rollback to savepoint one")
    assert ids(store) == [A]
    slow.rollback()
    partly.commit()
    assert ids(store) == [A, C]
    expect_right(store, 2)


def test_lines_of_a_transaction_within_one(store: PostgresStore, begin: Begin) -> None:
    slow = begin()
    write(slow, came(B, 2))
    with slow.transaction():
        write(slow, came(C, 3))
    store.append(came(D, 4))
    assert ids(store) == [A, D]
    slow.commit()
    assert ids(store) == [A, B, C, D]
    expect_right(store, 4)


def test_nothing_waits_for_a_stranger(store: PostgresStore, postgresql: Server) -> None:
    """Nor is anything read again: a write in another database of the same server holds all back."""
    with (
        new_database(postgresql, f"other_{store.facts().counts.received['riverside']}") as other,
        psycopg.connect(other.url) as stranger,
    ):
        (number,) = stranger.execute("select pg_current_xact_id()::text").fetchone() or ("",)
        for turn in range(20):
            store.append(came(UUID(int=turn), 10 + turn), delivered(UUID(int=turn), 11 + turn))
            assert store.get(UUID(int=turn)) is not None
            cursor = store.changes(None).cursor
            assert store.changes(cursor).cursor == cursor
        seen = store._index._connections.ask(
            lambda db: db.execute("select seen::text from frontdesk.state").fetchone()
        )
        assert seen is not None
        assert number in seen[0].split(":")[2].split(","), "it was open all the time"
    expect_right(store, 21)


def test_a_row_that_is_only_locked_keeps_nobody_waiting(store: PostgresStore, begin: Begin) -> None:
    begin().execute("select 1 from frontdesk.event for update")
    store.append(came(B, 2))
    assert ids(store) == [A, B]


def test_numbers_of_transactions_that_get_longer(
    store: PostgresStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "STEP", 2)
    database.server.near_longer_numbers()
    for turn in range(8):
        store.append(came(UUID(int=turn), turn))
    digits = database.execute("select distinct length(tx::text) from frontdesk.event")
    assert len(digits) == 2
    expect_right(store, 9)
    expect_same_made_anew(store, database)


@pytest.mark.parametrize("seed", range(6))
def test_transactions_that_end_in_any_order(
    store: PostgresStore,
    begin: Begin,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    monkeypatch.setattr(index, "STEP", 3)
    chance = random.Random(seed)
    other = PostgresStore(database.url)
    waiting: list[tuple[psycopg.Connection, list[UUID]]] = []
    there, cursors = {A}, [store.changes(None).cursor, other.changes(None).cursor]
    known: list[set[UUID]] = [{A}, {A}]
    for turn in range(60):
        match chance.choice(("begin", "append", "end", "end", "ask", "ask")):
            case "begin" if len(waiting) < 8:
                new = [UUID(int=turn * 100 + one) for one in range(chance.randrange(1, 6))]
                waiting.append((begin(), new))
                write(waiting[-1][0], *(came(one, turn) for one in new))
            case "append":
                store.append(came(UUID(int=turn * 100), turn))
                there.add(UUID(int=turn * 100))
            case "end" if waiting:
                transaction, new = waiting.pop(chance.randrange(len(waiting)))
                if chance.random() < 0.7:
                    transaction.commit()
                    there.update(new)
                else:
                    transaction.rollback()
            case "ask":
                asked = chance.randrange(2)
                changes = (store, other)[asked].changes(cursors[asked])
                cursors[asked] = changes.cursor
                new_to = {record.id for record in changes.records}
                assert not new_to & known[asked], "nothing twice"
                known[asked] |= new_to
                assert known[asked] == there, "and nothing too late"
    expect_right(store, len(there))
    expect_same_made_anew(other, database)
    other.close()


def test_many_lines_are_taken_in_step_by_step(
    store: PostgresStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "STEP", 7)
    for number in range(10):
        some = [UUID(int=number * 100 + one) for one in range(20)]
        store.append(*(came(one, number) for one in some), *(delivered(one, 99) for one in some))
    expect_right(store, 201)
    expect_same_made_anew(store, database)


def test_a_dump_that_is_restored_elsewhere_is_read_whole(
    store: PostgresStore, database: Database, tmp_path: Path
) -> None:
    for _ in range(50):  # transactions, so that their numbers are ahead of those of a new server
        database.execute("select pg_current_xact_id()")
    store.append(came(B, 2))
    assert ids(store) == [A, B]
    store.append(came(C, 3))  # which the index that is dumped does not know
    dump = [program("pg_dump"), "-h", str(database.server.folder), "-p", str(database.server.port)]
    text = subprocess.run(
        [*dump, "-U", "postgres", database.name], check=True, capture_output=True, user=owner()
    ).stdout
    with own_server() as fresh, new_database(fresh, "restored") as restored:
        load = [program("psql"), "-h", str(fresh.folder), "-p", str(fresh.port), "-q", "-U"]
        quiet = ["-v", "ON_ERROR_STOP=1", "-o", "/dev/null", restored.name]
        subprocess.run([*load, "postgres", *quiet], check=True, input=text, user=owner())
        ((ahead,),) = restored.execute(
            "select max(tx::text::bigint) > pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
            " from frontdesk.event"
        )
        assert ahead, "by their numbers, its lines have yet to come"
        again = PostgresStore(restored.url)
        assert ids(again) == [A, B, C]
        again.append(came(D, 4), delivered(A, 5))
        assert ids(again) == [A, B, C, D]
        assert again.events(A) == [came(A, 1), delivered(A, 5)]
        expect_right(again, 4)
        expect_same_made_anew(again, restored)
        again.close()
