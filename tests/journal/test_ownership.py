"""What root writes must not shut the service out."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from frontdesk.journal.election import Election
from frontdesk.journal.events import Opened
from frontdesk.journal.files import Journal

SERVICE = 54321  # a user id, and a group's


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_the_owner_of_the_data(tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir()
    os.chown(data, SERVICE, SERVICE)
    Journal(data / "journal").append(Opened(id=uuid4(), destination="crm", by="root"))
    election = Election(data / "courier.lock")
    assert election.win()
    election.resign()
    made = [data / "journal", data / "courier.lock", *(data / "journal").iterdir()]
    assert len(made) == 3
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(SERVICE, SERVICE)}
