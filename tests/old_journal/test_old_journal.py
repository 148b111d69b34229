"""A journal of 200 days that an earlier version wrote is what it was to that version.

Journals live for years: after an upgrade every submission has the state and the story that it had,
and nothing that was settled is sent again.
"""

import re
import tarfile
from typing import get_args

import pytest

from frontdesk.model.events import AnyEvent
from tests.old_journal.look import JOURNAL, Json, made_of_it, office, remembered
from tests.old_journal.write import DAYS

NEWER = {"commented", "withheld"}  # which that version did not have


@pytest.fixture(scope="module")
def earlier() -> Json:
    return remembered()


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> Json:
    with office(tmp_path_factory.mktemp("old")) as there:
        return made_of_it(there)


def test_it_has_every_event_and_200_days() -> None:
    with tarfile.open(JOURNAL) as packed:
        segments = packed.getnames()
        text = b"".join(packed.extractfile(name).read() for name in segments)  # type: ignore[union-attr]
    kinds = {kind.__struct_config__.tag for kind in get_args(AnyEvent)} - NEWER
    assert {kind.decode() for kind in re.findall(rb'"event":"([a-z]+)"', text)} >= kinds
    assert len(segments) == DAYS


def by_id(records: list[Json]) -> dict[str, Json]:
    return {(one["submission"] or one["revocation"])["id"]: one for one in records}


def test_every_submission_is_what_it_was(earlier: Json, now: Json) -> None:
    there, here = by_id(earlier["records"]), by_id(now["records"])
    assert here.keys() == there.keys()
    assert {one: here[one] for one in here if here[one] != there[one]} == {}
    assert now["counts"] == earlier["counts"]


def test_every_story_is_what_it_was(earlier: Json, now: Json) -> None:
    there, here = earlier["stories"], now["stories"]
    assert here.keys() == there.keys()
    assert {one: here[one] for one in here if here[one] != there[one]} == {}


def test_what_is_sent_is_what_was_owed(earlier: Json, now: Json) -> None:
    assert now["sent"] == earlier["sent"]
    assert now["at last"] == earlier["at last"]
