"""What root writes must not shut the service out."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from frontdesk.model.events import Opened
from frontdesk.store.errors import JournalError
from frontdesk.store.files.lease import FileLease, held_by_somebody
from frontdesk.store.files.segments import Journal
from frontdesk.store.files.store import FileStore
from tests.samples import received

SERVICE = 54321  # a user id, and a group's


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_the_owner_of_the_data(tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir()
    os.chown(data, SERVICE, SERVICE)
    store = FileStore(data)
    store.append(Opened(id=uuid4(), destination="crm", by="root"))
    assert store.states() == {}
    lease = store.lease("courier.lock")
    assert lease.win()
    made = list(data.rglob("*"))
    assert {path.name for path in made} >= {"journal", "courier.lock", "index", "1.sqlite"}
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(SERVICE, SERVICE)}
    lease.resign()
    store.close()


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.touch()
    return path


def test_a_link_leads_to_no_other_file(tmp_path: Path, victim: Path) -> None:
    owner = victim.stat().st_uid
    journal = Journal(tmp_path / "var" / "journal", clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    journal.directory.mkdir(parents=True)
    lock = tmp_path / "var" / "courier.lock"
    names = ("2026-03-01.jsonl", f".probe-{os.getpid()}-{threading.get_ident()}")
    for link in (lock, *(journal.directory / name for name in names)):
        link.symlink_to(victim)
    if os.geteuid() == 0:
        os.chown(tmp_path / "var", SERVICE, SERVICE)
        os.chown(journal.directory, SERVICE, SERVICE)
    with pytest.raises(JournalError, match="symbolic links"):
        journal.append(Opened(id=uuid4(), destination="crm", by="root"))
    with pytest.raises(OSError, match="symbolic links"):
        FileLease(lock).win()
    with pytest.raises(OSError, match="symbolic links"):
        held_by_somebody(lock)
    assert journal.readiness() is None, "the link has made way for a file"
    (journal.directory / "2026-03-01.jsonl").unlink()
    one = received()
    journal.append(one)
    journal.close()
    (journal.directory / "erasure.part").symlink_to(victim)
    index = tmp_path / "var" / "index"
    index.mkdir()
    for name in ("1.sqlite", "1.part", "2.part", "1.progress", "1.sqlite-wal", "2.sqlite-shm"):
        (index / name).symlink_to(victim)
    store = FileStore(tmp_path / "var")
    store.erase([one.id], [], "root")
    store.close()
    assert (victim.stat().st_size, victim.stat().st_uid) == (0, owner)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is led so far")
def test_another_name_of_somebody_elses_file(tmp_path: Path, victim: Path) -> None:
    data = tmp_path / "var"
    data.mkdir()
    os.chown(data, SERVICE, SERVICE)
    (data / "courier.lock").hardlink_to(victim)
    with pytest.raises(PermissionError, match="another name"):
        FileLease(data / "courier.lock").win()
    assert victim.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_was_there_before_keeps_its_owner(tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir()
    os.chown(data, SERVICE, SERVICE)
    (data / "courier.lock").touch()
    assert FileLease(data / "courier.lock").win()
    assert (data / "courier.lock").stat().st_uid == 0
