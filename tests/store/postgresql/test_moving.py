"""A journal goes to PostgreSQL and back, and its segments are what they were, byte for byte."""

import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from frontdesk.cli import main
from frontdesk.data_dir import COURIER
from frontdesk.model.codec import encode
from frontdesk.model.events import Held
from frontdesk.store.files.store import FileStore
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.spool import Spool
from tests.old_journal.look import JOURNAL
from tests.postgresql import Database
from tests.samples import received
from tests.support import eventually

SECTION = '\n[journal]\nurl = "${FRONTDESK_DATABASE_URL}"\n\n[captcha]'
THERE = ("journal", "copy", "--from", "files", "--to", "postgresql")
BACK = ("journal", "copy", "--from", "postgresql", "--to", "files")


class Desk:
    """A configuration with files and a database."""

    def __init__(self, config: Path) -> None:
        self.config, self.folder = config, config.parent / "var" / "journal"

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.config), *words])

    def segments(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


@pytest.fixture
def desk(
    write_config: Callable[..., Path], database: Database, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", database.url)
    made = Desk(write_config(**{"\n[captcha]": SECTION}))
    made.folder.mkdir(parents=True, mode=0o700)
    return made


@pytest.fixture
def old(desk: Desk) -> Desk:
    """With a journal of 200 days in files."""
    with tarfile.open(JOURNAL) as packed:
        packed.extractall(desk.folder, filter="data")
    return desk


def events_of(segments: dict[str, bytes]) -> dict[str, bytes]:
    """What they are without damaged and empty lines, which one of the 200 days has."""
    lines = segments["2026-05-04.jsonl"].splitlines(keepends=True)
    other = (b"torn by a cra\n", b'"unheard of"', b" by another program\n", b"[1, 2]\n")
    kept = [line for line in lines if line.strip() and not any(word in line for word in other)]
    assert len(kept) == len(lines) - 5
    return {**segments, "2026-05-04.jsonl": b"".join(kept)}


def differences(desk: Desk) -> list[str]:
    compared = desk.run("journal", "compare")
    lines = [" ".join(line.split()) for line in compared.stdout.splitlines()[1:]]
    found = [line for line in lines if line.startswith("MEND")]
    assert compared.exit_code == (1 if found else 0), compared.output
    return found


def test_there_and_back(old: Desk) -> None:
    before = old.segments()
    assert len(before) == 200
    there = old.run(*THERE)
    assert there.exit_code == 0, there.output
    assert there.stderr.startswith("note: 4 lines that are no events stay behind; ")
    assert differences(old) == []
    kept = old.folder.rename(old.folder.with_name("kept"))
    back = old.run(*BACK)
    assert back.stdout == there.stdout.replace("files are in postgresql", "postgresql are in files")
    assert old.segments() == events_of(before)
    assert {path.stat().st_mode & 0o777 for path in old.folder.iterdir()} == {0o600}
    assert kept.is_dir()
    assert differences(old) == []


def test_segments_of_any_name_and_lines_of_any_day_come_back(desk: Desk) -> None:
    """As after midnight, after a clock was wrong, and where another machine's were put beside."""
    lines = [encode(Held(id=uuid4(), reason=reason)) for reason in "abcdefgh"]
    (desk.folder / "2019-03-01.jsonl").write_bytes(lines[0] + lines[1])
    (desk.folder / "2019-03-02.leeds.jsonl").write_bytes(lines[2])
    (desk.folder / "2030-01-01.jsonl").write_bytes(lines[3] + lines[4])
    before = desk.segments()
    assert desk.run(*THERE).exit_code == 0
    desk.folder.rename(desk.folder.with_name("kept"))
    assert desk.run(*BACK).exit_code == 0
    assert desk.segments() == before


def test_lines_that_are_there_twice_are_twice_again(desk: Desk, database: Database) -> None:
    a, b, c, d = (encode(Held(id=uuid4(), reason=reason)) for reason in "abcd")
    (desk.folder / "2019-03-01.jsonl").write_bytes(a + a + b + a + c)
    (desk.folder / "2019-03-02.jsonl").write_bytes(c + b + d + d)
    (desk.folder / "2019-03-03.jsonl").write_bytes(a)
    before = desk.segments()
    for _ in range(2):
        assert desk.run(*THERE).exit_code == 0
        assert differences(desk) == []
        assert database.execute("select count(*) from frontdesk.event") == [(4,)]
    desk.folder.rename(desk.folder.with_name("kept"))
    for _ in range(2):
        assert desk.run(*BACK).exit_code == 0
        assert desk.segments() == before
    assert desk.run(*THERE).exit_code == 0
    assert differences(desk) == []


def test_what_came_in_there_comes_back_to_its_days(desk: Desk, database: Database) -> None:
    times = [datetime(2026, 3, 1 + n % 3, 23, 59, tzinfo=UTC) for n in range(15)]
    came = [Held(id=uuid4(), reason="it is odd", at=at) for at in times]
    store = PostgresStore(database.url)
    database.server.near_longer_numbers()
    for each in came:  # in transactions whose numbers get longer
        store.append(each)
    store.close()
    assert desk.run(*BACK).exit_code == 0
    lines = list(map(encode, came))
    assert desk.segments() == {
        f"2026-03-0{day + 1}.jsonl": b"".join(lines[day::3]) for day in range(3)
    }
    assert desk.run(*THERE).exit_code == 0
    assert database.execute("select count(*) from frontdesk.repeated") == [(0,)]
    assert differences(desk) == []


def test_a_copy_that_was_killed_goes_on(old: Desk, database: Database) -> None:
    before = old.segments()
    command = [sys.executable, "-m", "frontdesk", "--config", str(old.config), *THERE]
    process = subprocess.Popen(command)

    def begun() -> bool:
        found = database.execute("select to_regclass('frontdesk.event') is not null")
        return found == [(True,)] and database.execute(
            "select exists(select from frontdesk.event)"
        ) == [(True,)]

    assert eventually(begun)
    process.kill()
    process.wait()
    assert old.run(*THERE).exit_code == 0
    assert differences(old) == []
    kept = old.folder.rename(old.folder.with_name("kept"))
    # What a machine leaves that dies in the middle of it.
    old.folder.mkdir(mode=0o700)
    for name in sorted(before)[:50]:
        (kept / name).rename(old.folder / name)
    last = old.folder / sorted(before)[49]
    with last.open("r+b") as file:
        file.truncate(len(before[last.name]) - 7)
    assert old.run(*BACK).exit_code == 0
    assert old.segments() == events_of(before)


def test_what_one_of_them_lacks_is_told(desk: Desk, database: Database) -> None:
    lines = [encode(Held(id=uuid4(), reason=reason)) for reason in "abcd"]
    segment = desk.folder / "2019-03-01.jsonl"
    segment.write_bytes(b"".join(lines[:3]))
    assert desk.run(*THERE).exit_code == 0
    segment.write_bytes(lines[0] + lines[1] + lines[3] + lines[3])
    assert differences(desk) == [
        "MEND files 2019-03-01.jsonl: 1 line only here",
        "MEND postgresql 2019-03-01.jsonl: 1 line only here",
    ]
    refused = desk.run(*BACK)
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "is another line than in the other journal; move this folder away" in refused.stderr
    assert segment.read_bytes() == lines[0] + lines[1] + lines[3] + lines[3]


def test_what_comes_to_another_state_is_told(old: Desk, database: Database) -> None:
    assert old.run(*THERE).exit_code == 0
    gone = database.execute(
        "delete from frontdesk.event where kind = 'delivered' and at = ("
        " select max(at) from frontdesk.event where kind = 'delivered') returning id, at"
    )
    (identity, at), *_ = gone
    found = differences(old)
    assert f"MEND files {at:%Y-%m-%d}.jsonl: 1 line only here" in found
    [states] = [line for line in found if str(identity) in line]
    assert states.startswith(f"MEND {identity} delivered in files, ")
    assert old.run(*THERE).exit_code == 0
    assert differences(old) == []


def test_nothing_is_copied_while_a_courier_is_at_work(old: Desk) -> None:
    store = FileStore(old.folder.parent)
    lease = store.lease(COURIER)
    assert lease.win()
    refused = old.run(*THERE)
    assert refused.exit_code == 2
    assert "a courier is at work; stop the forms and couriers of all machines" in refused.stderr
    lease.resign()
    store.close()


def test_nothing_is_left_behind_on_the_machine(desk: Desk) -> None:
    """What waits for a database is told also by those who use files now."""
    Spool(desk.folder.parent / "spool").put(received())
    refused = desk.run(*BACK)
    assert refused.exit_code == 2
    assert "spool: what waits there would be left behind (1); start the forms" in refused.stderr
    told = desk.run("status")
    assert told.exit_code == 1
    assert "waiting in data_dir/spool of this machine: 1" in told.stdout


def test_without_a_database_there_is_nothing_to_copy_to(write_config: Callable[..., Path]) -> None:
    refused = Desk(write_config()).run(*THERE)
    assert refused.exit_code == 1
    assert refused.stderr == "journal.url is missing, which names the database\n"
