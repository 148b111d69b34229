"""The ledger: what each sequence of events amounts to."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from frontdesk.model import events
from frontdesk.model.codec import decode, encode
from frontdesk.model.events import AnyEvent
from frontdesk.model.exchange import Answer
from frontdesk.model.ledger import Ledger
from frontdesk.model.record import STATES, Delivery, Record
from tests import samples

ID = UUID(int=1)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
OK = Answer(200, 0.1, "60001")


def when(second: float) -> datetime:
    return START + timedelta(seconds=second)


# Short names for the lines of submission ID; the first argument is the second it happened at.
def received(s: float = 0, *destinations: str) -> events.Received:
    return samples.received(ID, at=when(s), destinations=destinations or ("crm",))


def cleared(s: float) -> events.Received:
    return msgspec.structs.replace(received(s), cleared=True)


def held(s: float = 0) -> events.Held:
    return events.Held(id=ID, at=when(s), reason="spam suspected")


def released(s: float) -> events.Released:
    return events.Released(id=ID, at=when(s), by="eva")


def duplicate(s: float) -> events.Duplicate:
    return events.Duplicate(id=ID, at=when(s), of=UUID(int=2))


def withheld(s: float, to: str = "crm") -> events.Withheld:
    return events.Withheld(
        id=ID, at=when(s), destination=to, attempt=UUID(int=int(s)), reason="no address"
    )


def discarded(s: float) -> events.Discarded:
    return events.Discarded(id=ID, at=when(s), by="eva")


def attempt(s: float, to: str = "crm") -> events.Attempt:
    return events.Attempt(id=ID, at=when(s), destination=to, attempt=UUID(int=int(s)))


def delivered(
    s: float, to: str = "crm", customer: str | None = "60001", *, reconciled: bool = False
) -> events.Delivered:
    return events.Delivered(
        id=ID,
        at=when(s),
        destination=to,
        answer=OK,
        customer_id=customer,
        reconciled=reconciled,
    )


def deferred(
    s: float, *, unknown: bool = False, account: float | None = None, to: str = "crm"
) -> events.Deferred:
    return events.Deferred(
        id=ID,
        at=when(s),
        destination=to,
        reason="answered 503",
        until=when(s + 30),
        unknown=unknown,
        account_until=None if account is None else when(account),
    )


def failed(
    s: float, *, closes: bool = False, unknown: bool = False, to: str = "crm"
) -> events.Failed:
    return events.Failed(
        id=ID,
        at=when(s),
        destination=to,
        reason="answered 400",
        closes_account=closes,
        unknown=unknown,
    )


def replayed(s: float, *to: str, force: bool = False) -> events.Replayed:
    return events.Replayed(id=ID, at=when(s), by="eva", destinations=to or ("crm",), force=force)


def amended(s: float, name: str = "Eva") -> events.Amended:
    lead = msgspec.structs.replace(received().lead, first_name=name)
    return events.Amended(id=ID, at=when(s), by="eva", lead=lead, changed=("first_name",))


def erased(s: float) -> events.Erased:
    return events.Erased(id=ID, at=when(s), by="eva")


def opened(s: float, to: str = "crm") -> events.Opened:
    return events.Opened(id=UUID(int=10**6 + int(s)), at=when(s), destination=to, by="eva")


def fold(lines: Iterable[AnyEvent]) -> Ledger:
    ledger = Ledger()
    for line in lines:
        ledger.apply(line)
    return ledger


def record(*lines: AnyEvent) -> Record:
    return fold(lines).records[ID]


TWO = ("crm", "other")
# name: (lines, the state's word, whether it is settled)
STORIES: dict[str, tuple[list[AnyEvent], str, bool]] = {
    "received": ([received()], "pending", False),
    "under way or crashed": ([received(), attempt(1)], "unknown", False),
    "delivered": ([received(), attempt(1), delivered(2)], "delivered", True),
    "deferred": ([received(), attempt(1), deferred(2)], "deferred", False),
    "deferred, then delivered": (
        [received(), attempt(1), deferred(2), attempt(40), delivered(41)],
        "delivered",
        True,
    ),
    "unknown": ([received(), attempt(1), deferred(2, unknown=True)], "unknown", False),
    "unknown, then found": (
        [received(), attempt(1), deferred(2, unknown=True), delivered(40, reconciled=True)],
        "delivered",
        True,
    ),
    "unknown, lookup failed": (
        [received(), attempt(1), deferred(2, unknown=True), deferred(40, unknown=True)],
        "unknown",
        False,
    ),
    "unknown, not found, deferred": (
        [received(), attempt(1), deferred(2, unknown=True), attempt(40), deferred(41)],
        "deferred",
        False,
    ),
    "failed": ([received(), attempt(1), failed(2)], "failed", False),
    "banned": ([received(), attempt(1), failed(2, closes=True)], "failed", False),
    "rate limited": ([received(), attempt(1), deferred(2, account=60)], "deferred", False),
    "failed, replayed": ([received(), attempt(1), failed(2), replayed(3)], "pending", False),
    "failed, amended, replayed": (
        [received(), attempt(1), failed(2), amended(3), replayed(4), attempt(5), delivered(6)],
        "delivered",
        True,
    ),
    "delivered, replayed": (
        [received(), attempt(1), delivered(2), replayed(3)],
        "delivered",
        True,
    ),
    "delivered, replayed by force": (
        [received(), attempt(1), delivered(2), replayed(3, force=True)],
        "pending",
        False,
    ),
    "forced, attempted": (
        [received(), attempt(1), delivered(2), replayed(3, force=True), attempt(4)],
        "unknown",
        False,
    ),
    "held": ([held(), received()], "held", False),
    "released": ([held(), received(), released(5)], "pending", False),
    "discarded": ([held(), received(), discarded(5)], "discarded", True),
    "the same again": ([received(), duplicate(1)], "duplicate", True),
    "the same again, and wanted": (
        [received(), duplicate(1), replayed(60, force=True), attempt(61), delivered(62)],
        "delivered",
        True,
    ),
    "held, its second line torn": ([held()], "held", False),
    "sent again, then held": ([received(), held(1), received(1)], "pending", False),
    "released, then held again": (
        [held(), received(), released(5), held(6), received(6)],
        "pending",
        False,
    ),
    "held, then cleared": ([held(), received(), cleared(5)], "pending", False),
    "held, torn, then cleared": ([held(), cleared(5)], "pending", False),
    "held, then cleared and delivered": (
        [held(), received(), cleared(5), attempt(6), delivered(7)],
        "delivered",
        True,
    ),
    "held, then only received": ([held(), received(), received(5)], "held", False),
    "held twice, then cleared, then held again": (
        [held(), received(), held(1), received(1), cleared(5), held(6), received(6)],
        "pending",
        False,
    ),
    "held, cleared, held and cleared": (
        [held(), received(), cleared(5), held(6), received(6), cleared(7)],
        "pending",
        False,
    ),
    "discarded, then cleared": ([held(), received(), discarded(3), cleared(5)], "discarded", True),
    "cleared before it was held, by another process": (
        [cleared(0.1), held(), received()],
        "pending",
        False,
    ),
    "erased": ([received(), attempt(1), delivered(2), erased(3)], "erased", True),
    "erased while held": ([held(), received(), erased(3)], "erased", True),
    "erased, and the same again": ([received(), erased(3), received(4)], "pending", False),
    "erased, and delivered again": (
        [received(), attempt(1), delivered(2), erased(3), received(4), attempt(5), delivered(6)],
        "delivered",
        True,
    ),
    "erased, and held again": ([received(), erased(3), held(4), received(4)], "held", False),
    "erased twice": ([received(), erased(3), received(4), erased(5)], "erased", True),
    "erased twice, and once more": (
        [received(), erased(3), received(4), erased(5), received(6)],
        "pending",
        False,
    ),
    "one of two": ([received(0, *TWO), attempt(1), delivered(2)], "pending", False),
    "one failed": ([received(0, *TWO), failed(2), delivered(2, "other")], "failed", False),
    "both": ([received(0, *TWO), delivered(2), delivered(2, "other")], "delivered", True),
    "one withheld": (
        [received(0, *TWO), delivered(2), attempt(3, "other"), withheld(4, "other")],
        "delivered",
        True,
    ),
    "one withheld, the other deferred": (
        [received(0, *TWO), attempt(1), deferred(2), attempt(3, "other"), withheld(4, "other")],
        "deferred",
        False,
    ),
    "one withheld, the other failed": (
        [received(0, *TWO), attempt(1), failed(2), withheld(4, "other")],
        "failed",
        False,
    ),
    "withheld": ([received(), attempt(1), withheld(2)], "delivered", True),
    "withheld, replayed": ([received(), attempt(1), withheld(2), replayed(3)], "delivered", True),
    "withheld, replayed by force": (
        [received(), attempt(1), withheld(2), replayed(3, force=True)],
        "pending",
        False,
    ),
    "withheld, then delivered by force": (
        [received(), attempt(1), withheld(2), replayed(3, force=True), attempt(4), delivered(5)],
        "delivered",
        True,
    ),
    "withheld, its attempt read after it": (
        [received(), withheld(2), attempt(1)],
        "delivered",
        True,
    ),
    "first line missing": ([attempt(1), delivered(2)], "delivered", False),
    "a late failure": ([received(), attempt(1), delivered(2), failed(3)], "delivered", True),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_story_and_its_word(story: str) -> None:
    lines, word, settled = STORIES[story]
    found = record(*lines)
    assert (found.state, found.settled) == (word, settled)
    assert word in STATES


def test_every_word_has_its_story() -> None:
    assert {word for _, word, _ in STORIES.values()} == set(STATES)


@pytest.mark.parametrize("story", STORIES)
def test_lines_read_twice_change_nothing(story: str) -> None:
    lines = STORIES[story][0]
    expected = fold(lines)
    for again in (
        [line for line in lines for _ in range(2)],
        lines * 2,
        [*lines, *reversed(lines)],
        *([*lines, line] for line in lines),
    ):
        ledger = fold(again)
        assert ledger.records == expected.records
        assert ledger.accounts == expected.accounts


def test_lines_read_twice_at_random_change_nothing() -> None:
    randomness = random.Random(2026)
    sequels: list[AnyEvent] = [opened(7), opened(70), replayed(71), attempt(72), deferred(73)]
    for _ in range(300):
        story = randomness.choice([lines for lines, _, _ in STORIES.values()])
        lines = story + randomness.sample(sequels, randomness.randrange(len(sequels) + 1))
        expected = fold(lines)
        doubled: list[AnyEvent] = []
        for line in lines:
            doubled += [line, *randomness.choices(doubled, k=2)] if doubled else [line]
        ledger = fold(doubled)
        assert ledger.records == expected.records, doubled
        assert ledger.accounts == expected.accounts, doubled


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ([attempt(1), delivered(2), received()], "delivered"),
        ([delivered(2), attempt(1), received()], "delivered"),
        ([released(5), held(), received()], "pending"),
        ([discarded(5), held(), received()], "discarded"),
        ([erased(5), received()], "erased"),
        ([attempt(1), received()], "unknown"),
        ([failed(2), received()], "failed"),
    ],
    ids=lambda lines: "-".join(type(line).__name__ for line in lines) if lines[1:] else None,
)
def test_files_concatenated_in_another_order(lines: list[AnyEvent], word: str) -> None:
    found = record(*lines)
    assert found.state == word
    assert found.submission is not None


def test_a_correction_read_before_the_submission() -> None:
    found = record(amended(3), received())
    assert found.submission is not None
    assert found.submission.lead.first_name == "Eva"


def test_the_last_correction_counts() -> None:
    found = record(received(), amended(3, "Eva"), amended(4, "Ema"), amended(3, "Eva"))
    assert found.submission is not None
    assert (found.submission.lead.first_name, found.amended) == ("Ema", 2)


@pytest.mark.parametrize(
    ("reason", "code", "incomplete"),
    [
        ("whatever is said of it", "incomplete", True),
        ("neither an email address nor a telephone number is known", None, True),  # as it once was
        ("spam suspected", None, False),
        ("something of a newer version", "else", False),
    ],
)
def test_what_lacks_a_contact_is_known_by_a_code(
    reason: str, code: str | None, incomplete: bool
) -> None:
    line = encode(events.Held(id=ID, at=when(0), reason=reason, code=code))
    assert (b'"code"' in line) is (code is not None)
    found = record(decode(line.rstrip()), received())
    assert (found.held, found.incomplete) == (reason, incomplete)


LATE = UUID(int=99)  # an attempt that is under way when its submission is erased


@pytest.mark.parametrize(
    "late",
    [
        events.Delivered(id=ID, at=when(7), destination="crm", attempt=LATE, customer_id="1"),
        events.Failed(id=ID, at=when(7), destination="crm", attempt=LATE, reason="400"),
        events.Delivered(id=ID, at=when(7), destination="crm", reconciled=True),
        events.Delivered(id=ID, at=when(5), destination="crm", attempt=LATE),
        released(2),
        discarded(2),
        replayed(2),
        amended(2),
        erased(3),
        received(1),
        held(1),
    ],
    ids=lambda event: f"{type(event).__name__}-{event.at:%S}",
)
def test_what_was_before_an_erasure_is_another_life(late: AnyEvent) -> None:
    under_way = events.Attempt(id=ID, at=when(1), destination="crm", attempt=LATE)
    before = [received(), under_way, erased(3), received(4, "other", "crm")]
    assert record(*before, late).deliveries == record(*before).deliveries
    assert record(*before, late).state == "pending"
    # and it settles nothing that comes after it
    found = record(*before, late, attempt(8), delivered(9)).deliveries
    assert (found["crm"].state, found["crm"].attempts) == ("delivered", 1)
    assert found["other"].state == "pending"


def test_a_new_life_goes_where_it_is_sent_with_what_it_says() -> None:
    again = msgspec.structs.replace(received(4, "other"), form="hillside")
    found = record(received(), amended(1), erased(3), again)
    assert list(found.deliveries) == ["other"]
    assert found.submission is not None
    assert (found.submission.form, found.submission.lead) == ("hillside", received().lead)


def delivery(*lines: AnyEvent) -> Delivery:
    return record(*lines).deliveries["crm"]


def test_what_a_delivery_remembers() -> None:
    lines = [received(), attempt(1), deferred(2, unknown=True)]
    found = delivery(*lines)
    assert (found.attempts, found.attempted_at, found.until) == (1, when(1), when(32))
    assert (found.unknown, found.reason) == (True, "answered 503")
    found = delivery(*lines, attempt(40), delivered(41, reconciled=True))
    assert (found.attempts, found.attempted_at, found.until) == (2, when(40), None)
    assert (found.unknown, found.reason, found.customer_id) == (False, None, "60001")
    assert (found.answer, found.reconciled) == (OK, True)


def test_what_is_withheld_says_why_and_delays_nothing() -> None:
    found = record(received(0, *TWO), withheld(2, "other"), attempt(3), delivered(4))
    delivery = found.deliveries["other"]
    assert (delivery.word, delivery.reason, delivery.stored) == ("withheld", "no address", False)
    assert found.arrived_at == when(4)
    found = record(received(0, *TWO), attempt(3), delivered(4), withheld(9, "other"))
    assert found.arrived_at == when(9), "until then somebody was still to get it"
    assert record(received(), withheld(2)).arrived_at is None
    assert not found.owes("other")


def test_a_replay_begins_anew() -> None:
    found = delivery(received(), attempt(1), failed(2), replayed(100))
    assert (found.since, found.attempts, found.reason, found.unknown) == (when(100), 0, None, False)


@pytest.mark.parametrize(
    ("lines", "unknown"),
    [
        ([attempt(1), replayed(3)], True),
        ([attempt(1), deferred(2, unknown=True), replayed(3)], True),
        ([attempt(1), deferred(2, unknown=True), replayed(3), replayed(4)], True),
        ([attempt(1), failed(2, unknown=True), replayed(3)], True),
        ([attempt(1), deferred(2, unknown=True), replayed(3, force=True)], False),
        ([attempt(1), deferred(2), replayed(3)], False),
        ([attempt(1), failed(2), replayed(3)], False),
    ],
    ids=["crashed", "unknown", "twice", "given up", "by force", "deferred", "failed"],
)
def test_a_replay_still_looks_for_what_may_have_arrived(
    lines: list[AnyEvent], unknown: bool
) -> None:
    found = delivery(received(), *lines)
    assert (found.state, found.unknown) == ("pending", unknown)


def test_a_replay_reaches_only_the_destinations_that_it_names() -> None:
    found = record(
        received(0, *TWO), failed(2), failed(3, to="other"), replayed(4, "other")
    ).deliveries
    assert {name: each.state for name, each in found.items()} == {
        "crm": "failed",
        "other": "pending",
    }


def test_a_release_starts_the_clock() -> None:
    assert delivery(held(), received(), cleared(9)).since == when(9)
    assert delivery(received(), cleared(9)).since == when(0)
    assert delivery(held(), received(), released(9)).since == when(9)


ACCOUNTS: dict[str, tuple[list[AnyEvent], str | None, datetime | None, bool]] = {
    "new": ([received(), attempt(1)], None, None, False),
    "proven": ([delivered(2)], None, None, True),
    "proven by the list": ([delivered(2, reconciled=True)], None, None, True),
    "slowed down": ([delivered(2), deferred(3)], None, None, False),
    "not slowed down by one bad lead": ([delivered(2), failed(3)], None, None, True),
    "waiting": ([delivered(2), deferred(3, account=60)], None, when(60), False),
    "closed": ([delivered(2), failed(3, closes=True)], "answered 400", None, False),
    "opened": ([failed(3, closes=True), opened(4)], None, None, False),
    "another opened": ([failed(3, closes=True), opened(4, "other")], "answered 400", None, False),
    "opened while waiting": ([deferred(3, account=60), opened(4)], None, when(60), False),
    "opened by a replay": ([failed(3, closes=True), replayed(4)], None, None, False),
    "closed again": (
        [failed(3, closes=True), opened(4), failed(5, closes=True)],
        "answered 400",
        None,
        False,
    ),
}


@pytest.mark.parametrize("story", ACCOUNTS)
def test_an_account(story: str) -> None:
    lines, closed, until, proven = ACCOUNTS[story]
    account = fold([received(), *lines]).account("crm")
    assert (account.closed, account.until, account.proven) == (closed, until, proven)


def test_the_time_that_an_account_was_closed_is_nobodys_delay() -> None:
    lines = [received(), attempt(1), deferred(2), failed(3, closes=True, to="other")]
    assert delivery(*lines, opened(500)).since == when(0)
    closing = msgspec.structs.replace(failed(4, closes=True), id=UUID(int=2))
    assert delivery(*lines, closing, opened(500)).since == when(500)
    assert delivery(received(), delivered(2), closing, opened(500)).since == when(0)


def test_an_account_closed_by_a_lookup() -> None:
    line = events.Deferred(
        id=ID, destination="crm", reason="answered 401", until=when(9), closes_account=True
    )
    account = fold([received(), attempt(1), line]).account("crm")
    assert account.closed == "answered 401"


def test_claims_are_kept_for_eight_days() -> None:
    day = 86400
    ledger = fold(delivered(day * number, customer=str(number)) for number in range(12))
    claims = ledger.records.claims("crm")
    assert [claim.customer_id for claim in claims] == [str(number) for number in range(3, 12)]
    assert claims[-1].at == when(11 * day)


def test_since_when_it_is_in_doubt() -> None:
    unknown = events.Deferred(
        id=ID, at=when(2), destination="crm", reason="cut", until=when(3), unknown=True
    )
    assert delivery(received(), attempt(1)).doubted_at == when(1)
    assert delivery(received(), attempt(1), attempt(5)).doubted_at == when(1)
    lines = [received(), attempt(1), unknown, attempt(5)]
    assert (delivery(*lines).doubted_at, delivery(*lines).attempted_at) == (when(1), when(5))
    again = [*lines, failed(6), replayed(7), attempt(8)]
    assert delivery(*again).doubted_at == when(8)


def test_a_claim_says_which_delivery_it_is_and_whether_it_was_in_doubt() -> None:
    (claim,) = fold([received(), attempt(1), delivered(2)]).records.claims("crm")
    assert (claim.submission, claim.doubted_at) == (ID, None)
    lines = [received(), attempt(1), attempt(5), delivered(6)]
    (claim,) = fold(lines).records.claims("crm")
    assert claim.doubted_at == when(1)


def test_who_comes_again_after_an_erasure_may_be_missed() -> None:
    ledger = Ledger()
    for event in (received(), attempt(1), delivered(2), erased(3)):
        ledger.apply(event)
    ledger.apply(events.Compared(at=when(4), destination="crm", missing=(ID,)))
    account = ledger.account("crm")
    assert (account.missing, account.accepted) == (set(), {ID}), "it may be erased there, too"
    for event in (received(5), attempt(6), delivered(7)):
        ledger.apply(event)
    ledger.apply(events.Compared(at=when(8), destination="crm", missing=(ID,)))
    assert (account.missing, account.accepted) == ({ID}, set())
