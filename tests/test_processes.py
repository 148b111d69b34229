"""Servers and couriers as real processes, really killed: what was acknowledged arrives once."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from frontdesk.model.ledger import Ledger
from frontdesk.store.files.lines import Line
from frontdesk.store.files.segments import Journal
from tests.amount import amount
from tests.intake.wild import ask
from tests.support import (
    ENQUIRY,
    FORM,
    GENERAL,
    METRICS,
    calls,
    eventually,
    fault,
    free_port,
    journal_lines,
    leads,
    ready,
    refused,
    scrape,
)

ROOT = Path(__file__).parents[1]
PYTHON = (sys.executable, "-W", "error")
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start processes in a folder with a configuration; they end with the test."""
    running: list[subprocess.Popen[bytes]] = []
    log = (tmp_path / "processes.log").open("wb")

    def run(*command: str, **environ: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}:{ROOT / 'app'}",
                "FRONTDESK_CONFIG": "frontdesk.toml",
            }
            | environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in running:
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    log.close()


@pytest.fixture
def sandbox(start: Start) -> str:
    """The CRM, a process of its own."""
    port = free_port()
    start(*PYTHON, "-m", "frontdesk.sandbox.realpad", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: ready(f"{url}/_sandbox/leads"))
    return url


def configure(folder: Path, crm: str, **replace: str) -> None:
    text = GENERAL.replace("{crm}", crm) + FORM
    # The CRM is a process of this busy machine: it needs a moment to finish what it was sent.
    changes = {'retry_first = "50 ms"': 'retry_first = "1 s"', '"200 ms"': '"2 s"', **replace}
    changes |= {"1000/minute": "100000/minute", 'read_timeout = "20 s"': 'read_timeout = "2 s"'}
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "frontdesk.toml").write_text(text, encoding="utf-8")


def gunicorn(
    start: Start, *options: str, app: str = "wsgi:app", **environ: str
) -> tuple["subprocess.Popen[bytes]", str]:
    port = free_port()
    process = start(
        *(*PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2"),
        *("--threads", "4", "--no-control-socket", *options, app),
        **environ,
    )
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: ready(f"{url}/healthz"))
    return process, url


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in text.split()]


def insist(url: str, **lead: Any) -> str:
    """Send an enquiry until it is acknowledged, as a patient visitor would: with one token."""
    token = None
    for _ in range(200):
        try:
            if token is None:
                answer = requests.get(f"{url}/forms/riverside/token", timeout=30)
                token = answer.json()["token"]
            body = {**ENQUIRY, **lead, "token": token}
            answer = requests.post(f"{url}/forms/riverside", json=body, timeout=30)
        except (requests.RequestException, ValueError):
            time.sleep(0.05)
            continue
        assert answer.status_code == 202, answer.text
        identity: str = answer.json()["id"]
        return identity
    raise AssertionError("never acknowledged")


def people(count: int) -> list[dict[str, str]]:
    """Visitors with a name and an address each, every tenth with a namesake."""
    return [
        {
            "first_name": "Jan" if number % 10 == 0 else f"Jan {chr(97 + number % 26)}{number}",
            "last_name": "Novák",
            "email": f"visitor{number}@example.com",
            "phone": f"+4207771{number:05}",
        }
        for number in range(count)
    ]


def states(folder: Path) -> Counter[str]:
    """How many submissions are in which state."""
    ledger = Ledger()
    for line in Journal(folder / "var/journal").read():
        if isinstance(line, Line):
            ledger.apply(line.event)
    return Counter(record.state for record in ledger.records.values())


COURIER = (*PYTHON, "-m", "frontdesk", "courier")


