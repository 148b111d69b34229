"""The index in PostgreSQL, among processes that die, build it and ask it all at once."""

import hashlib
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import fields

from frontdesk.model.account import Account, Claim
from frontdesk.model.events import Notified
from frontdesk.model.receivers import Receiver, Receivers
from frontdesk.model.record import Delivery, Record
from frontdesk.model.refusals import History, Refusals
from frontdesk.model.revocations import Kept
from frontdesk.model.revocations import Known as Revoked
from frontdesk.store.base import Counts, IndexBuildingError
from frontdesk.store.fold import Known
from frontdesk.store.postgresql.columns import FOLD
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.query import Query
from tests.postgresql import Database
from tests.store.postgresql.test_feed import expect_right, expect_same_made_anew
from tests.store.test_contract import A, B, C, at, by_text, came, delivered
from tests.store.test_sequences import answers
from tests.support import eventually

ROOT = Path(__file__).parents[3]
ASK = """
import sys
from frontdesk.store.postgresql.store import PostgresStore
print(PostgresStore(sys.argv[1]).facts().counts.received, flush=True)
"""
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Ask a journal in a process of its own, which ends with the test."""
    running: list[subprocess.Popen[str]] = []

    def run(url: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", ASK, url]
        running.append(subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    made = PostgresStore(database.url)
    yield made
    made.close()


def waits(database: Database, number: int = 1) -> bool:
    """Whether so many transactions wait for a lock."""
    return database.execute(
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and application_name = 'frontdesk' and wait_event_type = 'Lock'"
    ) == [(number,)]


@pytest.mark.parametrize("table", ["record", "mark", "text", "state"])
def test_whoever_dies_halfway_leaves_nothing_half(
    store: PostgresStore, database: Database, start: Start, table: str
) -> None:
    store.append(came(A, 1), delivered(A, 2))
    expect_right(store, 1)
    store.append(came(B, 3), delivered(B, 4), came(C, 5))
    with psycopg.connect(database.url) as obstacle:
        # It has written to the other tables by then.
        lock = "exclusive" if table != "state" else "row exclusive"
        obstacle.execute(f"lock table frontdesk.{table} in {lock} mode".encode())
        if table == "state":
            obstacle.execute("select 1 from frontdesk.state for update")
        dying = start(database.url)
        assert eventually(lambda: waits(database))
        dying.send_signal(signal.SIGKILL)
        dying.wait()
        database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        assert eventually(lambda: waits(database, 0))
    expect_right(store, 3)
    assert store.states() == {"delivered": 2, "pending": 1}
    expect_same_made_anew(store, database)


def test_a_connection_that_is_ended_in_mid_question_is_replaced(
    store: PostgresStore, database: Database
) -> None:
    store.append(came(A, 1))
    with psycopg.connect(database.url) as obstacle, ThreadPoolExecutor(1) as pool:
        obstacle.execute("select 1 from frontdesk.state for update")
        asked = pool.submit(store.states)
        assert eventually(lambda: waits(database))
        database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        assert eventually(lambda: waits(database))
        obstacle.rollback()
        assert asked.result() == {"pending": 1}


def test_who_does_not_wait_is_told_while_another_builds(
    store: PostgresStore, database: Database
) -> None:
    store.append(came(A, 1))
    assert not store.indexed()
    with psycopg.connect(database.url) as builder:
        builder.execute("select 1 from frontdesk.state for update")
        with pytest.raises(IndexBuildingError):
            store.changes(None, wait=False)
        with pytest.raises(IndexBuildingError):
            store.facts(hurry=True)  # and has it built as soon as that can be
    assert eventually(store.indexed)
    assert [record.id for record in store.changes(None, wait=False).records] == [A]
    assert store.facts(hurry=True).counts.received == {"riverside": 1}


def test_who_is_in_a_hurry_does_not_wait_for_others(
    store: PostgresStore, database: Database
) -> None:
    store.append(came(A, 1))
    expect_right(store, 1)
    store.append(came(B, 2))
    with psycopg.connect(database.url) as busy:
        busy.execute("select 1 from frontdesk.state for update")
        with pytest.raises(IndexBuildingError):
            store.facts(hurry=True)

    def known() -> dict[str, int] | None:
        with suppress(IndexBuildingError):  # as long as the thread that builds it is at work
            return store.facts(hurry=True).counts.received
        return None

    assert eventually(known) == {"riverside": 2}


def test_while_one_thread_builds_the_others_are_told(
    store: PostgresStore, database: Database
) -> None:
    store.append(came(A, 1))
    with psycopg.connect(database.url) as obstacle, ThreadPoolExecutor(8) as pool:
        obstacle.execute("select 1 from frontdesk.state for update")
        waiting = [pool.submit(store.states) for _ in range(8)]
        assert eventually(lambda: waits(database))
        with pytest.raises(IndexBuildingError):
            store.changes(None, wait=False)
        with pytest.raises(IndexBuildingError):
            store.facts(hurry=True)
        obstacle.rollback()
        assert [one.result() for one in waiting] == [{"pending": 1}] * 8


def test_processes_and_threads_that_write_and_ask_at_once(database: Database, start: Start) -> None:
    stores = [PostgresStore(database.url) for _ in range(3)]
    wrong: list[UUID] = []
    begin = threading.Barrier(6)

    def work(number: int) -> None:
        store = stores[number % 3]
        begin.wait()
        for turn in range(20):
            one = UUID(int=number * 1000 + turn)
            store.append(came(one, number * 100 + turn))
            if store.get(one) is None or one not in stores[0].starting(str(one)):
                wrong.append(one)

    others = [start(database.url) for _ in range(2)]
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    for process in others:
        assert process.wait(60) == 0
    for store in stores:
        expect_right(store, 120)
    expect_same_made_anew(stores[1], database)
    assert answers(stores[0]) == answers(stores[2])
    for store in stores:
        store.close()


def test_a_newer_index_is_seen_by_who_knew_an_older(
    store: PostgresStore, database: Database
) -> None:
    other = PostgresStore(database.url)
    store.append(came(A, 1))
    assert store.changes(None).records == other.changes(None).records
    cursor = other.changes(None).cursor
    expect_same_made_anew(store, database)
    store.append(delivered(A, 2))
    changes = other.changes(cursor)
    assert (changes.records, changes.whole) == ([], True)
    assert other.get(A) == store.get(A)
    other.append(came(B, 3))
    expect_right(store, 2)
    expect_right(other, 2)
    other.close()


def test_a_line_that_was_spoilt_is_counted_and_holds_nobody_up(
    store: PostgresStore, database: Database
) -> None:
    store.append(came(A, 1), came(B, 2))
    database.execute("update frontdesk.event set line = '{\"v\":1,' where id = %s", A)
    assert store.facts().damaged == 1
    assert store.states() == {"pending": 1}
    (flaw,) = [flaw for flaw in store.inspect().flaws if "written" in flaw.what]
    assert flaw.grave
    assert store.events(A) == []


def test_a_state_of_another_shape_has_another_number() -> None:
    """When this fails: raise FOLD, write down both here, and make the tables anew by a migration.

    As of files' index: what is written down of a journal must be read by the same rules.
    """
    kinds = (Record, Delivery, Account, Claim, Receivers, Receiver, Counts, History, Refusals)
    kinds = (*kinds, Kept, Revoked, Known)
    # In which module a type is defined changes nothing that is kept.
    shape = [
        (field.name, re.sub(r"frontdesk[\w.]*\.", "", str(field.type)))
        for kind in kinds
        for field in fields(kind)
    ]
    migrations = files("frontdesk.store.postgresql") / "migrations"
    tables = [(migrations / f"{name}.sql").read_text("utf-8") for name in ("0002", "0003")]
    told = repr((shape, tables)).encode()
    assert (FOLD, hashlib.sha256(told).hexdigest()[:16]) == (7, "7b3a04184ab291e3")


def test_texts_are_found_by_trigrams(store: PostgresStore, database: Database) -> None:
    for number in range(200):
        store.append(came(UUID(int=number), number, note=f"note {number:05}"))
    assert by_text(store, "note 00077") == [UUID(int=77)]
    with psycopg.connect(database.url) as connection:
        connection.execute("set enable_seqscan = off")
        plan = connection.execute(
            "explain select key from frontdesk.text where words like '%note00077%'"
        ).fetchall()
    assert "text_words" in str(plan)


def test_without_trigrams_the_same_is_found(store: PostgresStore, database: Database) -> None:
    store.append(came(A, 1, note="Přízemí, prosím"))
    assert by_text(store, "prizemi") == [A]
    database.execute("drop extension pg_trgm cascade")
    assert by_text(store, "prizemi") == [A]


def test_names_of_any_length_and_kind_have_room(store: PostgresStore) -> None:
    long, odd = "x" * 9000, "a\0b\ud800".encode(errors="replace").decode()
    store.append(
        came(A, 1, form=long, unit=long, campaign=odd, email=f"{long}@example.com"),
        came(B, 2, form=long + "y", unit=long + "y"),
        delivered(A, 3, customer=long),
        Notified(at=at(4), receiver="desk", what=(f"failed:{A}",)),
    )
    assert [one.id for one in store.find(Query(form=long)).records] == [A]
    assert [one.id for one in store.find(Query(unit=long + "y")).records] == [B]
    assert [one.id for one in store.find(Query(campaign=odd)).records] == [A]
    assert [one.id for one in store.find(Query(customer=long)).records] == [A]
    assert store.sharing([f"{long}@example.com"]) == [A]
