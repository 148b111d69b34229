"""Leases among machines: one holder, who cannot write when it is not it any more."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from frontdesk.model.events import Held
from frontdesk.store.errors import LeaseLostError
from frontdesk.store.postgresql.append import Appender, Row
from frontdesk.store.postgresql.lease import Leases
from frontdesk.store.postgresql.migrate import migrate
from frontdesk.store.postgresql.pool import Connections
from tests.postgresql import Database, Server
from tests.support import eventually

# Does what it is told on each line, and answers.
CANDIDATE = """
import os, sys
from uuid import uuid4
from frontdesk.model.events import Held
from frontdesk.store.errors import JournalError
from frontdesk.store.postgresql.append import Appender, Row
from frontdesk.store.postgresql.pool import Connections
from frontdesk.store.postgresql.lease import Leases

connections = Connections(sys.argv[1])
leases, appender = Leases(connections, float(sys.argv[2])), Appender(connections)
lease, fence = leases.lease("crm"), None

def answer(word):
    global fence
    match word:
        case "win":
            won = lease.win()
            fence = lease.fence() if won else fence
            return won
        case "won":
            return lease.won()
        case "resign":
            lease.resign()
        case "write":
            appender.append(Held(id=uuid4(), reason=sys.argv[3]), fence=fence)
        case "fork":
            child = os.fork()
            if not child:
                sys.stdin.close()
                print(lease.won(), lease.win(), flush=True)
                os._exit(0)
            os.waitpid(child, 0)

for line in sys.stdin:
    try:
        print(answer(line.strip()), flush=True)
    except (JournalError, OSError) as error:
        print(type(error).__name__, flush=True)
