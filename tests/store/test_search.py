"""A text that many have is found in the order of the list, page by page, as one that few have."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.store.base import Store
from frontdesk.store.files.index import search
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory.store import MemoryStore
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.query import Query
from tests.samples import received

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUBMISSIONS = 2500


def history() -> Iterator[AnyEvent]:
    """Many that say the same; in no order, several at the same moment, some of long ago."""
    chosen = random.Random("search")
    for number in range(SUBMISSIONS):
        one = UUID(int=(number + 1) << 64)
        at = DAY + timedelta(milliseconds=chosen.choice((0, 0.3, 0.6, 1, number, 5 * number)))
        if number % 500 == 7:
            at = chosen.choice((datetime(1901, 1, 1, tzinfo=UTC), datetime(8999, 1, 1, tzinfo=UTC)))
        note = chosen.choice(("Is there a cellar?", "Is there a garage?"))
        came = received(one, at=at, note=note, email=f"{number}@example.com")
        came = replace(came, form=chosen.choice(("riverside", "quay")))
        corrected = replace(came.lead, note="Is there a cellar, or a loft?")
        amended = events.Amended(
            id=one, at=at + timedelta(days=1), by="eva", lead=corrected, changed=("note",)
        )
        match number % 50:
            case 3:
                yield from (amended, came)  # what tells when it came in, comes last
            case 4:
                yield from (came, amended)
            case 5:
                yield from (events.Held(id=one, at=at, reason="spam suspected"), came)
            case 6:
                yield from (came, events.Delivered(id=one, at=at, destination="crm", customer_id="7"))  # fmt: skip # noqa: E501
            case _:
                yield came


@pytest.fixture(scope="module")
def plain() -> Store:
    store = MemoryStore()
    store.append(*history())
    return store


@pytest.fixture(scope="module", params=["files", "postgresql"])
def indexed(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Store]:
    made: Store
    stack, database = ExitStack(), None
    if request.param == "files":
        made = FileStore(tmp_path_factory.mktemp("search"))
    else:
        database = stack.enter_context(request.getfixturevalue("databases").lent())
        made = PostgresStore(database.url)
    lines = list(history())
    for start in range(0, len(lines), 400):
        made.append(*lines[start : start + 400])
        made.states()
    if database is not None:
        database.execute("analyze")  # as it does by itself after a while
    yield made
    made.close()
    stack.close()


@pytest.mark.parametrize(
    "query",
    [
        Query(texts=("cellar",)),
        Query(texts=("garage", "loft")),
        Query(texts=("cellar",), form="quay"),
        Query(texts=("cellar",), forms=("quay",), states=("pending", "deferred")),
        Query(texts=("cellar",), state="held"),
        Query(texts=("cellar",), states=("held", "failed")),
        Query(texts=("cellar",), since=DAY + timedelta(seconds=1), until=DAY + timedelta(hours=1)),
        Query(texts=("is there", "7")),
        Query(texts=("is there", "00000000-0000-000a"), form="riverside"),
        Query(texts=("Is there", "nothing of the kind")),
        Query(texts=("cellar",), oldest_first=True),
        Query(texts=("loft",)),
        Query(texts=("77@example.com",)),
    ],
    ids=str,
)
def test_pages_are_those_of_a_store_without_an_index(
    indexed: Store, plain: Store, query: Query
) -> None:
    after: str | None = None
    there: str | None = None
    for _ in range(6):  # pages of unequal length, then the rest
        size = 37
        ours, theirs = indexed.find(query, after, size), plain.find(query, there, size)
        assert [one.id for one in ours.records] == [one.id for one in theirs.records]
        after, there = ours.next, theirs.next
        assert (after is None) == (there is None)
        if after is None:
            return
    rest = [one.id for one in indexed.find(query, after, 1000).records]
    assert rest == [one.id for one in plain.find(query, there, 1000).records]
    assert len(rest) == len(set(rest))


def test_more_at_one_moment_than_have_numbers_of_it(tmp_path: Path) -> None:
    """A moment has room for so many lines; what comes then is found all the same."""
    store = FileStore(tmp_path / "var")
    store.append(received(at=DAY, note="the first"))
    assert store.states() == {"pending": 1}
    [path] = (tmp_path / "var/index").glob("*.sqlite")
    db = sqlite3.connect(path)
    (line,) = db.execute("SELECT line FROM text").fetchone()
    db.execute("INSERT INTO text VALUES (?, 0)", (line + (1 << 15) - 1,))
    assert search.free_line(db, int(DAY.timestamp() * 1_000_000)) > line + (1 << 15)
    db.close()
    store.close()
