"""What may be sent again, what is in its way, and what is written."""

from pathlib import Path
from uuid import UUID

import pytest

from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.operations.replay import Obstacle, choose, read_file, send
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import BY, kept, last
from tests.samples import received

ID, OTHER = UUID(int=1), UUID(int=2)
DELIVERED = events.Delivered(id=ID, destination="crm", customer_id="7")
REPEATS = events.Duplicate(id=ID, of=OTHER)
CASES: list[tuple[list[events.AnyEvent], Obstacle | None, Obstacle | None]] = [
    ([], None, None),
    ([events.Failed(id=ID, destination="crm", reason="400")], None, None),
    ([DELIVERED], Obstacle("delivered"), None),
    ([REPEATS], Obstacle("duplicate", other=OTHER), None),
    ([events.Erased(id=ID, by=BY)], Obstacle("erased"), Obstacle("erased")),
    ([events.Discarded(id=ID, by=BY)], Obstacle("discarded"), Obstacle("discarded")),
]


@pytest.mark.parametrize(("after", "obstacle", "forced"), CASES)
def test_what_is_in_the_way(
    store: MemoryStore,
    after: list[events.AnyEvent],
    obstacle: Obstacle | None,
    forced: Obstacle | None,
) -> None:
    record = kept(store, received(ID), *after)
    assert [*choose(store, [record], ["crm"])] == [(record, obstacle)]
    assert [*choose(store, [record], ["crm"], force=True)] == [(record, forced)]


@pytest.mark.parametrize("force", [False, True])
def test_what_nothing_gets_out_of_the_way(store: MemoryStore, *, force: bool) -> None:
    held = kept(store, events.Held(id=ID, reason="spam suspected"), received(ID))
    lost = kept(store, events.Released(id=OTHER, by=BY))
    elsewhere = kept(store, received(destinations=("crm", "spare", "old")))
    chosen = choose(store, [held, lost, elsewhere], ["crm"], force=force)
    assert [choice.obstacle for choice in chosen] == [
        Obstacle("held"),
        Obstacle("beginning"),
        Obstacle("destinations", destinations=("old", "spare")),
    ]


def test_it_goes_where_it_has_not_arrived(store: MemoryStore) -> None:
    line = received(destinations=("crm", "spare"))
    failed = events.Failed(id=line.id, destination="spare", reason="400")
    delivered = events.Delivered(id=line.id, destination="crm")
    record = kept(store, line, delivered, failed)
    send(store, record, BY)
    event = last(store, record)
    assert isinstance(event, events.Replayed)
    assert (event.by, event.destinations, event.delivered) == (BY, ("spare",), ())
    assert (event.force, len(store.events(line.id))) == (False, 4), "nothing is written twice"


def test_by_force_it_goes_everywhere(store: MemoryStore) -> None:
    record = kept(store, received(ID), DELIVERED)
    send(store, record, BY, force=True)
    event = last(store, record)
    assert isinstance(event, events.Replayed)
    assert (event.force, event.destinations, event.delivered) == (True, ("crm",), ("crm",))


def test_of_another_machine_all_is_written(store: MemoryStore, tmp_path: Path) -> None:
    there = tmp_path / "other.jsonl"
    attempt = events.Attempt(id=ID, destination="crm")
    lines = [encode(event) for event in (received(ID), attempt)]
    there.write_bytes(b"".join([lines[0], b"by hand\n", lines[1]]))
    read = list[None]()
    found = read_file(there, lambda: read.append(None))
    assert (len(found.skipped), len(read)) == (1, 2)
    (choice,) = choose(store, found.records.values(), ["crm"], foreign=True)
    assert choice.obstacle is None
    send(store, choice.record, BY, foreign=True)
    kinds = [type(event).__name__ for event in store.events(ID)]
    assert kinds == ["Attempt", "Replayed", "Received"]
    record = store.get(ID)
    assert record is not None
    assert record.deliveries["crm"].unknown, "it is looked up before it is sent"


def test_what_has_arrived_here_is_not_sent_for_another_machine(store: MemoryStore) -> None:
    there = kept(MemoryStore(), received(ID))
    store.append(received(ID), DELIVERED)
    (choice,) = choose(store, [there], ["crm"], foreign=True)
    assert choice.obstacle == Obstacle("delivered")
