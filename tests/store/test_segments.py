"""The journal's files: what was appended is there, whole, whoever else writes and dies."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from frontdesk.model.codec import decode, encode
from frontdesk.model.events import AnyEvent, Erased, Held, Received
from frontdesk.store.errors import JournalError
from frontdesk.store.files.lines import LINE_LIMIT, Damage, Line, read_file
from frontdesk.store.files.segments import Journal
from tests.samples import received
from tests.support import journal_lines


class Clock:
    """Tells the time that it was given."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal", Clock())
    yield journal
    journal.close()


def segment(journal: Journal) -> Path:
    (path,) = journal.segments()
    return path


def erased(by: str = "eva", submission: UUID | None = None) -> Erased:
    return Erased(id=submission or uuid4(), by=by)


def events(lines: Iterator[Line | Damage]) -> list[AnyEvent]:
    """The events of lines without damage."""
    found = list(lines)
    assert [line for line in found if isinstance(line, Damage)] == []
    return [line.event for line in found if isinstance(line, Line)]


def run(script: str, *arguments: object, **options: Any) -> "subprocess.Popen[str]":
    """Run a script in a process of its own, its output to be read."""
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


# -- writing -----------------------------------------------------------------------------------


def test_what_was_appended_is_read_again_in_order(journal: Journal) -> None:
    written = [received(), erased(), Held(id=uuid4(), reason="spam")]
    journal.append(written[0])
    journal.append(*written[1:])
    assert events(journal.read()) == written
    offsets = [line.offset for line in journal.read()]
    data = segment(journal).read_bytes()
    assert [data[start : start + 5] for start in offsets] == [b'{"v":'] * 3


def test_a_place_is_where_its_line_stands(journal: Journal) -> None:
    journal.append(received(note="ř\u2028"), received())
    raw = segment(journal).read_bytes()
    for line in journal.read():
        assert isinstance(line, Line)
        place = line.place
        assert decode(raw[place.offset : place.offset + place.length]) == line.event
        assert journal.at(place) == line.event
        assert journal.at(replace(place, offset=place.offset + 1)) is None
        assert journal.at(replace(place, segment="2020-01-01.jsonl")) is None


def test_nobody_else_may_read_it(journal: Journal) -> None:
    before = os.umask(0)
    try:
        journal.append(erased())
    finally:
        os.umask(before)
    assert stat.S_IMODE(segment(journal).stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.directory.stat().st_mode) == 0o700


def test_threads_lose_and_mix_nothing(journal: Journal) -> None:
    threads, appends = 16, 25
    start = threading.Barrier(threads)

    def work(number: int) -> None:
        start.wait()
        for turn in range(appends):
            one = uuid4()
            journal.append(*(erased(f"{number}/{turn}/{part}", one) for part in range(3)))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    by = [event.by for event in events(journal.read()) if isinstance(event, Erased)]
    expected = {f"{n}/{t}/{p}" for n in range(threads) for t in range(appends) for p in range(3)}
    assert len(by) == len(expected)
    assert set(by) == expected
    for number, (name, after) in enumerate(pairwise(by)):
        if number % 3 != 2:  # the lines of one append stand next to each other
            assert name.rpartition("/")[0] == after.rpartition("/")[0]
    mine = [name for name in by if name.startswith("0/")]
    assert mine == sorted(mine, key=lambda name: [int(part) for part in name.split("/")])


