"""The journal in PostgreSQL: what was acknowledged is there, once, whatever happens."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from frontdesk.model.codec import encode
from frontdesk.model.events import Held, Released
from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.append import Appender, digest_of
from frontdesk.store.postgresql.pool import Connections
from tests.postgresql import Database


def held(at: datetime | None = None) -> Held:
    return Held(id=uuid4(), reason="it is odd: ěšč \u0000", **({"at": at} if at else {}))


def test_lines_are_there_exactly_as_in_a_file(appender: Appender, database: Database) -> None:
    first = held()
    second = Released(id=first.id, by="Jana")
    appender.append(first, second)
    rows = database.execute(
        "select id, at, kind, digest, line, erased from frontdesk.event order by seq"
    )
    assert rows == [
        (e.id, e.at, kind, digest_of(encode(e)[:-1]), encode(e)[:-1].decode(), False)
        for e, kind in [(first, "held"), (second, "released")]
    ]


def test_a_line_that_comes_twice_is_there_once(appender: Appender, database: Database) -> None:
    one, other = held(), held()
    appender.append(one)
    appender.append(one, other, other)
    rows = database.execute("select id from frontdesk.event order by seq")
    assert rows == [(one.id,), (other.id,)]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from frontdesk.about",
        "create trigger eats before insert on frontdesk.event for each row execute function eat()",
    ],
)
def test_what_the_database_swallows_is_not_acknowledged(
    appender: Appender, database: Database, statement: str
) -> None:
    first = held()
    appender.append(first)
    database.execute(
        "create function eat() returns trigger language plpgsql as 'begin return null; end'"
    )
    database.execute(statement)  # type: ignore[arg-type]
    with pytest.raises(JournalError, match="it does not keep what is written to it"):
        appender.append(held())
    appender.append(first)
    assert database.execute("select id from frontdesk.event") == [(first.id,)]


def test_somebody_else_has_the_name_of_a_month(appender: Appender, database: Database) -> None:
    database.execute("create table frontdesk.event_2024_02 (id integer)")
    with pytest.raises(JournalError, match=r"frontdesk\.event_2024_02 in the database is no part"):
        appender.append(held(datetime(2024, 2, 29, tzinfo=UTC)))
    database.execute("alter table frontdesk.event_2024_02 rename to theirs")
    appender.append(held(datetime(2024, 2, 29, tzinfo=UTC)))


def test_any_time_finds_its_month(appender: Appender, database: Database) -> None:
    times = [
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(9000, 1, 1, tzinfo=UTC),
    ]
    appender.append(*map(held, times))
    appender.append(*map(held, times))
    rows = database.execute("select tableoid::regclass::text, at from frontdesk.event order by seq")
    names = ["1900_01", "2024_02", "2024_12", "2025_01", "9000_01"]
    found = [(f"frontdesk.event_{name}", at) for name, at in zip(names, times, strict=True)]
    assert rows == found + found


def test_threads_share_a_connection_and_commits(
    appender: Appender, connections: Connections, database: Database
) -> None:
    start = threading.Barrier(16)

    def work(_: int) -> list[Held]:
        start.wait()
        mine = [held() for _ in range(20)]
        for event in mine:
            appender.append(event)
        return mine

    with ThreadPoolExecutor(16) as pool:
        each = list(pool.map(work, range(16)))
    rows = database.execute("select id, tx::text from frontdesk.event order by seq")
    places = {found: place for place, (found, _) in enumerate(rows)}
    assert len(places) == len(rows) == 320
    for mine in each:
        assert sorted(mine, key=lambda event: places[event.id]) == mine
    assert len({tx for _, tx in rows}) < 320, "some were committed together"
    assert database.execute(
        "select count(*) from pg_stat_activity where datname = %s and application_name = %s",
        database.name,
        "frontdesk",
    ) <= [(2,)], "one that asked for the schema, and one that appends"
