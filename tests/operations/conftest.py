"""A store in memory, and what stands in it."""

import pytest

from frontdesk.model.events import AnyEvent
from frontdesk.model.record import Record
from frontdesk.store.memory.store import MemoryStore

BY = "eva"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def kept(store: MemoryStore, *events: AnyEvent) -> Record:
    """The record of these events, once they are in the store."""
    store.append(*events)
    record = store.get(events[0].id)
    assert record is not None
    return record


def last(store: MemoryStore, record: Record) -> AnyEvent:
    """The last line about a record."""
    return store.events(record.id)[-1]
