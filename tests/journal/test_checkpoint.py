"""The checkpoint: a restart goes on where it stopped, and believes the segments rather than it."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import fields

from frontdesk.journal.checkpoint import CHECKPOINT, resume, save
from frontdesk.journal.erasure import erase
from frontdesk.journal.files import Journal
from frontdesk.journal.lines import Damage, Line, Place
from frontdesk.journal.standing import FOLD, Counts, Revoked, Standing, State
from frontdesk.journal.tail import Tail
from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.model.ledger import Account, Claim, Delivery, Record
from frontdesk.model.receivers import Receiver, Receivers
from frontdesk.model.refusals import History, Refusals
from tests.support import received

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def attempt(submission: UUID, second: int) -> events.Attempt:
    at = DAY + timedelta(seconds=second)
    return events.Attempt(id=submission, at=at, destination="crm")


def delivered(submission: UUID, second: int) -> events.Delivered:
    at = DAY + timedelta(seconds=second)
    return events.Delivered(id=submission, at=at, destination="crm", customer_id="60001")


def failed(submission: UUID, second: int) -> events.Failed:
    at = DAY + timedelta(seconds=second)
    return events.Failed(id=submission, at=at, destination="crm", reason="HTTP 400")


def take(standing: Standing, tail: Tail) -> list[AnyEvent]:
    """Read what there is; what was read."""
    read = [line for line in tail.read() if isinstance(line, Line)]
    for line in read:
        standing.apply(line)
    return [line.event for line in read]


def remember(journal: Journal) -> Standing:
    """Read all, and write a checkpoint of it."""
    standing, tail, _ = resume(journal)
    take(standing, tail)
    save(journal, standing, tail, [])
    return standing


def read_again(journal: Journal) -> int:
    """The number of lines that the next start reads."""
    standing, tail, _ = resume(journal)
    return len(take(standing, tail))


def as_it_stands(standing: Standing) -> object:
    """All that there is to compare."""
    return standing.ledger.records, standing.state(["2026-03-01.jsonl", "2026-03-02.jsonl"])


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal", clock=lambda: DAY)
    made.append(received(A, at=DAY), attempt(A, 1), delivered(A, 2), received(B, at=DAY))
    yield made
    made.close()


def segment(journal: Journal) -> Path:
    (path,) = journal.segments()
    return path


def test_only_what_came_since_is_read(journal: Journal) -> None:
    before = remember(journal)
    standing, tail, _ = resume(journal)
    assert as_it_stands(standing) == as_it_stands(before)
    assert take(standing, tail) == []
    outcome = failed(B, 3)
    journal.append(outcome)
    assert take(standing, tail) == [outcome]
    assert standing.ledger.records[B].state == "failed"


def test_what_is_delivered_stays_delivered(journal: Journal) -> None:
    remember(journal)
    journal.append(received(A, at=DAY), received(A, at=DAY + timedelta(seconds=9)))
    standing, tail, _ = resume(journal)
    take(standing, tail)
    assert list(standing.ledger.records) == [B]


def test_a_correction_is_found_again(journal: Journal) -> None:
    lead = received(phone="+420601234567").lead
    journal.append(events.Amended(id=B, by="eva", lead=lead, changed=("phone",)))
    remember(journal)
    record = resume(journal).standing.ledger.records[B]
    assert record.submission is not None
    assert record.submission.lead == record.correction == lead


def test_there_is_nothing_personal_in_it(journal: Journal) -> None:
    answer = events.Answer(400, 0.1, "Jana Nováková is not welcome")
    journal.append(events.Failed(id=B, destination="crm", reason="HTTP 400", answer=answer))
    remember(journal)
    text = (journal.directory / CHECKPOINT).read_text()
    assert str(B) in text
    for trace in ("Jana", "Novákov", "jana@example.com", "192.0.2.7"):
        assert trace not in text


def test_only_its_owner_may_read_it(journal: Journal) -> None:
    remember(journal)
    assert (journal.directory / CHECKPOINT).stat().st_mode & 0o777 == 0o600


def test_lines_that_were_asked_for_are_given_back(journal: Journal) -> None:
    standing, tail, _ = resume(journal)
    lines = [line for line in tail.read() if isinstance(line, Line)]
    for line in lines:
        standing.apply(line)
    save(journal, standing, tail, [lines[3].place, lines[0].place])
    assert resume(journal).recent == [lines[3], lines[0]]


# -- the segments are believed, not the checkpoint ------------------------------------------------


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(events.encode(failed(B, 4)))


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"crm"', b'"erp"', 1))


def edited_and_grown(path: Path) -> None:
    """The last line that was read is another one."""
    path.write_bytes(path.read_bytes().replace(b"Jana", b"Dana"))
    grown(path)


def shortened(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 10)


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.rename(path)


@pytest.mark.parametrize("change", [edited, edited_and_grown, shortened, replaced])
def test_a_segment_that_is_another_is_read_again(journal: Journal, change: object) -> None:
    remember(journal)
    assert callable(change)
    change(segment(journal))
    lines = [line for line in journal.read() if isinstance(line, Line)]
    assert read_again(journal) >= 3
    standing, tail, _ = resume(journal)
    take(standing, tail)
    fresh = Standing()
    for line in lines:
        if line.offset + line.length <= segment(journal).stat().st_size:
            fresh.apply(line)
    assert standing.ledger.accounts == fresh.ledger.accounts


def test_a_segment_that_has_grown_is_not(journal: Journal) -> None:
    remember(journal)
    grown(segment(journal))
    assert read_again(journal) == 1


def test_a_day_that_was_pruned_is_not_missed(journal: Journal) -> None:
    journal.append(failed(B, 3), events.Discarded(id=B, by="eva"))
    day = segment(journal)
    later = Journal(journal.directory, clock=lambda: DAY + timedelta(days=1))
    later.append(received(C, at=DAY + timedelta(days=1)))
    later.close()
    remember(journal)
    day.unlink()
    standing, tail, _ = resume(journal)
    assert take(standing, tail) == []
    assert list(standing.ledger.records) == [C]


def test_a_day_with_something_open_that_is_gone(journal: Journal) -> None:
    remember(journal)
    segment(journal).unlink()
    assert resume(journal).standing.ledger.records == {}


def test_a_segment_that_was_added_is_read(journal: Journal) -> None:
    remember(journal)
    other = journal.directory / "2026-02-28.other.jsonl"
    other.write_bytes(events.encode(received(C, at=DAY)))
    standing, tail, _ = resume(journal)
    take(standing, tail)
    assert set(standing.ledger.records) == {B, C}


def test_after_an_erasure_nothing_of_the_person_is_left(journal: Journal) -> None:
    remember(journal)
    erase(journal, [B], ["jana@example.com"], by="eva")
    standing, tail, _ = resume(journal)
    take(standing, tail)
    assert standing.ledger.records == {}


def sealed(content: object) -> bytes:
    """As the software would have written it."""
    raw = msgspec.json.encode(content)
    digest = hashlib.blake2b(raw, digest_size=16).digest()
    return msgspec.json.encode({"digest": digest, "content": Raw(raw)})


def spoilt(text: bytes) -> list[bytes]:
    kept = msgspec.json.decode(text)["content"]
    other = text.replace(str(A).encode(), str(C).encode())
    odd: list[bytes] = [b"", b"{", b"null", b"[]", text[:-20], b"\xff" + text, other]
    odd.append(b'{"digest":"","content":' + b"[" * 100_000)
    changes: list[dict[str, object]] = [
        {"fold": FOLD - 1},
        {"fold": FOLD + 1},
        {"fold": None},
        {"marks": None},
        {"marks": []},
        {"state": {}},
        {"recent": [{"segment": "../../etc/passwd", "offset": 0, "length": 9}]},
        {"recent": [{"segment": "2026-03-01.jsonl", "offset": 7, "length": 50}]},
        {"recent": [{"segment": "2026-03-01.jsonl", "offset": -7, "length": 50}]},
        {"recent": [{"segment": "2026-03-01.jsonl", "offset": 0, "length": 1 << 50}]},
    ]
    odd += [sealed({**kept, **change}) for change in changes]
    odd.append(sealed({key: value for key, value in kept.items() if key != "fold"}))
    for place in ({"offset": 1}, {"segment": "2026-03-09.jsonl"}, {"offset": 1 << 63}):
        changed = msgspec.json.decode(text)["content"]
        changed["state"]["places"][str(B)][0].update(place)
        odd.append(sealed(changed))
    kept["state"]["places"][str(B)] = [{"segment": "2026-03-01.jsonl", "offset": 0}]
    odd.append(sealed(kept))
    return odd


def test_a_state_of_another_shape_has_another_number() -> None:
    """When this fails: raise FOLD, and write down both here."""
    kinds = (State, Record, Delivery, Account, Claim, Receivers, Receiver, Counts)
    kinds = (*kinds, Revoked, Place, History, Refusals)
    shape = [(field.name, str(field.type)) for kind in kinds for field in fields(kind)]
    assert (FOLD, hashlib.sha256(repr(shape).encode()).hexdigest()[:16]) == (10, "757d62244f195d0b")


def test_one_that_is_odd_is_not_used(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    remember(journal)
    path = journal.directory / CHECKPOINT
    for text in spoilt(path.read_bytes()):
        path.write_bytes(text)
        assert read_again(journal) == 4, text
        fresh, tail, _ = resume(journal)
        take(fresh, tail)
        assert set(fresh.ledger.records) == {B}
    assert "Traceback" not in caplog.text


def test_a_link_is_not_followed(journal: Journal) -> None:
    remember(journal)
    path = journal.directory / CHECKPOINT
    elsewhere = journal.directory.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert read_again(journal) == 4
    remember(journal)
    assert not path.is_symlink()


# -- whenever it is written, it says what reading all would have said ------------------------------


NAMES = (A, B, C)
seconds = st.integers(0, 5).map(lambda second: DAY + timedelta(seconds=second))
submissions = st.sampled_from(NAMES)
outcome = {"id": submissions, "at": seconds, "destination": st.sampled_from(("crm", "erp"))}
names = st.sampled_from((0, 1, "a7", "b3"))
any_event = st.one_of(
    st.builds(
        received, submissions, at=seconds, destinations=st.sampled_from([("crm",), ("crm", "erp")])
    ),
    st.builds(events.Held, id=submissions, at=seconds, reason=st.just("spam suspected")),
    st.builds(events.Released, id=submissions, at=seconds, by=st.just("eva")),
    st.builds(events.Discarded, id=submissions, at=seconds, by=st.just("eva")),
    st.builds(events.Duplicate, id=submissions, at=seconds, of=submissions),
    st.builds(events.Erased, id=submissions, at=seconds, by=st.just("eva")),
    st.builds(
        events.Amended,
        id=submissions,
        at=seconds,
        by=st.just("eva"),
        lead=st.sampled_from("xy").map(lambda note: received(note=note).lead),
        changed=st.just(("note",)),
    ),
    st.builds(
        events.Replayed,
        id=submissions,
        at=seconds,
        by=st.just("eva"),
        destinations=st.just(("crm",)),
        force=st.booleans(),
    ),
    st.builds(events.Opened, at=seconds, destination=st.just("crm"), by=st.just("eva")),
    st.builds(events.Attempt, **outcome),
    st.builds(events.Delivered, **outcome),
    st.builds(
        events.Deferred,
        **outcome,
        reason=st.just("503"),
        until=seconds,
        unknown=st.booleans(),
        account_until=st.none() | seconds,
    ),
    st.builds(events.Failed, **outcome, reason=st.just("401"), closes_account=st.booleans()),
    st.builds(
        events.Notified,
        at=seconds,
        receiver=names,
        formerly=st.none() | names,
        what=st.sampled_from([(), ("late",), ("disk",)]),
        reason=st.none() | st.just("answered 500"),
    ),
    st.builds(
        events.Refused,
        id=submissions,  # of processes, here
        at=seconds,
        day=st.dates(DAY.date(), DAY.date() + timedelta(days=2)),
        counts=st.just((events.Refusal("riverside", "fields", 1),)),
    ),
)


@given(st.lists(st.lists(any_event, max_size=8), min_size=1, max_size=5))
def test_at_any_place_it_says_what_the_segments_say(parts: list[list[AnyEvent]]) -> None:
    says_the_same(parts)


def test_a_correction_of_what_was_erased_is_none_of_what_begins_anew() -> None:
    """Also where the submission that was corrected has never come."""
    corrected = events.Amended(id=A, at=DAY, by="eva", lead=received(A).lead, changed=("note",))
    erased = events.Erased(id=A, at=DAY + timedelta(seconds=1), by="eva")
    anew = events.Held(id=A, at=DAY + timedelta(seconds=2), reason="spam suspected")
    says_the_same([[corrected, erased, anew], [received(B)]])


def says_the_same(parts: list[list[AnyEvent]]) -> None:
    """What a checkpoint after each part leads to, and all lines read at once."""
    with TemporaryDirectory() as folder:
        days = iter(DAY + timedelta(days=number // 3) for number in range(99))
        day = next(days)
        journal = Journal(Path(folder), clock=lambda: day)
        for part in parts:
            if part:
                journal.append(*part)
            remember(journal)
            day = next(days)
        standing, tail, _ = resume(journal)
        assert take(standing, tail) == []
        journal.close()
        fresh = Standing()
        for line in journal.read():
            assert not isinstance(line, Damage)
            fresh.apply(line)
    assert as_it_stands(standing) == as_it_stands(fresh)


def test_a_place_is_where_its_line_stands(journal: Journal) -> None:
    raw = segment(journal).read_bytes()
    for line in journal.read():
        assert isinstance(line, Line)
        place = line.place
        assert place == Place(segment(journal).name, line.offset, line.length)
        assert events.decode(raw[place.offset : place.offset + place.length]) == line.event