@pytest.mark.long
def test_killed_again_and_again_all_that_was_acknowledged_arrives_once(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    configure(tmp_path, sandbox, **{'courier = "inside"': 'courier = "apart"'})
    server, url = gunicorn(start)
    courier = [start(*COURIER)]
    randomness, over, kills = random.Random(6), threading.Event(), Counter[str]()
    acknowledged: list[str] = []

    def kill_workers() -> None:
        while not over.wait(randomness.uniform(0.1, 0.5)):
            # Not while none has come up since: a slow machine would never get anything done.
            if len(acknowledged) > 5 * kills["worker"]:
                for worker in children(server)[:1]:
                    os.kill(worker, signal.SIGKILL)
                    kills["worker"] += 1

    def kill_couriers() -> None:
        while not over.wait(randomness.uniform(0.1, 0.5)):
            # While a request is under way: its lead is stored, its outcome is not.
            under_way = any(status is None for _, status in calls(sandbox))
            if under_way and len(leads(sandbox)) > 5 * kills["courier"]:
                courier[-1].kill()
                courier[-1].wait()
                kills["courier"] += 1
                courier.append(start(*COURIER))

    fault(sandbox, "hang_after", seconds=0.1, times=None, endpoint="create-lead")
    destroyers = [threading.Thread(target=each) for each in (kill_workers, kill_couriers)]
    for destroyer in destroyers:
        destroyer.start()
    visitors = people(amount(60, 300))
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda lead: acknowledged.append(insist(url, **lead)), visitors))
        # A little more of it while the courier catches up.
        eventually(lambda: kills["courier"] >= 5 or states(tmp_path)["delivered"] == len(visitors))
    finally:
        over.set()
        for destroyer in destroyers:
            destroyer.join()
    assert kills["worker"] >= 3
    assert len(set(acknowledged)) == len(visitors)
    eventually(lambda: states(tmp_path)["delivered"] == len(visitors))

    arrived = Counter(lead["parameters"]["email"] for lead in leads(sandbox))
    assert arrived == Counter(lead["email"] for lead in visitors)
    assert {line["id"] for line in journal_lines(tmp_path / "var/journal")} == set(acknowledged)
    assert states(tmp_path) == {"delivered": len(visitors)}
    lines = journal_lines(tmp_path / "var/journal")
    assert any(line.get("reconciled") for line in lines), "no kill hit the gap that it was aimed at"


def test_chunks_that_are_none_are_the_senders_mistake(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    configure(tmp_path, sandbox)
    _, url = gunicorn(start)
    head = b"POST /forms/riverside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    coding = b"Transfer-Encoding: chunked\r\n\r\n"
    for chunks in (b"zz\r\n", b"5;\xff\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n"):
        status, _ = ask(int(url.rpartition(":")[2]), head + coding + chunks)
        assert status == 400, chunks


def test_preloaded_workers_deliver_with_one_courier(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    configure(tmp_path, sandbox)
    server, url = gunicorn(start, "--preload")
    lock = tmp_path / "var/courier.lock"
    eventually(lambda: holders(lock))
    visitors = people(30)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda lead: insist(url, **lead), visitors[:10]))
    (first,) = eventually(lambda: holders(lock))
    assert first in [server.pid, *children(server)]

    # Its holder dies; another takes over. Whoever is left when the master dies does not stay.
    os.kill(first, signal.SIGKILL)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda lead: insist(url, **lead), visitors[10:20]))
    eventually(lambda: states(tmp_path)["delivered"] == 20)
    (second,) = eventually(lambda: holders(lock))
    assert second != first

    server.kill()
    server.wait()
    eventually(lambda: not holders(lock))
    _, url = gunicorn(start, "--preload")
    for lead in visitors[20:]:
        insist(url, **lead)
    eventually(lambda: states(tmp_path)["delivered"] == 30)
    arrived = Counter(lead["parameters"]["email"] for lead in leads(sandbox))
    assert arrived == Counter(lead["email"] for lead in visitors)


