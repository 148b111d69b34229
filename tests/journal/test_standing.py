"""How things stand by the journal: what is open, and numbers."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from frontdesk.journal.files import Journal
from frontdesk.journal.follower import Follower
from frontdesk.journal.standing import Counts, Standing
from frontdesk.model.events import (
    Answer,
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
from tests.support import line, received

NOW = utcnow()


def folded(*events: AnyEvent) -> Standing:
    standing = Standing()
    for event in events:
        standing.apply(line(event))
    return standing


def counts(standing: Standing) -> Counts:
    return standing.counts(["memory"])


def states(standing: Standing) -> list[str]:
    return sorted(record.state for record in standing.ledger.records.values())


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
    standing = folded(*delivery("deferred", "deferred", "delivered"))
    assert counts(standing) == Counts(
        received={"riverside": 1}, outcomes={"crm": {"deferred": 2, "delivered": 1}}
    )
    assert states(standing) == []


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_what_was_erased_and_comes_again_is_open_again() -> None:
    story = delivery("delivered")
    one = story[0].id
    erasure = Erased(id=one, at=later(10), by="eva")
    again = received(one, at=later(20))
    old = [*story, erasure]
    assert states(folded(*old, *story)) == [], "lines from before do not bring it back"
    standing = folded(*old, again, *old)
    assert states(standing) == ["pending"]
    assert counts(standing).received == {"riverside": 2}
    sent = [
        Attempt(id=one, at=later(21), destination="crm", attempt=(attempt := uuid4())),
        Delivered(id=one, at=later(22), destination="crm", attempt=attempt),
    ]
    assert states(folded(*old, again, *sent)) == []
    assert states(folded(*old, again, *sent, *old, again, *sent)) == []
    second = Erased(id=one, at=later(30), by="eva")
    assert states(folded(*old, again, *sent, second, received(one, at=later(40)))) == ["pending"]
    assert states(folded(*old, again, second, received(one, at=later(40)))) == ["pending"]


def test_what_is_under_way_at_an_erasure_does_not_settle_what_comes_after() -> None:
    one = uuid4()
    attempt = Attempt(id=one, at=later(1), destination="crm")
    late = Delivered(id=one, at=later(4), destination="crm", attempt=attempt.attempt)
    lines = [received(one, at=NOW), attempt, Erased(id=one, at=later(2), by="eva")]
    assert states(folded(*lines, received(one, at=later(3)), late)) == ["pending"]
    assert states(folded(*lines, late, received(one, at=later(5)))) == ["pending"]


def test_it_is_known_what_was_erased_when_all_else_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("frontdesk.journal.standing.REMEMBERED", 1)
    story = delivery("delivered")
    erasure = Erased(id=story[0].id, at=later(10), by="eva")
    others = [line for _ in range(4) for line in delivery("delivered")]
    standing = folded(*story, erasure, *others)
    for event in (*story, erasure):
        standing.apply(line(event))
    assert states(standing) == []
    standing.apply(line(received(story[0].id, at=later(20))))
    assert states(standing) == ["pending"]


def test_what_failed_stays_open() -> None:
    lines = delivery("closing")
    standing = folded(*lines, *delivery())
    assert counts(standing).outcomes == {"crm": {"failed": 1}}
    assert counts(standing).closures == {"crm": 1}
    assert standing.ledger.account("crm").closed == "401"
    assert states(standing) == ["failed", "pending"]
    standing.apply(line(Discarded(id=lines[0].id, by="a person")))
    assert states(standing) == ["pending"]


def test_lines_that_come_twice_count_once() -> None:
    lines = [*delivery("deferred", "delivered"), *delivery("failed"), *delivery("closing")]
    twice, once = folded(*lines, *lines), folded(*lines)
    assert counts(twice) == counts(once)
    assert twice.ledger.records == once.ledger.records


def test_an_enquiry_that_was_sent_twice_counts_once() -> None:
    first = received(at=NOW)
    again = received(first.id, at=NOW + timedelta(seconds=3))
    assert counts(folded(first, again)).received == {"riverside": 1}


def test_what_was_held() -> None:
    first = received(at=NOW)
    standing = folded(Held(id=first.id, at=NOW, reason="spam suspected"), first)
    assert counts(standing).held == {"riverside": 1}
    assert states(standing) == ["held"]
    standing.apply(line(Released(id=first.id, by="a person")))
    assert counts(standing).held == {"riverside": 1}
    assert states(standing) == ["pending"]


def test_only_a_forced_replay_opens_what_was_delivered() -> None:
    lines = delivery("delivered")
    later = NOW + timedelta(hours=1)
    polite = Replayed(id=lines[0].id, at=later, by="a person", destinations=("crm",))
    assert folded(*lines, polite).ledger.records == {}
    forced = Replayed(id=lines[0].id, at=later, by="a person", destinations=("crm",), force=True)
    assert len(folded(*lines, forced).ledger.records) == 1


def test_an_erased_submission_is_not_open() -> None:
    lines = delivery("failed")
    standing = folded(*lines, Erased(id=lines[0].id, by="a person"))
    assert states(standing) == []
    assert counts(standing).received == {"riverside": 1}


def test_a_line_without_its_submission_is_no_submission() -> None:
    assert counts(folded(Delivered(id=uuid4(), destination="crm"))).received == {}


def test_what_the_crm_answered_takes_no_memory() -> None:
    first = received(at=NOW)
    refusal = Failed(
        id=first.id, destination="crm", reason="400", answer=Answer(400, 0.1, "x" * 4096)
    )
    (record,) = folded(first, refusal).ledger.records.values()
    assert record.state == "failed"
    assert record.deliveries["crm"].answer is None


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
    assert follower.counts().received == {"riverside": 2}
    journal.append(*delivery())
    assert follower.catch_up()
    assert follower.counts().received == {"riverside": 3}


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
    assert follower.counts().received == {"riverside": 2}
    old.unlink()
    follower.catch_up()
    fresh = Follower(journal)
    fresh.catch_up()
    assert follower.counts() == fresh.counts()
    assert follower.standing.ledger.records == fresh.standing.ledger.records
    assert follower.counts().received == {"riverside": 1}


def test_what_stood_in_a_segment_that_is_gone_is_open_no_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(*delivery("failed"))
    follower = Follower(journal)
    follower.catch_up()
    assert states(follower.standing) == ["failed"]
    (segment,) = journal.segments()
    segment.unlink()
    follower.catch_up()
    assert states(follower.standing) == []
