"""Erasure: the person is gone from every byte, and nothing else is touched."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from frontdesk.journal.erasure import _patches, _tell_tale, erase
from frontdesk.journal.files import Journal, JournalError
from frontdesk.journal.lines import Damage, Line
from frontdesk.journal.ownership import replace_file
from frontdesk.journal.plan import PLAN, Patch, finish
from frontdesk.model import events
from frontdesk.model.lead import Lead
from frontdesk.model.ledger import Ledger
from tests.support import received

EVA = {
    "first_name": "Žofie",
    "last_name": "Šípková",
    "email": "zofie@example.com",
    "phone": "+420777999888",
    "note": "My dog is called Rex.",
    "attributes": {"pets": "Rex"},
}
ROOT = Path(__file__).parents[2]
SECRETS = ("Žofie", "Šípková", "zofie@example.com", "777999888", "Rex", "203.0.113.9")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


def story(submission: UUID) -> list[events.AnyEvent]:
    """All kinds of lines that know something of a person."""
    came = received(submission, **EVA)
    came = msgspec.structs.replace(
        came, origin=msgspec.structs.replace(came.origin, ip="203.0.113.9", page="https://x/?Rex")
    )
    answer = events.Answer(400, 0.1, "zofie@example.com is not valid")
    parameters = {"name": "Žofie", "email": "zofie@example.com", "consentsource": "203.0.113.9"}
    sent = events.Request("https://crm.example.com/x", "form", form=parameters)
    again = Lead(**{**EVA, "language": "cs", "email": "zofie.s@example.com"})
    return [
        came,
        events.Attempt(id=submission, destination="crm", request=sent),
        events.Failed(id=submission, destination="crm", reason="400", answer=answer),
        events.Amended(id=submission, by="eva", lead=again, changed=("email",)),
        events.Delivered(
            id=submission,
            destination="crm",
            answer=events.Answer(200, 0.1, "60001 Žofie"),
            customer_id="60001",
        ),
    ]


def content(journal: Journal) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(journal.directory.iterdir()))


def expect_gone(journal: Journal) -> None:
    text = content(journal).decode(errors="replace")
    assert [secret for secret in SECRETS if secret in text] == []


def test_the_person_is_gone_and_nothing_else_has_changed(journal: Journal) -> None:
    theirs, other = uuid4(), uuid4()
    journal.append(received(other), *story(theirs), events.Attempt(id=other, destination="crm"))
    path = journal.segments()[0]
    before, inode = path.read_bytes(), path.stat().st_ino
    assert erase(journal, {theirs}, [], "eva") == 5
    after = path.read_bytes()
    assert path.stat().st_ino == inode
    assert len(after) > len(before), "one line that says so"
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        assert len(old) == len(new)
        assert old == new or str(theirs).encode() in new
    expect_gone(journal)
    assert str(other).encode() in after


def test_what_is_left_still_adds_up(journal: Journal) -> None:
    theirs = uuid4()
    journal.append(*story(theirs))
    erase(journal, {theirs}, [], "eva")
    lines = list(journal.read())
    assert not [line for line in lines if isinstance(line, Damage)]
    ledger = Ledger()
    for line in lines:
        assert isinstance(line, Line)
        ledger.apply(line.event)
    record = ledger.records[theirs]
    assert (record.state, record.settled) == ("erased", True)
    assert record.deliveries["crm"].customer_id == "60001"
    assert ledger.accounts["crm"].claims[0].customer_id == "60001"


def test_a_reader_keeps_its_place(journal: Journal) -> None:
    theirs, later = uuid4(), uuid4()
    journal.append(*story(theirs))
    tail = journal.tail()
    assert len(list(tail.read())) == 5
    erase(journal, {theirs}, [], "eva")
    journal.append(received(later))
    seen = [line.event for line in tail.read() if isinstance(line, Line)]
    assert [(type(event).__name__, event.id) for event in seen] == [
        ("Erased", theirs),
        ("Received", later),
    ]


def test_torn_and_glued_lines(journal: Journal) -> None:
    theirs, other = uuid4(), uuid4()
    journal.append(received(other))
    path = journal.segments()[0]
    line = events.encode(story(theirs)[0])
    whole = events.encode(received(uuid4()))
    with path.open("ab") as file:
        file.write(line[:-40] + whole)  # a stump, and the line that is glued to it
        file.write(b"by hand: zofie@example.com\n")
        file.write(line[:-20])  # torn, and the last
    erase(journal, {theirs}, ["ZOFIE@example.com"], "eva")
    expect_gone(journal)
    events_left = [line.event for line in journal.read() if isinstance(line, Line)]
    assert [type(event).__name__ for event in events_left] == ["Received", "Received", "Erased"]


def test_every_segment(journal: Journal) -> None:
    theirs = uuid4()
    journal.append(received(uuid4()))
    for name in ("2020-01-01.jsonl", "2020-01-01.other-server.jsonl"):
        lines = b"".join(map(events.encode, story(theirs)))
        (journal.directory / name).write_bytes(lines)
    assert erase(journal, {theirs}, [], "eva") == 10
    expect_gone(journal)


def test_an_erasure_that_was_cut_short_is_finished_by_the_next(journal: Journal) -> None:
    theirs = uuid4()
    journal.append(*story(theirs))
    plan, _ = _patches(journal, frozenset({theirs}), None, events.utcnow())
    replace_file(journal.directory / PLAN, msgspec.json.encode(plan))
    text = (journal.directory / PLAN).read_text(encoding="utf-8")
    assert [secret for secret in SECRETS if secret in text] == [], "the plan itself tells nothing"
    path = journal.segments()[0]
    with path.open("r+b") as file:  # it got half of a line done
        file.seek(plan[0].offset)
        file.write(plan[0].content[:100])
    finish(journal)
    expect_gone(journal)
    assert not (journal.directory / PLAN).exists()
    assert not [line for line in journal.read() if isinstance(line, Damage)]
    finish(journal)  # nothing is left to do


def plan_for(journal: Journal, **changes: object) -> Path:
    """The plan of an erasure that was cut short before its first write."""
    patches, _ = _patches(journal, frozenset({UUID(int=7)}), None, events.utcnow())
    path = journal.directory / PLAN
    changed = [msgspec.structs.replace(patch, **changes) for patch in patches]
    replace_file(path, msgspec.json.encode(changed))
    return path


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[",
        b"\xff",
        b"{}",
        b'[{"segment":"2026-01-01.jsonl"}]',
        b"[" * 100_000,
        b'[{"segment":"2026-01-01.jsonl","offset":-1,"content":"eA==","replaces":"","head":0}]',
        b'[{"segment":"2026-01-01.jsonl","offset":0,"content":"eA==","replaces":"","head":2}]',
    ],
)
def test_what_is_no_plan_is_told_in_a_sentence(journal: Journal, text: bytes) -> None:
    journal.append(received())
    (journal.directory / PLAN).write_bytes(text)
    with pytest.raises(JournalError, match=r"erasure\.json: .*; move it away, and erase once more"):
        finish(journal)


@pytest.mark.parametrize("kind", ["above", "absolute", "link"])
def test_a_plan_reaches_no_other_file(journal: Journal, tmp_path: Path, kind: str) -> None:
    journal.append(*story(UUID(int=7)))
    victim = tmp_path / "victim"
    victim.write_bytes(journal.segments()[0].read_bytes())
    before = victim.read_bytes()
    names = {"above": "../victim", "absolute": str(victim), "link": "2026-01-01.jsonl"}
    if kind == "link":
        (journal.directory / names[kind]).symlink_to(victim)
    plan_for(journal, segment=names[kind])
    with pytest.raises((JournalError, OSError), match=r"no segment|symbolic links"):
        finish(journal)
    assert victim.read_bytes() == before


def test_a_plan_for_a_segment_that_was_pruned(journal: Journal) -> None:
    journal.append(*story(UUID(int=7)))
    plan = plan_for(journal)
    journal.segments()[0].unlink()
    finish(journal)
    assert not plan.exists()
    assert journal.segments() == []


@pytest.mark.parametrize("offset", [1, 50, 1 << 40], ids=["shifted", "shifted more", "beyond"])
def test_a_plan_that_fits_no_longer_writes_nothing(journal: Journal, offset: int) -> None:
    journal.append(*story(UUID(int=7)))
    path = journal.segments()[0]
    before = path.read_bytes()
    plan = plan_for(journal, offset=offset)
    with pytest.raises(JournalError, match=r"other bytes than expected.*Erase once more"):
        finish(journal)
    assert path.read_bytes() == before
    assert not plan.exists(), "nor does it stand in the way"


def test_another_line_in_its_place_is_left_alone(journal: Journal) -> None:
    old, other = (events.encode(received(note=note)) for note in ("mine", "else"))
    patch = Patch.of("x", 0, old, old.replace(b"mine", b"    "))
    assert patch.fits(old, begun=False)
    assert not patch.fits(old.replace(b"mine", b"  ne"), begun=False)
    assert patch.fits(old.replace(b"mine", b"  ne"), begun=True), "half of it was written"
    assert not patch.fits(other, begun=True)


def test_half_of_a_line_that_somebody_is_writing_is_not_touched(journal: Journal) -> None:
    journal.append(received())
    path = journal.segments()[0]
    line = events.encode(received(email="zofie@example.com"))
    with path.open("ab") as file:
        file.write(line[:-9])
    traces = _tell_tale([], ["zofie@example.com"])
    patches, unfinished = _patches(journal, frozenset(), traces, events.utcnow())
    assert (patches, unfinished) == ([], {path.name})
    with path.open("ab") as file:
        file.write(line[-9:])
    assert erase(journal, [], ["zofie@example.com"], "eva") == 0, "whole, and of another id"
    assert len([line for line in journal.read() if isinstance(line, Line)]) == 2


def test_a_torn_end_is_ended_before_it_is_emptied(journal: Journal) -> None:
    journal.append(received())
    old = journal.directory / "2020-01-01.jsonl"
    old.write_bytes(events.encode(received(email="zofie@example.com"))[:-9])
    assert erase(journal, [], ["zofie@example.com"], "eva") == 1
    assert old.read_bytes().strip() == b""
    assert old.read_bytes().endswith(b"\n")


@pytest.mark.parametrize(
    ("torn", "hit"),
    [
        ('"email":"a@x.cz","phone"', True),
        ('"email":"jana@x.cz","phone"', False),
        ('"email":"jan.a@x.cz","phone"', False),
        ('"email":"a@x.cz.example.com"', False),
        ('"email":"a@x.czech"', False),
        ('"note":"write to A@X.cz.', True),
        ('"note":"write to\\na@x.cz"', True),
        ('"phone":"+420777123456"', True),
        ('"phone":"+4207771234567"', False),
    ],
)
def test_a_part_of_a_longer_address_is_somebody_else(torn: str, hit: bool) -> None:
    tell_tale = _tell_tale([], ["a@x.cz", "+420777123456"])
    assert tell_tale is not None
    assert bool(tell_tale.search(torn.casefold())) is hit


# Programs of their own: a fork beside the threads of other tests may end in any way.
KEEP_WRITING = """
import os, sys
from pathlib import Path
from frontdesk.journal.files import Journal
from tests.support import received

