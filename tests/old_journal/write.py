"""Write a journal of 200 days with everything that can happen, by having it happen.

`python -m tests.old_journal.write FILE` runs both sandbox CRMs, a site with its courier and the
commands of an operator, has everything go wrong once, and makes 200 days of that one. The last day
is long ago, so that no version finds anything in it recent.
"""

import io
import json
import re
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

import requests
from click.testing import CliRunner, Result

from frontdesk.cli import main as frontdesk
from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.model.exchange import Answer
from frontdesk.sandbox.realgeeks.app import create_sandbox as create_real_geeks
from frontdesk.sandbox.realgeeks.sender import Message
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from frontdesk.store.files.segments import Journal
from tests.receivers import webhook
from tests.samples import received
from tests.support import (
    GENERAL,
    Site,
    eventually,
    fault,
    journal_lines,
    leads,
    mend,
    open_app,
    serving,
    with_real_geeks,
)

DAYS = 200
LAST = date(2026, 5, 4)
SECRET = "a secret of the tests for the webhook"
NAMES = uuid5(UUID(int=0), "an old journal of the tests")
IDENTITY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")

VALUATION = """
[forms.valuation]
title = "What is your flat worth?"
kind = "valuation"
destinations = ["geeks"]

[[forms.valuation.attributes]]
key = "where"
type = "string"
required = true
label = "Address"

[forms.valuation.realgeeks]
source = "riverside.example.com"
property = { address = "where" }
"""


class Day(NamedTuple):
    """A site at work, and who looks after it."""

    config: Path
    site: Site
    crm: str
    geeks: str

    @property
    def journal(self) -> Path:
        return self.config.parent / "var/journal"

    def run(self, *arguments: str, exits: int | None = 0) -> Result:
        done = CliRunner().invoke(frontdesk, ["--config", str(self.config), *arguments])
        assert exits in (None, done.exit_code), (arguments, done.output)
        return done

    def lines(self, event: str, identity: str | None = None) -> list[dict[str, Any]]:
        return [
            line
            for line in journal_lines(self.journal)
            if line["event"] == event and identity in (None, line["id"])
        ]

    def enquire(self, name: str, event: str, *, times: int = 1, **changes: Any) -> str:
        """Send somebody's enquiry, and wait for that line about it, so many times."""
        person = {"first_name": name, "email": f"{name.lower()}@example.com", "phone": None}
        answer = self.site.enquire(**{**person, **changes})
        assert answer.status_code == 202, answer.text
        identity: str = answer.json()["id"]
        self.until(event, identity, times)
        return identity

    def until(self, event: str, identity: str, times: int = 1) -> None:
        eventually(lambda: len(self.lines(event, identity)) >= times)

    def tell(self, lead: str, action: str, seconds: int, **fields: Any) -> None:
        at = datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=seconds)
        url = f"{self.site.url}/hooks/realgeeks/riverside"
        answer = Message.of(action, lead, at, **fields).post(url, SECRET)
        assert answer.status_code == 200, answer.text


def configuration(crm: str, geeks: str) -> str:
    """What the journal was written with, and is read with."""
    general = GENERAL.replace("{crm}", crm)
    general = general.replace('same_within = "0 s"', 'same_within = "1 hour"')
    form = with_real_geeks(geeks) + f'webhook_secrets = ["{SECRET}"]\n' + VALUATION
    return (general + form).replace('read_timeout = "20 s"', 'read_timeout = "1 s"')


@contextmanager
def at_work(folder: Path) -> Iterator[Day]:
    with (
        serve_sandbox(create_sandbox()) as realpad,
        serve_sandbox(create_real_geeks()) as geeks,
        webhook() as hook,
    ):
        config = folder / "frontdesk.toml"
        notify = f'\n[notify]\nurls = ["{hook.url}"]\nbundle = "0 s"\n'
        config.write_text(configuration(realpad.url, geeks.url) + notify, encoding="utf-8")
        with serving(open_app(config)) as site:
            yield Day(config, site, realpad.url, geeks.url)


