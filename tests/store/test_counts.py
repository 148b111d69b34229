"""What is open and what is counted, in every store."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from frontdesk.model.events import (
    AnyEvent,
    Attempt,
    Deferred,
    Delivered,
    Discarded,
    Erased,
    Failed,
    Held,
    Released,
    Replayed,
    utcnow,
)
from frontdesk.store.base import Store
from frontdesk.store.facts import Counts
from frontdesk.store.query import Query
from tests.samples import received

Folded = Callable[..., Store]

NOW = utcnow()


@pytest.fixture
def folded(make: Callable[[], Store]) -> Callable[..., Store]:
    """A store of these events."""

    def fold(*events: AnyEvent) -> Store:
        store = make()
        store.append(*events)
        return store

    return fold


def counts(store: Store) -> Counts:
    return store.facts().counts


def states(store: Store) -> list[str]:
    """Of what is owed, or waits for a person."""
    return sorted(record.state for record in store.changes(None).records)


def delivery(*outcomes: str) -> list[AnyEvent]:
    """A submission and what came of each attempt, all at different times."""
    first = received(at=NOW)
    lines: list[AnyEvent] = [first]
    for number, outcome in enumerate(outcomes, 1):
        at = NOW + timedelta(seconds=number)
        lines.append(Attempt(id=first.id, at=at, destination="crm"))
        if outcome == "delivered":
            lines.append(Delivered(id=first.id, at=at, destination="crm"))
        elif outcome == "deferred":
            lines.append(Deferred(id=first.id, at=at, destination="crm", reason="503", until=at))
        else:
            lines.append(
                Failed(
                    id=first.id,
                    at=at,
                    destination="crm",
                    reason="401",
                    closes_account=outcome == "closing",
                )
            )
    return lines


def test_what_is_settled_is_counted_and_forgotten(folded: Folded) -> None:
    store = folded(*delivery("deferred", "deferred", "delivered"))
    assert counts(store) == Counts(
        received={"riverside": 1}, outcomes={"crm": {"deferred": 2, "delivered": 1}}
    )
    assert states(store) == []


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_what_was_erased_and_comes_again_is_open_again(folded: Folded) -> None:
    story = delivery("delivered")
    one = story[0].id
    erasure = Erased(id=one, at=later(10), by="eva")
    again = received(one, at=later(20))
    old = [*story, erasure]
    assert states(folded(*old, *story)) == [], "lines from before do not bring it back"
    store = folded(*old, again, *old)
    assert states(store) == ["pending"]
    assert counts(store).received == {"riverside": 2}
    sent = [
        Attempt(id=one, at=later(21), destination="crm", attempt=(attempt := uuid4())),
        Delivered(id=one, at=later(22), destination="crm", attempt=attempt),
    ]
    assert states(folded(*old, again, *sent)) == []
    assert states(folded(*old, again, *sent, *old, again, *sent)) == []
    second = Erased(id=one, at=later(30), by="eva")
    assert states(folded(*old, again, *sent, second, received(one, at=later(40)))) == ["pending"]
    assert states(folded(*old, again, second, received(one, at=later(40)))) == ["pending"]


def test_what_is_under_way_at_an_erasure_does_not_settle_what_comes_after(folded: Folded) -> None:
    one = uuid4()
    attempt = Attempt(id=one, at=later(1), destination="crm")
    late = Delivered(id=one, at=later(4), destination="crm", attempt=attempt.attempt)
    lines = [received(one, at=NOW), attempt, Erased(id=one, at=later(2), by="eva")]
    assert states(folded(*lines, received(one, at=later(3)), late)) == ["pending"]
    assert states(folded(*lines, late, received(one, at=later(5)))) == ["pending"]


def test_what_failed_stays_open(folded: Folded) -> None:
    lines = delivery("closing")
    store = folded(*lines, *delivery())
    assert counts(store).outcomes == {"crm": {"failed": 1}}
    assert counts(store).closures == {"crm": 1}
    assert store.facts().account("crm").closed == "401"
    assert states(store) == ["failed", "pending"]
    store.append(Discarded(id=lines[0].id, by="a person"))
    assert states(store) == ["pending"]


def test_lines_that_come_twice_count_once(folded: Folded) -> None:
    lines = [*delivery("deferred", "delivered"), *delivery("failed"), *delivery("closing")]
    twice, once = folded(*lines, *lines), folded(*lines)
    assert counts(twice) == counts(once)
    assert twice.find(Query()) == once.find(Query())


def test_an_enquiry_that_was_sent_twice_counts_once(folded: Folded) -> None:
    first = received(at=NOW)
    again = received(first.id, at=NOW + timedelta(seconds=3))
    assert counts(folded(first, again)).received == {"riverside": 1}


def test_what_was_held(folded: Folded) -> None:
    first = received(at=NOW)
    store = folded(Held(id=first.id, at=NOW, reason="spam suspected"), first)
    assert counts(store).held == {"riverside": 1}
    assert states(store) == ["held"]
    store.append(Released(id=first.id, by="a person"))
    assert counts(store).held == {"riverside": 1}
    assert states(store) == ["pending"]


def test_only_a_forced_replay_opens_what_was_delivered(folded: Folded) -> None:
    lines = delivery("delivered")
    later = NOW + timedelta(hours=1)
    polite = Replayed(id=lines[0].id, at=later, by="a person", destinations=("crm",))
    assert states(folded(*lines, polite)) == []
    forced = Replayed(id=lines[0].id, at=later, by="a person", destinations=("crm",), force=True)
    assert states(folded(*lines, forced)) == ["pending"]


def test_an_erased_submission_is_not_open(folded: Folded) -> None:
    lines = delivery("failed")
    store = folded(*lines, Erased(id=lines[0].id, by="a person"))
    assert states(store) == []
    assert counts(store).received == {"riverside": 1}


def test_a_line_without_its_submission_is_no_submission(folded: Folded) -> None:
    assert counts(folded(Delivered(id=uuid4(), destination="crm"))).received == {}