def holders(lock: Path) -> list[int]:
    """The processes that hold the courier's lock, as the kernel tells."""
    if not lock.exists():
        return []
    inode = lock.stat().st_ino
    found = re.findall(
        rf"FLOCK\s+ADVISORY\s+WRITE (\d+) \S+:{inode} ", Path("/proc/locks").read_text()
    )
    return [int(pid) for pid in found]


HOST = """
from flask import Flask
from frontdesk import Frontdesk

app = Flask(__name__)
Frontdesk(app, config="frontdesk.toml", url_prefix="/enquiry")

@app.get("/generation")
def generation():
    return "GENERATION"
"""


def test_two_processes_tell_the_same_metrics(start: Start, sandbox: str, tmp_path: Path) -> None:
    configure(tmp_path, sandbox)
    config = tmp_path / "frontdesk.toml"
    config.write_text(config.read_text(encoding="utf-8") + METRICS, encoding="utf-8")
    shared = tmp_path / "shared"
    shared.mkdir()
    server, url = gunicorn(start, PROMETHEUS_MULTIPROC_DIR=str(shared))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda lead: insist(url, **lead), people(10)))
        list(pool.map(refuse, [url] * 20))
    eventually(lambda: states(tmp_path)["delivered"] == 10)

    def told() -> tuple[float, ...]:
        found = scrape(url)
        return (
            found("submissions_total", form="riverside"),
            found("deliveries_total", destination="crm", outcome="delivered"),
            found("refused_total", form="riverside", reason="token"),
            found("request_duration_seconds_count", endpoint="submit"),
            found("captcha_verdicts_total", provider="none", verdict="passed"),
            found("journal_flush_duration_seconds_count") > 0,
        )

    before = told()
    assert before == (10, 10, 20, 30, 10, True)
    # Whatever worker answers, and though the counts of one of them died with it.
    os.kill(children(server)[0], signal.SIGKILL)
    insist(url)
    eventually(lambda: states(tmp_path)["delivered"] == 11)
    assert {told() for _ in range(10)} == {(11, 11, 20, 31, 11, True)}


BRISK = """
from frontdesk import create_app

app = create_app("frontdesk.toml", tally_every=0.05)
"""


def refuse(url: str) -> None:
    answer = requests.post(f"{url}/forms/riverside", json={"note": "No token."}, timeout=30)
    assert answer.status_code == 403


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=str)
def test_workers_that_are_stopped_have_written_down_whom_they_turned_away(
    start: Start, sandbox: str, tmp_path: Path, preload: list[str]
) -> None:
    configure(tmp_path, sandbox)
    server, url = gunicorn(start, *preload)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(refuse, [url] * 40))
    server.terminate()
    assert server.wait(60) == 0
    assert refused(tmp_path / "var/journal")["riverside token"] == 40
    lines = b"".join(path.read_bytes() for path in (tmp_path / "var/journal").glob("*.jsonl"))
    assert lines.count(b'"event":"refused"') <= 2, "one of each worker"


