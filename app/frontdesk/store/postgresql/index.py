"""The index of a journal, in tables beside it, brought up to date by whoever asks.

The row of `state` is locked meanwhile, so one process does it and the others find it done. Every
step is one transaction: lines are taken in with the mark after them, or neither is.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from psycopg import errors

from frontdesk.model.codec import decode
from frontdesk.store.errors import IndexBuildingError, JournalError
from frontdesk.store.facts import Facts
from frontdesk.store.fold import Fold
from frontdesk.store.postgresql import feed
from frontdesk.store.postgresql.columns import FOLD
from frontdesk.store.postgresql.connection import Connection, together
from frontdesk.store.postgresql.feed import Mark
from frontdesk.store.postgresql.pool import Connections
from frontdesk.store.postgresql.tables import PostgresTables, count_damages

log = logging.getLogger("frontdesk.index")

STEP = 5000  # lines of one transaction
HURRIED = 500  # lines that a question in a hurry may take in
MOMENT = 50  # milliseconds that it may wait for others
VERSIONS = "programs of several versions index the journal; install the same one everywhere"
TRIES = 5  # while programs of several versions make the index in turn
TABLES = ("record", "mark", "destination", "claim", "text", "named", "damage", "late", "counter")
_STATE = "fold, generation, building, revision"
_MARK = ", ".join(
    f"{name}::text" if name in ("seen", "target", "last_tx") else name for name in Mark._fields
)
# `record` is emptied first when an index is made anew, which waits for those who lock it.
_BEGIN = "begin isolation level repeatable read; lock table frontdesk.record in access share mode"
_WHICH = f"select {_STATE} from frontdesk.state"
_LOOK = f"select {_STATE}, {feed.BEHIND} from frontdesk.state"
# Texts are found by trigrams where PostgreSQL has them, else by a walk of them all.
_TRIGRAMS = """
do $$
declare place name;
begin
    begin
        create extension if not exists pg_trgm schema frontdesk;
    exception when others then null;
    end;
    select nspname into place from pg_opclass join pg_namespace on pg_namespace.oid = opcnamespace
        where opcname = 'gin_trgm_ops' and has_schema_privilege(nspname, 'usage') limit 1;
    if place is not null then
        execute format('create index if not exists text_words on frontdesk.text'
                       ' using gin (words %I.gin_trgm_ops)', place);
    end if;