def an_eventful_day(day: Day) -> None:
    """Everything that can happen, once."""
    well = day.enquire("Anna", "delivered", times=2, phone="777 123 456", consents=[2, 1])
    day.enquire("Anna", "duplicate", phone="777 123 456", consents=[2, 1])
    day.run("replay", "--force", well)
    day.site.enquire(email="no address", phone=None)
    day.site.enquire(first_name="", consents=[])

    # Held, and what a person decides.
    day.run("release", day.enquire("Boris", "held", link="https://spam.example"))
    day.run("release", "--discard", day.enquire("Cecil", "held", link="https://spam.example"))
    day.enquire("Dora", "held", link="https://spam.example")

    # Refused, mended, sent again.
    fault(day.crm, "status", status=400, body="Unknown unit.")
    failed = day.enquire("Emil", "failed", unit="Z.999")
    day.run("amend", failed, "unit=A.101", "phone=+420 603 111 222")
    day.run("replay", failed)
    fault(day.crm, "status", status=400, body="Unknown unit.")
    day.enquire("Filip", "failed", unit="Z.998")

    # Late, in doubt, found again or not.
    fault(day.crm, "status", status=503, times=2)
    day.enquire("Gita", "delivered", times=2)
    fault(day.crm, "status", status=429, headers={"Retry-After": "1"})
    day.enquire("Hugo", "delivered", times=2)
    fault(day.crm, "cut_after")
    day.enquire("Irena", "delivered", times=2)
    fault(day.crm, "cut_before")
    day.enquire("Jakub", "delivered", times=2)
    fault(day.geeks, "cut_after")
    day.enquire("Karla", "delivered", times=2)
    day.enquire("Lukas", "delivered", times=2, email=None, phone="603 222 333")

    # A closed account, and what waited for it.
    fault(day.crm, "status", status=401, times=None)
    banned = day.enquire("Marek", "failed")
    waiting = day.enquire("Nina", "delivered")
    mend(day.crm)
    day.run("replay", banned)
    day.until("delivered", waiting, 2)
    fault(day.geeks, "status", status=403)
    day.enquire("Norbert", "failed")
    day.run("check", "--open", exits=None)

    # Somebody is forgotten, and comes again.
    day.enquire("Olga", "delivered", times=2)
    day.run("person", "olga@example.com", "erase", "--yes")
    day.enquire("Olga", "delivered", times=2)
    gone = day.enquire("Petr", "delivered", times=2)
    day.run("person", gone, "erase", "--yes")

    # Consents are taken back, also before they are granted.
    day.run("consents", "revoke", "1", "--email", "anna@example.com")
    day.run("replay", "--force", well)
    fault(day.crm, "status", status=400, endpoint="revoke-customer-consent", body="No.")
    day.run("consents", "revoke", "2", "--submission", banned, "--notes", "by post", exits=None)
    fault(day.crm, "status", status=503, endpoint="revoke-customer-consent", times=None)
    day.run("consents", "revoke", "1", "--email", "quido@example.com", "--no-wait", exits=None)
    day.enquire("Quido", "delivered", times=2, consents=[2, 1])
    mend(day.crm)
    eventually(lambda: day.lines("superseded") or len(day.lines("revocation")) == 3)

    # What another system tells.
    lead = uuid4().hex
    day.tell(lead, "created", 0, first_name="Radim", last_name="Malý", source="Website")
    eventually(lambda: len(day.lines("held")) >= 4)
    day.tell(lead, "updated", 1, email="radim@example.com")
    day.tell(lead, "updated", 2, phone="+420 603 444 555")
    day.tell(lead, "activity_added", 3, activities=[{"type": "note", "description": "Call him."}])
    day.tell(lead, "activity_added", 4, activities=[{"type": "visited", "source": "Website"}])
    eventually(lambda: day.lines("noted"))
    day.site.enquire("valuation", **dict.fromkeys(NO_CONTACT), attributes={"where": "Up 1"})

    # What the CRM has lost.
    (lost,) = (one for one in leads(day.crm) if one["parameters"]["name"] == "Gita")
    requests.delete(f"{day.crm}/_sandbox/leads/{lost['inquiry_id']}", timeout=30)
    day.run("verify", exits=None)
    eventually(lambda: not day.run("status", "--json", exits=None).stdout.count('"attempting"'))


NO_CONTACT = (
    *("first_name", "last_name", "email", "phone"),
    *("unit", "rooms", "price_max", "consents"),
)


