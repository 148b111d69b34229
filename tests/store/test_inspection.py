"""Inspection: everything that is not as it should be is named, and nothing else."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.store.errors import JournalError
from frontdesk.store.files.exclusive import alone
from frontdesk.store.files.inspection import MOST, inspect
from frontdesk.store.files.patches import PART, PLAN
from frontdesk.store.files.segments import Journal
from frontdesk.store.inspection import Inspection
from tests.samples import received


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "journal")
    line = received()
    held = received()
    made.append(
        line,
        events.Attempt(id=line.id, destination="crm"),
        events.Delivered(id=line.id, destination="crm", customer_id="60001"),
        events.Held(id=held.id, reason="spam suspected"),
        held,
        events.Opened(destination="crm", by="eva"),
        events.Revoked(destination="crm", consent=1, by="eva"),
        events.Notified(receiver=0, what=(f"held:{held.id}",)),
        events.Compared(destination="crm", unexplained=1),
        events.Refused(id=uuid4(), day=utcnow().date(), counts=()),
    )
    return made


def flaws(found: Inspection) -> list[tuple[str, bool]]:
    return [(f"{flaw.where}: {flaw.what}", flaw.grave) for flaw in found.flaws]


def test_all_is_well(journal: Journal) -> None:
    found = inspect(journal)
    assert flaws(found) == []
    assert (found.segments, found.lines, found.submissions) == (1, 10, 2)


def test_no_journal_at_all(tmp_path: Path) -> None:
    assert inspect(Journal(tmp_path / "journal")) == Inspection([])


def test_damage(journal: Journal) -> None:
    path = journal.segments()[0]
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'{"v":1,"event":"rec\n')
    ((what, grave),) = flaws(inspect(journal))
    assert grave
    assert what.startswith(f"{path.name}: byte {size}: ")


def test_modes(journal: Journal) -> None:
    path = journal.segments()[0]
    path.chmod(0o644)
    journal.directory.chmod(0o755)
    assert flaws(inspect(journal)) == [
        ("journal: others may enter the folder; chmod 700", True),
        (f"{path.name}: others may read it; chmod 600", True),
    ]


def test_foreign_files_are_named_and_left_alone(journal: Journal) -> None:
    (journal.directory / "notes.txt").write_text("mine", encoding="utf-8")
    (journal.directory / "2026-01-01.jsonl").mkdir()
    assert [(what, grave) for what, grave in flaws(inspect(journal))] == [
        ("2026-01-01.jsonl: not a segment of the journal; left alone", False),
        ("notes.txt: not a segment of the journal; left alone", False),
    ]
    assert (journal.directory / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("name", "remedy"), [(PLAN, "finishes it"), (PART, "run it again")])
def test_an_erasure_that_was_cut_short(journal: Journal, name: str, remedy: str) -> None:
    (journal.directory / name).touch(mode=0o600)
    ((what, grave),) = flaws(inspect(journal))
    assert grave
    assert what.startswith(f"{name}: an erasure was cut short")
    assert what.endswith(remedy)
    with alone(journal.directory):
        assert flaws(inspect(journal)) == [(f"{name}: an erasure is under way", False)]


def test_lines_without_a_beginning(journal: Journal) -> None:
    orphan = events.Attempt(id=uuid4(), destination="crm")
    journal.append(orphan)
    ((what, grave),) = flaws(inspect(journal))
    assert f"{orphan.id} begins with `attempt`: its first line is missing" in what
    assert not grave, "in the oldest segment: the day before may have been pruned"
    (journal.directory / "2020-01-01.jsonl").touch(mode=0o600)
    assert [grave for _, grave in flaws(inspect(journal))] == [True]


def test_a_clock_that_went_back(journal: Journal) -> None:
    journal.append(received(at=utcnow() - timedelta(hours=2)))
    ((what, grave),) = flaws(inspect(journal))
    assert not grave
    assert re.search(r"the clock went back by (2:00:0|1:59:5)\d$", what)


def test_a_journal_of_a_newer_version_is_refused(journal: Journal) -> None:
    journal.refuse_newer()
    with journal.segments()[0].open("ab") as file:
        file.write(b'{"v":2,"event":"received","new":"things"}\n')
    with pytest.raises(JournalError, match="written by a newer Frontdesk"):
        journal.refuse_newer()


def test_a_foreign_file_does_not_fill_the_screen(journal: Journal) -> None:
    journal.append(received())
    (journal.directory / "2026-01-01.jsonl").write_bytes(b"by hand\n" * 1000)
    (journal.directory / "2026-01-01.jsonl").chmod(0o600)
    found = flaws(inspect(journal))
    assert len(found) == MOST + 1
    assert found[-1] == ("2026-01-01.jsonl: and 900 more", True)


def test_a_symbolic_link_is_named(journal: Journal, tmp_path: Path) -> None:
    journal.append(received())
    (journal.directory / "2026-01-01.jsonl").symlink_to(journal.segments()[0])
    assert flaws(inspect(journal)) == [("2026-01-01.jsonl: a symbolic link; it is not read", True)]
