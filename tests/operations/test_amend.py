"""A correction goes through the form, and says what it has changed."""

import pytest
from msgspec.structs import replace

from frontdesk.config import Settings
from frontdesk.model import events
from frontdesk.operations.amend import Change, amend
from frontdesk.operations.errors import InvalidError, NotPossibleError
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import BY, kept, last
from tests.samples import received


def test_what_has_changed(store: MemoryStore, settings: Settings) -> None:
    record = kept(store, received(note="Is there a cellar?"))
    changes = {"email": "eva@example.com", "rooms": "1+kk,3+kk", "note": "", "first_name": "Jana"}
    found = amend(store, settings, record, changes, BY)
    assert sorted(found) == [
        Change("email", "jana@example.com", "eva@example.com"),
        Change("note", "Is there a cellar?", None),
        Change("rooms", None, ("1+kk", "3+kk")),
    ]
    event = last(store, record)
    assert isinstance(event, events.Amended)
    assert (event.by, event.lead.email) == (BY, "eva@example.com")
    assert set(event.changed) == {"email", "note", "rooms"}


def test_nothing_is_written_where_nothing_changes(store: MemoryStore, settings: Settings) -> None:
    record = kept(store, received())
    assert amend(store, settings, record, {"first_name": "Jana"}, BY) == []
    assert len(store.events(record.id)) == 1


def test_what_is_wrong_is_told_by_field(store: MemoryStore, settings: Settings) -> None:
    record = kept(store, received())
    with pytest.raises(InvalidError) as told:
        amend(store, settings, record, {"email": "nobody", "colour": "red"}, BY)
    assert set(told.value.problems) == {"email", "colour"}
    assert len(store.events(record.id)) == 1


def test_what_cannot_be_amended(store: MemoryStore, settings: Settings) -> None:
    gone = received()
    cases = {
        "revocation": kept(
            store,
            events.Revocation(consent=2, destinations=("crm",), by=BY, email="jana@example.com"),
        ),
        "erased": kept(store, gone, events.Erased(id=gone.id, by=BY)),
        "form": kept(store, replace(received(), form="hillside")),
    }
    for code, record in cases.items():
        with pytest.raises(NotPossibleError) as told:
            amend(store, settings, record, {"first_name": "Eva"}, BY)
        assert (told.value.code, told.value.record) == (code, record)
