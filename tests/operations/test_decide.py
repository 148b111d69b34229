"""Who decides is written down; what is not to be decided stays as it is."""

from collections.abc import Callable

import pytest

from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.decide import discard, release
from frontdesk.operations.errors import NotPossibleError
from frontdesk.store.memory import MemoryStore
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


@pytest.mark.parametrize("decide", [release, discard])
def test_what_is_on_its_way_is_not_to_be_decided(store: MemoryStore, decide: Decide) -> None:
    record = kept(store, received())
    with pytest.raises(NotPossibleError):
        decide(store, record, BY)
    assert len(store.events(record.id)) == 1
