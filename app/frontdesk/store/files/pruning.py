"""Removes whole days of the journal, once nothing in them is needed any more."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from sqlite3 import Connection
from typing import BinaryIO
from uuid import UUID

from frontdesk.model.events import Revocation, Revoked
from frontdesk.model.record import Record
from frontdesk.store.files.exclusive import alone
from frontdesk.store.files.index.database import Database
from frontdesk.store.files.index.reader import forget, get, oldest_but
from frontdesk.store.files.lines import Damage, read_file
from frontdesk.store.files.patches import remove_plan, resume
from frontdesk.store.files.segments import Journal
from frontdesk.store.pruning import FOREIGN, Part, Pruned, pruned, settle

REMEMBERED = 10_000  # records

Get = Callable[[UUID], Record | None]


def prune(
    journal: Journal,
    index: Database,
    before: date,
    archive: Callable[[], AbstractContextManager[BinaryIO]] | None,
    *,
    dry_run: bool,
) -> Pruned:
    """See base.Store."""
    with alone(journal.directory):
        if dry_run:
            with index.current() as (db, _):
                return _told(_days(journal, db, before))
        with index.rewriting() as (db, accept):
            resumed = resume(journal)
            for segment in resumed:
                accept(segment)
            days = _days(journal, db, before)
            gone = [path for path, day in days.items() if not day.stays]
            if gone and archive is not None:
                with archive() as copy:
                    for path in gone:
                        with path.open("rb") as file:
                            shutil.copyfileobj(file, copy)
            forget(db, {one for path in gone for one in days[path].speaks_of})
            for path in gone:
                path.unlink()
                accept(path.name)
        if gone or resumed:
            index.rebuild()  # so that nothing of them is left in its file
        remove_plan(journal)
        return _told(days)


def _told(days: Mapping[Path, Part]) -> Pruned:
    return pruned({path.name: day for path, day in days.items()})


def _days(journal: Journal, db: Connection, before: date) -> dict[Path, Part]:
    """The segments of days before one, each with the reason why it stays, if it does."""
    known = lru_cache(REMEMBERED)(partial(get, db))
    days = {
        path: _day_of(path, known) if day else Part(FOREIGN)
        for path in journal.segments()
        if (day := _day(path)) is None or day < before
    }
    settle(days, partial(oldest_but, db))
    return days


def _day(path: Path) -> date | None:
    """The day that a segment's name begins with."""
    try:
        return date.fromisoformat(path.name[:10])
    except ValueError:
        return None


def _day_of(path: Path, known: Get) -> Part:
    """What a segment says, by all that the journal has."""
    found, ours = Part(), False
    for line in read_file(path):
        if isinstance(line, Damage):
            why = f"byte {line.offset} cannot be read: {line.reason}"
            found.stays = found.stays or why
            continue
        ours = True
        if isinstance(line.event, Revocation | Revoked):
            found.revoked_at = max(line.event.at, found.revoked_at or line.event.at)
        record = known(line.event.id)
        if record is None:
            continue  # an account's line
        if record.begun and not record.settled:
            found.stays = found.stays or f"{str(record.id)[:8]} is {record.state}"
        found.speaks_of.add(record.id)
    if not ours:
        found.stays = FOREIGN
    return found