APPENDER = """
import os, sys
from pathlib import Path
from threading import Thread
from uuid import uuid4
from frontdesk.model.events import Held
from frontdesk.store.files.segments import Journal

journal = Journal(Path(sys.argv[1]))
name, count, filler = sys.argv[2], int(sys.argv[3]), "ř" * int(sys.argv[4])

def work(thread):
    for number in range(count):
        journal.append(Held(id=uuid4(), reason=f"{name}/{thread}/{number} {filler}"))
        os.write(1, f"{name}/{thread}/{number}\\n".encode())

threads = [Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def reasons(directory: Path) -> list[str]:
    return [line["reason"].split()[0] for line in journal_lines(directory)]


def test_several_processes_share_a_directory(tmp_path: Path) -> None:
    running = [run(APPENDER, tmp_path, name, 60, 3000) for name in "abc"]
    acknowledged = [line for process in running for line in process.communicate()[0].split()]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(acknowledged) == 3 * 3 * 60
    assert sorted(reasons(tmp_path)) == sorted(acknowledged)


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    running = [run(APPENDER, tmp_path, name, 1_000_000, 3000) for name in "abc"]
    acknowledged: list[str] = []
    for process in running:
        assert process.stdout
        acknowledged += [process.stdout.readline().strip() for _ in range(40)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.stdout.read().split()
        process.wait()
        process.stdout.close()
    journal = Journal(tmp_path)
    journal.append(Held(id=uuid4(), reason="after"))
    whole = [
        line.event.reason.split()[0]
        for line in journal.read()
        if isinstance(line, Line) and isinstance(line.event, Held)
    ]
    journal.close()
    assert set(acknowledged) <= set(whole)
    assert whole[-1] == "after"
    assert len(whole) == len(set(whole))


def test_a_forked_child_appends_while_the_parents_threads_do(journal: Journal) -> None:
    # In a process of its own: Python warns of a fork beside threads, gunicorn does it anyway.
    script = """
import os, sys, threading
from pathlib import Path
from uuid import uuid4
from frontdesk.model.events import Erased
from frontdesk.store.files.segments import Journal

journal, done = Journal(Path(sys.argv[1])), threading.Event()

