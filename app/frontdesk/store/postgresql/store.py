"""The store of several machines: a journal in PostgreSQL, and an index in tables beside it."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from frontdesk.model.account import Claim
from frontdesk.model.events import AnyEvent
from frontdesk.model.record import Record
from frontdesk.model.revocations import customer_mark
from frontdesk.store.base import Changes, Kept
from frontdesk.store.beside import Beside
from frontdesk.store.charts import Shares
from frontdesk.store.facts import Facts
from frontdesk.store.inspection import Inspection
from frontdesk.store.lease import Lease, refuse_lost
from frontdesk.store.lines import StoredLine
from frontdesk.store.person_history import PersonHistory, person_history
from frontdesk.store.postgresql import counters, moving, reader
from frontdesk.store.postgresql.append import APPEND, Appender
from frontdesk.store.postgresql.complaints import AwayError
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.erasure import Erasure
from frontdesk.store.postgresql.index import Index, State
from frontdesk.store.postgresql.inspection import inspect
from frontdesk.store.postgresql.kept import Rows
from frontdesk.store.postgresql.lease import Leases, PostgresLease
from frontdesk.store.postgresql.migrate import migrate
from frontdesk.store.postgresql.once import Once
from frontdesk.store.postgresql.pool import CONNECT, Connections
from frontdesk.store.postgresql.probe import durability, refuse_unfit
from frontdesk.store.postgresql.pruning import prune
from frontdesk.store.postgresql.tables import read_claims
from frontdesk.store.pruning import Pruned
from frontdesk.store.query import PAGE, Page, Query
from frontdesk.store.spool import Spool
from frontdesk.store.tallies import Tally

log = logging.getLogger("frontdesk.journal")


class PostgresStore:
    """A journal in a database that any number of machines share; see base.Store."""

    def __init__(
        self,
        url: str,
        folder: Path | None = None,
        *,
        patient: bool = False,
        timeout: float = APPEND,
    ) -> None:
        """`url`: of the database, as libpq takes it. `folder`: `data_dir`, if it has one.

        `patient`: it may be away at first, and is looked at once it is there. `timeout`: seconds
        for which an append tries to reach it. Raises JournalError.
        """
        self._spool = Spool(folder / "spool") if folder is not None else None
        self._connections = Connections(url, min(CONNECT, int(timeout)), self._look)
        try:
            self._connections.ask_quick(lambda _: None)
        except AwayError as error:
            if not patient:
                raise
            log.error("%s; it is tried again when it is needed", error)
        self._leases = Leases(self._connections)
        self._once = Once(self._connections)
        self._rows = Rows(self._connections)
        self._appender = Appender(self._connections, timeout)
        self._index = Index(self._connections)
        self._beside = Beside(self.facts)
        self._erasure = Erasure(self._connections, self._index, self._append)

    @staticmethod
    def prepare(url: str) -> tuple[str, int, int]:
        """Make what is missing; where, and the versions of the tables before and now.

        Raises JournalError.
        """
        with closing(Connections(url)) as connections:
            refuse_unfit(connections)
            before = migrate(connections)
            return str(connections), before.version, before.needed

    def _look(self) -> None:
        refuse_unfit(self._connections)
        migrate(self._connections)  # only what is missing

    def __str__(self) -> str:
        return str(self._connections)

    def append(self, *events: AnyEvent, lease: Lease | None = None) -> None:
        fence = lease.fence() if isinstance(lease, PostgresLease) else None
        if fence is None:
            refuse_lost(lease)
        self._appender.append(*events, fence=fence)

    def _append(self, *events: AnyEvent) -> None:
        self.append(*events)  # whatever that is by then

    def readiness(self) -> str | None:
        return self._appender.readiness()

    def wait(self, seconds: float) -> None:
        self._appender.wait(seconds)

    def wake(self) -> None:
        self._appender.wake()

    def durability(self) -> str:
        return self._connections.ask_quick(durability)

    def spooled(self) -> int:
        return self._spool.count() if self._spool is not None else 0

    def received_lately(self, submission: UUID) -> bool:
        return self._appender.received_lately(submission)

    def close(self) -> None:
        self._leases.close()
        self._appender.close()
        self._connections.close()

    # -- what is known by them

    def soon(self) -> "PostgresStore":
        # The index outlives processes: it is built once.
        return self

    def indexed(self) -> bool:
        return self._index.is_there()

    def changes(self, after: str | None, *, wait: bool = True) -> Changes:
        def changes(connection: Connection, state: State) -> Changes:
            generation, _, revision = (after or "").partition(":")
            now = f"{state.generation}:{state.revision}"
            known = generation == str(state.generation) and revision.isdecimal()
            if not known or int(revision) > state.revision:
                return Changes(reader.open_records(connection), now, whole=True)
            changed = reader.changed_since(connection, int(revision))
            return Changes(changed, now, whole=False)

        return self._index.ask(changes, wait=wait)

    def revision(self) -> str:
        return self._index.ask(lambda _, state: f"{state.generation}:{state.revision}")

    def get(self, submission: UUID) -> Record | None:
        return self._index.ask(lambda db, _: reader.get(db, submission))

    def events(self, *submissions: UUID) -> list[AnyEvent]:
        return self._index.ask(lambda db, _: reader.events(db, submissions))

    def starting(self, start: str, most: int = 2) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.starting(db, start, most))

    def find(self, query: Query, after: str | None = None, limit: int = PAGE) -> Page:
        return self._index.ask(lambda db, _: reader.find(db, query, after, limit))

    def facts(self, *, hurry: bool = False) -> Facts:
        def ask() -> Facts:
            return self._index.ask(self._index.facts, hurry=hurry)

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

        def people(db: Connection, _: State) -> list[PersonHistory]:
            ids = reader.begun(db, {*wanted, *reader.marked(db, marks)})
            return person_history(ids, reader.events(db, ids), destination)

        return self._index.ask(people)

    def same_content(self, submission: UUID, within: timedelta) -> list[Record]:
        return self._index.ask(lambda db, _: reader.same_content(db, submission, within))

    def of_lead(self, lead: str) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.of_lead(db, lead))

    def sharing(self, marks: Collection[str]) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.marked(db, marks))

    def mentioning(self, texts: Collection[str]) -> list[UUID]:
        return self._index.ask(lambda db, _: reader.mentioning(db, texts))

    # -- among machines

    def lease(self, name: str) -> PostgresLease:
        return self._leases.lease(name)

    def leased(self, name: str) -> bool:
        return self._leases.leased(name)

    def claim_once(self, key: str, until: int, owner: str | None = None) -> bool:
        return self._once.claim(key, until, owner)

    # -- what is no event

    def keep(self, name: str, content: bytes) -> None:
        self._rows.keep(name, content)

    def kept(self, name: str, known: str = "") -> Kept | None:
        return self._rows.kept(name, known)

    # -- what is written already

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
        return prune(self._index, before, archive, dry_run=dry_run)

    def inspect(self) -> Inspection:
        return self._connections.ask(inspect)

    # -- for another store

    def lines(self, passed_over: Callable[[], None] = lambda: None) -> Iterator[StoredLine]:
        return moving.read_lines(self._connections)

    def take(self, lines: Iterable[StoredLine]) -> None:
        moving.write_lines(self._connections, lines)