def test_workers_that_are_killed_lose_what_they_had_not_written_down_and_nothing_else(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    configure(tmp_path, sandbox)
    (tmp_path / "brisk.py").write_text(BRISK)
    journal = tmp_path / "var/journal"
    server, url = gunicorn(start, app="brisk:app")
    for _ in range(10):
        refuse(url)
    eventually(lambda: refused(journal)["riverside token"] == 10)
    refuse(url)
    for worker in children(server):
        os.kill(worker, signal.SIGKILL)
    insist(url)
    before = refused(journal)["riverside token"]
    assert before in (10, 11)
    for _ in range(10):
        refuse(url)
    eventually(lambda: refused(journal)["riverside token"] == before + 10)
    eventually(lambda: states(tmp_path) == {"delivered": 1})


def test_flasks_reloader(start: Start, sandbox: str, tmp_path: Path) -> None:
    configure(tmp_path, sandbox)
    host = tmp_path / "host.py"
    host.write_text(HOST)
    port = free_port()
    start(*(sys.executable, "-m", "flask", "--app", "host", "run", "--reload", "--port", str(port)))
    url = f"http://127.0.0.1:{port}"

    def generation() -> str:
        try:
            return requests.get(f"{url}/generation", timeout=30).text
        except requests.RequestException:
            return ""

    visitors = people(12)
    for number in range(4):
        host.write_text(HOST.replace("GENERATION", f"generation {number}"))
        eventually(lambda number=number: generation() == f"generation {number}")
        for lead in visitors[3 * number : 3 * number + 3]:
            insist(f"{url}/enquiry", **lead)
    eventually(lambda: states(tmp_path)["delivered"] == 12)
    arrived = Counter(lead["parameters"]["email"] for lead in leads(sandbox))
    assert arrived == Counter(lead["email"] for lead in visitors)
    assert len(holders(tmp_path / "var/courier.lock")) == 1


# -- `serve --workers` -------------------------------------------------------------------------


def workers(start: Start, folder: Path, crm: str, **replace: str) -> tuple[Any, str]:
    """Three that serve together, and their address."""
    configure(folder, crm, **replace)
    port = free_port()
    command = ("-m", "frontdesk", "serve", "--port", str(port), "--workers", "3", "--threads", "4")
    process = start(*PYTHON, *command)
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: ready(f"{url}/healthz") and len(children(process)) == 3)
    return process, url


def send(url: str, **changes: Any) -> requests.Response:
    token = requests.get(f"{url}/forms/riverside/token", timeout=60).json()["token"]
    body = {**ENQUIRY, "token": token, **changes}
    return requests.post(f"{url}/forms/riverside", json=body, timeout=60)


def test_workers_count_together_and_deliver_with_one_courier(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    limits = {'submissions = "1000/minute"': 'submissions = "6/year"'}
    form = {'fill_time = "0 s"': f'fill_time = "0 s"\n{METRICS}'}
    process, url = workers(start, tmp_path, sandbox, **limits, **form)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: send(url, note=f"I am {n}.").status_code, range(20)))
    assert Counter(answers) == {202: 6, 429: 14}
    found = scrape(url)
    assert found("refused_total", reason="rate") == 14
    assert found("request_duration_seconds_count", endpoint="submit", status="2xx") == 6
    eventually(lambda: len(leads(sandbox)) == 6)
    time_to_end(process)
    assert len(leads(sandbox)) == 6


def time_to_end(process: "subprocess.Popen[bytes]") -> None:
    """All of them end, and in order."""
    pids = children(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_a_worker_that_dies_is_followed_by_another_and_nothing_is_lost(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    process, url = workers(start, tmp_path, sandbox)
    acknowledged = 0
    for number in range(12):
        if number % 4 == 0:
            victim = children(process)[0]
            os.kill(victim, signal.SIGKILL)
            eventually(lambda: len(set(children(process)) - {victim}) == 3)  # noqa: B023
        with_luck = send(url, note=f"I am {number}.")
        acknowledged += with_luck.status_code == 202
    assert acknowledged == 12, "those who accept nothing any more get nothing to answer"
    eventually(lambda: len(leads(sandbox)) == 12)
    assert "is followed by another" in (tmp_path / "processes.log").read_text()


def test_workers_do_not_outlive_the_one_that_watches(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    process, _ = workers(start, tmp_path, sandbox)
    pids = children(process)
    process.kill()
    process.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_workers_that_cannot_work_do_not_follow_each_other_without_end(
    start: Start, sandbox: str, tmp_path: Path
) -> None:
    """What is wrong with a configuration is said before any of them is started."""
    configure(tmp_path, sandbox)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start(*PYTHON, "-m", "frontdesk", "serve", "--port", port, "--workers", "2")
        assert process.wait(60) == 2
    said = (tmp_path / "processes.log").read_text()
    assert f"cannot listen on 127.0.0.1, port {port}: Address already in use" in said
    assert "--port takes another one" in said
