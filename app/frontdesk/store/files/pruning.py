"""Removes whole days of the journal, once nothing in them is needed any more."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from sqlite3 import Connection
from typing import BinaryIO
from uuid import UUID

from frontdesk.model.events import Revocation, Revoked
from frontdesk.model.record import Record
from frontdesk.store.base import Pruned, Stay
from frontdesk.store.files.codec import Damage, read_file
from frontdesk.store.files.exclusive import alone
from frontdesk.store.files.index.database import Database
from frontdesk.store.files.index.reader import forget, get, oldest_but
from frontdesk.store.files.patches import remove_plan, resume
from frontdesk.store.files.segments import Journal

FOREIGN = "it is not one of ours"
REMEMBERED = 10_000  # records

Get = Callable[[UUID], Record | None]


@dataclass
class _Day:
    """A segment of the journal: why it must stay, if it must, and of what it speaks."""

    stays: str = ""
    speaks_of: set[UUID] = field(default_factory=set)
    revoked_at: datetime | None = None  # its newest revocation


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
                return _pruned(_days(journal, db, before))
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
        return _pruned(days)


def _pruned(days: Mapping[Path, _Day]) -> Pruned:
    return Pruned(
        [(path.name, len(day.speaks_of)) for path, day in days.items() if not day.stays],
        [
            Stay(path.name, day.stays, day.stays == FOREIGN)
            for path, day in days.items()
            if day.stays
        ],
    )


def _days(journal: Journal, db: Connection, before: date) -> dict[Path, _Day]:
    """The segments of days before one, each with the reason why it stays, if it does."""
    known = lru_cache(REMEMBERED)(partial(get, db))
    days = {
        path: _day_of(path, known) if day else _Day(FOREIGN)
        for path in journal.segments()
        if (day := _day(path)) is None or day < before
    }
    while found := _bound(days) or _needed(days, db):
        days[found[0]].stays = found[1]
    return days


def _bound(days: Mapping[Path, _Day]) -> tuple[Path, str] | None:
    """One of which something is in a day that stays: without the rest, it would be owed again."""
    staying: dict[UUID, None] = dict.fromkeys(
        one for day in days.values() if day.stays for one in day.speaks_of
    )
    for path, day in days.items():
        if not day.stays and (both := day.speaks_of & staying.keys()):
            return path, f"{str(min(both))[:8]} is in another day that stays"
    return None


def _needed(days: Mapping[Path, _Day], db: Connection) -> tuple[Path, str] | None:
    """One with a revocation after a submission that stays, which would grant the same again."""
    revoked = [day.revoked_at for day in days.values() if not day.stays and day.revoked_at]
    if not revoked:
        return None
    gone = set().union(*(day.speaks_of for day in days.values() if not day.stays))
    oldest = oldest_but(db, gone)
    for path, day in days.items():
        if not day.stays and oldest and day.revoked_at and day.revoked_at >= oldest:
            return path, "a consent was revoked in it, and a submission from before it stays"
    return None


def _day(path: Path) -> date | None:
    """The day that a segment's name begins with."""
    try:
        return date.fromisoformat(path.name[:10])
    except ValueError:
        return None


def _day_of(path: Path, known: Get) -> _Day:
    """What a segment says, by all that the journal has."""
    found, ours = _Day(), False
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