"""


class Candidate:
    """A process that wants a lease, and writes while it has it."""

    def __init__(self, url: str, term: float, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CANDIDATE, url, str(term), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, word: str) -> str:
        self.say(word)
        return self.hear()

    def say(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream
            stream.close()


Start = Callable[..., Candidate]


@pytest.fixture
def candidate(database: Database, connections: Connections) -> Iterator[Start]:
    """Start candidates, whose terms are long unless it is said otherwise."""
    started: list[Candidate] = []

    def start(term: float = 60, url: str = database.url) -> Candidate:
        started.append(Candidate(url, term, f"candidate {len(started)}"))
        return started[-1]

    yield start
    for each in started:
        each.close()


def writers(database: Database) -> list[str]:
    rows = database.execute("select line::json->>'reason' from frontdesk.event order by seq")
    return [row[0] for row in rows]


def test_one_of_several_processes_wins(candidate: Start) -> None:
    field = [candidate() for _ in range(4)]
    for each in field:
        each.say("win")
    assert sorted(each.hear() for each in field) == ["False", "False", "False", "True"]
    assert [each.ask("win") for each in field].count("True") == 1, "asked again, nothing changes"


def test_only_the_holder_writes(candidate: Start, database: Database) -> None:
    first, second = candidate(), candidate()
    assert (first.ask("win"), second.ask("win")) == ("True", "False")
    assert first.ask("write") == "None"
    assert first.ask("resign") == "None"
    assert (first.ask("won"), first.ask("write")) == ("False", "LeaseLostError")
    assert (second.ask("win"), second.ask("write")) == ("True", "None")
    assert (first.ask("win"), first.ask("write")) == ("False", "LeaseLostError")
    assert writers(database) == ["candidate 0", "candidate 1"]
    assert database.execute("select lane, epoch from frontdesk.lease") == [("crm", 2)]


def test_a_term_ends_with_a_killed_holder_and_not_with_a_living_one(
    candidate: Start, database: Database
) -> None:
    first, second = candidate(term=2), candidate(term=2)
    assert first.ask("win") == "True"
    later = "select until > %s + interval '4 seconds' from frontdesk.lease"
    ((end,),) = database.execute("select until from frontdesk.lease")

    def two_terms_later() -> bool:
        assert second.ask("win") == "False"
        return database.execute(later, end) == [(True,)]

    assert eventually(two_terms_later)
    assert first.ask("won") == "True"
    first.signal(signal.SIGKILL)
    assert eventually(lambda: second.ask("win") == "True")


def test_a_holder_that_slept_past_its_term_knows_it_and_writes_nothing(
    candidate: Start, database: Database
) -> None:
    first, second = candidate(term=2), candidate(term=2)
    assert (first.ask("win"), first.ask("write")) == ("True", "None")
    first.signal(signal.SIGSTOP)
    # The first words that it hears when it wakes up.
    first.say("won")
    first.say("write")
    assert eventually(lambda: second.ask("win") == "True")
    assert second.ask("write") == "None"
    first.signal(signal.SIGCONT)
    assert (first.hear(), first.hear()) == ("False", "LeaseLostError")
    assert first.ask("win") == "False"
    assert (second.ask("won"), second.ask("write")) == ("True", "None")
    assert writers(database) == ["candidate 0", "candidate 1", "candidate 1"]


def test_a_holder_that_cannot_renew_stops_before_its_term_ends(
    own: Server, mortal: Database, candidate: Start
) -> None:
    connections = Connections(mortal.url)
    migrate(connections)
    first = candidate(term=3, url=mortal.url)
    assert first.ask("win") == "True"
    before = mortal.execute("select until from frontdesk.lease")
    # It has been renewed by the time that it is stopped, and has most of its term before it.
    assert eventually(lambda: mortal.execute("select until from frontdesk.lease") != before)
    mortal.execute("revoke select on frontdesk.lease from frontdesk")
    mortal.execute("alter table frontdesk.lease owner to postgres")
    assert eventually(lambda: first.ask("won") == "False")
    left = mortal.execute("select until > clock_timestamp() from frontdesk.lease")
    assert left == [(True,)], "nobody else can have it yet"
    assert first.ask("win") == "OSError"
    connections.close()


def test_terminated_backends_cost_no_lease(candidate: Start, database: Database) -> None:
    first, second = candidate(term=3), candidate(term=3)
    assert first.ask("win") == "True"
    until = "select until from frontdesk.lease"
    for _ in range(3):
        before = database.execute(until)
        database.terminate()
        assert first.ask("write") == "None"
        assert eventually(lambda before=before: database.execute(until) != before)
        assert (first.ask("won"), second.ask("win")) == ("True", "False")


def test_a_forked_child_has_no_part_in_it(candidate: Start) -> None:
    first = candidate()
    assert first.ask("win") == "True"
    first.say("fork")
    assert (first.hear(), first.hear()) == ("False False", "None")
    assert first.ask("won") == "True"


def test_a_takeover_waits_for_what_the_holder_is_writing(
    connections: Connections, database: Database
) -> None:
    """Its intent is there before anybody else looks for it."""
    leases, appender = Leases(connections), Appender(connections)
    lease, other = leases.lease("crm"), leases.lease("crm")
    assert lease.win()
    fence, intent = lease.fence(), Held(id=uuid4(), reason="intent")
    appender.append(Held(id=uuid4(), reason="first"), fence=fence)
    with ThreadPoolExecutor(2) as pool, database.connect() as stranger:
        # So that the append waits where it has looked at the lease already.
        stranger.execute(
            "insert into frontdesk.event (era, at, id, kind, digest, line)"
            " values (1, %s, %s, %s, %s, %s)",
            Row.of(intent),
        )
        writing = pool.submit(appender.append, intent, fence=fence)
        assert eventually(lambda: len(database.waiting("transactionid")) == 1)
        taking = pool.submit(
            database.execute,
            "update frontdesk.lease set holder = gen_random_uuid(), epoch = epoch + 1"
            " where until > now()",
        )
        assert eventually(lambda: len(database.waiting("transactionid")) == 2)
        stranger.rollback()
        assert writing.result() is None
        taking.result()
    with pytest.raises(LeaseLostError):
        appender.append(Held(id=uuid4(), reason="third"), fence=fence)
    assert lease.won(), "it does not know yet"
    assert not other.win()
    assert writers(database) == ["first", "intent"]
    leases.close()
    appender.close()
