"""The store of one machine: JSONL segments, and an index of them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import BinaryIO
from uuid import UUID

from frontdesk.model.account import Claim
from frontdesk.model.events import AnyEvent, utcnow
from frontdesk.model.record import Record
from frontdesk.model.revocations import customer_mark
from frontdesk.store.base import FOREVER, Changes, Kept
from frontdesk.store.beside import Beside
from frontdesk.store.charts import Shares
from frontdesk.store.facts import Facts
from frontdesk.store.files import moving
from frontdesk.store.files.erasure import Erasure
from frontdesk.store.files.index import counters, reader
from frontdesk.store.files.index.database import Database
from frontdesk.store.files.index.quick import settled
from frontdesk.store.files.index.tables import read_claims
from frontdesk.store.files.index.writer import Writer
from frontdesk.store.files.inspection import inspect
from frontdesk.store.files.kept import Files
from frontdesk.store.files.lease import FileLease, held_by_somebody
from frontdesk.store.files.lines import Place
from frontdesk.store.files.mounts import refuse_network
from frontdesk.store.files.pruning import prune
from frontdesk.store.files.segments import Journal
from frontdesk.store.files.spent import Spent
from frontdesk.store.inspection import Inspection
from frontdesk.store.lease import Lease, refuse_lost
from frontdesk.store.lines import StoredLine
from frontdesk.store.person_history import PersonHistory, person_history
from frontdesk.store.pruning import Pruned
from frontdesk.store.query import PAGE, Page, Query
from frontdesk.store.spool import Spool
from frontdesk.store.tallies import Tally

LONG = 20 << 20  # bytes; less is indexed in a few seconds


class FileStore:
    """A journal in a folder, with all that lies beside it; see base.Store."""

    def __init__(self, root: Path, clock: Callable[[], datetime] = utcnow) -> None:
        """`root`: `data_dir`; the segments are in its `journal`."""
        self._root = root
        journal = Journal(root / "journal", clock)
        self._put_together(journal, Database(journal, root / "index"))

    def _put_together(self, journal: Journal, index: Database) -> None:
        self.journal, self._index = journal, index
        self._beside = Beside(self.facts)
        self._erasure = Erasure(self.journal, self._index)
        self._spent = Spent(self._root / "altcha")
        self._used = Spent(self._root / "used", durable=True)
        self._spool = Spool(self._root / "spool")
        self._files = Files(self._root / "kept")

    def refuse_unfit(self) -> None:
        """Raise JournalError on a network share, and where a newer version has written."""
        refuse_network(self._root)
        self.journal.refuse_newer()

    def __str__(self) -> str:
        return str(self.journal.directory)

    def append(self, *events: AnyEvent, lease: Lease | None = None) -> None:
        refuse_lost(lease)
        self.journal.append(*events)

    def readiness(self) -> str | None:
        return self.journal.readiness()

    def durability(self) -> str | None:
        return None

    def spooled(self) -> int:
        # Of the time before, with a database; this store carries nothing over.
        return self._spool.count()

    def wait(self, seconds: float) -> None:
        self.journal.wait(seconds)

    def wake(self) -> None:
        self.journal.wake()

    def received_lately(self, submission: UUID) -> bool:
        return self.journal.received_lately(submission)

    def close(self) -> None:
        self.journal.close()
        self._index.close()

    def revision(self) -> str:
        return self._index.ask(lambda _, writer: f"{self._index.generation}:{writer.revision}")

    def soon(self) -> "FileStore":
        segments = self.journal.segments()
        if self._index.is_there() or sum(path.stat().st_size for path in segments) < LONG:
            return self
        with self._index.resting():  # a build would take its part of the time
            known = settled(segments, utcnow().date())
            if known is None:
                return self
            view = FileStore.__new__(FileStore)
            view._root = self._root
            view._put_together(self.journal, Database(self.journal, None, known))
            view.changes(None)
        self._beside.begin()
        return view

    def indexed(self) -> bool:
        return self._index.is_there()

    def changes(self, after: str | None, *, wait: bool = True) -> Changes:
        return self._index.ask(partial(self._changes, after), wait=wait, written=False)

    def _changes(self, after: str | None, _db: Connection, writer: Writer) -> Changes:
        generation, _, seen = (after or "").partition(":")
        revision, _, reading = seen.partition(".")
        now = f"{self._index.generation}:{writer.revision}.{writer.reading}"
        ours = generation == self._index.generation
        known = ours and revision.isdecimal() and reading.isdecimal()
        if not known or int(revision) > writer.revision:
            return Changes(writer.open_records(), now, whole=True)
        return Changes(writer.changed_after(int(revision), int(reading)), now, whole=False)

    def get(self, submission: UUID) -> Record | None:
        return self._index.ask(lambda _, writer: writer.look(submission), written=False)

    def events(self, *submissions: UUID) -> list[AnyEvent]:
        places = self._index.ask(lambda db, _: reader.places(db, submissions))
        found = (self.journal.at(place) for place in places)
        return [event for event in found if event is not None]

    def starting(self, start: str, most: int = 2) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.starting(db, start, most))

    def find(self, query: Query, after: str | None = None, limit: int = PAGE) -> Page:
        return self._index.ask(lambda db, _: reader.find(db, query, after, limit))

    def facts(self, *, hurry: bool = False) -> Facts:
        def ask() -> Facts:
            return self._index.ask(lambda _, writer: writer.facts(), hurry=hurry, written=False)

        return self._beside.hurried(ask) if hurry else ask()

    def states(self, forms: Collection[str] | None = None) -> dict[str, int]:
        return self._index.ask(lambda db, _: counters.states(db, forms))

    def over_time(
        self, bounds: Sequence[datetime], forms: Collection[str] | None = None
    ) -> dict[str, list[int]]:
        return self._index.ask(lambda db, _: counters.over_time(db, bounds, forms))

    def shares(
        self, since: datetime, until: datetime, forms: Collection[str] | None = None
    ) -> Shares:
        return self._index.ask(lambda db, _: counters.shares(db, since, until, forms))

    def tallies(self, query: Query) -> list[Tally]:
        return self._index.ask(lambda db, _: reader.tallies(db, query))

    def claims(self, destination: str) -> list[Claim]:
        return self._index.ask(lambda db, _: read_claims(db, destination))

    def people(
        self,
        destination: str,
        contacts: Collection[str],
        customers: Collection[str],
        submissions: Collection[UUID | None],
    ) -> list[PersonHistory]:
        marks = {*contacts, *(customer_mark(destination, one) for one in customers)}
        wanted = {one for one in submissions if one is not None}

        def begun(db: Connection, _: Writer) -> tuple[set[UUID], list[Place]]:
            every = {*wanted, *reader.marked(db, marks)}
            ids = {one for one in every if (record := reader.get(db, one)) and record.begun}
            return ids, reader.places(db, ids)

        ids, places = self._index.ask(begun)
        return person_history(ids, filter(None, map(self.journal.at, places)), destination)

    def same_content(self, submission: UUID, within: timedelta) -> list[Record]:
        return self._index.ask(
            lambda _, writer: writer.same_content(submission, within), written=False
        )

    def of_lead(self, lead: str) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.of_lead(db, lead))

    def sharing(self, marks: Collection[str]) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.marked(db, marks))

    def mentioning(self, texts: Collection[str]) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.mentioning(db, texts))

    def lease(self, name: str) -> FileLease:
        return FileLease(self._root / name)

    def leased(self, name: str) -> bool:
        return held_by_somebody(self._root / name)

    def claim_once(self, key: str, until: int, owner: str | None = None) -> bool:
        return (self._used if until >= FOREVER else self._spent).spend(key, until, owner)

    def keep(self, name: str, content: bytes) -> None:
        self._files.keep(name, content)

    def kept(self, name: str, known: str = "") -> Kept | None:
        return self._files.kept(name, known)

    def erase(self, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
        return self._erasure.erase(submissions, traces, by)

    def empty_late(self) -> None:
        self._erasure.empty_late()

    def finish_erasure(self) -> None:
        self._erasure.finish()

    def prune(
        self,
        before: date,
        archive: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
        *,
        dry_run: bool = False,
    ) -> Pruned:
        return prune(self.journal, self._index, before, archive, dry_run=dry_run)

    def inspect(self) -> Inspection:
        return inspect(self.journal)

    # -- for another store

    def lines(self, passed_over: Callable[[], None] = lambda: None) -> Iterator[StoredLine]:
        return moving.read_lines(self.journal, passed_over)

    def take(self, lines: Iterable[StoredLine]) -> None:
        moving.write_lines(self.journal.directory, lines)
