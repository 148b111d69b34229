"""The index among processes that die, build, and bring it up to date all at once."""

import random
import shutil
import signal
import string
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.model.ledger import Ledger
from frontdesk.store.errors import IndexBuildingError
from frontdesk.store.files.index.database import Database
from frontdesk.store.files.index.quick import Settled
from frontdesk.store.files.lines import Line
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query
from tests.amount import amount
from tests.samples import received
from tests.store.test_sequences import answers
from tests.support import eventually

ROOT = Path(__file__).parents[2]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run scripts in processes of their own, which end with the test."""
    running: list[subprocess.Popen[str]] = []

    def run(script: str, *arguments: object) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", script, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        running.append(subprocess.Popen(command, cwd=ROOT, text=True, **pipes))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


def stream(of: IO[str] | None) -> IO[str]:
    assert of is not None
    return of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    made = FileStore(tmp_path / "var")
    yield made
    made.close()


def root(store: FileStore) -> Path:
    return store.journal.directory.parent


def expect_right(store: FileStore) -> None:
    """By a plain fold of the segments, and by an index that is built of them."""
    ledger = Ledger()
    for line in store.journal.read():
        assert isinstance(line, Line)
        ledger.apply(line.event)
    known = {line.event.id for line in store.journal.read() if isinstance(line, Line)}
    assert {one: store.get(one) for one in known} == {one: ledger.records.get(one) for one in known}
    copy = root(store).with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(store.journal.directory, copy / "journal")
    built = FileStore(copy)
    assert answers(store) == answers(built)
    built.close()


WORKER = """
import sys
from pathlib import Path
from frontdesk.model import events
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query
from tests.samples import received

store, cursor = FileStore(Path(sys.argv[1])), None
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    line = received(note=f"{sys.argv[3]} {number}")
    store.append(line)
    changes = store.changes(cursor)
    cursor = changes.cursor
    # With a new index, all that is open: the courier may have been quicker.
    assert changes.whole or line.id in {record.id for record in changes.records}
    assert store.get(line.id).submission == line.submission
    assert line.id in {record.id for record in store.find(Query(), limit=1000).records}
print("done", flush=True)
"""
COURIER = """
import sys
from pathlib import Path
from frontdesk.model import events
from frontdesk.store.files.store import FileStore

store, cursor, owed, sent = FileStore(Path(sys.argv[1])), None, {}, 0
print("ready", flush=True)
while sent < int(sys.argv[2]):
    changes = store.changes(cursor)
    cursor = changes.cursor
    owed = {} if changes.whole else owed
    owed |= {record.id: record for record in changes.records}
    for record in list(owed.values()):
        if record.owes("crm"):
            assert record.deliveries["crm"].attempts == 0, "nothing is sent twice"
            attempt = events.Attempt(id=record.id, destination="crm")
            store.append(attempt)
            store.append(events.Delivered(id=record.id, destination="crm", attempt=attempt.attempt))
            sent += 1
        del owed[record.id]
print("sent", sent, flush=True)
"""


@pytest.mark.parametrize("index", ["there", "not there", "spoilt meanwhile"])
def test_four_workers_and_a_courier_at_once(store: FileStore, start: Start, index: str) -> None:
    lines = 60
    if index == "there":
        store.changes(None)
    workers = [start(WORKER, root(store), lines, name) for name in "abcd"]
    courier = start(COURIER, root(store), 4 * lines)
    for process in (*workers, courier):
        assert stream(process.stdout).readline() == "ready\n"
    for worker in workers:
        stream(worker.stdin).write("\n")
        stream(worker.stdin).flush()
    if index == "spoilt meanwhile":
        for path in (root(store) / "index").glob("*.sqlite"):
            path.unlink()
    for worker in workers:
        assert stream(worker.stdout).readline() == "done\n"
    assert stream(courier.stdout).readline() == f"sent {4 * lines}\n"
    assert store.states() == {"delivered": 4 * lines}
    expect_right(store)
    left = {path.suffix for path in (root(store) / "index").iterdir()}
    assert left <= {".sqlite", ".sqlite-wal", ".sqlite-shm"}


# Dies at the n-th line of the index's code that it comes to for the first time, for each n.
DYING = """
import os, signal, sys
from pathlib import Path
from frontdesk.store.files.index import build, database, feed, tables, writer
from frontdesk.store import fold, pending
from frontdesk.store.files.store import FileStore
from tests.store.test_index_processes import take_in

modules = {module.__file__ for module in (build, database, feed, fold, pending, tables, writer)}
root, what = Path(sys.argv[1]), sys.argv[2]

