"""What people write about a record."""

import pytest

from frontdesk.config import Settings
from frontdesk.model import events
from frontdesk.operations.errors import NotPossibleError, UnfitCommentError
from frontdesk.operations.note import LONGEST, MOST, note
from frontdesk.operations.person import search
from frontdesk.store.memory.store import MemoryStore
from frontdesk.store.query import Query
from tests.operations.conftest import BY, kept, last
from tests.samples import received


def test_who_wrote_what_is_written_down(store: MemoryStore) -> None:
    record = kept(store, received())
    note(store, record, "  Called back.\r\nWants a cellar. \n", BY)
    line = last(store, record)
    assert isinstance(line, events.Commented)
    assert (line.by, line.text) == (BY, "Called back.\nWants a cellar.")
    found = store.find(Query(texts=("CELLAR",))).records
    assert [one.id for one in found] == [record.id]
    assert found[0].state == "pending", "which changes nothing of it"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \r\n\t ", "empty"),
        ("x" * LONGEST, None),
        ("x" * (LONGEST + 1), "long"),
        ("\N{HOUSE BUILDING}" * (LONGEST // 2), None),
        ("\N{HOUSE BUILDING}" * (LONGEST // 2) + "x", "long"),
        ("a\tb\nc", None),
        ("a\x00b", "characters"),
        ("a\x1b[31m", "characters"),
        ("a\x85b", "characters"),
        ("a\ud800b", "characters"),
        ("a\rb", "characters"),
    ],
)
def test_what_can_be_written(store: MemoryStore, text: str, code: str | None) -> None:
    record = kept(store, received())
    if code is None:
        note(store, record, text, BY)
        assert isinstance(last(store, record), events.Commented)
        return
    with pytest.raises(UnfitCommentError) as told:
        note(store, record, text, BY)
    assert told.value.code == code
    assert not isinstance(last(store, record), events.Commented)


def test_not_about_what_is_not_there_any_more(store: MemoryStore) -> None:
    gone = kept(store, received())
    store.erase([gone.id], [], BY)
    torn = kept(store, events.Discarded(id=received().id, by=BY))
    for one, code in ((gone, "erased"), (torn, "beginning")):
        record = store.get(one.id)
        assert record is not None
        with pytest.raises(NotPossibleError) as told:
            note(store, record, "Hello", BY)
        assert told.value.code == code


def test_there_is_an_end_to_it(store: MemoryStore) -> None:
    record = kept(store, received())
    for number in range(MOST):
        note(store, record, f"{number}", BY)
        now = store.get(record.id)
        assert now is not None
        record = now
    with pytest.raises(UnfitCommentError, match="many"):
        note(store, record, "one more", BY)


def test_a_person_who_is_named_in_a_note_is_found(store: MemoryStore, settings: Settings) -> None:
    record = kept(store, received(email="petr@example.com"))
    note(store, record, "His wife is jana@example.com, 777 123 456", BY)
    for asked in ("jana@example.com", "+420 777 123 456"):
        found = search(store, settings, asked)
        assert [*found.records] == [record.id]
        assert found.others == 1