def left_open(journal: Journal) -> None:
    """What a machine leaves that stops in the middle of work, as the lines before it have it."""
    owed = received(first_name="Sara", email="sara@example.com", destinations=("crm", "geeks"))
    doubted = received(first_name="Tomas", email="tomas@example.com")
    later = received(first_name="Ursula", email="ursula@example.com")
    empty = received(first_name="Viktor", email="viktor@example.com")
    journal.append(owed, doubted, later)
    journal.append(events.Held(id=empty.id, reason="a script filled a field that nobody sees"))
    journal.append(empty)
    journal.append(events.Attempt(id=doubted.id, destination="crm"))
    attempt = events.Attempt(id=later.id, destination="crm")
    answer = Answer(503, 0.25, "Busy.")
    journal.append(attempt)
    journal.append(
        events.Deferred(
            id=later.id,
            destination="crm",
            attempt=attempt.attempt,
            answer=answer,
            reason="create-lead answered 503",
            until=events.utcnow() + timedelta(minutes=1),
        )
    )


def odd_lines(lines: list[bytes]) -> list[bytes]:
    """The same as hands, crashes and older versions may leave them."""
    at = json.loads(lines[-1])["at"]
    told = next(line for line in lines if b'"event":"notified"' in line)
    held = next(line for line in lines if b'"code":"incomplete"' in line)
    sentence = b"neither an email address nor a telephone number is known"
    reason = json.dumps(json.loads(held)["reason"]).encode()
    older = [
        re.sub(rb'"receiver":"[^"]*"', b'"receiver":0', told),
        held.replace(b'"code":"incomplete"', b'"more":1').replace(reason, b'"%s"' % sentence),
        encode(events.Revoked(destination="crm", consent=1, by="eva")),
    ]
    odd = [
        b"\n",
        b'{"v":1,"event":"received","id":"torn by a cra\n',
        b'{"v":1,"event":"unheard of","id":"%s","at":"%s"}\n'
        % (str(uuid4()).encode(), at.encode()),
        b"\xff\xfe by another program\n",
        b"[1, 2]\n",
    ]
    twice = lines[::7]
    # An outcome before its attempt, as two machines' clocks and a concatenation bring about.
    swapped = list(lines)
    places = [n for n, line in enumerate(lines) if b'"event":"attempt"' in line][:3]
    for place in places:
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    return [*swapped, *older, *odd, *twice]


def moved(line: bytes, days: int, number: int) -> bytes:
    """A line some days earlier; in each of these days, others did it."""
    text = line.decode()

    def earlier(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[0]) - timedelta(days=days)
        return moment.isoformat().replace("+00:00", "Z")

    def other(found: re.Match[str]) -> str:
        return str(uuid5(NAMES, f"{found[0]} {number}")) if number else found[0]

    text = TIME.sub(earlier, text)
    text = re.sub(r'"day":"(20\d\d-\d\d-\d\d)"', lambda found: _day(found[1], days), text)
    text = IDENTITY.sub(other, text)
    if number:
        text = re.sub(r'"email":"(\w+)@', rf'"email":"\1.{number}@', text)
    return text.encode()


def _day(day: str, days: int) -> str:
    return f'"day":"{date.fromisoformat(day) - timedelta(days=days)}"'


def write(path: Path) -> None:
    """Write the segments, packed."""
    with tempfile.TemporaryDirectory() as kept, at_work(Path(kept)) as day:
        an_eventful_day(day)
        day.site.app.extensions["frontdesk"].close()
        journal = Journal(day.journal)
        left_open(journal)
        journal.close()
        paths = sorted(day.journal.glob("*.jsonl"))
        lines = [line for path in paths for line in path.read_bytes().splitlines(keepends=True)]
    today = date.fromisoformat(paths[-1].stem)
    with tarfile.open(path, "w:xz") as packed:
        for number in reversed(range(DAYS)):
            back = (today - LAST).days + number
            chosen = lines if number % 50 == 0 else _a_quiet_day(lines)
            if number == 0:
                chosen = odd_lines(chosen)
            text = b"".join(_moved(line, back, number) for line in chosen)
            segment = tarfile.TarInfo(f"{LAST - timedelta(days=number)}.jsonl")
            segment.size, segment.mode = len(text), 0o600
            packed.addfile(segment, io.BytesIO(text))


def _moved(line: bytes, days: int, number: int) -> bytes:
    try:
        return moved(line, days, number)
    except UnicodeDecodeError:
        return line


def _a_quiet_day(lines: list[bytes]) -> list[bytes]:
    """What only two people brought about, of which one is waited for."""
    few = {b"Filip", b"Irena"}
    ids = {
        json.loads(line)["id"].encode()
        for line in lines
        if b'"event":"received"' in line and any(b'"%s"' % name in line for name in few)
    }
    return [line for line in lines if any(b'"id":"%s"' % one in line for one in ids)]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