end $$
"""
T = TypeVar("T")


class State(NamedTuple):
    """Of what the index is made, and which one it is; see the table `state`."""

    fold: int
    generation: UUID
    building: bool
    revision: int

    @property
    def usable(self) -> bool:
        """Whether questions can be answered by it, once what is new was taken in."""
        return self.fold == FOLD and not self.building


class Index:
    """One process's access to the index; any number of threads may ask."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._turn = threading.Lock()  # held by the thread that brings it up to date
        self._fold: Fold | None = None  # as it was after the revision
        self._tables: PostgresTables | None = None
        self._at: tuple[UUID, int] | None = None  # the fold's generation and revision
        self._facts: tuple[UUID, int, Facts] | None = None

    # -- questions ------------------------------------------------------------------------------

    def ask(
        self,
        question: Callable[[Connection, State], T],
        *,
        wait: bool = True,
        hurry: bool = False,
    ) -> T:
        """The answer to a question, by all that was appended before it.

        Raises IndexBuildingError without `wait` as long as another process builds the index, and in
        a `hurry` whenever it takes more than a moment. Raises JournalError.
        """

        def asked(connection: Connection) -> T:
            return self._ask(connection, question, wait, hurry)

        if hurry:
            return self._connections.ask_quick(asked)
        if not wait and self._turn.locked() and not self.is_there():
            # Another thread builds it, and more may wait for that with all connections.
            raise IndexBuildingError(self._connections.ask_quick(_progress))
        return self._connections.ask(asked)

    def _ask(
        self,
        connection: Connection,
        question: Callable[[Connection, State], T],
        wait: bool,
        hurry: bool,
    ) -> T:
        current = False
        for _ in range(TRIES):
            with _view(connection):
                *found, behind = _one(connection, _LOOK)
                state = State(*found)
                if state.usable and (current or not behind):
                    return question(connection, state)
            self._catch_up(connection, state, wait=wait, hurry=hurry)
            current = True
        raise JournalError(VERSIONS)

    def facts(self, connection: Connection, state: State) -> Facts:
        """What is known besides submissions. To be asked as a question."""
        if self._facts is None or self._facts[:2] != (state.generation, state.revision):
            facts = PostgresTables(connection).known().facts(count_damages(connection))
            self._facts = state.generation, state.revision, facts
        return self._facts[2]

    def is_there(self) -> bool:
        """Whether nothing has to be built. Raises JournalError."""
        return State(*self._connections.ask_quick(lambda db: _one(db, _WHICH))).usable

    # -- what is new ----------------------------------------------------------------------------

    def _catch_up(self, connection: Connection, seen: State, *, wait: bool, hurry: bool) -> None:
        """Take in all that can be seen now. `seen`: the state by what was found a moment ago."""
        if hurry and not seen.usable:
            raise IndexBuildingError(_progress(connection))
        patient = not hurry and (wait or seen.usable)
        if not self._turn.acquire(timeout=-1 if patient else MOMENT / 1000):
            raise IndexBuildingError(_progress(connection))
        try:
            aimed = done = False  # whether the target is of after the question, and was reached
            while not (aimed and done):
                if hurry and aimed:
                    raise IndexBuildingError(_progress(connection))
                with self._locked(connection, patient=patient) as (state, mark):
                    if state.fold != FOLD:
                        self.begin_anew(connection)
                        continue
                    aimed = aimed or mark.target is None
                    done = self._step(connection, state, mark, HURRIED if hurry else STEP).is_over
        except errors.LockNotAvailable:
            raise IndexBuildingError(_progress(connection)) from None
        finally:
            self._turn.release()

    @contextmanager
    def _locked(
        self, connection: Connection, *, patient: bool = True
    ) -> Iterator[tuple[State, Mark]]:
        """A transaction in which nobody else changes the index."""
        try:
            with connection.transaction():
                if not patient:
                    connection.execute(f"set local lock_timeout = {MOMENT}")
                row = _one(connection, f"select {_STATE}, {_MARK} from frontdesk.state for update")
                yield State(*row[:4]), Mark(*row[4:])
        except BaseException:
            self._fold = None  # it may know what was not written
            raise

    def begin_anew(self, connection: Connection) -> None:
        """Empty the index, for the next who asks to fill it; in a transaction with its lock."""
        log.info("the journal is indexed")
        tables = ", ".join(f"frontdesk.{name}" for name in TABLES)
        connection.execute(f"truncate {tables}".encode())
        connection.execute("drop index if exists frontdesk.text_words")
        values = {"fold": FOLD, "generation": uuid4(), "building": True, "revision": 0}
        _write(connection, {**values, "known": None, **feed.NOTHING._asdict()})
        self._fold = None

    def _step(self, connection: Connection, state: State, mark: Mark, most: int) -> Mark:
        """Take in the next lines up to the target; the mark after them."""
        if mark.target is None:
            mark = feed.aim(connection, mark)
        lines = feed.read(connection, mark, most)
        fold = self._folding(connection, state) if lines else None
        if fold is not None:
            self._take(fold, lines)
        mark = mark.ended if len(lines) < most else feed.after(mark, lines)
        with together(connection):
            if fold is not None:
                self._finish(fold)
            if state.building and mark.is_over:
                connection.execute(_TRIGRAMS)  # much faster than to keep them while it is built
            _write(connection, {"building": state.building and not mark.is_over, **mark._asdict()})
        return mark

    def _folding(self, connection: Connection, state: State) -> Fold:
        """The fold of what was read, to go on with in this transaction."""
        if self._fold is None or self._tables is None or self._at != state[1::2]:
            self._tables = PostgresTables(connection)
            self._fold = Fold(self._tables, writing=True)
            self._at = state.generation, state.revision
        self._tables.connection = connection
        return self._fold

    def _take(self, fold: Fold, lines: list[feed.Line]) -> None:
        assert self._tables is not None  # noqa: S101 - of the fold
        self._tables.expect({line.id for line in lines})
        for line in lines:
            place = line.seq, line.id
            try:
                event = decode(line.line.encode())
            except ValueError:
                fold.damaged(place)
                continue
            fold.take(event, place)

    def _finish(self, fold: Fold) -> None:
        fold.finish()
        if self._at is not None:
            self._at = self._at[0], fold.revision

    # -- what is changed ------------------------------------------------------------------------

    def rewrite(
        self,
        work: Callable[[Connection, Fold], T],
        first: Callable[[Connection], None] = lambda _: None,
    ) -> T:
        """Do some work in a transaction with all lines taken in, and nobody else at it.

        `first`: what is done before the last lines are looked for. Both may be done twice, when a
        connection is lost. Raises JournalError.
        """

        def rewrite(connection: Connection) -> T:
            for _ in range(TRIES):
                self._ask(connection, lambda *_: None, wait=True, hurry=False)
                with self._turn, self._locked(connection) as (state, mark):
                    if not state.usable:
                        continue
                    first(connection)
                    aimed = False
                    while not (aimed and mark.is_over):
                        aimed = aimed or mark.target is None
                        mark = self._step(connection, state, mark, STEP)
                        state = State(*_one(connection, _WHICH))
                    fold = self._folding(connection, state)
                    done = work(connection, fold)
                    if self._fold is fold:  # and it was not begun anew
                        self._finish(fold)
                    return done
            raise JournalError(VERSIONS)

        return self._connections.ask(rewrite)


@contextmanager
def _view(connection: Connection) -> Iterator[None]:
    """The database as it is at one moment."""
    connection.execute(_BEGIN.encode())
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("rollback")


def _one(connection: Connection, statement: str) -> tuple[Any, ...]:
    found = connection.execute(statement.encode()).fetchone()
    if found is None:
        raise JournalError("the row in frontdesk.state is gone; restore the database's backup")
    return found


def _write(connection: Connection, values: dict[str, object]) -> None:
    names = ", ".join(f"{name} = %({name})s" for name in values)
    connection.execute(f"update frontdesk.state set {names}".encode(), values)


def _progress(connection: Connection) -> float:
    """How much of the journal was read, 0 to 1, as far as that is known."""
    sequence = "pg_get_serial_sequence('frontdesk.event', 'seq')"
    last, total = _one(
        connection, f"select last_seq, pg_sequence_last_value({sequence}) from frontdesk.state"
    )
    return min(1.0, last / total) if total else 0.0
