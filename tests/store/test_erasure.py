"""Erasure: the person is gone from every byte, and nothing else is touched."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.model.exchange import Answer, Request
from frontdesk.model.lead import Lead
from frontdesk.model.ledger import Ledger
from frontdesk.store.errors import JournalError
from frontdesk.store.files.erasure import _emptying
from frontdesk.store.files.fs import replace_file
from frontdesk.store.files.lines import Damage, Line
from frontdesk.store.files.patches import PLAN, Patch
from frontdesk.store.files.segments import Journal
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query
from frontdesk.store.traces import giveaway
from frontdesk.store.words import squeezed
from tests.amount import amount
from tests.samples import received

EVA = {
    "first_name": "Žofie",
    "last_name": "Šípková",
    "email": "zofie@example.com",
    "phone": "+420777999888",
    "note": "My dog is called Bucephalus.",
    "attributes": {"pets": "Bucephalus"},
}
ROOT = Path(__file__).parents[2]
# None so short that an id, which is 16 bytes of chance, may have it in it.
SECRETS = ("Žofie", "Šípková", "zofie@example.com", "777999888", "Bucephalus", "203.0.113.9")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    made = FileStore(tmp_path / "var")
    yield made
    made.close()


@pytest.fixture
def journal(store: FileStore) -> Journal:
    return store.journal


def content(root: Path) -> bytes:
    """Every byte below a folder."""
    return b"".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file())


def traces(root: Path) -> list[tuple[str, str]]:
    """What can still be read of the person, and where; however it is spelt, and in pieces."""
    found = []
    for path in sorted(root.rglob("*")):
        raw = path.read_bytes() if path.is_file() else b""
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            text = raw.decode(encoding, errors="replace")
            plain = squeezed(text)
            found += [(path.name, s) for s in SECRETS if s in text or squeezed(s) in plain]
    return found


def expect_gone(store: FileStore) -> None:
    assert traces(store.journal.directory.parent) == []


def story(submission: UUID) -> list[events.AnyEvent]:
    """All kinds of lines that know something of a person."""
    came = received(submission, **EVA)
    came = msgspec.structs.replace(
        came,
        origin=msgspec.structs.replace(came.origin, ip="203.0.113.9", page="https://x/?Bucephalus"),
    )
    answer = Answer(400, 0.1, "zofie@example.com is not valid")
    parameters = {"name": "Žofie", "email": "zofie@example.com", "consentsource": "203.0.113.9"}
    sent = Request("https://crm.example.com/x", "form", form=parameters)
    again = Lead(**{**EVA, "language": "cs", "email": "zofie.s@example.com"})
    return [
        came,
        events.Attempt(id=submission, destination="crm", request=sent),
        events.Failed(id=submission, destination="crm", reason="400", answer=answer),
        events.Amended(id=submission, by="eva", lead=again, changed=("email",)),
        events.Delivered(
            id=submission,
            destination="crm",
            answer=Answer(200, 0.1, "60001 Žofie"),
            customer_id="60001",
        ),
    ]


def test_the_person_is_gone_and_nothing_else_has_changed(
    store: FileStore, journal: Journal
) -> None:
    theirs, other = uuid4(), uuid4()
    journal.append(received(other), *story(theirs), events.Attempt(id=other, destination="crm"))
    path = journal.segments()[0]
    before, inode = path.read_bytes(), path.stat().st_ino
    assert store.erase({theirs}, [], "eva") == 5
    after = path.read_bytes()
    assert path.stat().st_ino == inode
    assert len(after) > len(before), "one line that says so"
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        assert len(old) == len(new)
        assert old == new or str(theirs).encode() in new
    expect_gone(store)
    assert str(other).encode() in after


def test_what_is_left_still_adds_up(store: FileStore, journal: Journal) -> None:
    theirs = uuid4()
    journal.append(*story(theirs))
    store.erase({theirs}, [], "eva")
    lines = list(journal.read())
    assert not [line for line in lines if isinstance(line, Damage)]
    ledger = Ledger()
    for line in lines:
        assert isinstance(line, Line)
        ledger.apply(line.event)
    record = ledger.records[theirs]
    assert (record.state, record.settled) == ("erased", True)
    assert record.deliveries["crm"].customer_id == "60001"
    assert ledger.records.claims("crm")[0].customer_id == "60001"
    assert store.get(theirs) == record


def test_a_reader_learns_of_it_and_of_what_comes_after(store: FileStore, tmp_path: Path) -> None:
    theirs, later = uuid4(), uuid4()
    store.append(received(theirs))
    reader = FileStore(tmp_path / "var")
    cursor = reader.changes(None).cursor
    store.erase({theirs}, [], "eva")
    store.append(received(later))
    assert [record.id for record in reader.changes(cursor).records] == [later]
    assert reader.get(theirs) == store.get(theirs)
    assert [type(event).__name__ for event in reader.events(theirs)] == ["Received", "Erased"]
    reader.close()


def test_torn_and_glued_lines(store: FileStore, journal: Journal) -> None:
    theirs, other = uuid4(), uuid4()
    journal.append(received(other))
    path = journal.segments()[0]
    line = encode(story(theirs)[0])
    whole = encode(received(uuid4()))
    with path.open("ab") as file:
        file.write(line[:-40] + whole)  # a stump, and the line that is glued to it
        file.write(b"by hand: zofie@example.com\n")
        file.write(line[:-20])  # torn, and the last
    store.erase({theirs}, ["ZOFIE@example.com"], "eva")
    expect_gone(store)
    events_left = [line.event for line in journal.read() if isinstance(line, Line)]
    assert [type(event).__name__ for event in events_left] == ["Received", "Received", "Erased"]


def test_every_segment(store: FileStore, journal: Journal) -> None:
    theirs = uuid4()
    journal.append(received(uuid4()))
    for name in ("2020-01-01.jsonl", "2020-01-01.other-server.jsonl"):
        lines = b"".join(map(encode, story(theirs)))
        (journal.directory / name).write_bytes(lines)
    assert store.erase({theirs}, [], "eva") == 10
    expect_gone(store)


def patches_of(journal: Journal, *submissions: UUID) -> list[Patch]:
    """What an erasure writes down before it begins."""
    lines = [line for line in journal.read() if isinstance(line, Line)]
    theirs = [line for line in lines if line.event.id in submissions]
    return [patch for line in theirs for patch in _emptying(journal, line)]


def test_an_erasure_that_was_cut_short_is_finished_by_the_next(
    store: FileStore, journal: Journal
) -> None:
    theirs = uuid4()
    journal.append(*story(theirs))
    assert store.get(theirs) is not None
    plan = patches_of(journal, theirs)
    replace_file(journal.directory / PLAN, msgspec.json.encode(plan))
    text = (journal.directory / PLAN).read_text(encoding="utf-8")
    assert [secret for secret in SECRETS if secret in text] == [], "the plan itself tells nothing"
    path = journal.segments()[0]
    with path.open("r+b") as file:  # it got half of a line done
        file.seek(plan[0].offset)
        file.write(plan[0].content[:100])
    store.finish_erasure()
    expect_gone(store)
    assert not (journal.directory / PLAN).exists()
    assert not [line for line in journal.read() if isinstance(line, Damage)]
    store.finish_erasure()  # nothing is left to do


def plan_for(journal: Journal, **changes: object) -> Path:
    """The plan of an erasure that was cut short before its first write."""
    path = journal.directory / PLAN
    found = patches_of(journal, UUID(int=7))
    changed = [msgspec.structs.replace(patch, **changes) for patch in found]
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
def test_what_is_no_plan_is_told_in_a_sentence(
    store: FileStore, journal: Journal, text: bytes
) -> None:
    journal.append(received())
    (journal.directory / PLAN).write_bytes(text)
    with pytest.raises(JournalError, match=r"erasure\.json: .*; move it away, and erase once more"):
        store.finish_erasure()


@pytest.mark.parametrize("kind", ["above", "absolute", "link"])
def test_a_plan_reaches_no_other_file(
    store: FileStore, journal: Journal, tmp_path: Path, kind: str
) -> None:
    journal.append(*story(UUID(int=7)))
    victim = tmp_path / "victim"
    victim.write_bytes(journal.segments()[0].read_bytes())
    before = victim.read_bytes()
    names = {"above": "../victim", "absolute": str(victim), "link": "2026-01-01.jsonl"}
    if kind == "link":
        (journal.directory / names[kind]).symlink_to(victim)
    plan_for(journal, segment=names[kind])
    with pytest.raises((JournalError, OSError), match=r"no segment|symbolic links"):
        store.finish_erasure()
    assert victim.read_bytes() == before


def test_a_plan_for_a_segment_that_was_pruned(store: FileStore, journal: Journal) -> None:
    journal.append(*story(UUID(int=7)))
    plan = plan_for(journal)
    journal.segments()[0].unlink()
    store.finish_erasure()
    assert not plan.exists()
    assert journal.segments() == []


@pytest.mark.parametrize("offset", [1, 50, 1 << 40], ids=["shifted", "shifted more", "beyond"])
def test_a_plan_that_fits_no_longer_writes_nothing(
    store: FileStore, journal: Journal, offset: int
) -> None:
    journal.append(*story(UUID(int=7)))
    path = journal.segments()[0]
    before = path.read_bytes()
    plan = plan_for(journal, offset=offset)
    with pytest.raises(JournalError, match=r"other bytes than expected.*Erase once more"):
        store.finish_erasure()
    assert path.read_bytes() == before
    assert not plan.exists(), "nor does it stand in the way"


def test_another_line_in_its_place_is_left_alone() -> None:
    old, other = (encode(received(note=note)) for note in ("mine", "else"))
    patch = Patch.of("x", 0, old, old.replace(b"mine", b"    "))
    assert patch.fits(old, begun=False)
    assert not patch.fits(old.replace(b"mine", b"  ne"), begun=False)
    assert patch.fits(old.replace(b"mine", b"  ne"), begun=True), "half of it was written"
    assert not patch.fits(other, begun=True)


def test_half_of_a_line_that_somebody_is_writing_is_not_touched(
    store: FileStore, journal: Journal
) -> None:
    journal.append(received())
    path = journal.segments()[0]
    line = encode(received(email="zofie@example.com"))
    with path.open("ab") as file:
        file.write(line[:-9])
    # Whoever is writing it waits for whoever ends it; this one has only paused.
    with path.open("ab") as file:
        file.write(line[-9:])
    assert store.erase([], ["zofie@example.com"], "eva") == 0, "whole, and of another id"
    assert len([line for line in journal.read() if isinstance(line, Line)]) == 2


def test_a_torn_end_is_ended_before_it_is_emptied(store: FileStore, journal: Journal) -> None:
    journal.append(received())
    old = journal.directory / "2020-01-01.jsonl"
    old.write_bytes(encode(received(email="zofie@example.com"))[:-9])
    assert store.erase([], ["zofie@example.com"], "eva") == 1
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
    tell_tale = giveaway([], ["a@x.cz", "+420777123456"])
    assert tell_tale is not None
    assert bool(tell_tale.search(torn.casefold())) is hit


# Programs of their own: a fork beside the threads of other tests may end in any way.
KEEP_WRITING = """
import os, sys, time
from pathlib import Path
from frontdesk.store.files.store import FileStore
from tests.samples import received