def work():
    while not done.is_set():
        journal.append(Erased(id=uuid4(), by="parent"))

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for number in range(20):
    child = os.fork()
    if not child:
        journal.append(Erased(id=uuid4(), by=f"child {number}"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0
done.set()
for thread in threads: thread.join()
"""
    process = run(script, journal.directory)
    process.communicate(timeout=60)
    assert process.returncode == 0
    by = [line["by"] for line in journal_lines(journal.directory)]
    assert [name for name in by if name != "parent"] == [f"child {n}" for n in range(20)]
    assert "parent" in by


def test_midnight_begins_a_new_segment(tmp_path: Path) -> None:
    clock = Clock()
    journal = Journal(tmp_path, clock)
    written = [erased("before"), erased("after"), erased("the clock was put back")]
    journal.append(written[0])
    clock.now += timedelta(seconds=1)
    journal.append(written[1])
    clock.now -= timedelta(seconds=1)
    journal.append(written[2])
    assert [path.name for path in journal.segments()] == ["2026-03-28.jsonl", "2026-03-29.jsonl"]
    assert events(journal.read()) == [written[0], written[2], written[1]]
    journal.close()


@pytest.mark.parametrize("how", ["moved", "deleted", "directory moved"])
def test_a_segment_taken_away_is_begun_again(journal: Journal, how: str) -> None:
    journal.append(erased("first"))
    path = segment(journal)
    match how:
        case "moved":
            path.rename(path.with_suffix(".old"))
        case "deleted":
            path.unlink()
        case "directory moved":
            journal.directory.rename(journal.directory.with_name("elsewhere"))
    second = erased("second")
    journal.append(second)
    assert events(journal.read()) == [second]


def test_an_appender_waits_for_nobody_who_reads(journal: Journal) -> None:
    journal.append(erased())
    reader = journal.read()
    next(reader)
    journal.append(erased())
    assert isinstance(next(reader), Line)


# -- damage ------------------------------------------------------------------------------------


def test_a_torn_last_line_does_not_swallow_the_next(journal: Journal) -> None:
    first, second = received(), received()
    journal.append(first)
    journal.close()
    path = segment(journal)
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(encode(received())[:100])
    journal.append(second)
    assert path.read_bytes().endswith(b"\n" + encode(second))
    lines = list(journal.read())
    assert [getattr(line, "event", None) for line in lines] == [first, None, second]
    damage = lines[1]
    assert isinstance(damage, Damage)
    assert (damage.segment, damage.offset) == (path.name, whole)
    assert str(damage).startswith(f"{path.name}: byte {whole}: ")


@pytest.mark.parametrize(
    "stump",
    [
        encode(received(note="a"))[:-1],
        encode(received(note='say "v":1, \\'))[:-4],
        encode(received())[:1],
        b"\x00" * 4096,
        b"\xff\xfe",
        b'{"v":1,' * 3,
    ],
    ids=["whole but for its end", "in a text", "one byte", "zeros", "no text", "many starts"],
)
def test_a_line_glued_to_a_stump_is_found_again(journal: Journal, stump: bytes) -> None:
    before, glued, after = received(), received(note='{"v":1,'), received()
    data = encode(before)
    journal.directory.mkdir()
    path = journal.directory / "2026-03-28.jsonl"
    path.write_bytes(data + stump + encode(glued) + encode(after))
    lines = [line for line in journal.read() if isinstance(line, Line)]
    read = [line.event for line in lines]
    assert [event for event in read if event in (before, glued, after)] == [before, glued, after]
    assert lines[-2].offset == len(data + stump)
    damages = [line for line in journal.read() if isinstance(line, Damage)]
    if stump.endswith(b"}"):
        assert damages == []
        assert len(read) == 4
    else:
        assert damages[0].offset == len(data)
        assert {damage.segment for damage in damages} == {path.name}


def _enormous() -> bytes:
    """A line with a number that no index can keep."""
    return (
        encode(received(price_max=1))
        .strip()
        .replace(b'"price_max":1', b'"price_max":1' + b"0" * 30)
    )


@pytest.mark.parametrize(
    ("foreign", "reason"),
    [
        (b"# a remark", "malformed"),
        (b'{"v":1,"event":"merged","at":"2026-03-28T00:00:00Z"}', "Invalid value 'merged'"),
        (b'{"v":2,"event":"erased"}', "version 2 is not 1"),
        (b'{"some":"log","of":"others"}', "version None is not 1"),
        (encode(erased()).strip().replace(b"Z", b""), "timezone"),
        (_enormous(), "$.lead.price_max"),
        (bytes(range(128, 256)), ""),
        (b"\x00" * 5000, ""),
        (b"x" * (LINE_LIMIT + 5000), ""),
    ],
    ids=["text", "event", "version", "json", "naive time", "number", "bytes", "zeros", "huge"],
)
def test_a_foreign_line_is_reported_and_skipped(
    journal: Journal, foreign: bytes, reason: str
) -> None:
    good = [received(), erased()]
    data = encode(good[0])
    journal.directory.mkdir()
    path = journal.directory / "2026-03-28.jsonl"
    path.write_bytes(data + foreign + b"\n" + encode(good[1]))
    for lines in (list(journal.read()), list(read_file(path))):
        assert [line.event for line in lines if isinstance(line, Line)] == good
        damages = [line for line in lines if isinstance(line, Damage)]
        assert (damages[0].segment, damages[0].offset) == (path.name, len(data))
        assert reason in damages[0].reason
        assert isinstance(lines[-1], Line)
        assert lines[-1].offset == len(data + foreign) + 1


def test_empty_lines_and_other_line_ends_are_no_damage(journal: Journal) -> None:
    good = [received(), erased()]
    journal.directory.mkdir()
    crlf = encode(good[0]).replace(b"\n", b"\r\n")
    (journal.directory / "2026-03-28.jsonl").write_bytes(b"\n" + crlf + b" \n" + encode(good[1]))
    assert events(journal.read()) == good


def test_only_segments_are_read(journal: Journal) -> None:
    journal.append(erased())
    for name in ("notes.jsonl", "2026-03-28.jsonl.bak", ".2026-03-28.jsonl", "2026-3-8.jsonl"):
        (journal.directory / name).write_bytes(b"not ours\n")
    added = received()
    (journal.directory / "2026-01-01.other-machine.jsonl").write_bytes(encode(added))
    assert events(journal.read())[0] == added
    assert len(list(journal.read())) == 2


# -- a disk that refuses -----------------------------------------------------------------------

LIMITED = """
import resource, signal, sys
from pathlib import Path
from uuid import uuid4
from frontdesk.model.events import Held
from frontdesk.store.files.segments import Journal, JournalError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python does by itself; to be sure
journal = Journal(Path(sys.argv[1]))

def put(name, filler=""):
    try:
        journal.append(Held(id=uuid4(), reason=name + " " + filler))
    except JournalError as error:
        print("refused", name, str(error).startswith(sys.argv[1]), flush=True)
    else:
        print("written", name, flush=True)

_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
put("before")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
put("cut", "x" * 3000)
put("full")
print("unready" if journal.readiness() else "ready")
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
put("after")
put("later")
print("unready" if Journal(Path(sys.argv[1])).readiness() else "ready")
"""


def test_nothing_is_acknowledged_on_a_full_disk_and_it_recovers(tmp_path: Path) -> None:
    process = run(LIMITED, tmp_path / "journal")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.splitlines() == [
        "written before",
        "refused cut True",
        "refused full True",
        "unready",
        "written after",
        "written later",
        "ready",
    ]
    journal = Journal(tmp_path / "journal")
    lines = list(journal.read())
    names = [
        line.event.reason.split()[0]
        for line in lines
        if isinstance(line, Line) and isinstance(line.event, Held)
    ]
    assert names == ["before", "after", "later"]
    assert [type(line) for line in lines].count(Damage) == 1


def test_a_full_disk_fails_every_thread_that_shares_the_flush(tmp_path: Path) -> None:
    script = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import uuid4
from frontdesk.model.events import Held
from frontdesk.store.files.segments import Journal, JournalError

journal, start = Journal(Path(sys.argv[1])), Barrier(16)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))

def put(number):
    start.wait()
    try:
        journal.append(Held(id=uuid4(), reason=f"{number} " + "x" * 500))
        return f"{number}"
    except JournalError:
        return ""

with ThreadPoolExecutor(16) as pool:
    print(*filter(None, pool.map(put, range(16))))
"""
    process = run(script, tmp_path)
    acknowledged = process.communicate(timeout=60)[0].split()
    assert process.returncode == 0
    journal = Journal(tmp_path)
    whole = {
        line.event.reason.split()[0]
        for line in journal.read()
        if isinstance(line, Line) and isinstance(line.event, Held)
    }
    assert len(acknowledged) < 16
    assert set(acknowledged) <= whole


@pytest.mark.parametrize(
    ("device", "reason"),
    [("/dev/full", "No space left on device"), ("/dev/null", "Invalid argument")],
    ids=["write", "flush"],  # /dev/null takes every write and refuses to flush it
)
def test_what_was_not_flushed_is_not_acknowledged(
    journal: Journal, device: str, reason: str
) -> None:
    journal.append(erased())
    (path,) = journal.segments()
    own = next(fd.name for fd in Path("/proc/self/fd").iterdir() if leads_to(fd, path))
    other = os.open(device, os.O_WRONLY)
    os.dup2(other, int(own))  # what was opened before fails from now on
    os.close(other)
    with pytest.raises(JournalError, match=reason):
        journal.append(erased())
    journal.append(erased())  # it is never asked again
    assert len(list(journal.read())) == 2


def leads_to(fd: Path, path: Path) -> bool:
    try:
        return fd.readlink() == path
    except FileNotFoundError:  # the one by which they are listed
        return False


def test_a_file_in_the_place_of_the_directory(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text("in the way")
    journal = Journal(path)
    with pytest.raises(JournalError, match=re.escape(f"{path}: File exists")):
        journal.append(erased())
    assert journal.readiness() == "File exists"
    path.unlink()
    journal.append(erased())
    assert len(list(journal.read())) == 1
    journal.close()


def test_a_directory_in_the_place_of_the_segment(journal: Journal) -> None:
    path = journal.directory / "2026-03-28.jsonl"
    path.mkdir(parents=True)
    with pytest.raises(JournalError, match="Is a directory"):
        journal.append(erased())
    path.rmdir()
    journal.append(erased())
    assert len(list(journal.read())) == 1


def test_readiness_leaves_nothing_behind(journal: Journal) -> None:
    assert journal.readiness() is None
    assert list(journal.directory.iterdir()) == []
    assert stat.S_IMODE(journal.directory.stat().st_mode) == 0o700


def test_a_journal_that_is_not_there_is_empty(journal: Journal) -> None:
    assert list(journal.read()) == []
    assert not journal.received_lately(uuid4())


# -- waiting -----------------------------------------------------------------------------------


def test_waiting_ends_with_the_next_append(journal: Journal) -> None:
    woken = threading.Event()

    def wait() -> None:
        journal.wait(60)
        woken.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    journal.append(erased())
    assert woken.wait(30)
    thread.join()


# -- lately ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "expected"),
    [(received(UUID(int=7)), True), (erased(submission=UUID(int=7)), False), (received(), False)],
    ids=["received", "another event", "another submission"],
)
def test_received_lately(journal: Journal, event: Received | Erased, expected: bool) -> None:
    journal.append(received(), event, received())
    assert journal.received_lately(UUID(int=7)) is expected


def test_what_is_erased_is_not_received_any_more_until_it_comes_again(journal: Journal) -> None:
    one = UUID(int=7)
    journal.append(received(one))
    journal.append(erased(submission=one))
    assert not journal.received_lately(one)
    journal.append(received(one))
    assert journal.received_lately(one)


def test_received_lately_looks_behind_midnight(tmp_path: Path) -> None:
    clock = Clock()
    journal = Journal(tmp_path, clock)
    journal.append(received(UUID(int=7)))
    clock.now += timedelta(seconds=1)
    journal.append(received())
    assert journal.received_lately(UUID(int=7))
    clock.now += timedelta(days=1)
    journal.append(received())
    assert not journal.received_lately(UUID(int=7))
    journal.close()


def test_received_lately_looks_at_today_after_a_clock_was_ahead(tmp_path: Path) -> None:
    for days in (3, 2, 1):
        ahead = Clock()
        ahead.now += timedelta(days=days)
        journal = Journal(tmp_path, ahead)
        journal.append(received())
        journal.close()
    journal = Journal(tmp_path, Clock())
    journal.append(received(UUID(int=7)))
    assert journal.received_lately(UUID(int=7))
    journal.close()


def test_received_lately_is_not_misled_by_what_a_visitor_typed(journal: Journal) -> None:
    note = f'"event":"received","id":"{UUID(int=7)}"'
    journal.append(received(note=note))
    assert not journal.received_lately(UUID(int=7))


def test_what_is_no_file_is_no_segment(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(kept := received())
    (tmp_path / "2026-01-01.jsonl").mkdir()
    os.mkfifo(tmp_path / "2026-01-02.jsonl")
    (tmp_path / "2026-01-03.jsonl").symlink_to(tmp_path / "nowhere")
    assert [line.event for line in journal.read() if isinstance(line, Line)] == [kept]


@pytest.mark.skipif(shutil.which("jq") is None and "CI" not in os.environ, reason="needs jq")
def test_jq_reads_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(line := received(first_name='Jana "J." \u2028\\ Nov\u00e1'))
    journal.append(Held(id=line.id, reason="a test"))
    command = ["jq", "--raw-output", ".event, .lead.first_name", *journal.segments()]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == f"received\n{line.lead.first_name}\nheld\nnull\n"
