"""Records by the start of an id; forms of today, of the past, and those that never were."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from frontdesk.config import Settings
from frontdesk.model.ledger import Ledger
from frontdesk.model.shelf import Shelf
from frontdesk.operations.errors import NotFoundError, UnknownFormError
from frontdesk.operations.find import find_among, find_record, is_configured, search_texts
from frontdesk.store.memory.store import MemoryStore
from frontdesk.store.query import Query
from tests.samples import received

ONE, OTHER = UUID("aaaa1111" + "0" * 24), UUID("aaaa2222" + "0" * 24)


@pytest.mark.parametrize("asked", ["aaaa1", "AAAA1111", str(ONE), ONE.hex])
def test_the_start_of_an_id_is_enough(store: MemoryStore, asked: str) -> None:
    store.append(received(ONE), received(OTHER))
    assert find_record(store, asked).id == ONE


@pytest.mark.parametrize(
    ("asked", "code", "candidates"),
    [
        ("aaa", "short", []),
        ("bbbb", "unknown", []),
        ("jana", "unknown", []),
        ("aaaa", "ambiguous", [ONE, OTHER]),
    ],
)
def test_what_is_not_one(store: MemoryStore, asked: str, code: str, candidates: list[UUID]) -> None:
    store.append(received(ONE), received(OTHER))
    elsewhere = Shelf()
    ledger = Ledger(elsewhere)
    ledger.apply(received(ONE))
    ledger.apply(received(OTHER))
    for find, where in ((find_record, store), (find_among, elsewhere)):
        with pytest.raises(NotFoundError) as told:
            find(where, asked)  # type: ignore[operator]
        assert (told.value.asked, told.value.code) == (asked, code)
        assert [*told.value.candidates] == candidates


def test_a_form_of_today_or_of_the_past(store: MemoryStore, settings: Settings) -> None:
    assert is_configured(store, settings, "riverside")
    with pytest.raises(UnknownFormError) as told:
        is_configured(store, settings, "hillside")
    assert (told.value.asked, [*told.value.known]) == ("hillside", ["riverside"])
    store.append(replace(received(), form="hillside"))
    assert not is_configured(store, settings, "hillside")


def test_an_address_or_a_number_is_looked_for_as_it_is_stored(settings: Settings) -> None:
    assert search_texts("cellar", settings) == ("cellar",)
    assert search_texts("is there a cellar nearby", settings) == ("is there a cellar nearby",)
    assert search_texts("777 123 456", settings) == ("777 123 456", "+420777123456")
    assert "jana@příklad.cz" in search_texts("Jana@xn--pklad-zsa96e.cz", settings)


@pytest.mark.parametrize("text", ["Žofie Marie Šťastná", "stastna zofie marie", "Šťastná  Žofie"])
def test_a_name_is_found_with_the_surname_first(
    store: MemoryStore, settings: Settings, text: str
) -> None:
    for identity, name in ((ONE, "Žofie Marie"), (OTHER, "Žofie")):
        store.append(received(identity, first_name=name, last_name="Šťastná"))
    found = store.find(Query(texts=search_texts(text, settings))).records
    assert [record.id for record in found] == [ONE if "arie" in text else OTHER]
