"""Waiting ends with the last outcome, or where nothing but a person could bring one."""

import threading
from uuid import UUID, uuid4

from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.wait import wait
from frontdesk.store.memory.store import MemoryStore
from tests.samples import received


def test_until_each_has_an_outcome(store: MemoryStore) -> None:
    lines = [received(), received()]
    store.append(*lines)
    first, second = (line.id for line in lines)
    store.append(events.Delivered(id=first, destination="crm"))
    courier = threading.Thread(
        target=lambda: store.append(events.Failed(id=second, destination="crm", reason="400"))
    )
    steps = list[None]()

    def step() -> None:
        if not steps:
            courier.start()  # only now, when the wait has seen that there is no outcome
        steps.append(None)

    known = wait(store, [first, second], step)
    courier.join()
    assert {one: known[one].state for one in known} == {first: "delivered", second: "failed"}
    assert len(steps) == 2


class Looked(MemoryStore):
    """Counts how often it was asked for a record."""

    looks = 0

    def get(self, submission: UUID) -> Record | None:
        self.looks += 1
        return super().get(submission)


def test_nobody_waits_for_a_closed_account() -> None:
    store, line = Looked(), received()
    closed = events.Failed(id=uuid4(), destination="crm", reason="403", closes_account=True)
    store.append(line, closed)
    assert wait(store, [line.id])[line.id].state == "pending"
    assert store.looks == 1


def test_patience_has_an_end(store: MemoryStore) -> None:
    line = received()
    store.append(line)
    assert wait(store, [line.id], patience=0.0) == {}
