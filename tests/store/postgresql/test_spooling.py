"""While the database is away, enquiries wait on the machine that took them in."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import requests
from flask import Flask
from psycopg import sql

from frontdesk.data_dir import COURIER
from frontdesk.delivery.courier import Courier, Terms, run_beside
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.schedule import Schedule
from frontdesk.model.events import Attempt, Held
from frontdesk.store.base import FOREVER
from frontdesk.store.errors import JournalError, LeaseLostError
from frontdesk.store.postgresql.lease import PostgresLease
from frontdesk.store.postgresql.spooling import SpoolingStore
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.spool import Spool
from tests.postgresql import PASSWORD, Database, Server
from tests.samples import received
from tests.store.postgresql.test_site import SECTION
from tests.support import BRISK, Site, eventually, open_app


@pytest.fixture
def away(own: Server) -> Iterator[Callable[[], None]]:
    """Take the server away; it is there again when the test ends."""
    gone: list[bool] = []

    def stop() -> None:
        own.stop(signal.SIGQUIT)
        gone.append(True)

    yield stop
    if gone and own.stopped:
        own.start()


@pytest.fixture
def open_store(mortal: Database, tmp_path: Path) -> Iterator[Callable[[], SpoolingStore]]:
    opened: list[SpoolingStore] = []

    def open_one() -> SpoolingStore:
        opened.append(SpoolingStore(mortal.url, tmp_path, rest=0.1))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def kinds(database: Database, submission: UUID) -> list[str]:
    query = "select kind from frontdesk.event where id = %s order by seq"
    return [kind for (kind,) in database.execute(query, submission)]


def test_what_comes_meanwhile_is_carried_over(
    open_store: Callable[[], SpoolingStore],
    mortal: Database,
    own: Server,
    away: Callable[[], None],
) -> None:
    store = open_store()
    store.append(before := received())
    away()
    late = [[Held(id=(line := received()).id, reason="spam suspected"), line] for _ in range(30)]
    for events in late:
        store.append(*events)
    assert store.spooled() == 30
    assert store.readiness() is None
    assert all(store.received_lately(events[0].id) for events in late)
    own.start()
    assert eventually(lambda: store.spooled() == 0)
    assert [kinds(mortal, events[0].id) for events in late] == [["held", "received"]] * 30
    store.append(after := received())
    assert eventually(lambda: kinds(mortal, after.id) == ["received"])
    assert store.spooled() == 0
    assert store.get(before.id) is not None
    order = mortal.execute("select id from frontdesk.event where kind = 'received' order by seq")
    assert [one for (one,) in order] == [before.id, *(e[0].id for e in late), after.id]


def test_a_process_may_start_while_it_is_away(
    open_store: Callable[[], SpoolingStore],
    mortal: Database,
    own: Server,
    away: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The tables are made when it comes."""
    away()
    store = open_store()
    assert "connection refused; does the server run" in caplog.text
    store.append(line := received())
    with pytest.raises(JournalError):
        store.get(line.id)
    own.start()
    assert eventually(lambda: store.spooled() == 0)
    assert kinds(mortal, line.id) == ["received"]


def test_a_mistake_in_the_address_is_told_at_once(mortal: Database, tmp_path: Path) -> None:
    for url in (mortal.url.replace(PASSWORD, "wrong"), mortal.url + "_nowhere"):
        with pytest.raises(JournalError) as told:
            SpoolingStore(url, tmp_path)
        assert PASSWORD not in str(told.value)


def test_what_was_carried_over_halfway_counts_once(
    open_store: Callable[[], SpoolingStore], mortal: Database, tmp_path: Path
) -> None:
    """A process died after the database had it, and before the file was gone."""
    lines = [received() for _ in range(3)]
    first = PostgresStore(mortal.url)
    first.append(lines[0])
    first.close()
    for line in lines:
        Spool(tmp_path / "spool").put(line)
    store = open_store()
    assert eventually(lambda: store.spooled() == 0)
    assert [kinds(mortal, line.id) for line in lines] == [["received"]] * 3