store, number = FileStore(Path(sys.argv[1]).parent), 0
while True:
    number += 1
    line = received(note=f"{os.getpid()} {number}")
    store.append(line)
    if number % 5 == 0:
        assert store.get(line.id).submission == line.submission
    if number == 1:
        print("begun", flush=True)
    time.sleep(0.005)  # as a disk would take
"""
KEEP_ASKING = """
import sys
from pathlib import Path
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query

store, begun, cursor = FileStore(Path(sys.argv[1]).parent), False, None
while True:
    cursor = store.changes(cursor).cursor
    store.find(Query(texts=("zofie@example.com", "Bucephalus")))
    store.states()
    if not begun:
        begun = True
        print("begun", flush=True)
"""
ERASE = """
import sys
from pathlib import Path
from uuid import UUID
from frontdesk.store.files.store import FileStore

store = FileStore(Path(sys.argv[1]).parent)
for submission in sys.argv[2:]:
    store.erase({UUID(submission)}, [], "eva")
"""


def started(script: str, journal: Journal, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, str(journal.directory), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_while_others_go_on_writing_and_reading(store: FileStore, journal: Journal) -> None:
    theirs = [uuid4() for _ in range(3)]
    others = [started(script, journal) for script in (KEEP_WRITING, KEEP_WRITING, KEEP_ASKING)]
    try:
        for other in others:
            assert other.stdout
            assert other.stdout.readline() == "begun\n"
        for submission in theirs:
            journal.append(*story(submission))
            assert store.find(Query(texts=("zofie.s@example.com",))).records
        for submission in theirs:
            store.erase({submission}, ["zofie@example.com"], "eva")
        expect_gone(store)
        assert [other.poll() for other in others] == [None] * 3, "nobody was disturbed"
    finally:
        for other in others:
            other.kill()
            other.communicate()
    expect_gone(store)
    notes: dict[str, list[int]] = {}
    ledger = Ledger()
    for line in journal.read():
        assert isinstance(line, Line)
        ledger.apply(line.event)
        if isinstance(line.event, events.Received) and line.event.lead.note:
            writer_, _, number = line.event.lead.note.partition(" ")
            notes.setdefault(writer_, []).append(int(number))
    assert len(notes) == 2
    for numbers in notes.values():
        assert numbers == list(range(1, len(numbers) + 1)), "no line of theirs is missing"
    assert store.states() == {"erased": 3, "pending": sum(map(len, notes.values()))}
    assert [store.get(one) for one in theirs] == [ledger.records.get(one) for one in theirs]


def test_several_erasures_at_once_do_not_meet(store: FileStore, journal: Journal) -> None:
    theirs = [uuid4() for _ in range(40)]
    for submission in theirs:
        journal.append(*story(submission))
    journal.close()
    erasers = [started(ERASE, journal, *theirs[start::4]) for start in range(4)]
    for eraser in erasers:
        eraser.communicate()
    assert [eraser.returncode for eraser in erasers] == [0] * 4
    expect_gone(store)
    assert not (journal.directory / PLAN).exists()
    assert not [line for line in journal.read() if isinstance(line, Damage)]


# -- killed at every step -------------------------------------------------------------------------

# Erases in a child that is killed at the n-th line of code of ours that it comes to, for each n;
# then another begins, as it would after a restart. Prints where a child left something behind.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from uuid import UUID
from frontdesk.store.files import erasure, exclusive, fs, patches
from frontdesk.store.files.index import build, database, generations
from frontdesk.store.files.store import FileStore
from tests.store.test_erasure import traces

source, theirs, late = Path(sys.argv[1]).parent, UUID(sys.argv[2]), sys.argv[3] == "late"
every = int(sys.argv[4])
# All of it line by line, and of the index what an erasure does to it.
ours = (erasure, patches, fs, exclusive, database, generations, build)
modules = {module.__file__ for module in ours}
of_index = {"rewriting", "rebuild"}
assert of_index <= {*vars(database.Database)}

def erase(root):
    store = FileStore(root)
    if late:
        store.empty_late()
    else:
        store.erase({theirs}, ["zofie@example.com"], "eva")

def child(work):
    pid = os.fork()
    if not pid:
        try:
            work()
        except BaseException as error:
            print("failed", repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def dying(root, last):
    steps, seen = 0, {}

    def trace(frame, event, argument):
        nonlocal steps
        code = frame.f_code
        if code.co_filename not in modules:
            return None
        if code.co_filename == database.__file__ and code.co_name not in of_index:
            return None
        if event == "line":
            # What is done again and again is one step, the first time.
            key = code, frame.f_lineno
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= 1:
                steps += 1
                if steps == last:
                    os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    erase(root)
    sys.settrace(None)

def after(root):
    store = FileStore(root)
    clean = not traces(root / "journal")
    store.finish_erasure()
    if clean and traces(root):
        print("left behind", traces(root), flush=True)
    planned = (root / "journal" / "erasure.json").exists()
    erase(root)
    if traces(root) or planned or store.inspect().flaws:
        print("not finished", traces(root), planned, store.inspect().flaws, flush=True)
    states = store.states()
    if states != {"erased": 1, "pending": 1}:
        print("wrong", states, flush=True)

step, ended = 0, 1
while ended:
    step += every
    root = source.with_name("copy")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(source, root)
    ended = child(lambda: dying(root, step))
    if ended not in (0, -signal.SIGKILL):
        print("ended", step, ended)
        break
    if child(lambda: after(root)):
        print("in step", step, flush=True)
print("steps", step > 50)
"""


@pytest.mark.long
@pytest.mark.parametrize("what", ["erase", "late"])
def test_one_that_is_killed_at_any_step_is_finished_by_the_next(
    store: FileStore, journal: Journal, what: str
) -> None:
    theirs = uuid4()
    lines = story(theirs)
    if what == "erase":
        store.append(*lines, received())
        torn = encode(lines[0])[:-9]
        old = journal.directory / "2020-01-01.jsonl"
        old.write_bytes(torn)
        old.chmod(0o600)
    else:
        store.append(received(theirs), received())
        store.erase({theirs}, [], "eva")
        store.append(lines[1], lines[4])
    store.changes(None)
    store.close()
    process = started(KILLED, journal, theirs, what, amount(7, 1))
    said, _ = process.communicate(timeout=600)
    assert said.splitlines() == ["steps True"]
