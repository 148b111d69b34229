"""Months of a journal in PostgreSQL that are removed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.store.files.store import FileStore
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.query import Query
from tests.postgresql import Database
from tests.samples import received
from tests.store.test_contract import A, B, C, D, found, revocation
from tests.store.test_sequences import answers

MARCH, APRIL, MAY = (datetime(2026, month, 10, 12, tzinfo=UTC) for month in (3, 4, 5))


def delivered(submission: object, at: datetime) -> events.Delivered:
    return events.Delivered(id=submission, at=at, destination="crm", customer_id="7")  # type: ignore


@pytest.fixture
def store(database: Database) -> Iterator[PostgresStore]:
    """Three months: one that is settled, one that is not, and the last one."""
    made = PostgresStore(database.url)
    made.append(received(A, at=MARCH, email="zofie@example.com"), delivered(A, MARCH))
    made.append(received(B, at=APRIL), received(C, at=MAY))
    assert made.states() == {"delivered": 1, "pending": 2}
    yield made
    made.close()


def months(database: Database) -> list[str]:
    tables = database.execute(
        "select relname from pg_class where relname like 'event\\_____\\___'"
        " and relkind = 'r' order by 1"
    )
    return [name for (name,) in tables]


def test_what_is_settled_goes_and_the_rest_says_the_same(
    store: PostgresStore, database: Database, tmp_path: Path
) -> None:
    archive = tmp_path / "archive.jsonl"
    lines = [encode(event) for event in store.events(A)]
    cursor = store.changes(None).cursor
    dry = store.prune(date(2026, 5, 1), dry_run=True)
    assert len(months(database)) == 3
    pruned = store.prune(date(2026, 5, 1), lambda: archive.open("wb"))
    assert pruned == dry
    assert pruned.days == [("2026-03", 1)]
    assert [(stay.name, stay.why) for stay in pruned.stay] == [
        ("2026-04", f"{str(B)[:8]} is pending")
    ]
    assert months(database) == ["event_2026_04", "event_2026_05"]
    assert archive.read_bytes() == b"".join(lines)
    assert store.get(A) is None
    assert store.events(A) == []
    assert found(store, Query()) == [C, B]
    assert store.sharing(["zofie@example.com"]) == store.mentioning(["zofie"]) == []
    assert store.claims("crm") == []
    assert store.changes(cursor).records == []
    assert store.inspect().flaws == []


def test_the_archive_is_a_journal_in_a_file(store: PostgresStore, tmp_path: Path) -> None:
    folder = tmp_path / "var" / "journal"
    folder.mkdir(parents=True, mode=0o700)
    before = store.events(A), store.get(A)
    store.prune(date(2026, 4, 1), lambda: (folder / "2026-03-10.jsonl").open("wb"))
    files = FileStore(tmp_path / "var")
    assert (files.events(A), files.get(A)) == before
    files.close()


def test_a_month_that_has_not_ended_stays(store: PostgresStore, database: Database) -> None:
    assert store.prune(date(2026, 3, 31)).days == []
    assert len(months(database)) == 3


def test_what_another_month_needs_stays(store: PostgresStore, database: Database) -> None:
    store.append(delivered(B, APRIL), received(D, at=APRIL))
    story = replace(delivered(A, APRIL), destination="erp")
    store.append(story)
    why = {stay.name: stay.why for stay in store.prune(date(2026, 5, 1)).stay}
    assert why == {
        "2026-03": f"{str(A)[:8]} is in another day that stays",
        "2026-04": f"{str(D)[:8]} is pending",
    }
    assert len(months(database)) == 3


def test_a_revocation_stays_as_long_as_something_from_before_it(store: PostgresStore) -> None:
    line = replace(revocation(0, D, email="x@example.com"), at=MARCH)
    before = UUID(int=1)
    store.append(line, delivered(D, MARCH), received(before, at=MARCH - timedelta(days=40)))
    why = {one.name: one.why for one in store.prune(date(2026, 4, 1)).stay}
    assert why["2026-01"] == "00000000 is pending"
    assert "a consent was revoked in it" in why["2026-03"]


def test_lines_of_a_month_that_is_gone_find_room_again(
    store: PostgresStore, database: Database
) -> None:
    store.prune(date(2026, 4, 1))
    store.append(received(A, at=MARCH), delivered(A, MARCH))
    assert months(database) == ["event_2026_03", "event_2026_04", "event_2026_05"]
    assert store.states() == {"delivered": 1, "pending": 2}


def test_where_the_archive_cannot_be_written_nothing_goes(
    store: PostgresStore, database: Database, tmp_path: Path
) -> None:
    before = answers(store)
    with pytest.raises(OSError, match="Is a directory"):
        store.prune(date(2026, 5, 1), lambda: tmp_path.open("wb"))
    assert len(months(database)) == 3
    assert answers(store) == before


def test_a_line_that_cannot_be_read_keeps_its_month(
    store: PostgresStore, database: Database
) -> None:
    database.execute("update frontdesk.event set line = '{' where kind = 'delivered'")
    database.execute("update frontdesk.state set fold = 0")
    (stay, _) = store.prune(date(2026, 5, 1)).stay
    assert stay.name == "2026-03"
