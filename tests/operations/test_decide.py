"""Who decides is written down; what is not to be decided stays as it is."""

from collections.abc import Callable

import pytest

from frontdesk.data_dir import COURIER
from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.decide import discard, release
from frontdesk.operations.errors import CourierRunsError, NotPossibleError
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import BY, kept, last
from tests.samples import received

Decide = Callable[[MemoryStore, Record, str], None]


@pytest.fixture
def held(store: MemoryStore) -> Record:
    line = received()
    return kept(store, events.Held(id=line.id, reason="spam suspected"), line)


@pytest.fixture
def failed(store: MemoryStore) -> Record:
    line = received()
    return kept(store, line, events.Failed(id=line.id, destination="crm", reason="400"))


@pytest.mark.parametrize(
    ("decide", "kind"), [(release, events.Released), (discard, events.Discarded)]
)
def test_what_is_held(
    store: MemoryStore, held: Record, decide: Decide, kind: type[events.Released]
) -> None:
    decide(store, held, BY)
    event = last(store, held)
    assert isinstance(event, kind)
    assert event.by == BY


def test_what_has_failed_can_be_discarded(store: MemoryStore, failed: Record) -> None:
    with pytest.raises(NotPossibleError) as told:
        release(store, failed, BY)
    assert (told.value.record, told.value.code) == (failed, "state")
    discard(store, failed, BY)
    assert isinstance(last(store, failed), events.Discarded)


def test_what_is_on_its_way_can_be_discarded_while_nobody_delivers(store: MemoryStore) -> None:
    """As after an old backup was restored, which does not know that the CRM has it."""
    record = kept(store, received())
    with pytest.raises(NotPossibleError):
        release(store, record, BY)
    courier = store.lease(COURIER)
    assert courier.win()
    with pytest.raises(CourierRunsError):
        discard(store, record, BY)
    assert len(store.events(record.id)) == 1
    courier.resign()
    discard(store, record, BY)
    assert isinstance(last(store, record), events.Discarded)


def test_what_the_crm_has_is_not_discarded(store: MemoryStore) -> None:
    line = received()
    record = kept(store, line, events.Delivered(id=line.id, destination="crm"))
    with pytest.raises(NotPossibleError):
        discard(store, record, BY)
