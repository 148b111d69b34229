"""Whole days that are removed: from the index, too, and so that nothing else changes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import pytest

from frontdesk.model import events
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query
from tests.samples import received
from tests.store.test_sequences import answers

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    """Three days: one that is settled, one that is not, and today."""
    now = DAY
    made = FileStore(tmp_path / "var", lambda: now)
    made.append(received(A, at=DAY, email="zofie@example.com"))
    made.append(events.Delivered(id=A, at=DAY, destination="crm", customer_id="7"))
    now += timedelta(days=1)
    made.append(received(B, at=now))
    now += timedelta(days=1)
    made.append(received(C, at=now))
    made.changes(None)
    yield made
    made.close()


def test_what_is_settled_goes_and_the_rest_says_the_same(store: FileStore, tmp_path: Path) -> None:
    other = FileStore(tmp_path / "var")
    cursor = other.changes(None).cursor
    before = (DAY + timedelta(days=2)).date()
    dry = store.prune(before, dry_run=True)
    assert len(store.journal.segments()) == 3
    copy = tmp_path / "archive"
    opened = store.journal.segments()[0].read_bytes()

    def archive() -> AbstractContextManager[BinaryIO]:
        return copy.open("wb")

    pruned = store.prune(before, archive)
    assert pruned == dry
    assert pruned.days == [("2026-03-01.jsonl", 1)]
    assert [(stay.name, stay.foreign) for stay in pruned.stay] == [("2026-03-02.jsonl", False)]
    assert copy.read_bytes() == opened
    assert store.get(A) is None
    assert store.events(A) == []
    assert [record.id for record in store.find(Query()).records] == [C, B]
    assert {record.id for record in other.changes(cursor).records} <= {B, C}
    assert answers(other) == answers(store)
    for path in (tmp_path / "var").rglob("*"):
        assert not path.is_file() or b"zofie" not in path.read_bytes().lower()
    other.close()
    fresh = FileStore(tmp_path / "var")
    assert answers(fresh) == answers(store)
    fresh.close()


def test_where_nothing_goes_nothing_is_opened(store: FileStore) -> None:
    def archive() -> AbstractContextManager[BinaryIO]:
        raise AssertionError("there is nothing to be kept")

    assert store.prune(DAY.date(), archive).days == []
    assert len(store.journal.segments()) == 3