def dying(last):
    seen = set()

    def trace(frame, event, argument):
        if frame.f_code.co_filename not in modules:
            return None
        key = frame.f_code, frame.f_lineno
        if event == "line" and key not in seen:
            seen.add(key)
            if len(seen) == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    FileStore(root).changes(None)
    sys.settrace(None)

step, killed = 0, True
while killed:
    step += int(sys.argv[3])
    take_in(root, what, step)
    pid = os.fork()
    if not pid:
        dying(step)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    killed = code == -signal.SIGKILL
    pid = os.fork()
    if not pid:
        store = FileStore(root)
        found = len(store.changes(None).records)
        lines = sum(path.read_bytes().count(b"received") for path in store.journal.segments())
        if found != lines:
            print("after step", step, found, "of", lines, flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
print("killed", step > 60)
"""


def take_in(root: Path, what: str, step: int) -> None:
    """Something to take in: two new lines, or, where all is to be built, no index."""
    with (root / "journal" / "2026-03-01.jsonl").open("ab") as file:
        file.write(b"".join(encode(received(note=f"{step}")) for _ in range(2)))
    if what == "build":
        shutil.rmtree(root / "index", ignore_errors=True)


@pytest.mark.long
@pytest.mark.parametrize("what", ["commit", "build"])
def test_killed_at_any_step_it_loses_nothing(store: FileStore, start: Start, what: str) -> None:
    store.append(received(), line := received())
    store.append(events.Attempt(id=line.id, destination="crm"))
    store.changes(None)
    store.close()
    process = start(DYING, root(store), what, amount(17, 3))
    said, _ = process.communicate(timeout=300)
    assert said.splitlines() == ["killed True"]
    expect_right(store)


APPENDING = """
import sys
from pathlib import Path
from frontdesk.store.files.store import FileStore
from tests.samples import received

store, number = FileStore(Path(sys.argv[1])), 0
while True:
    store.append(received())
    store.changes(None)
    print(number := number + 1, flush=True)
"""


def test_killed_by_others_again_and_again(store: FileStore, start: Start) -> None:
    acknowledged = 0
    for turn in range(8):
        process = start(APPENDING, root(store))
        for number in range(1, 6):
            assert stream(process.stdout).readline() == f"{number}\n"
        process.send_signal(signal.SIGKILL)
        acknowledged += 5 + len(stream(process.stdout).read().split())
        process.wait()
        if turn == 4:
            shutil.rmtree(root(store) / "index")
        assert store.states()["pending"] >= acknowledged
    expect_right(store)


# Holds the place of one that builds until it is told to go on.
BUILDING = """
import sys
from pathlib import Path
from frontdesk.store.files.index.build import Builder
from frontdesk.store.files.store import FileStore

def fill(self, part, progress, real=Builder.fill):
    part.with_suffix(".progress").write_text("0.25")
    print("building", flush=True)
    sys.stdin.readline()
    real(self, part, progress)

Builder.fill = fill
print(FileStore(Path(sys.argv[1])).states(), flush=True)
"""
ASKING = """
import sys
from pathlib import Path
from frontdesk.store.files.store import FileStore

print("asking", flush=True)
print(FileStore(Path(sys.argv[1])).states(), flush=True)
"""


@pytest.mark.parametrize("why", ["there is none", "it does not fit"])
def test_who_does_not_wait_is_told_how_far_it_is(store: FileStore, start: Start, why: str) -> None:
    for _ in range(3):
        store.append(received())
    if why == "it does not fit":
        store.changes(None)
        (segment,) = store.journal.segments()
        segment.write_bytes(segment.read_bytes().replace(b"Jana", b"Dana"))
    builder = start(BUILDING, root(store))
    assert stream(builder.stdout).readline() == "building\n"
    with pytest.raises(IndexBuildingError) as told:
        store.changes(None, wait=False)
    assert told.value.done == 0.25
    with pytest.raises(IndexBuildingError):
        store.facts(hurry=True)
    waiting = start(ASKING, root(store))
    assert stream(waiting.stdout).readline() == "asking\n"
    store.append(late := received())
    stream(builder.stdin).write("\n")
    stream(builder.stdin).flush()
    answers_ = {stream(process.stdout).readline() for process in (builder, waiting)}
    assert answers_ == {"{'pending': 4}\n"}, "the whole answer"
    assert store.get(late.id) is not None
    assert len(store.changes(None, wait=False).records) == 4
    assert store.facts(hurry=True).counts.received == {"riverside": 4}


def test_closing_ends_a_build_and_the_next_question_begins_another(store: FileStore) -> None:
    store.append(*(received() for _ in range(10_000)))
    slowly: list[bool] = [True]

    class Slow(Settled):
        def has(self, line: bytes) -> bool:
            return bool(slowly) and bool(time.sleep(0.01))

    index = Database(store.journal, root(store) / "index", Slow((), {}))
    ended: list[Exception] = []

    def ask() -> None:
        try:
            index.ask(lambda _, writer: writer.facts())
        except IndexBuildingError as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: any(root(store).glob("index/*.part")))
    index.close()
    asking.join()
    assert len(ended) == 1
    assert not any(path.suffix in (".part", ".sqlite") for path in root(store).glob("index/*"))
    slowly.clear()
    assert index.ask(lambda _, writer: writer.facts()).counts.received == {"riverside": 10_000}
    index.close()


FORKING = """
import os, sys, threading
from pathlib import Path
from frontdesk.store.files.store import FileStore
from tests.samples import received

store = FileStore(Path(sys.argv[1]))
store.append(received())
cursor = store.changes(None).cursor
children = []
for number in range(6):
    child = os.fork()
    if not child:
        for _ in range(10):
            store.append(line := received())
            assert store.get(line.id) is not None
        assert line.id in {record.id for record in store.changes(cursor).records}
        os._exit(0)
    children.append(child)
    store.append(line := received())
    assert store.get(line.id) is not None
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
assert store.states() == {"pending": 1 + 6 + 60}
print(sorted(set(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
    if os.path.exists(f"/proc/self/fd/{fd}")) & {str(Path(sys.argv[1]) / "index/1.sqlite")}))
"""


def test_a_forked_child_has_a_connection_of_its_own(store: FileStore, start: Start) -> None:
    process = start(FORKING, root(store))
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert said.strip() == str([str(root(store) / "index/1.sqlite")]), "and its parent the same"
    expect_right(store)


def test_a_query_answers_while_others_rebuild(store: FileStore, start: Start) -> None:
    theirs = [received(email="zofie@example.com") for _ in range(5)]
    store.append(*theirs, kept := received())
    worker = start(WORKER, root(store), 40, "w")
    assert stream(worker.stdout).readline() == "ready\n"
    stream(worker.stdin).write("\n")
    stream(worker.stdin).flush()
    for line in theirs:
        store.erase([line.id], ["zofie@example.com"], "eva")
        assert store.find(Query(texts=(str(kept.id),))).records
    assert stream(worker.stdout).readline() == "done\n"
    expect_right(store)


BESIDE = """
import sys
from pathlib import Path
from frontdesk.store.files.store import FileStore
from tests.store.test_index_processes import write_much

store = FileStore(Path(sys.argv[1]))
for _ in range(2):
    write_much(store, 150)
    print("done", flush=True)
    sys.stdin.readline()
store.close()
"""


def write_much(store: FileStore, number: int) -> None:
    """More than SQLite leaves in the -wal."""
    chance = random.Random(number)
    for _ in range(number):
        store.append(received(note="".join(chance.choices(string.ascii_lowercase, k=2000))))
        store.states()


@pytest.mark.parametrize("suffixes", [["-wal", "-shm"], ["-wal"], ["-shm"]], ids=" ".join)
@pytest.mark.parametrize("ending", ["asks", "closes"])
def test_what_belongs_to_it_is_taken_away_while_it_is_in_use(
    store: FileStore, start: Start, suffixes: list[str], ending: str
) -> None:
    """Of two that have one file, but not the same changes, each overwrites what the other knows."""
    write_much(store, 50)
    torn = generation(store)
    (path,) = (root(store) / "index").glob("*.sqlite")
    for suffix in suffixes:
        path.with_name(path.name + suffix).unlink()
    other = start(BESIDE, root(store))
    assert stream(other.stdout).readline() == "done\n"
    if ending == "asks":
        write_much(store, 150)
    store.close()
    print(file=other.stdin, flush=True)
    assert stream(other.stdout).readline() == "done\n"
    other.communicate("\n")
    assert generation(store) != torn, "nobody believes it any more"
    expect_right(store)


def generation(store: FileStore) -> str:
    return store.changes(None).cursor.partition(":")[0]


def test_a_build_leaves_the_interpreter_as_it_was(store: FileStore) -> None:
    usual = sys.getswitchinterval()
    store.append(received())
    store.facts()
    assert sys.getswitchinterval() == usual
