"""The index: disposable, and never believed against the segments."""

import hashlib
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec.structs import fields

from frontdesk.model import events
from frontdesk.model.account import Account, Claim
from frontdesk.model.codec import encode
from frontdesk.model.receivers import Receiver, Receivers, Told
from frontdesk.model.record import Delivery, Record
from frontdesk.model.refusals import History, Refusals
from frontdesk.model.revocations import Kept, Known
from frontdesk.store.facts import Counts
from frontdesk.store.files.index import feed
from frontdesk.store.files.index.feed import Spot
from frontdesk.store.files.index.schema import FOLD, INDEXES, TABLES
from frontdesk.store.files.index.session import GATHERED
from frontdesk.store.files.store import FileStore
from frontdesk.store.fold import Known as Facts
from frontdesk.store.query import Query
from tests.samples import received
from tests.store.test_sequences import answers

ROOT = Path(__file__).parents[2]
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def at(second: float) -> datetime:
    return DAY + timedelta(seconds=second)


def delivered(submission: UUID, second: float) -> events.Delivered:
    return events.Delivered(id=submission, at=at(second), destination="crm", customer_id="60001")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    """With enough in it that its index has many pages."""
    made = FileStore(tmp_path / "var", lambda: DAY)
    made.append(received(A, at=at(0)), received(B, at=at(1)), delivered(A, 2))
    notes = random.Random("notes")
    for number in range(300):
        one = UUID(int=1000 + number)
        note = "".join(notes.choices("abcdefghijklmnopqrstuvwxyz ", k=400))
        made.append(received(one, at=at(10 + number), note=note, email=f"{number}@example.com"))
    made.changes(None)
    yield made
    made.close()


def folder(store: FileStore) -> Path:
    return store.journal.directory.parent / "index"


def database(store: FileStore) -> Path:
    """The generation that is in use."""
    (found,) = folder(store).glob("*.sqlite")
    return found


def state(store: FileStore, submission: UUID) -> str | None:
    record = store.get(submission)
    return record and record.state


def fresh(store: FileStore) -> dict[str, object]:
    """What a store says that has nothing but the segments."""
    copy = folder(store).parent.with_name(f"copy-{uuid4()}")
    shutil.copytree(store.journal.directory, copy / "journal")
    other = FileStore(copy)
    found = answers(other)
    other.close()
    return found


def expect_right(store: FileStore) -> None:
    """Now, in another process, and after more has come."""
    assert answers(store) == fresh(store)
    other = FileStore(folder(store).parent)
    assert answers(other) == answers(store)
    store.append(line := received(at=at(9999)))
    assert other.get(line.id) == store.get(line.id)
    assert store.get(line.id) is not None
    other.close()


def test_a_state_of_another_shape_has_another_number() -> None:
    """When this fails: raise FOLD, and write down both here."""
    kinds = (Record, Delivery, Account, Claim, Receivers, Receiver, Counts, History, Refusals)
    kinds = (*kinds, Told, Kept, Known, Spot, Facts)
    # In which module a type is defined changes nothing that is kept.
    shape = [
        (field.name, re.sub(r"frontdesk[\w.]*\.", "", str(field.type)))
        for kind in kinds
        for field in fields(kind)
    ]
    told = repr((shape, TABLES, INDEXES))
    assert (FOLD, hashlib.sha256(told.encode()).hexdigest()[:16]) == (23, "be90441c3f84e1c4")


def test_only_what_came_since_is_read(store: FileStore) -> None:
    before = database(store).stat().st_ino
    store.close()
    cursor = FileStore(folder(store).parent).changes(None).cursor
    store.append(failed := events.Failed(id=B, at=at(5), destination="crm", reason="400"))
    assert [record.id for record in store.changes(cursor).records] == [failed.id]
    assert database(store).stat().st_ino == before


def test_only_its_owner_may_read_it(store: FileStore) -> None:
    assert folder(store).stat().st_mode & 0o777 == 0o700
    files = list(folder(store).iterdir())
    assert {path.name for path in files} == {"1.sqlite", "1.sqlite-wal", "1.sqlite-shm"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


# -- damaged, replaced, removed -------------------------------------------------------------------


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(path.stat().st_size))


