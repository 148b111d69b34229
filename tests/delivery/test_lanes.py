"""On several machines each destination has its own lease, and one courier at a time."""

import threading
from collections import Counter

import pytest

from frontdesk.delivery.courier import Shift, Terms
from frontdesk.delivery.lanes import IN_VAIN, Lanes
from frontdesk.model import events
from frontdesk.store.memory.store import MemoryStore
from tests.delivery.test_machine import AT_ONCE, Crm, Threads
from tests.samples import received

NAMES = ("crm", "erp")


class Machine:
    """A courier of one of several machines, step by step."""

    def __init__(self, store: MemoryStore, crms: dict[str, Crm]) -> None:
        self.lanes = Lanes(store.lease("all"), {name: store.lease(name) for name in NAMES})
        self.threads = Threads()
        terms = Terms(crms, AT_ONCE, 4)
        self.shift = Shift(store, self.lanes, terms, threading.Event(), 0.0)

    def step(self) -> list[str]:
        """Take a step; to where something takes off."""
        before = len(self.threads.waiting)
        self.shift.step(self.threads)  # type: ignore[arg-type]
        return [job.destination for _, _, job in self.threads.waiting[before:]]

    def land(self) -> None:
        while self.threads.waiting:
            self.threads.run(0)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def crms() -> dict[str, Crm]:
    return {name: Crm() for name in NAMES}


@pytest.fixture
def two(store: MemoryStore, crms: dict[str, Crm]) -> tuple[Machine, Machine]:
    """Two machines; the first has the one destination, the second the other one."""
    first, second = Machine(store, crms), Machine(store, crms)
    first.lanes.of("crm").win()
    second.lanes.of("erp").win()
    return first, second


def test_each_sends_to_its_own_destinations(
    store: MemoryStore, crms: dict[str, Crm], two: tuple[Machine, Machine]
) -> None:
    store.append(received(destinations=NAMES))
    assert [machine.step() for machine in two] == [["crm"], ["erp"]]
    for machine in two:
        machine.land()
    assert [machine.step() for machine in two] == [[], []]
    assert [sum(crm.stored.values()) for crm in crms.values()] == [1, 1]


def test_who_takes_over_looks_up_what_was_under_way(
    store: MemoryStore, crms: dict[str, Crm], two: tuple[Machine, Machine]
) -> None:
    first, second = two
    came = received()
    store.append(came)
    assert first.step() == ["crm"]
    attempt = events.Attempt(id=came.id, destination="crm")
    store.append(attempt, lease=first.lanes.of("crm"))
    crms["crm"].stored[came.id] += 1  # and the machine is gone
    first.lanes.resign()
    assert second.lanes.win()
    assert second.step() == ["crm"]
    second.land()
    assert crms["crm"].stored == Counter([came.id])
    record = store.get(came.id)
    assert record is not None
    assert record.deliveries["crm"].reconciled


def test_who_has_lost_a_lease_announces_nothing(
    store: MemoryStore, crms: dict[str, Crm], two: tuple[Machine, Machine]
) -> None:
    first, second = two
    came = received()
    store.append(came)
    assert first.step() == ["crm"]
    first.lanes.resign()
    assert second.lanes.win()
    assert second.step() == ["crm"]
    first.land()
    second.land()
    assert crms["crm"].stored == Counter([came.id])
    assert [type(e) for e in store.events(came.id)] == [
        events.Received,
        events.Attempt,
        events.Delivered,
    ]


def test_a_courier_may_hold_some_leases_and_not_others(
    store: MemoryStore, crms: dict[str, Crm]
) -> None:
    machine = Machine(store, crms)
    assert machine.lanes.win()
    assert machine.lanes.general.won()
    assert machine.lanes.held(NAMES) == [*NAMES]
    machine.lanes.of("crm").resign()
    assert machine.lanes.held(NAMES) == ["erp"]
    assert machine.lanes.won()
    machine.lanes.resign()
    assert not machine.lanes.won()


def test_who_comes_later_gets_its_share(store: MemoryStore) -> None:
    names = [f"crm{number}" for number in range(40)]

    def lanes() -> Lanes:
        apart = {name: store.lease(name) for name in names}
        return Lanes(store.lease("all"), apart, tenure=0.0, rest=0.0)

    first, second = lanes(), lanes()
    assert first.win()
    assert first.held(names) == names
    assert not second.win()
    first.win(busy=names)
    assert first.held(names) == names, "what is under way keeps its lease"
    first.win(busy=names[:10])
    assert first.held(names) == names[:10]
    assert second.win()
    assert second.held(names) == names[10:]
    assert first.general.won()
    assert not second.general.won()


def test_only_so_many_are_asked_for_in_vain(store: MemoryStore) -> None:
    asked: list[str] = []

    class Busy:
        def __init__(self, name: str) -> None:
            self.name = name

        def win(self) -> bool:
            asked.append(self.name)
            return False

        def won(self) -> bool:
            return False

        def resign(self) -> None:
            raise AssertionError

    names = [f"crm{number}" for number in range(IN_VAIN * 2)]
    lanes = Lanes(store.lease("all"), {name: Busy(name) for name in names})
    lanes.win()
    assert len(asked) == IN_VAIN
    lanes.win()
    assert sorted(asked) == sorted(names), "each in its turn"


def test_one_lease_may_be_for_all(store: MemoryStore) -> None:
    lanes = Lanes(store.lease("all"))
    assert lanes.held(NAMES) == []
    assert lanes.win()
    assert lanes.held(NAMES) == [*NAMES]
    assert lanes.of("crm") is lanes.general
