"""The feed: what has come to the segments since they were read last, and whether they still fit."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from frontdesk.model.codec import encode
from frontdesk.model.events import AnyEvent, Erased, Held
from frontdesk.store.files.index.feed import Feed, MisfitError
from frontdesk.store.files.lines import Damage, Line
from frontdesk.store.files.segments import Journal
from tests.samples import received

DAY = datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)


class Reader:
    """A journal, and a process that reads it as it grows."""

    def __init__(self, folder: Path) -> None:
        self.now = DAY
        self.journal = Journal(folder, lambda: self.now)
        self.feed = Feed(folder, clock=lambda: self.now)

    @property
    def today(self) -> Path:
        return self.journal.directory / "2026-03-28.jsonl"

    def read(self) -> list[AnyEvent]:
        """What nobody has read yet."""
        found: list[AnyEvent] = []
        for name in self.feed.look(lambda: [path.name for path in self.journal.segments()]):
            for line in () if self.feed.is_read(name) else self.feed.read(name):
                assert not isinstance(line, Damage), line
                found.append(line.event)
        return found

    def settle(self) -> None:
        """Make it long ago that anything was added to the folder, and let that be known."""
        long_ago = time.time() - 3600
        os.utime(self.journal.directory, (long_ago, long_ago))
        assert self.read() == []

    def later(self) -> "Reader":
        """Another process, which goes on where this one is."""
        other = Reader(self.journal.directory)
        other.feed.resume(dict(self.feed.spots))
        return other


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path / "journal")
    yield made
    made.journal.close()


def erased(by: str = "eva") -> Erased:
    return Erased(id=uuid4(), by=by)


def test_a_folder_that_is_not_there_has_nothing(reader: Reader) -> None:
    assert reader.read() == []


def test_every_line_once(reader: Reader) -> None:
    first, second, third = received(), erased(), Held(id=uuid4(), reason="spam")
    reader.journal.append(first, second)
    assert reader.read() == [first, second]
    assert reader.read() == []
    reader.journal.append(third)
    assert reader.read() == [third]


def test_midnight_and_a_clock_that_was_put_back(reader: Reader) -> None:
    written = [erased("before"), erased("after"), erased("the clock was put back")]
    reader.journal.append(written[0])
    assert reader.read() == written[:1]
    reader.now += timedelta(seconds=1)
    reader.journal.append(written[1])
    reader.now -= timedelta(seconds=1)
    reader.journal.append(written[2])
    assert reader.read() == [written[2], written[1]]
    assert reader.read() == []


def test_a_line_is_left_until_it_is_finished(reader: Reader) -> None:
    first, second = received(note="ř" * 100), received()
    data = encode(first)
    reader.journal.directory.mkdir()
    with reader.today.open("ab", buffering=0) as file:
        for part in (data[:1], data[1:150], data[150:-2]):
            file.write(part)
            assert reader.read() == []
        file.write(data[-2:] + encode(second)[:20])
        assert reader.read() == [first]
        file.write(encode(second)[20:])
        assert reader.read() == [second]
        assert reader.read() == []


def test_a_whole_line_needs_no_line_feed(reader: Reader) -> None:
    """Many an editor leaves none behind the last line, and nobody adds one to a day gone by."""
    first, second, third = received(), erased(), erased()
    reader.journal.directory.mkdir()
    with reader.today.open("ab", buffering=0) as file:
        file.write(b'{"v":1,"torn' + encode(first)[:-1])
        assert [type(line) for line in reader.feed.read(reader.today.name)] == [Damage, Line]
        assert reader.read() == []
        file.write(b"\n" + encode(second)[:-1])
        assert reader.read() == [second]
        assert reader.later().read() == []
    reader.journal.append(third)
    assert reader.read() == [third]


@pytest.mark.parametrize(
    "names",
    [
        ["2026-03-28.one.jsonl", "2026-03-28.two.jsonl"],  # merged from other machines
        ["2027-01-01.jsonl", "2027-01-02.jsonl", "2027-01-03.jsonl"],  # of a clock that was ahead
    ],
)
def test_segments_with_later_names_are_not_in_the_way(reader: Reader, names: list[str]) -> None:
    reader.journal.directory.mkdir()
    for name in names:
        (reader.journal.directory / name).write_bytes(encode(erased()))
    assert len(reader.read()) == len(names)
    reader.settle()
    for _ in range(3):
        reader.journal.append(line := erased())
        assert reader.read() == [line]
        reader.settle()
    reader.now += timedelta(seconds=1)
    reader.journal.append(line := erased("the next day"))
    assert reader.read() == [line]
    reader.settle()
    reader.now = datetime(2020, 1, 1, tzinfo=UTC)
    reader.journal.append(line := erased("the clock is wrong"))
    assert reader.read() == [line]
    reader.settle()
    reader.journal.append(line := erased("still"))
    reader.now = DAY
    assert reader.read() == [line]


def test_only_segments_are_read(reader: Reader) -> None:
    """Today's name says nothing of what it is."""
    reader.journal.directory.mkdir()
    os.mkfifo(reader.today)
    (reader.journal.directory / "2026-03-27.jsonl").symlink_to("/etc/passwd")
    in_other_digits = "\u0662\u0660\u0662\u0666-03-26.jsonl"
    (reader.journal.directory / in_other_digits).write_bytes(encode(erased()))
    assert reader.read() == []


