"""The outbox: what is owed, in its order, and nothing that is settled."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from frontdesk.delivery.outbox import Outbox
from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.model.ledger import Ledger
from frontdesk.model.record import Record
from frontdesk.store.memory.store import MemoryStore
from tests.samples import received

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = 30.0
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def when(second: float) -> datetime:
    return START + timedelta(seconds=second)


def outbox(*lines: AnyEvent, same_within: float = 0.0) -> Outbox:
    store = MemoryStore()
    store.append(*lines)
    made = Outbox(store, {"crm": PATIENCE, "other": PATIENCE}, same_within)
    made.catch_up()
    return made


def tell(box: Outbox, *lines: AnyEvent) -> None:
    """What happens after it has begun."""
    box._store.append(*lines)
    box.catch_up()


def due(box: Outbox, second: float, destination: str = "crm") -> list[UUID]:
    """Take out all that is due; one that was queued twice counts once, as for the courier."""
    taken = []
    while found := box.next(destination, when(second)):
        taken.append(found[0].id)
    return list(dict.fromkeys(taken))


def got(submission: UUID, s: float = 0, *to: str) -> events.Received:
    return received(submission, at=when(s), destinations=to or ("crm",))


def attempt(submission: UUID, s: float, to: str = "crm") -> events.Attempt:
    return events.Attempt(id=submission, at=when(s), destination=to)


def delivered(submission: UUID, s: float, to: str = "crm") -> events.Delivered:
    return events.Delivered(id=submission, at=when(s), destination=to, customer_id="60001")


def deferred(submission: UUID, s: float, until: float) -> events.Deferred:
    return events.Deferred(
        id=submission, at=when(s), destination="crm", reason="503", until=when(until)
    )


def failed(submission: UUID, s: float) -> events.Failed:
    return events.Failed(id=submission, at=when(s), destination="crm", reason="400")


def replayed(submission: UUID, s: float, *, force: bool = False) -> events.Replayed:
    return events.Replayed(id=submission, at=when(s), by="eva", destinations=("crm",), force=force)


def test_the_longest_due_comes_first() -> None:
    box = outbox(got(A, 3), got(B, 1), got(C, 2))
    assert len(box) == 3
    assert due(box, 0) == []
    assert due(box, 2) == [B, C]
    assert due(box, 3) == [A]
    assert due(box, 99) == [], "what was taken is queued again only when it lands"


def test_what_landed_unsettled_is_queued_again() -> None:
    box = outbox(got(A))
    assert due(box, 0) == [A]
    box.enqueue(A, "crm")
    box.enqueue(A, "crm")
    assert due(box, 0)[0] == A


def test_an_unknown_submission_is_not_queued() -> None:
    box = outbox()
    box.enqueue(A, "crm")
    assert due(box, 99) == []


def test_what_is_deferred_waits() -> None:
    box = outbox(got(A), got(B), attempt(A, 1), deferred(A, 2, 50))
    assert due(box, 49) == [B]
    assert due(box, 50) == [A]


def test_an_attempt_without_outcome_is_due_after_some_patience() -> None:
    box = outbox(got(A), attempt(A, 10))
    assert due(box, 10 + PATIENCE - 1) == []
    assert due(box, 10 + PATIENCE) == [A]


def test_destinations_have_queues_of_their_own() -> None:
    box = outbox(got(A, 0, "crm", "other"), attempt(A, 1), delivered(A, 2))
    assert due(box, 99) == []
    assert due(box, 99, "other") == [A]
    assert due(box, 99, "third") == []


@pytest.mark.parametrize(
    "lines",
    [
        [attempt(A, 1), delivered(A, 2)],
        [attempt(A, 1), failed(A, 2)],
        [events.Erased(id=A, by="eva")],
        [events.Discarded(id=A, by="eva")],
    ],
    ids=["delivered", "failed", "erased", "discarded"],
)
def test_what_is_over_is_not_due(lines: list[AnyEvent]) -> None:
    box = outbox(got(A), *lines)
    assert len(box) == 0
    assert due(box, 9999) == []
    tell(box, got(A, 3))
    box.enqueue(A, "crm")
    assert due(box, 9999) == [], "a repeated line does not send it again"


def test_what_is_held_is_due_once_it_is_released() -> None:
    box = outbox(events.Held(id=A, at=when(0), reason="spam"), got(A))
    assert due(box, 99) == []
    tell(box, events.Released(id=A, at=when(5), by="eva"))
    assert due(box, 99) == [A]


def cleared(submission: UUID, s: float) -> events.Received:
    return msgspec.structs.replace(got(submission, s), cleared=True)


def test_what_is_held_is_due_once_it_comes_again_and_nothing_holds_it() -> None:
    box = outbox(events.Held(id=A, at=when(0), reason="spam"), got(A))
    tell(box, got(A, 4))
    assert due(box, 99) == []
    tell(box, cleared(A, 5))
    assert due(box, 99) == [A]
    tell(box, cleared(A, 6))
    tell(box, delivered(A, 7))
    tell(box, cleared(A, 8))
    assert due(box, 99) == []


def test_a_failed_one_is_due_again_when_it_is_replayed() -> None:
    box = outbox(got(A), attempt(A, 1), failed(A, 2), replayed(A, 3))
    assert due(box, 3) == [A]


def test_a_replay_sends_the_corrected_lead() -> None:
    lead = received(first_name="Ema").lead
    fix = events.Amended(id=A, at=when(3), by="eva", lead=lead, changed=("first_name",))
    box = outbox(got(A), attempt(A, 1), failed(A, 2), fix, replayed(A, 4))
    found = box.next("crm", when(4))
    assert found is not None
    assert found[0].submission is not None
    assert found[0].submission.lead == lead


@pytest.mark.parametrize(
    ("force", "expected"), [(True, [A]), (False, [])], ids=["by force", "plain"]
)
def test_a_replay_of_what_was_delivered_and_forgotten(force: bool, expected: list[UUID]) -> None:
    # Former versions wrote the whole submission once more. Without force, the lines of a replay
    # that was decided before the courier was through may come after its success.
    box = outbox(got(A), attempt(A, 1), delivered(A, 2), replayed(A, 3, force=force), got(A))
    assert due(box, 99) == expected
    tell(box, attempt(A, 4))
    tell(box, delivered(A, 5))
    assert len(box) == 0
    assert due(box, 9999) == []


def test_a_forced_replay_of_what_was_delivered_and_forgotten() -> None:
    box = outbox(got(A), attempt(A, 1), delivered(A, 2))
    assert due(box, 99) == []
    tell(box, replayed(A, 3, force=True))
    assert due(box, 99) == [A]


def test_only_open_ones_are_remembered() -> None:
    box = outbox()
    for number in range(1, 201):
        one = UUID(int=number)
        tell(box, got(one))
        tell(box, attempt(one, 1), delivered(one, 2))
    tell(box, got(UUID(int=5000)))
    assert len(box) == 1
    assert [record.id for record in box.records()] == [UUID(int=5000)]


def test_accounts_are_known_without_any_delivery() -> None:
    box = outbox(got(A))
    assert box.account("crm").closed is None
    tell(box, events.Failed(id=A, at=when(2), destination="crm", reason="401", closes_account=True))
    assert box.account("crm").closed == "401"
    tell(box, events.Opened(destination="crm", by="eva"))
    assert box.account("crm").closed is None
    assert due(box, 99) == [], "opening the account does not replay the lead that closed it"


# -- leads in doubt ----------------------------------------------------------------------------


def unknown(submission: UUID, s: float, until: float) -> events.Deferred:
    return msgspec.structs.replace(deferred(submission, s, until), unknown=True)


def is_behind(box: Outbox, second: float = 20, **lead: str) -> bool:
    other = received(C, **lead)
    return box.behind(record_of(other), "crm", when(second))


def record_of(event: events.Received) -> Record:
    made = Ledger().apply(event)
    assert made is not None
    return made


def test_a_namesake_waits_for_one_in_doubt() -> None:
    box = outbox(got(A))
    assert not is_behind(box)
    tell(box, attempt(A, 10))
    assert is_behind(box), "the process may be gone that sent it"
    assert not box.behind(record_of(got(A)), "crm", when(20)), "nobody waits for himself"
    assert not box.behind(record_of(got(B)), "other", when(20))
    tell(box, unknown(A, 11, 50))
    assert is_behind(box)
    assert is_behind(box, first_name="Petr"), "the email is the same"
    assert is_behind(box, email="other@example.com"), "the name is the same"
    assert not is_behind(box, first_name="Petr", email="other@example.com")
    assert is_behind(box, 10 + 3599)
    assert not is_behind(box, 10 + 3601), "nobody waits for ever"


@pytest.mark.parametrize(
    "event",
    [delivered(A, 12), failed(A, 12), deferred(A, 12, 50), events.Erased(id=A, by="eva")],
    ids=["delivered", "failed", "refused", "erased"],
)
def test_nobody_waits_for_one_that_is_cleared_up(event: AnyEvent) -> None:
    assert not is_behind(outbox(got(A), attempt(A, 10), unknown(A, 11, 50), attempt(A, 12), event))


def test_what_is_in_doubt() -> None:
    lines = [got(A), attempt(A, 1), unknown(A, 2, 5), attempt(A, 6)]
    box = outbox(*lines, got(B), got(C), attempt(C, 3), deferred(C, 4, 9))
    assert [(d.submission.id, d.first, d.last, d.unknown) for d in box.in_doubt("crm", but=B)] == [
        (A, when(1), when(6), True),
        (C, when(3), when(3), False),
    ]
    assert [d.submission.id for d in box.in_doubt("crm", but=A)] == [C]
    assert box.in_doubt("other", but=B) == []
    tell(box, msgspec.structs.replace(failed(A, 7), unknown=True))
    assert box.in_doubt("crm", but=C)[0].unknown, "given up, and perhaps there all the same"


def test_without_patience_an_attempt_without_outcome_is_due_at_once() -> None:
    """For a CRM that recognises a repeat."""
    box = outbox(got(A, 0, "recognising"), attempt(A, 10, "recognising"))
    assert due(box, 10, "recognising") == [A]


# -- the same enquiry sent again ---------------------------------------------------------------


def repeats(box: Outbox, second: float = 60) -> UUID | None:
    """What the next submission in the outbox repeats, if it repeats one."""
    found = box.next("crm", when(second))
    assert found is not None
    return box.duplicate_of(found[0])


def test_the_same_content_soon_after() -> None:
    box = outbox(got(A), delivered(A, 1), got(B, 2), same_within=600)
    assert repeats(box) == A


def test_the_first_is_never_its_own_duplicate() -> None:
    assert repeats(outbox(got(A), got(A), same_within=600)) is None


def test_the_same_content_after_the_window() -> None:
    assert repeats(outbox(got(A), delivered(A, 1), got(B, 601), same_within=600), 700) is None


def test_no_window_at_all() -> None:
    assert repeats(outbox(got(A), delivered(A, 1), got(B, 2))) is None


@pytest.mark.parametrize("change", [{"phone": "+420777123456"}, {"note": "Please call."}])
def test_other_content(change: dict[str, str]) -> None:
    other = received(B, at=when(2), **change)
    assert repeats(outbox(got(A), delivered(A, 1), other, same_within=600)) is None


def test_another_form() -> None:
    other = msgspec.structs.replace(got(B, 2), form="hillside")
    assert repeats(outbox(got(A), delivered(A, 1), other, same_within=600)) is None


def test_what_failed_does_not_speak_for_the_next() -> None:
    box = outbox(got(A), attempt(A, 1), failed(A, 2), got(B, 3), same_within=600)
    assert repeats(box) is None


def test_what_is_held_does_not_speak_for_the_next() -> None:
    held = events.Held(id=A, at=when(0), reason="spam suspected")
    box = outbox(held, got(A), got(B, 1), same_within=600)
    assert repeats(box) is None


def test_what_was_held_and_comes_again_may_repeat_what_came_meanwhile() -> None:
    held = events.Held(id=A, at=when(0), reason="spam suspected")
    box = outbox(held, got(A), got(B, 1), cleared(A, 2), same_within=600)
    assert due(box, 60) == [B, A]
    record = box.record(A)
    assert record is not None
    assert box.duplicate_of(record) == B


def test_a_duplicate_is_settled() -> None:
    box = outbox(
        got(A),
        delivered(A, 1),
        got(B, 2),
        events.Duplicate(id=B, at=when(3), of=A),
        same_within=600,
    )
    assert due(box, 60) == []


def test_a_duplicate_that_a_person_wants_to_send() -> None:
    box = outbox(got(A), delivered(A, 1), got(B, 2), same_within=600)
    for event in (events.Duplicate(id=B, at=when(3), of=A), replayed(B, 4, force=True), got(B, 2)):
        tell(box, event)
    assert repeats(box) is None


@pytest.mark.parametrize("kind", [events.Erased, events.Discarded])
@pytest.mark.parametrize("when_", ["open", "delivered", "after the second came"])
def test_what_is_erased_or_discarded_does_not_speak_for_the_next(
    kind: type[events.Erased | events.Discarded], when_: str
) -> None:
    gone = kind(id=A, at=when(2), by="eva")
    lines: list[AnyEvent] = [got(A), gone, got(B, 3)]
    if when_ == "delivered":
        lines.insert(1, delivered(A, 1))
    elif when_ == "after the second came":
        lines = [got(A), delivered(A, 1), got(B, 3), got(C, 700), gone]
    assert repeats(outbox(*lines, same_within=600)) is None


def test_the_second_speaks_when_the_first_has_failed() -> None:
    first = [got(A), attempt(A, 1), failed(A, 2), got(B, 3)]
    assert repeats(outbox(*first, delivered(B, 4), got(C, 5), same_within=600)) == B
    assert repeats(outbox(*first, attempt(B, 4), got(C, 5), same_within=600), 20) == B, "owed"


def test_a_duplicate_does_not_speak_for_the_next() -> None:
    linked = events.Duplicate(id=B, at=when(2), of=A)
    lines = [got(A), got(B, 1), linked, attempt(A, 3), failed(A, 4), got(C, 5)]
    assert repeats(outbox(*lines, same_within=600)) is None


def test_lines_that_come_twice_do_not_repeat_each_other() -> None:
    box = outbox(got(A), got(B, 1), got(A), got(B, 1), same_within=600)
    found = {}
    while taken := box.next("crm", when(60)):
        found[taken[0].id] = box.duplicate_of(taken[0])
    assert found == {A: None, B: A}


def test_what_waits_long_is_still_told_whom_it_repeats() -> None:
    box = outbox(got(A), delivered(A, 1), got(B, 2), got(C, 3000), same_within=600)
    assert repeats(box, 4000) == A
