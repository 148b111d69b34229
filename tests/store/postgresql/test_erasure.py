"""A person who is erased from a journal in PostgreSQL, whatever happens meanwhile."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.exchange import Answer
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.query import Query
from tests.postgresql import Database
from tests.samples import received
from tests.store.postgresql.test_feed import expect_same_made_anew, write
from tests.store.postgresql.test_index import waits
from tests.store.test_contract import EVA, A, B, C, D, at, came, delivered, life, record, revocation
from tests.support import eventually

ROOT = Path(__file__).parents[3]
TEXTS = ("Žofie", "Šípková", "zofie@", "sipkova@", "777999888", "Rex", "zofie", "sipkova")
ERASE = """
import sys
from uuid import UUID
from frontdesk.store.postgresql.store import PostgresStore
PostgresStore(sys.argv[1]).erase([UUID(sys.argv[2])], ["zofie@example.com"], "eva")
"""


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    made = PostgresStore(database.url)
    made.append(*life(A, 0), came(B, 9))
    assert made.states() == {"delivered": 1, "pending": 1}
    yield made
    made.close()


def mentions(database: Database, text: str) -> list[str]:
    """The tables in which a text stands somewhere."""
    tables = [
        name
        for (name,) in database.execute(
            "select relname from pg_class where relnamespace = 'frontdesk'::regnamespace"
            " and relkind = 'r' order by relname"
        )
    ]
    found = []
    for name in tables:
        rows = database.execute(f"select * from frontdesk.{name}")  # type: ignore[arg-type]
        if any(text in _readable(value) for row in rows for value in row):
            found.append(name)
    return found


def _readable(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def test_no_table_has_anything_of_the_person(store: PostgresStore, database: Database) -> None:
    assert mentions(database, "zofie@") == ["event_2026_03", "mark", "record", "text"]
    assert store.erase([A], ["zofie@example.com"], "eva") == 5
    for text in TEXTS:
        assert mentions(database, text) == [], text
    assert database.execute("select count(*) from frontdesk.event where erased") == [(5,)]
    assert database.execute("select * from frontdesk.erasing") == []
    assert record(store, A).state == "erased"
    assert store.inspect().flaws == []
    expect_same_made_anew(store, database)


def test_old_versions_of_rows_are_swept_up(store: PostgresStore, database: Database) -> None:
    store.erase([A], [], "eva")
    for table in ("event_2026_03", "record", "mark", "text"):
        dead = f"select n_dead_tup from pg_stat_user_tables where relname = '{table}'"
        assert eventually(lambda dead=dead: database.execute(dead) == [(0,)]), table  # type: ignore


def test_what_was_revoked_goes_with_the_person(store: PostgresStore, database: Database) -> None:
    store.append(revocation(10, D, email="zofie@example.com", notes="Žofie"))
    assert store.facts().revocations
    assert store.erase([A, D], [], "eva") == 6
    for text in TEXTS:
        assert mentions(database, text) == [], text
    assert record(store, D).state == "erased"
    expect_same_made_anew(store, database)


def test_who_comes_again_is_left_alone(store: PostgresStore, database: Database) -> None:
    store.erase([A], [], "eva")
    again = received(A, at=events.utcnow() + timedelta(seconds=1), **EVA)
    store.append(again)
    assert record(store, A).submission == again.submission
    assert store.find(Query(texts=("Žofie",))).records == [record(store, A)]
    expect_same_made_anew(store, database)


def test_a_line_that_is_written_again_is_there_once_after_it_is_erased_again(
    store: PostgresStore, database: Database
) -> None:
    store.erase([A], [], "eva")
    before = store.events(A)
    store.append(*life(A, 0))
    assert mentions(database, "Žofie")
    assert store.erase([A], [], "eva") == 5
    assert mentions(database, "Žofie") == []
    assert [one for one in store.events(A) if not isinstance(one, events.Erased)] == before[:-1]


def test_a_line_that_cannot_be_read_is_blanked_if_it_tells_of_the_person(
    store: PostgresStore, database: Database
) -> None:
    store.append(came(C, 20, email="other@example.com"))
    database.execute("update frontdesk.event set line = left(line, -2) where id = %s", C)
    assert store.facts().damaged == 1
    assert store.erase([A], ["other@example.com"], "eva") == 6
    assert mentions(database, "other@example.com") == []
    assert "event_2026_03" in mentions(database, "jana@example.com"), "and no other line"


@pytest.mark.parametrize("table", ["event_2026_03", "mark", "text"])
def test_an_erasure_that_is_cut_short_is_finished_by_the_next(
    store: PostgresStore, database: Database, table: str
) -> None:
    with psycopg.connect(database.url) as obstacle:
        if table == "event_2026_03":
            obstacle.execute("select 1 from frontdesk.event where id = %s for update", [A])
        else:
            obstacle.execute(f"lock table frontdesk.{table} in exclusive mode".encode())
        command = [sys.executable, "-c", ERASE, database.url, str(A)]
        erasing = subprocess.Popen(command, cwd=ROOT)
        assert eventually(lambda: waits(database))
        erasing.send_signal(signal.SIGKILL)
        erasing.wait()
        database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
    assert mentions(database, "Žofie") == ["event_2026_03", "record"]
    assert record(store, A).state == "erased", "nothing of it is sent"
    assert [flaw.where for flaw in store.inspect().flaws] == ["erasing"]
    store.finish_erasure()
    for text in TEXTS:
        assert mentions(database, text) == [], text
    assert store.inspect().flaws == []
    expect_same_made_anew(store, database)


def test_what_is_just_being_written_is_waited_for(store: PostgresStore, database: Database) -> None:
    lead = received(**EVA).lead
    with psycopg.connect(database.url) as slow:
        write(slow, events.Amended(id=A, at=at(30), by="eva", lead=lead, changed=("note",)))
        erasing = subprocess.Popen([sys.executable, "-c", ERASE, database.url, str(A)], cwd=ROOT)
        assert eventually(lambda: record(store, A).erased is not None)
        assert erasing.poll() is None
        slow.commit()
        assert erasing.wait(60) == 0
    assert mentions(database, "Žofie") == []
    assert record(store, A).amended == 2


def test_what_comes_late_is_emptied(store: PostgresStore, database: Database) -> None:
    store.erase([A], [], "eva")
    answer = Answer(200, 0.1, "60001 Žofie")
    store.append(replace(delivered(A, 20), answer=answer))
    assert store.states() == {"erased": 1, "pending": 1}
    assert mentions(database, "Žofie") == ["event_2026_03"]
    store.empty_late()
    assert mentions(database, "Žofie") == []
    assert database.execute("select * from frontdesk.late") == []
    expect_same_made_anew(store, database)


def test_other_machines_learn_of_it(store: PostgresStore, database: Database) -> None:
    other = PostgresStore(database.url)
    cursor = other.changes(None).cursor
    store.erase([A], [], "eva")
    assert [(one.id, one.state) for one in other.changes(cursor).records] == [(A, "erased")]
    assert other.find(Query(texts=("Žofie",))).records == []
    other.append(delivered(B, 30))
    assert other.states() == store.states() == {"erased": 1, "delivered": 1}
    other.close()


def test_two_erasures_at_once(store: PostgresStore, database: Database) -> None:
    store.append(*(came(UUID(int=number), number, **EVA) for number in range(4)))
    erasing = [
        subprocess.Popen([sys.executable, "-c", ERASE, database.url, str(one)], cwd=ROOT)
        for one in (A, *(UUID(int=number) for number in range(4)))
    ]
    assert [process.wait(60) for process in erasing] == [0] * 5
    assert mentions(database, "Žofie") == []
    assert store.states() == {"erased": 5, "pending": 1}
    assert store.inspect().flaws == []
    expect_same_made_anew(store, database)
