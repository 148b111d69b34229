"""Appends while connections break, the server dies, or nobody answers."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from psycopg import sql

from frontdesk.model.events import Held
from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.append import Appender
from frontdesk.store.postgresql.migrate import migrate
from frontdesk.store.postgresql.pool import Connections
from frontdesk.store.postgresql.store import PostgresStore
from tests.postgresql import PASSWORD, USER, Database, Server
from tests.samples import received
from tests.support import PATIENCE, eventually


@contextmanager
def appending(database: Database, timeout: float = 60) -> Iterator[Appender]:
    connections = Connections(database.url)
    migrate(connections)
    appender = Appender(connections, timeout)
    yield appender
    appender.close()
    connections.close()


def test_commits_are_durable_also_where_that_was_switched_off_meanwhile(
    own: Server, mortal: Database
) -> None:
    own.execute("alter system set wal_writer_delay = '10s'")  # which would flush them, too
    own.execute("select pg_reload_conf()")
    with appending(mortal) as appender:
        appender.append(first := Held(id=uuid4(), reason="test"))
        mortal.execute(
            sql.SQL("alter database {} set synchronous_commit = off").format(
                sql.Identifier(mortal.name)
            )
        )
        mortal.terminate()
        appender.append(second := Held(id=uuid4(), reason="test"))
        own.stop(signal.SIGQUIT)
        own.start()
        found = mortal.execute("select id from frontdesk.event order by seq")
        assert found == [(first.id,), (second.id,)]


class Writers:
    """Threads that append until they are told to stop."""

    def __init__(self, appender: Appender, number: int = 6) -> None:
        self.acknowledged: list[UUID] = []
        self.failed: list[UUID] = []
        self._appender, self._stop = appender, threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(number)]

    def _work(self) -> None:
        while not self._stop.is_set():
            event = Held(id=uuid4(), reason="test")
            try:
                self._appender.append(event)
                self.acknowledged.append(event.id)
            except JournalError:
                self.failed.append(event.id)

    def more(self) -> None:
        """Wait until some more are acknowledged."""
        before = len(self.acknowledged)
        assert eventually(lambda: len(self.acknowledged) > before + 20)

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def ids(database: Database) -> list[UUID]:
    return [row[0] for row in database.execute("select id from frontdesk.event")]


def test_terminated_backends_cost_nothing(database: Database) -> None:
    with appending(database) as appender, Writers(appender) as writers:
        for _ in range(20):
            writers.more()
            assert database.terminate()
        writers.more()
    there = ids(database)
    assert writers.failed == []
    assert sorted(there) == sorted(writers.acknowledged), "each once"


def test_what_was_erased_before_a_second_attempt_stays_away(database: Database) -> None:
    """The first one may have written it, and nobody knows."""
    line = received()
    store = PostgresStore(database.url)
    store.append(line)
    assert store.erase([line.id], [], "eva") == 1
    store.close()
    before = database.execute("select line from frontdesk.event order by seq")
    with appending(database) as appender, database.connect() as stranger:
        appender.append(Held(id=uuid4(), reason="test"))
        stranger.execute("lock table frontdesk.event")
        thread = threading.Thread(target=appender.append, args=[line])
        thread.start()
        assert eventually(lambda: len(database.waiting()) == 1)
        first = database.waiting()
        database.execute("select pg_terminate_backend(%s)", *first[0])
        assert eventually(lambda: database.waiting() not in ([], first))
        stranger.rollback()
        thread.join()
    assert database.execute("select line from frontdesk.event order by seq")[:-1] == before


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGINT], ids=["crash", "stop"])
def test_a_server_that_comes_back_in_time_has_them_all(
    own: Server, mortal: Database, how: signal.Signals
) -> None:
    with appending(mortal) as appender, Writers(appender) as writers:
        writers.more()
        own.stop(how)
        own.start()
        writers.more()
    assert writers.failed == []
    assert sorted(ids(mortal)) == sorted(writers.acknowledged)


def test_a_server_that_stays_away_is_said_and_forgotten_when_it_is_back(
    own: Server, mortal: Database
) -> None:
    event = Held(id=uuid4(), reason="test")
    with appending(mortal, timeout=0.3) as appender:
        appender.append(event)
        assert appender.readiness() is None
        own.stop()
        with pytest.raises(JournalError, match="connection refused") as refused:
            appender.append(Held(id=uuid4(), reason="test"))
        assert eventually(appender.readiness)
        assert not appender.received_lately(event.id)
        own.start()
        appender.append(event, Held(id=uuid4(), reason="test"))
        assert eventually(lambda: appender.readiness() is None)
    said = str(refused.value)
    assert said.startswith(f"PostgreSQL 127.0.0.1:{own.port}, database mortal: ")
    assert PASSWORD not in said
    assert USER not in said
    assert "\n" not in said
    assert len(ids(mortal)) == 2


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_is_said(
    database: Database,
) -> None:
    """As behind a network that swallows everything: here a stranger locks the table."""
    with appending(database, timeout=0.5) as appender:
        appender.append(Held(id=uuid4(), reason="test"))
        with database.connect() as stranger:
            stranger.execute("lock table frontdesk.event")
            with pytest.raises(JournalError, match="it does not answer"):
                appender.append(Held(id=uuid4(), reason="test"))
        appender.append(Held(id=uuid4(), reason="test"))


def test_a_forked_child_has_connections_of_its_own(database: Database) -> None:
    with appending(database) as appender:
        appender.append(Held(id=uuid4(), reason="parent"))
        child = os.fork()
        if not child:
            code = 1
            try:
                appender.append(Held(id=uuid4(), reason="child"))
                code = 0
            finally:
                os._exit(code)
        appender.append(Held(id=uuid4(), reason="parent"))
        assert os.waitpid(child, 0)[1] == 0
        appender.append(Held(id=uuid4(), reason="parent"))
        assert appender.readiness() is None
    assert len(ids(database)) == 4


def test_an_interrupted_append_is_not_cancelled(database: Database) -> None:
    """Its connection is closed; the server goes on with what it was asked for."""
    with appending(database) as appender:
        appender.append(Held(id=uuid4(), reason="before"))
        with database.connect() as stranger:
            stranger.execute("lock table frontdesk.event")

            def interrupt() -> None:
                eventually(lambda: database.waiting())
                os.kill(os.getpid(), signal.SIGINT)

            thread = threading.Thread(target=interrupt)
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                appender.append(Held(id=uuid4(), reason="interrupted"))
            thread.join()
        assert eventually(lambda: len(ids(database)) == 2)


def test_what_a_standby_may_not_have_is_not_acknowledged_by_a_second_attempt(
    own: Server, mortal: Database
) -> None:
    """A commit that is cut off while it waits for a standby is there, but only on one machine."""
    with appending(mortal) as appender, Writers(appender, 1) as writers:
        writers.more()
        own.execute("alter system set synchronous_standby_names = 'nobody'")
        own.execute("select pg_reload_conf()")
        assert eventually(lambda: mortal.waiting("SyncRep"))
        acknowledged, seen = len(writers.acknowledged), set[tuple[int]]()
        for _ in range(3):
            seen.update(mortal.waiting("SyncRep"))
            assert mortal.terminate()
            assert eventually(lambda: set(mortal.waiting("SyncRep")) - seen)
        assert len(ids(mortal)) == acknowledged + 1, "it is to be seen already"
        assert len(writers.acknowledged) == acknowledged
        own.execute("alter system reset synchronous_standby_names")
        own.execute("select pg_reload_conf()")
        writers.more()
    assert sorted(ids(mortal)) == sorted(writers.acknowledged)


def test_what_cannot_be_taken_is_refused_at_once(database: Database) -> None:
    with appending(database, timeout=100 * PATIENCE) as appender:
        appender.append(Held(id=uuid4(), reason="test"))
        database.execute("revoke insert on frontdesk.event from frontdesk")
        database.execute("alter table frontdesk.event owner to postgres")
        with pytest.raises(JournalError, match="permission denied for table event; make the user"):
            appender.append(Held(id=uuid4(), reason="test"))
        assert "may not write" in str(appender.readiness())


def test_a_server_that_takes_no_writes_any_more_is_left(own: Server, mortal: Database) -> None:
    """As some do that become a standby: they do not even close their connections."""
    with appending(mortal, timeout=60) as appender, appending(mortal, timeout=0.3) as hasty:
        for each in (appender, hasty):
            each.append(Held(id=uuid4(), reason="test"))
            assert each.readiness() is None
        with Writers(appender) as writers:
            own.execute("alter system set default_transaction_read_only = on")
            own.execute("select pg_reload_conf()")
            try:
                assert eventually(hasty.readiness)
                with pytest.raises(JournalError, match="takes no writes"):
                    hasty.append(Held(id=uuid4(), reason="test"))
                assert eventually(lambda: mortal.sessions() == [])
            finally:
                own.execute("alter system reset all")
                own.execute("select pg_reload_conf()")
            writers.more()
    assert writers.failed == []