def test_an_added_segment_is_found(reader: Reader) -> None:
    reader.journal.append(erased())
    assert len(reader.read()) == 1
    added = received()
    (reader.journal.directory / "2025-12-31-merged.jsonl").write_bytes(encode(added))
    assert reader.read() == [added]


def test_a_foreign_line_is_reported_and_skipped(reader: Reader) -> None:
    good = [received(), erased()]
    reader.journal.directory.mkdir()
    reader.today.write_bytes(encode(good[0]) + b"by hand\n" + encode(good[1]))
    lines = list(reader.feed.read(reader.today.name))
    assert [getattr(line, "event", None) for line in lines] == [good[0], None, good[1]]


# -- what was read is not as it was ---------------------------------------------------------------


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def shortened(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 10)


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Jana", b"Dana"))


def edited_and_grown(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Jana", b"Dana") + encode(erased()))


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes() + encode(erased()))
    copy.rename(path)


def removed(path: Path) -> None:
    path.unlink()


def moved(path: Path) -> None:
    path.rename(path.with_name("2026-01-01.jsonl"))


@pytest.mark.parametrize(
    "change", [emptied, shortened, edited, edited_and_grown, replaced, removed, moved]
)
@pytest.mark.parametrize("later", [False, True], ids=["the same process", "another"])
def test_a_segment_that_is_another_fits_no_more(
    reader: Reader, change: Callable[[Path], None], later: bool
) -> None:
    reader.journal.append(received())
    assert len(reader.read()) == 1
    reader.journal.close()
    change(reader.today)
    with pytest.raises(MisfitError):
        (reader.later() if later else reader).read()


def test_one_that_has_grown_fits(reader: Reader) -> None:
    reader.journal.append(received())
    assert len(reader.read()) == 1
    reader.journal.append(kept := received())
    assert reader.later().read() == [kept]


def test_an_old_day_that_was_edited_is_noticed_by_the_next_process(reader: Reader) -> None:
    reader.journal.append(received())
    for day in range(5):
        name = f"2026-04-0{day + 1}.jsonl"
        (reader.journal.directory / name).write_bytes(encode(erased()))
    assert len(reader.read()) == 6
    edited(reader.today)
    with pytest.raises(MisfitError, match="2026-03-28"):
        reader.later().read()


def test_what_was_changed_on_purpose_fits(reader: Reader) -> None:
    reader.journal.append(received())
    assert len(reader.read()) == 1
    with reader.today.open("r+b") as file:
        file.write(b" " * 50)
    reader.feed.accept(reader.today.name)
    assert reader.read() == []
    assert reader.later().read() == []


def test_what_comes_while_a_segment_is_changed_on_purpose_is_read(reader: Reader) -> None:
    reader.journal.append(Held(id=uuid4(), reason="test"))
    assert len(reader.read()) == 1
    reader.journal.append(late := Held(id=uuid4(), reason="test"))
    reader.feed.accept(reader.today.name)
    assert reader.read() == [late]
    assert reader.read() == []
