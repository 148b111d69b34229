"""What the operators' pages take of a server on a long journal, in both stores."""

import os
import random
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid5

from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace

from bench import postgres
from bench.append import RECEIVED
from bench.common import Verdict, at_most, table
from bench.enquiry import FORMS, configure
from bench.restart import NAMESPACE
from frontdesk.model.codec import encode
from frontdesk.model.events import Attempt, Delivered, Failed, Held, utcnow
from frontdesk.store.files.store import FileStore

SUBMISSIONS = 200_000  # another number: python -m bench inbox --submissions 1000000
DAYS = 1_000  # the charts' year has a third of them
WITHIN, POLL = 50.0, 3.0  # milliseconds
FIRST = ("Jana", "Petr", "Eva", "Tomáš", "Lucie", "Martin", "Zuzana", "Jakub")
LAST = ("Nováková", "Svoboda", "Dvořák", "Černá", "Procházka", "Kučera", "Veselá", "Horák")
CAMPAIGNS = [f"campaign {number}" for number in range(40)]
ROOMS = ("1+kk", "2+kk", "3+kk", "4+kk")
SOURCES = ("newsletter", "google", "seznam", "sreality")
_INBOX = """
[inbox]
timezone = "Europe/Prague"
[inbox.header]
name = "X-Remote-User"
[[inbox.people]]
name = "eva"
role = "admin"
"""
_TAG = re.compile(r'data-tag="([^"]+)"')  # as static/inbox.js sends it back
_PROXY = {"X-Remote-User": "eva", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
# What is asked for, below the inbox's root. The rare word is in one enquiry, the common one in all.
PAGES = {
    "list": "",
    "list, needs you": "?tab=needs",
    "list, one form": "?form=quayside",
    "list of a month": "?since=2000-01-01&until=2100-01-01",
    "search, rare word": "?q=visitor+00042",
    "search, common word": "?q=cellar",
    "search, common name": "?q=Novakova",
    "search, nobody": "?q=nobodyhasthis",
    "search, common and failed": "?tab=needs&q=cellar",
    "search, common, of a form": "?form=quayside&q=cellar",
    "charts, 30 days": "charts",
    "charts, 30 days, one form": "charts?form=quayside",
    "charts, a year": "charts?period=365",
}


def fill(directory: Path, submissions: int) -> None:
    """A journal of so many submissions until now, nearly all delivered."""
    directory.mkdir(mode=0o700, parents=True)
    each = max(1, submissions // DAYS)
    chosen = random.Random("inbox")
    for day in range(DAYS):
        midnight = (utcnow() - timedelta(days=DAYS - day)).replace(hour=0, minute=0, second=0)
        with (directory / f"{midnight:%Y-%m-%d}.jsonl").open("wb") as segment:
            for number in range(each):
                at = midnight + timedelta(days=number / each)
                segment.write(_story(at, day * each + number, chosen))


def _story(at: datetime, number: int, chosen: random.Random) -> bytes:
    one = uuid5(NAMESPACE, str(number))
    lead = replace(
        RECEIVED.lead,
        first_name=chosen.choice(FIRST),
        last_name=chosen.choice(LAST),
        email=f"{one.hex[:12]}@example.com",
        phone=f"+420{600_000_000 + number}",
        unit=f"{chosen.choice('ABC')}.{chosen.randrange(100)}",
        rooms=(chosen.choice(ROOMS),),
        campaign=chosen.choice(CAMPAIGNS),
        note=f"{RECEIVED.lead.note} I am visitor {number:05}.",
    )
    page = f"https://riverside.example.com/flats?utm_source={chosen.choice(SOURCES)}"
    came = replace(RECEIVED, id=one, at=at, form=chosen.choice(FORMS), lead=lead,
                   origin=replace(RECEIVED.origin, page=page))  # fmt: skip
    kind = chosen.random()
    if kind < 0.002:
        return encode(Held(id=one, at=at, reason="spam suspected")) + encode(came)
    attempt = Attempt(id=one, at=at + timedelta(seconds=1), destination="crm")
    ended = at + timedelta(seconds=chosen.lognormvariate(1, 1))
    known = {"id": one, "at": ended, "destination": "crm", "attempt": attempt.attempt}
    if kind < 0.004:
        return encode(came) + encode(attempt) + encode(Failed(**known, reason="answered 400"))
    return encode(came) + encode(attempt) + encode(Delivered(**known, customer_id=str(number)))


@contextmanager
def _site(folder: Path, database: str = "") -> Iterator[Flask]:
    """An app with an inbox on a journal."""
    from frontdesk import create_app

    config = configure(folder, courier="apart", database=database)
    config.write_text(config.read_text() + _INBOX)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield create_app(str(config))
    finally:
        os.chdir(before)


def _took(app: Flask, address: str, rounds: int) -> list[float]:
    """Milliseconds that the server takes for a page, of each round after the first."""
    client = app.test_client()
    return [_asked(client, address, 200) for _ in range(rounds + 1)][1:]


def _asked(client: FlaskClient, address: str, status: int, **headers: str) -> float:
    began = time.perf_counter()
    answer = client.get(
        f"/inbox/{address}",
        headers={**_PROXY, **headers},
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    )
    took = (time.perf_counter() - began) * 1e3
    if answer.status_code != status:
        raise RuntimeError(f"/inbox/{address} answered {answer.status_code}: {answer.text}")
    return took


def _polls(app: Flask, rounds: int) -> list[float]:
    """The same for a question whether there is anything new, which there is not."""
    client = app.test_client()
    known = client.get("/inbox/", headers=_PROXY, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    tag = _TAG.search(known.text)
    if tag is None:
        raise RuntimeError("the list does not say which it is, so that nobody can ask for a newer")
    headers = {"If-None-Match": f'"{tag[1]}"', "Frontdesk-Poll": "1"}
    return [_asked(client, "", 304, **headers) for _ in range(10 * rounds)]


def _counts(app: Flask, rounds: int) -> list[float]:
    store = app.extensions["frontdesk"].intake.store
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        store.states(FORMS)
        took.append((time.perf_counter() - began) * 1e3)
    return took


def measure(app: Flask, rounds: int) -> dict[str, float]:
    """The median of each page."""
    found = {what: statistics.median(_took(app, page, rounds)) for what, page in PAGES.items()}
    found["counts alone"] = statistics.median(_counts(app, rounds))
    found["poll"] = statistics.median(_polls(app, rounds))
    return found


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; `seconds` does not matter."""
    print(f"## The inbox on {SUBMISSIONS:,} submissions\n")
    folder = scratch / "inbox"
    fill(folder / "var/journal", SUBMISSIONS)
    found: dict[str, dict[str, float]] = {}
    indexed: dict[str, float] = {}
    with ExitStack() as stack:
        store = FileStore(folder / "var")
        stack.callback(store.close)
        began = time.perf_counter()
        store.states()
        indexed["files"] = time.perf_counter() - began
        with _site(folder) as app:
            found["files"] = measure(app, rounds)
        try:
            (scratch / "pg").mkdir()
            databases = postgres.Databases(stack.enter_context(postgres.server(scratch / "pg")))
        except postgres.MissingError as what:
            print(f"without PostgreSQL: {what} is not installed\n")
        else:
            database = databases.make("inbox")
            indexed["PostgreSQL"] = _copied(store, database)
            databases.execute("vacuum analyze", database)  # as it does by itself after a while
            (scratch / "other").mkdir()
            with _site(scratch / "other", database) as app:
                found["PostgreSQL"] = measure(app, rounds)
    for name, took in indexed.items():
        print(f"The index in {name} was built in {took:.0f} s.", end=" ")
    rows = [
        {"page": what, **{f"{name}, ms": f"{took[what]:.1f}" for name, took in found.items()}}
        for what in next(iter(found.values()))
    ]
    print(f"\n\n{table(rows)}")
    return [
        at_most(f"inbox in {name}: {what}", took, POLL if what == "poll" else WITHIN, "{:.0f} ms")
        for name, each in found.items()
        for what, took in each.items()
    ]


def _copied(store: FileStore, database: str) -> float:
    """Copy a journal to a database; seconds that its index takes there."""
    from frontdesk.store.postgresql.store import PostgresStore

    PostgresStore.prepare(database)
    copy = PostgresStore(database)
    copy.take(store.lines())
    began = time.perf_counter()
    copy.states()
    took = time.perf_counter() - began
    copy.close()
    return took