def pages_of_garbage(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(random.Random(page).randbytes(4096))


def zeros_at_the_end(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(bytes(size - size // 2))


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def removed(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_version(number: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        db = sqlite3.connect(path)
        db.execute(f"PRAGMA user_version = {number}")
        db.close()

    change.__name__ = f"version {number}"
    return change


def of_another_shape(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("DROP TABLE record")
    db.close()


def without_a_name(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("DELETE FROM fact")
    db.close()


def of_odd_records(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("UPDATE record SET body = CAST(zeroblob(9) AS BLOB)")
    db.close()


def a_foreign_database(path: Path) -> None:
    path.unlink()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE mine (one)")
    db.execute(f"PRAGMA user_version = {FOLD}")
    db.close()


SPOILT = [garbage, pages_of_garbage, zeros_at_the_end, truncated, emptied, removed, a_folder]
SPOILT += [of_another_shape, without_a_name, of_odd_records, a_foreign_database]
SPOILT += [of_version(number) for number in (0, FOLD - 1, FOLD + 1)]


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_one_that_is_of_no_use_is_built_anew(
    store: FileStore, spoil: Callable[[Path], None]
) -> None:
    store.close()
    spoil(database(store))
    expect_right(store)
    store.close()
    assert {path.name for path in folder(store).iterdir()} <= {"1.sqlite", "2.sqlite", "3.sqlite"}
    assert len(list(folder(store).iterdir())) <= 2


@pytest.mark.parametrize(
    "spoil",
    [garbage, pages_of_garbage, truncated, emptied, removed, of_another_shape, of_odd_records],
)
def test_also_while_it_is_in_use(store: FileStore, spoil: Callable[[Path], None]) -> None:
    cursor = store.changes(None).cursor
    spoil(database(store))
    store.append(line := received(at=at(8888)))
    assert line.id in {record.id for record in store.changes(cursor).records}
    other = FileStore(folder(store).parent)
    other.append(received(at=at(8889)))
    assert answers(other) == fresh(store)
    other.close()
    store.close()
    expect_right(store)


def test_its_folder_is_removed_while_it_is_in_use(store: FileStore) -> None:
    cursor = store.changes(None).cursor
    shutil.rmtree(folder(store))
    lines = [received(at=at(7000 + number)) for number in range(3)]
    store.append(*lines)
    changes = store.changes(cursor)
    assert {line.id for line in lines} <= {record.id for record in changes.records}, (
        "none is missed"
    )
    shutil.rmtree(folder(store))
    store.append(last := received(at=at(7100)))
    assert last.id in {record.id for record in store.changes(changes.cursor).records}
    expect_right(store)


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_what_belongs_to_it_is_garbage(store: FileStore, suffix: str) -> None:
    path = database(store)
    store.append(received(at=at(7777)))
    store.changes(None)
    beside = path.with_name(path.name + suffix)
    left = beside.read_bytes()
    store.close()
    beside.write_bytes(random.Random(3).randbytes(max(len(left), 100_000)))
    expect_right(store)


def test_what_others_have_left_is_tidied_away(store: FileStore) -> None:
    store.close()
    names = ("7.part", "7.progress", "7.part-wal", "7.part-journal", "0.sqlite", "0.sqlite-wal")
    for name in names:
        (folder(store) / name).write_bytes(b"left over")
    of_version(1)(folder(store) / "1.sqlite")
    expect_right(store)
    assert not {path.name for path in folder(store).iterdir()} & {*names, "1.sqlite"}


def test_what_is_none_of_ours_in_its_folder_is_left_alone(store: FileStore) -> None:
    """Nor does it keep an erasure from coming to its end."""
    (folder(store) / "0.sqlite").mkdir()
    (folder(store) / "99.part").mkdir()
    (folder(store) / "letter.txt").write_text("precious")
    store.erase([A], [], "eva")
    store.changes(None)
    names = {path.name for path in folder(store).iterdir() if "-" not in path.name}
    assert names == {"0.sqlite", "99.part", "letter.txt", "2.sqlite"}
    shutil.rmtree(folder(store))
    elsewhere = folder(store).parent.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / "letter.txt").write_text("precious")
    folder(store).symlink_to(elsewhere)
    expect_right(store)
    store.erase([B], [], "eva")
    assert (elsewhere / "letter.txt").read_text() == "precious"


@pytest.mark.parametrize("number", [1 << 7, 1 << 3])
def test_its_schema_has_a_wrong_letter(store: FileStore, number: int) -> None:
    """SQLite then says what is wrong in bytes that are no text."""
    store.close()
    path = database(store)
    content = path.read_bytes()
    place = content.index(b"state TEXT NOT NULL") + len("state TEXT NOT N")
    path.write_bytes(content[:place] + bytes([content[place] ^ number]) + content[place + 1 :])
    expect_right(store)


@pytest.mark.parametrize("word", [b"held", b"spam", b"Jana"])
def test_a_bit_of_a_record_is_another(store: FileStore, word: bytes) -> None:
    """Else what is held could go, and nobody would notice."""
    store.append(events.Held(id=C, reason="spam"), received(C))
    store.changes(None)
    store.close()
    path = database(store)
    content = path.read_bytes()
    start = content.index(C.bytes)
    for place in (m.start() for m in re.finditer(word, content) if m.start() > start):
        content = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    path.write_bytes(content)
    assert state(store, C) == "held"
    expect_right(store)


@pytest.mark.parametrize("column", ["id = x'00'", "id = zeroblob(17)", "at = 1 << 62", "body = 7"])
def test_a_column_that_makes_no_sense(store: FileStore, column: str) -> None:
    """It breaks nothing, though not all of it is noticed."""
    store.close()
    db = sqlite3.connect(database(store), isolation_level=None)
    db.execute(f"UPDATE record SET {column} WHERE key = 1")
    db.close()
    answers(store)
    store.append(line := received(at=at(9999)))
    assert store.get(line.id) is not None


@pytest.mark.parametrize("column", ["record SET state", "counter SET value"])
def test_a_column_is_no_text(store: FileStore, column: str) -> None:
    store.close()
    db = sqlite3.connect(database(store))
    db.execute(f"UPDATE OR REPLACE {column} = CAST(x'64ff' AS TEXT)")
    db.commit()
    db.close()
    assert sum(one.number for one in store.tallies(Query())) == 302
    assert store.states() == {"pending": 301, "delivered": 1}
    expect_right(store)


# -- the segments are believed --------------------------------------------------------------------


def segment(store: FileStore) -> Path:
    (path,) = store.journal.segments()
    return path


def grown(path: Path) -> None:
    """By a foreign process, two lines and half of one."""
    with path.open("ab") as file:
        file.write(encode(received(C, at=at(3))) + encode(delivered(B, 4)) + b'{"v"')


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"crm"', b'"erp"', 1))


def edited_and_grown(path: Path) -> None:
    """The last line that was read is another one."""
    head, last = path.read_bytes().rsplit(b"\n", 2)[:2]
    path.write_bytes(head + b"\n" + last.replace(b"Jana", b"Dana") + b"\n")
    grown(path)


def shortened(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 10)


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes().replace(b"Jana", b"Dana"))
    copy.rename(path)


def restored(path: Path) -> None:
    """As it was a while ago."""
    copy = path.with_name("copy")
    copy.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:20]))
    copy.rename(path)


def pruned(path: Path) -> None:
    path.unlink()


def merged(path: Path) -> None:
    """From another machine: a new file of an old day."""
    lines = received(C, at=at(-9000)), delivered(C, -8000)
    path.with_name("2025-12-31.other.jsonl").write_bytes(b"".join(map(encode, lines)))


def moved(path: Path) -> None:
    path.rename(path.with_name("2025-01-01.jsonl"))


def damaged(path: Path) -> None:
    path.write_bytes(b"by hand\n" + path.read_bytes())


CHANGES = [grown, edited, edited_and_grown, shortened, replaced, restored, pruned, merged, moved]
CHANGES += [damaged]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["in use", "after a restart"])
def test_segments_that_are_changed_are_read_again(
    store: FileStore, change: Callable[[Path], None], when: str
) -> None:
    cursor = store.changes(None).cursor
    if when == "after a restart":
        store.close()
    store.journal.close()
    change(segment(store))
    changes = store.changes(cursor)
    assert changes.whole == (change not in (grown, merged))
    if change is merged:  # read last, though it is the oldest; what is told may be told twice
        assert {record.id for record in changes.records} <= {C}
        assert store.find(Query()).records == fresh(store)[f"find {Query()}"]
    else:
        expect_right(store)


def test_a_restored_day_of_long_ago_is_noticed_by_the_next_process(store: FileStore) -> None:
    for number in range(5):
        name = f"2026-04-0{number + 1}.jsonl"
        line = received(UUID(int=50 + number), at=at(86400 * (31 + number)))
        (store.journal.directory / name).write_bytes(encode(line))
    store.changes(None)
    replaced(store.journal.segments()[0])
    other = FileStore(folder(store).parent)
    assert answers(other) == answers(store) == fresh(store), "it tells the others"
    other.close()


# -- much at a time, and at odd places ------------------------------------------------------------


def others(store: FileStore, day: datetime = DAY) -> FileStore:
    """Another process's store of the same journal, whose clock says this."""
    return FileStore(store.journal.directory.parent, lambda: day)


def test_more_than_is_gathered_at_a_time_is_all_there_at_once(store: FileStore) -> None:
    other = others(store)
    lines = [received(at=at(1000 + number)) for number in range(GATHERED + 100)]
    other.append(*lines)
    assert store.get(lines[-1].id) is not None, "no line after the gathered ones is passed over"
    expect_right(store)
    other.close()


def test_what_is_written_while_later_days_are_there_is_known_at_once(store: FileStore) -> None:
    """Where a clock was ahead before, today's segment is not the last one by its name."""
    for days in range(2, 6):
        ahead = others(store, DAY + timedelta(days=days))
        ahead.append(received())
        ahead.close()
    store.changes(None)
    for number in range(3):
        store.append(line := received(at=at(1000 + number)))
        assert store.get(line.id) is not None
    assert answers(store) == answers(others(store)) == fresh(store)


def test_what_comes_to_a_day_of_long_ago_is_known_after_a_sweep(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in range(2, 6):
        later = others(store, DAY + timedelta(days=days))
        later.append(received())
    later.changes(None)
    store.append(first := received(at=at(1000)))
    monkeypatch.setattr(feed, "SWEEP", 0.0)
    assert later.get(first.id) is not None
    monkeypatch.setattr(feed, "SWEEP", 1e9)
    store.append(second := received(at=at(1001)))
    assert later.get(second.id) is not None, "what has grown once is looked at from then on"
    later.close()


@pytest.mark.parametrize("names", [("one", "two"), ("x", "y", "z")])
def test_what_is_written_is_known_at_once_whatever_lies_beside(
    store: FileStore, names: tuple[str, ...]
) -> None:
    """Else the courier would not learn of its own deliveries, and send again and again."""
    for name in names:
        line = encode(received(at=at(5000)))
        (store.journal.directory / f"2026-03-01.{name}.jsonl").write_bytes(line)
    long_ago = time.time() - 3600
    os.utime(store.journal.directory, (long_ago, long_ago))
    for number in range(3):
        store.changes(None)
        store.append(delivered(B, 6000 + number))
        assert state(store, B) == "delivered"
        again = at(6500 + number)
        store.append(events.Replayed(id=B, at=again, by="eva", destinations=("crm",), force=True))
        assert state(store, B) == "pending"


def test_times_that_make_no_sense(store: FileStore) -> None:
    lines = b""
    for number, year in enumerate((b"0001", b"9999")):
        one = UUID(int=7 + number)
        attempt = events.Attempt(id=one, at=DAY, destination="crm")
        begun = encode(received(one, at=DAY)) + encode(attempt)
        lines += begun.replace(b"2026-03-01T12:00:00Z", year + b"-06-30T00:00:00+14:00")
    (store.journal.directory / "2026-02-01.jsonl").write_bytes(lines)
    expect_right(store)
    assert [state(store, UUID(int=number)) for number in (7, 8)] == ["unknown", "unknown"]


# -- where no file can be written -----------------------------------------------------------------


def test_a_file_in_the_place_of_its_folder(store: FileStore) -> None:
    store.close()
    shutil.rmtree(folder(store))
    folder(store).write_text("in the way")
    expect_right(store)
    theirs = received(at=at(6000), email="zofie@example.com")
    store.append(theirs)
    assert store.find(Query(texts=("zofie@",))).records
    store.erase([theirs.id], [], "eva")
    assert store.find(Query(texts=("zofie@",))).records == []
    assert folder(store).read_text() == "in the way"


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from frontdesk.store.files.store import FileStore
from tests.samples import received

first = FileStore(Path(sys.argv[2]))  # loads what that user may not read
first.append(received())
first.changes(None)
os.setgroups([])
os.setgid(54321)
os.setuid(54321)
store = FileStore(Path(sys.argv[1]))
store.append(line := received())
assert store.get(line.id) is not None
print(len(store.changes(None).records))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_a_folder_that_may_not_be_written_to(store: FileStore, tmp_path: Path) -> None:
    store.close()
    for path in (tmp_path, *tmp_path.parents):
        if path != Path(path.anchor) and path.owner() == "root" and "pytest" in str(path):
            path.chmod(0o711)
    os.chown(store.journal.directory, 54321, 54321)
    os.chown(segment(store), 54321, 54321)
    folder(store).parent.chmod(0o755)
    folder(store).chmod(0o755)
    ran = run(UNPRIVILEGED, folder(store).parent, tmp_path / "first")
    assert ran.stdout.split() == ["302"], ran.stderr
    expect_right(store)


FULL = """
import logging, resource, sys
from pathlib import Path
from frontdesk.model.events import Erased
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query
from tests.samples import received

logging.basicConfig()
store = FileStore(Path(sys.argv[1]))
if sys.argv[2] == "open":
    store.changes(None)
limit = int(sys.argv[3])
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
for number in range(200):
    line = received(note="x" * 50)
    store.append(line)
    assert store.get(line.id).submission == line.submission
assert len(store.find(Query(texts=("x" * 50,)), limit=1000).records) == 200
cursor = store.changes(None).cursor
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
store.append(line := received())
assert [record.id for record in store.changes(cursor).records] == [line.id]
print("done")
"""


def run(script: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("state", ["open", "not there"])
def test_a_disk_that_is_full_for_the_index_alone(store: FileStore, state: str) -> None:
    """The segment has room; the index, which needs more, has not."""
    store.close()
    if state == "not there":
        shutil.rmtree(folder(store))
    limit = segment(store).stat().st_size + 200_000
    ran = run(FULL, folder(store).parent, state, limit)
    assert ran.stdout == "done\n", ran.stderr
    assert "kept in memory" in ran.stderr
    expect_right(store)


def test_an_append_that_is_half_done_is_no_change(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel shows a file's new time before its new size."""
    before = database(store)
    (segment,) = store.journal.segments()
    line, sleep = received(at=at(7777)), time.sleep

    def meanwhile(seconds: float) -> None:
        if not segment.read_bytes().endswith(encode(line)):
            with segment.open("ab") as file:
                file.write(encode(line))
        sleep(seconds)

    os.utime(segment)
    monkeypatch.setattr(time, "sleep", meanwhile)
    assert store.get(line.id) is not None
    assert database(store) == before
    os.utime(segment)  # and nothing comes: what was there already may say something else now
    assert store.get(line.id) is not None
    assert database(store) != before
