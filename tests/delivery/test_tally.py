"""The journal in numbers."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from frontdesk.delivery.tally import Follower, Tally
from frontdesk.journal.events import (
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
from frontdesk.journal.files import Journal
from tests.support import received

NOW = utcnow()


def tallied(*lines: AnyEvent) -> Tally:
    tally = Tally()
    for line in lines:
        tally.apply(line)
    return tally


def numbers(tally: Tally) -> dict[str, object]:
    """What there is to compare, without what was counted as 0."""
    return {
        "received": +tally.received,
        "held": +tally.held,
        "outcomes": +tally.outcomes,
        "closures": +tally.closures,
        "open": {record.id: record.state for record in tally.ledger.records.values()},
    }


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


def test_what_is_settled_is_counted_and_forgotten() -> None:
    tally = tallied(*delivery("deferred", "deferred", "delivered"))
    assert numbers(tally) == {
        "received": {"riverside": 1},
        "held": {},
        "outcomes": {("crm", "deferred"): 2, ("crm", "delivered"): 1},
        "closures": {},
        "open": {},
    }


def test_what_failed_stays_open() -> None:
    lines = delivery("closing")
    tally = tallied(*lines, *delivery())
    assert tally.outcomes["crm", "failed"] == tally.closures["crm"] == 1
    assert tally.ledger.account("crm").closed == "401"
    assert sorted(record.state for record in tally.ledger.records.values()) == ["failed", "pending"]
    tally.apply(Discarded(id=lines[0].id, by="a person"))
    assert [record.state for record in tally.ledger.records.values()] == ["pending"]


def test_lines_that_come_twice_count_once() -> None:
    lines = [*delivery("deferred", "delivered"), *delivery("failed"), *delivery("closing")]
    assert numbers(tallied(*lines, *lines)) == numbers(tallied(*lines))


def test_an_enquiry_that_was_sent_twice_counts_once() -> None:
    first = received(at=NOW)
    again = received(first.id, at=NOW + timedelta(seconds=3))
    assert tallied(first, again).received == {"riverside": 1}


def test_what_was_held() -> None:
    first = received(at=NOW)
    held = [Held(id=first.id, at=NOW, reason="spam suspected"), first]
    tally = tallied(*held)
    assert tally.held == {"riverside": 1}
    assert [record.state for record in tally.ledger.records.values()] == ["held"]
    tally.apply(Released(id=first.id, by="a person"))
    assert tally.held == {"riverside": 1}
    assert [record.state for record in tally.ledger.records.values()] == ["pending"]


def test_only_a_forced_replay_opens_what_was_delivered() -> None:
    lines = delivery("delivered")
    later = NOW + timedelta(hours=1)
    polite = Replayed(id=lines[0].id, at=later, by="a person", destinations=("crm",))
    assert tallied(*lines, polite).ledger.records == {}
    forced = Replayed(id=lines[0].id, at=later, by="a person", destinations=("crm",), force=True)
    assert len(tallied(*lines, forced).ledger.records) == 1


def test_an_erased_submission_is_not_open() -> None:
    lines = delivery("failed")
    tally = tallied(*lines, Erased(id=lines[0].id, by="a person"))
    assert tally.ledger.records == {}
    assert tally.received == {"riverside": 1}


def test_a_line_without_its_submission_is_no_submission() -> None:
    tally = tallied(Delivered(id=uuid4(), destination="crm"))
    assert +tally.received == {}


def test_it_reads_on_where_it_stopped(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    follower = Follower(journal)
    assert follower.catch_up()
    journal.append(*delivery("delivered"), *delivery("deferred"))
    # No time at all: one line at a look, and yet every one once.
    looks = 0
    while not follower.catch_up(seconds=0):
        looks += 1
    assert looks > 3
    assert follower.tally.received == {"riverside": 2}
    journal.append(*delivery())
    assert follower.catch_up()
    assert follower.tally.received == {"riverside": 3}


def test_days_that_are_gone_do_not_count_any_more(tmp_path: Path) -> None:
    days = iter([NOW - timedelta(days=20), NOW])
    for lines in (delivery("delivered"), delivery("failed")):
        day = next(days)
        journal = Journal(tmp_path, clock=lambda day=day: day)
        journal.append(*lines)
        journal.close()
    old, _ = journal.segments()
    follower = Follower(journal)
    follower.catch_up()
    assert follower.tally.received == {"riverside": 2}
    old.unlink()
    follower.catch_up()
    fresh = Follower(journal)
    fresh.catch_up()
    assert numbers(follower.tally) == numbers(fresh.tally)
    assert follower.tally.received == {"riverside": 1}