def test_whoever_was_erased_meanwhile_does_not_come_back(
    open_store: Callable[[], SpoolingStore], mortal: Database, tmp_path: Path
) -> None:
    first = PostgresStore(mortal.url)
    first.append(line := received(), other := received())
    assert first.erase([line.id], [], "eva") == 1
    before = mortal.execute("select line from frontdesk.event order by seq")
    Spool(tmp_path / "spool").put(Held(id=line.id, reason="spam suspected", at=line.at), line)
    Spool(tmp_path / "spool").put(other)
    store = open_store()
    assert eventually(lambda: store.spooled() == 0)
    first.close()
    assert kinds(mortal, line.id) == ["received", "erased", "held"]
    assert mortal.execute("select line from frontdesk.event order by seq")[:-1] == before


KILLED = """
import sys, time
from pathlib import Path
from frontdesk.store.postgresql.lease import PostgresLease
from frontdesk.store.spool import Spool
from frontdesk.store.postgresql.spooling import SpoolingStore
from tests.samples import received

store = SpoolingStore(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
while True:
    line = received()
    store.append(line)
    print(line.id, flush=True)
    time.sleep(0.005)  # as a disk would take
"""


def test_processes_that_are_killed_lose_nothing_that_they_acknowledged(
    open_store: Callable[[], SpoolingStore],
    mortal: Database,
    own: Server,
    away: Callable[[], None],
    tmp_path: Path,
) -> None:
    """Several of a machine, before, while and after the database is away."""
    command = [sys.executable, "-c", KILLED, mortal.url, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    outputs = [tmp_path / f"told{number}" for number in range(3)]
    processes = []
    for path in outputs:
        with path.open("wb") as output:
            processes.append(subprocess.Popen(command, stdout=output, env=environment))

    def told() -> list[UUID]:
        whole = [line for path in outputs for line in path.read_bytes().splitlines(keepends=True)]
        return [UUID(line.decode().strip()) for line in whole if len(line) == 37]

    def more() -> None:
        before = len(told())
        assert eventually(lambda: len(told()) > before + 60)

    try:
        more()
        away()
        more()
        processes[0].kill()
        own.start()
        more()
    finally:
        for process in processes:
            process.kill()
            process.wait()
    store = open_store()
    assert eventually(lambda: store.spooled() == 0)
    found = mortal.execute("select id, count(*) from frontdesk.event group by id")
    assert {*told()} <= {one for one, _ in found}
    assert {number for _, number in found} == {1}


def test_a_store_that_was_closed_carries_over_when_it_is_used_again(
    open_store: Callable[[], SpoolingStore],
    mortal: Database,
    own: Server,
    away: Callable[[], None],
) -> None:
    store = open_store()
    away()
    store.append(received())
    store.close()
    store.append(line := received())
    own.start()
    assert eventually(lambda: store.spooled() == 0)
    assert kinds(mortal, line.id) == ["received"]


def test_what_the_database_refuses_holds_nothing_up(
    open_store: Callable[[], SpoolingStore], mortal: Database, tmp_path: Path
) -> None:
    """It is tried again, and what comes later goes the straight way."""
    refused, line = received(), received()
    for event in (refused, line):
        Spool(tmp_path / "spool").put(event)
    PostgresStore.prepare(mortal.url)
    mortal.execute(
        "create function frontdesk.mine() returns trigger language plpgsql as"
        " $$ begin raise 'not this one'; end $$"
    )
    mortal.execute(
        sql.SQL(
            "create trigger mine before insert on frontdesk.event for each row"
            " when (new.id = {}) execute function frontdesk.mine()"
        ).format(sql.Literal(refused.id))
    )
    store = open_store()
    assert eventually(lambda: store.spooled() == 1)
    assert kinds(mortal, line.id) == ["received"]
    store.append(after := received())
    assert kinds(mortal, after.id) == ["received"]
    assert store.spooled() == 1
    mortal.execute("drop trigger mine on frontdesk.event")
    assert eventually(lambda: store.spooled() == 0)
    assert kinds(mortal, refused.id) == ["received"]


def test_what_the_database_refuses_is_put_aside(
    open_store: Callable[[], SpoolingStore],
    mortal: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = open_store()
    mortal.execute("revoke insert on frontdesk.event from frontdesk")
    lines = [received() for _ in range(3)]
    for line in lines:
        store.append(line)
    assert store.spooled() == 3
    assert eventually(lambda: sum("stays where it is" in told for told in caplog.messages) == 3)
    mortal.execute("grant insert on frontdesk.event to frontdesk")
    assert eventually(lambda: store.spooled() == 0)
    assert [kinds(mortal, line.id) for line in lines] == [["received"]] * 3
    assert sum("stays where it is" in told for told in caplog.messages) == 3  # once each


def test_what_is_written_under_a_lease_never_waits(
    open_store: Callable[[], SpoolingStore], own: Server, away: Callable[[], None]
) -> None:
    store = open_store()
    lease = store.lease("crm")
    assert lease.win()
    store.append(line := received())
    away()
    with pytest.raises(JournalError):
        store.append(Attempt(id=line.id, destination="crm"), lease=lease)
    assert store.spooled() == 0
    lease.resign()
    with pytest.raises(LeaseLostError):
        store.append(Attempt(id=line.id, destination="crm"), lease=lease)


def test_a_solution_is_used_once_also_meanwhile(
    open_store: Callable[[], SpoolingStore], away: Callable[[], None]
) -> None:
    store = open_store()
    until = int(time.time()) + 600
    assert store.claim_once("before", until)
    away()
    assert [store.claim_once("meanwhile", until) for _ in range(2)] == [True, False]
    turns = [store.claim_once("a turn", until, owner) for owner in ("a", "b", "a")]
    assert turns == [True, False, True]
    with pytest.raises(OSError, match="connection refused"):  # it has to be known to all
        store.claim_once("for good", FOREVER)


@pytest.mark.parametrize("content", [b"", b"no line", b'{"v":1,"event":"received"}\n', b"\xff\n"])
def test_a_strangers_file_stays_and_holds_nothing_up(
    open_store: Callable[[], SpoolingStore], mortal: Database, tmp_path: Path, content: bytes
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / f"0-1-0-{uuid4()}.jsonl").write_bytes(content)
    (folder / "notes.txt").write_text("mine")
    store = open_store()
    store.append(line := received())
    assert eventually(lambda: store.spooled() == (1 if content else 0))  # it stays in sight
    assert kinds(mortal, line.id) == ["received"]
    left = {path.suffix for path in folder.iterdir()}
    assert left == ({".txt"} if not content else {".txt", ".unreadable"})


def test_what_is_no_file_holds_nothing_up(
    open_store: Callable[[], SpoolingStore], mortal: Database, tmp_path: Path
) -> None:
    """Nobody would ever write the end of a pipe."""
    folder = tmp_path / "spool"
    folder.mkdir()
    os.mkfifo(folder / f"0-1-0-{uuid4()}.jsonl")
    (folder / f"0-1-1-{uuid4()}.jsonl").mkdir()
    (folder / f"0-1-2-{uuid4()}.jsonl").symlink_to("nowhere")
    Spool(folder).put(line := received())
    store = open_store()
    assert eventually(lambda: store.spooled() == 0)
    assert kinds(mortal, line.id) == ["received"]
    assert len(list(folder.iterdir())) == 3


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from frontdesk.store.postgresql.spooling import SpoolingStore
from tests.samples import received
from tests.support import eventually

first = SpoolingStore(sys.argv[1], Path(sys.argv[3]))  # loads what that user may not read
first.append(received())
first.close()
if os.geteuid() == 0:  # who may read every file
    os.setgroups([])
    os.setgid(54321)
    os.setuid(54321)
store = SpoolingStore(sys.argv[1], Path(sys.argv[2]))
eventually(lambda: store.spooled() == 1)
store.close()
"""


def test_what_may_not_be_read_holds_nothing_up_and_stays_in_sight(
    mortal: Database, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    spool = Spool(mine / "spool")
    for _ in range(2):
        spool.put(line := received())
    forbidden = spool.waiting()[0]
    forbidden.chmod(0)
    if os.geteuid() == 0:
        for path in (mine, spool.folder, spool.waiting()[1]):
            os.chown(path, 54321, 54321)
        for path in tmp_path.parents:
            if "pytest" in str(path):
                path.chmod(0o711)
        tmp_path.chmod(0o711)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", UNPRIVILEGED, mortal.url, str(mine), str(tmp_path / "first")]
    subprocess.run(command, env=environment, check=True, timeout=120)
    assert kinds(mortal, line.id) == ["received"]
    assert forbidden.with_suffix(".unreadable").exists()


def test_what_was_left_half_written_is_removed_in_the_end(
    open_store: Callable[[], SpoolingStore], tmp_path: Path
) -> None:
    """It was never acknowledged, and has somebody's data."""
    Spool(tmp_path / "spool").put(received())
    stale, fresh = (tmp_path / "spool" / f"{name}.part" for name in ("stale", "fresh"))
    for path in (stale, fresh):
        path.write_bytes(b'{"v":1,"event":"recei')
    os.utime(stale, (time.time() - 4000,) * 2)
    store = open_store()
    assert eventually(lambda: store.spooled() == 0)
    assert list((tmp_path / "spool").iterdir()) == [fresh]


def test_without_room_for_it_nothing_is_acknowledged(
    open_store: Callable[[], SpoolingStore], away: Callable[[], None], tmp_path: Path
) -> None:
    store = open_store()
    away()
    (tmp_path / "spool").write_text("a file where the folder is to be")
    with pytest.raises(JournalError):
        store.append(received())
    assert store.readiness() is not None


# -- a site ------------------------------------------------------------------------------------


@pytest.fixture
def site_of(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    mortal: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], Site]:
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", mortal.url)

    def site(outage: str) -> Site:
        section = SECTION.replace("\n\n[captcha]", f'\non_outage = "{outage}"\n\n[captcha]')
        return serve(open_app(write_config(**{"\n[captcha]": section})))

    return site


def test_visitors_are_thanked_and_their_enquiries_arrive(
    site_of: Callable[[str], Site],
    mortal: Database,
    own: Server,
    away: Callable[[], None],
    crm: str,
) -> None:
    site = site_of("spool")
    away()
    answer = site.enquire()
    assert answer.status_code == 202
    ready = requests.get(f"{site.url}/readyz", timeout=30)
    assert ready.status_code == 200
    assert eventually(
        lambda: "journal" in requests.get(f"{site.url}/readyz", timeout=30).json()["warnings"]
    )
    own.start()
    submission = UUID(answer.json()["id"])
    assert eventually(lambda: kinds(mortal, submission)[-1:] == ["delivered"])
    assert len(requests.get(f"{crm}/_sandbox/leads", timeout=30).json()) == 1


def test_or_they_are_asked_to_send_it_again(
    site_of: Callable[[str], Site], away: Callable[[], None]
) -> None:
    site = site_of("refuse")
    away()
    answer = site.enquire()
    assert answer.status_code == 503
    assert answer.json()["code"] == "unwritable"
    assert requests.get(f"{site.url}/readyz", timeout=30).status_code == 503


def test_couriers_tell_once_that_it_is_away(
    mortal: Database, own: Server, away: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Those who deliver, and those who wait for them to end."""
    stores = [PostgresStore(mortal.url) for _ in range(2)]
    terms = Terms({}, Schedule(1.0, 1.0, 1.0), 1)
    tried: list[str] = []

    class Counted(PostgresLease):
        def win(self) -> bool:
            tried.append("")
            return super().win()

    couriers = [
        Courier(store, Lanes(Counted(store._leases, COURIER)), terms, intervals=BRISK)
        for store in stores
    ]

    def told(words: str) -> int:
        return sum(words in message for message in caplog.messages)

    with run_beside(couriers[0]), run_beside(couriers[1]):
        assert eventually(lambda: stores[0].leased(COURIER))
        away()
        assert eventually(lambda: told("cannot work") == 2)
        before = len(tried)
        assert eventually(lambda: len(tried) > before + 6)
        own.start()
        assert eventually(lambda: told("works again") == 2)
    for store in stores:
        store.close()
    assert told("cannot work") == 2


def test_a_courier_apart_waits_for_it(
    write_config: Callable[..., Path],
    mortal: Database,
    own: Server,
    away: Callable[[], None],
    crm: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may start before the database does."""
    store = PostgresStore(mortal.url)
    store.append(line := received())
    store.close()
    away()
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", mortal.url)
    config = write_config(**{"\n[captcha]": SECTION})
    command = [sys.executable, "-m", "frontdesk", "--config", str(config), "courier"]
    path = tmp_path / "log"
    with path.open("wb") as log:
        courier = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        assert eventually(lambda: "the courier cannot work" in path.read_text())
        own.start()
        assert eventually(lambda: kinds(mortal, line.id)[-1:] == ["delivered"])
        assert len(requests.get(f"{crm}/_sandbox/leads", timeout=30).json()) == 1
    finally:
        courier.terminate()
        assert courier.wait(60) == 0
    assert PASSWORD not in path.read_text()
    assert "Traceback" not in path.read_text()
