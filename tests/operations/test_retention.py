"""What is needed to recognise leads is not removed."""

from datetime import timedelta

import pytest

from frontdesk.operations.errors import TooYoungError
from frontdesk.operations.retention import prune
from frontdesk.store.memory.store import MemoryStore


def test_what_is_too_young_is_not_asked_for(store: MemoryStore) -> None:
    with pytest.raises(TooYoungError) as told:
        prune(store, timedelta(days=8))
    assert told.value.least == timedelta(days=9)
    assert prune(store, told.value.least).days == []