journal, number = Journal(Path(sys.argv[1])), 0
while True:
    number += 1
    journal.append(received(note=f"{os.getpid()} {number}"))
    if number == 1:
        print("begun", flush=True)
"""
ERASE = """
import sys
from pathlib import Path
from uuid import UUID
from frontdesk.journal.erasure import erase
from frontdesk.journal.files import Journal

for submission in sys.argv[2:]:
    erase(Journal(Path(sys.argv[1])), {UUID(submission)}, [], "eva")
"""


def started(script: str, journal: Journal, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, str(journal.directory), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_while_others_go_on_writing(journal: Journal) -> None:
    theirs = [uuid4() for _ in range(20)]
    writers = [started(KEEP_WRITING, journal) for _ in range(2)]
    try:
        for writer in writers:
            assert writer.stdout
            assert writer.stdout.readline() == "begun\n"
        for submission in theirs:
            journal.append(*story(submission))
        for submission in theirs:
            erase(journal, {submission}, ["zofie@example.com"], "eva")
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    expect_gone(journal)
    notes: dict[str, list[int]] = {}
    for line in journal.read():
        assert isinstance(line, Line)
        if isinstance(line.event, events.Received) and line.event.lead.note:
            writer_, _, number = line.event.lead.note.partition(" ")
            notes.setdefault(writer_, []).append(int(number))
    assert len(notes) == 2
    for numbers in notes.values():
        assert numbers == list(range(1, len(numbers) + 1)), "no line of theirs is missing"


def test_what_comes_again_while_it_is_erased_is_left_alone(journal: Journal) -> None:
    theirs, now = uuid4(), events.utcnow()
    journal.append(*story(theirs))
    soon = received(theirs, at=now + timedelta(hours=1), **EVA)
    journal.append(events.Held(id=theirs, at=soon.at, reason="spam suspected"), soon)
    assert erase(journal, {theirs}, [], "eva") == 5
    *_, last, erasure = (line.event for line in journal.read() if isinstance(line, Line))
    assert (last, type(erasure)) == (soon, events.Erased)


def test_several_erasures_at_once_do_not_meet(journal: Journal) -> None:
    theirs = [uuid4() for _ in range(40)]
    for submission in theirs:
        journal.append(*story(submission))
    journal.close()
    erasers = [started(ERASE, journal, *theirs[start::4]) for start in range(4)]
    for eraser in erasers:
        eraser.communicate()
    assert [eraser.returncode for eraser in erasers] == [0] * 4
    expect_gone(journal)
    assert not (journal.directory / PLAN).exists()
    assert not [line for line in journal.read() if isinstance(line, Damage)]
