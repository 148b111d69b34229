"""Who is meant, what is held about them, and what is left once it is erased."""

from datetime import timedelta
from uuid import UUID

import pytest

from frontdesk.config import Settings
from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.operations.errors import NobodyError
from frontdesk.operations.person import erase, search
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import BY
from tests.samples import received

JANA = "jana@example.com"


@pytest.fixture
def ids(store: MemoryStore) -> list[UUID]:
    """Somebody's submission and revocation, and a submission of another that names them."""
    early, late = (utcnow() - timedelta(hours=hours) for hours in (2, 1))
    mention = received(at=late, email="petr@example.com", note=f"Write to {JANA}")
    own = received(at=early)
    wanted = events.Revocation(consent=2, destinations=("crm",), by=BY, email=JANA)
    store.append(mention, own, received(email="hana@example.com"), wanted)
    store.append(events.Delivered(id=own.id, destination="crm", customer_id="7"))
    return [own.id, mention.id, wanted.id]


def test_all_that_is_held_oldest_first(
    store: MemoryStore, settings: Settings, ids: list[UUID]
) -> None:
    found = search(store, settings, JANA)
    assert [*found.records] == ids
    assert {event.id for event in found.events} == set(ids)
    assert (found.submissions, found.revocations, found.others) == (2, 1, 1)


def test_nobody_is_meant(store: MemoryStore, settings: Settings) -> None:
    with pytest.raises(NobodyError) as told:
        search(store, settings, "Jana")
    assert told.value.asked == "Jana"
    assert search(store, settings, "nobody@example.com").records == {}


def test_what_an_erasure_does_and_cannot_do(
    store: MemoryStore, settings: Settings, ids: list[UUID]
) -> None:
    done = erase(store, search(store, settings, JANA), BY)
    assert (done.kept, done.unsent, done.late) == ([("crm", "7")], ids[2:], [])
    assert done.lines == 3
    for one in ids:
        (erased,) = (e for e in store.events(one) if isinstance(e, events.Erased))
        assert erased.by == BY
    assert search(store, settings, JANA).records == {}


@pytest.mark.parametrize(
    ("ago", "late"), [(timedelta(seconds=5), True), (timedelta(hours=1), False)]
)
def test_an_answer_may_still_come(
    store: MemoryStore, settings: Settings, ago: timedelta, *, late: bool
) -> None:
    line = received()
    store.append(line, events.Attempt(id=line.id, at=utcnow() - ago, destination="crm"))
    done = erase(store, search(store, settings, JANA), BY)
    assert done.late == ([line.id] if late else [])
