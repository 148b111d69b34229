"""Leads that could be taken for one another go one at a time, and waiting costs nothing."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from frontdesk.delivery.courier import Shift, Terms
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.matching import marks
from frontdesk.delivery.namesakes import LOOKS, Namesakes
from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.model.lead import Lead
from frontdesk.model.record import Delivery, Record
from tests.delivery.test_machine import AT_ONCE, Crm, Lines, Threads
from tests.samples import received

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CROWD = 500


class Office:
    """A courier at work, step by step, with a CRM that has proven itself."""

    def __init__(self) -> None:
        self.lines, self.crm, self.threads = Lines(), Crm(), Threads()
        lease = self.lines.lease("courier")
        assert lease.win()
        terms = Terms({"crm": self.crm}, AT_ONCE, 4)
        self.shift = Shift(self.lines, Lanes(lease), terms, threading.Event(), 0.0)
        self.outbox = self.shift.outbox
        self.looks, take = 0, self.outbox.next

        def counted(destination: str, now: datetime) -> tuple[Record, Delivery] | None:
            found = take(destination, now)
            self.looks += found is not None
            return found

        self.outbox.next = counted  # type: ignore[method-assign]
        self.happens(received(first_name="First", email=None))
        self.land()
        assert self.outbox.account("crm").proven

    def happens(self, *new: AnyEvent) -> int:
        """Let a step follow; how many leads were looked at in it."""
        before = self.looks
        self.lines.append(*new)
        self.shift.step(self.threads)  # type: ignore[arg-type]
        return self.looks - before

    def land(self) -> int:
        """The oldest flight lands, and a step follows."""
        self.threads.run(0)
        return self.happens()

    def under_way(self) -> list[UUID]:
        return [job.id for _, _, job in self.threads.waiting]


def crowd(number: int = CROWD) -> list[events.Received]:
    """Leads of one name, each with contacts of its own."""
    return [received(first_name="Jana", email=f"jana{n}@example.com") for n in range(number)]


def others() -> Iterator[events.Received]:
    for number in range(10_000):
        yield received(first_name=f"Petr {number}", email=f"petr{number}@example.com")


def test_who_waits_is_not_looked_at_with_every_line() -> None:
    office = Office()
    assert office.happens(*crowd()) <= CROWD + 1
    assert len(office.under_way()) == 1
    for event in [received(first_name="Eva", email=None), *[received() for _ in range(20)]]:
        assert office.happens(event, events.Opened(destination="crm", by="eva")) <= 1
    assert office.happens() == 0


def test_one_that_lands_lets_one_go() -> None:
    office = Office()
    leads = crowd()
    office.happens(*leads)
    for one, following in pairwise(leads[:50]):
        assert office.under_way() == [one.id], "in their order"
        assert office.land() <= 2
        assert office.crm.stored[one.id] == 1
        assert office.under_way() == [following.id]


def test_all_of_them_arrive_and_each_is_looked_at_a_few_times() -> None:
    office = Office()
    leads = crowd()
    office.happens(*leads)
    while office.under_way():
        office.land()
    assert all(office.crm.stored[lead.id] == 1 for lead in leads)
    assert office.looks <= 3 * CROWD


def test_whoever_has_nothing_in_common_with_them_passes() -> None:
    office = Office()
    office.happens(*crowd())
    strangers = others()
    for _ in range(20):
        stranger = next(strangers)
        office.happens(stranger)
        assert office.under_way()[-1] == stranger.id
        office.threads.run(len(office.threads.waiting) - 1)
        office.happens()


def chain() -> list[events.Received]:
    """Each has the name of the one before it, or its address."""
    return [
        received(first_name=f"Jana {(number + 1) // 2}", email=f"jana{number // 2}@example.com")
        for number in range(40)
    ]


def test_who_waits_for_two_goes_when_both_have_landed() -> None:
    office = Office()
    one = received(first_name="Jana", email="jana@example.com")
    two = received(first_name="Eva", email="eva@example.com")
    both = received(first_name="Eva", email="jana@example.com")
    office.happens(one, two, both)
    assert office.under_way() == [one.id, two.id]
    office.land()
    assert office.under_way() == [two.id]
    office.land()
    assert office.under_way() == [both.id]


def test_a_chain_of_likenesses_arrives() -> None:
    office = Office()
    leads = chain()
    office.happens(*leads)
    while office.under_way():
        office.land()
    assert all(office.crm.stored[lead.id] == 1 for lead in leads)


@pytest.mark.parametrize("gone", ["erased", "discarded", "failed"])
def test_one_whose_turn_it_would_be_and_that_is_gone_stops_nobody(gone: str) -> None:
    office = Office()
    first, *middle, last = crowd(10)
    office.happens(first, *middle, last)
    for one in middle:
        match gone:
            case "erased":
                office.happens(events.Erased(id=one.id, by="eva"))
            case "discarded":
                office.happens(events.Discarded(id=one.id, by="eva"))
            case "failed":
                office.happens(events.Failed(id=one.id, destination="crm", reason="400"))
    office.land()
    assert office.under_way() == [last.id]


def test_one_that_is_corrected_meanwhile_need_not_wait() -> None:
    office = Office()
    first, other = crowd(2)
    office.happens(first, other)
    assert office.under_way() == [first.id]
    lead = Lead("Eva", "Malá", "cs", email="eva@example.com")
    office.happens(events.Amended(id=other.id, by="eva", lead=lead, changed=("last_name",)))
    assert office.under_way() == [first.id, other.id]


def test_nobody_waits_longer_than_for_an_hour() -> None:
    namesakes, jana = Namesakes(), marks(Lead("Jana", "Nováková", "cs"))
    doubted, waits = UUID(int=1), UUID(int=2)
    namesakes.go_ahead(doubted, jana, "unknown", NOW + timedelta(hours=1))
    mark = namesakes.ahead_of(waits, jana, NOW)
    assert mark
    namesakes.wait(waits, mark)
    assert list(namesakes.call(NOW + timedelta(minutes=59))) == []
    assert list(namesakes.call(NOW + timedelta(hours=1) + LOOKS)) == [waits]
    assert list(namesakes.call(NOW + timedelta(hours=2))) == [], "once"


def test_one_that_is_ahead_for_two_reasons_is_ahead_until_both_are_over() -> None:
    namesakes, jana = Namesakes(), marks(Lead("Jana", "Nováková", "cs"))
    one, other = UUID(int=1), UUID(int=2)
    namesakes.go_ahead(one, jana, "under way")
    namesakes.go_ahead(one, jana, "unknown", NOW + timedelta(hours=1))
    namesakes.clear(one, "under way")
    assert namesakes.ahead_of(other, jana, NOW)
    assert namesakes.ahead_of(one, jana, NOW) is None, "nobody waits for himself"
    namesakes.clear(one, "unknown")
    assert namesakes.ahead_of(other, jana, NOW) is None
