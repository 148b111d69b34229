"""Leads from Real Geeks, over HTTP at both ends: a signed message in, a lead in Realpad."""

import hashlib
import hmac
import itertools
import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from frontdesk import Frontdesk
from frontdesk.cli import main
from frontdesk.crm.realgeeks.webhook import BODY_LIMIT
from frontdesk.model.events import Delivered
from frontdesk.sandbox.realgeeks.sender import Message, deliver, mixed, story
from frontdesk.store.files.segments import Journal
from tests.amount import amount
from tests.samples import received
from tests.support import (
    FORM,
    PATIENCE,
    Site,
    eventually,
    fault,
    journal_lines,
    leads,
    mend,
    open_app,
    refused,
    serving,
    with_real_geeks,
)

OLD, NEW = "an old secret of the tests", "a new secret of the tests"
HOOK = "/hooks/realgeeks/riverside"
REALGEEKS = f"""
[forms.riverside.realgeeks]
source = "riverside.example.com"
webhook_secrets = ["{NEW}", "{OLD}"]

[destinations.geeks]
type = "realgeeks"
base_url = "http://127.0.0.1:9"
username = "frontdesk"
password = "sandbox"
site_uuid = "6e5f0a4c-6f0f-4a55-9f57-0d7b6a6e2c11"
"""
PERSON = {"first_name": "Jana", "last_name": "Nováková", "email": "jana@example.com"}
START = datetime.now(UTC) - timedelta(hours=1)


class Office:
    """A desk that Real Geeks sends to, and the CRM that its leads go on to."""

    def __init__(self, config: Path, crm: str) -> None:
        self.config = config
        self.crm = crm
        self.lead = uuid4().hex
        self._seconds = itertools.count()

    def open(self) -> None:
        self._serving = serving(open_app(self.config))
        self.site: Site = self._serving.__enter__()

    def close(self) -> None:
        self._serving.__exit__(None, None, None)

    def message(self, action: str, lead: str = "", **fields: Any) -> Message:
        """The next one of a lead, a second after the one before."""
        at = START + timedelta(seconds=next(self._seconds))
        return Message.of(action, lead or self.lead, at, **fields)

    def post(self, message: Message, secret: str = NEW, **headers: str) -> requests.Response:
        return message.post(self.site.url + HOOK, secret, **headers)

    def tell(self, action: str, lead: str = "", **fields: Any) -> str:
        """Send a message that is taken; its id."""
        answer = self.post(self.message(action, lead, **fields))
        assert answer.status_code == 200, answer.text
        identity: str = answer.json()["id"]
        return identity

    def note(self, text: str, kind: str = "note", **fields: Any) -> str:
        activity = {"type": kind, "source": "LeadManager", "description": text}
        return self.tell("activity_added", activities=[activity], **fields)

    def lines(self) -> list[dict[str, Any]]:
        return journal_lines(self.config.parent / "var/journal")

    def count(self, event: str) -> int:
        """How many lines of the journal are of this kind, without reading each."""
        paths = (self.config.parent / "var/journal").glob("*.jsonl")
        return sum(path.read_bytes().count(b'"event":"%s"' % event.encode()) for path in paths)

    def story(self, submission: str) -> list[str]:
        return [line["event"] for line in self.lines() if line["id"] == submission]

    def until(self, submission: str, *story: str) -> dict[str, Any]:
        eventually(lambda: self.story(submission) == list(story))
        return [line for line in self.lines() if line["id"] == submission][-1]

    def delivered(self, submission: str) -> None:
        eventually(lambda: self.story(submission)[-1:] == ["delivered"])

    def sent(self) -> list[dict[str, str]]:
        """The parameters of the leads in Realpad, oldest first."""
        return [lead["parameters"] for lead in leads(self.crm)]

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.config), *arguments])

    def states(self) -> dict[str, str]:
        listed = self.run("log", "--json").stdout.splitlines()
        return {(r := json.loads(line))["submission"]["id"]: r["state"] for line in listed}


@pytest.fixture
def office(write_config: Callable[..., Path], crm: str) -> Iterator[Office]:
    made = Office(write_config(FORM + REALGEEKS), crm)
    made.open()
    yield made
    made.close()


# -- what is told goes on as a lead ------------------------------------------------------------


def test_a_created_lead_arrives_with_no_consent_invented(office: Office) -> None:
    submission = office.tell(
        "created",
        **PERSON,
        phone="777 123 456",
        notes="Is there a cellar?",
        phone2="777 000 111",
        second_email="petr@example.com",
        address="U řeky 1, Praha",
        tags=["vip"],
        urgency="Hot",
    )
    office.until(submission, "received", "attempt", "delivered")
    assert office.sent() == [
        {
            "name": "Jana",
            "surname": "Nováková",
            "email": "jana@example.com",
            "phone": "+420777123456",
            "project": "1234",
            "referral": "77",
            "tags": "web,vip",
            "campaign": "web",
            "note": "Second email: petr@example.com\n\nSecond phone: 777 000 111\n\n"
            "Address: U řeky 1, Praha\n\nIs there a cellar?\n\nUrgency: Hot",
            "language": "en",
            "consentsource": "Real Geeks: Website Property Search",
        }
    ]


def test_a_new_lead_takes_along_how_it_is_filed(
    write_config: Callable[..., Path], crm: str
) -> None:
    filed = {
        "source_details": "Search of 2 Main St",
        "created": "2026-11-20T10:00:00+00:00",
        "role": "Buyer and Seller",
        "region": "North Shore",
        "timeframe": "3-6 Months",
        "urgency": "Hot",
        "status": "Active",
    }
    address = {"street_address": "U řeky 1", "city": "Praha", "state": "CZ", "zip": 11000}
    agent = {"type": "was_assigned", "user": {"id": "12345"}, "role": "agent"}
    former = {"type": "was_assigned", "user": {"id": "54321"}}
    salesmen = {"referral = 77": 'referral = 77\nsalesmen = { "12345" = 7, "54321" = 8 }'}
    office = Office(write_config(FORM + REALGEEKS, **salesmen), crm)
    with serving(open_app(office.config)) as office.site:
        more = {**filed, **address, "tags": ["vip", "Praha, 1", "", 7, "vip"]}
        first = office.tell("created", **PERSON, **more, activities=[former, agent, {"user": 1}])
        office.delivered(first)
        moved = {**PERSON, "urgency": "Cold", "status": "Dead", "tags": ["old"]}
        same = office.tell("updated", **moved)
        assert office.until(same, "received", "duplicate")["of"] == first
        office.delivered(office.tell("updated", **moved, phone="777 123 456", notes="Call me."))
    lead, update = office.sent()
    assert lead["note"].splitlines() == [
        *("Address: U řeky 1, Praha, CZ 11000", ""),
        *("Generated by: Search of 2 Main St", "Created: 2026-11-20T10:00:00+00:00"),
        *("Role: Buyer and Seller", "Area: North Shore", "Timeframe: 3-6 Months"),
        *("Urgency: Hot", "Status: Active"),
    ]
    assert (lead["tags"], lead["salesman"]) == ("web,vip,Praha 1,7", "7")
    assert (update["note"], update.get("salesman")) == ("Call me.", None)
    erased = office.run("person", "jana@example.com", "erase", "--yes")
    assert erased.exit_code == 0, erased.output
    journal = str(office.lines())
    assert not [text for text in ("North Shore", "12345", "vip", "U řeky") if text in journal]


def test_unknown_creates_a_lead_or_changes_it(office: Office) -> None:
    first = office.tell("unknown", **PERSON)
    office.delivered(first)
    second = office.tell("unknown", **PERSON, urgency="Hot")
    third = office.tell("unknown", **{**PERSON, "last_name": "Novotná"})
    assert office.until(second, "received", "duplicate")["of"] == first
    office.delivered(third)
    assert [lead["surname"] for lead in office.sent()] == ["Nováková", "Novotná"]


@pytest.mark.parametrize(
    "lead", [uuid4().hex, str(uuid4()), "not a UUID", 4711], ids=["hex", "UUID", "text", "number"]
)
def test_a_lead_is_known_by_its_id_in_any_notation(office: Office, lead: Any) -> None:
    office.delivered(office.tell("created", lead, **PERSON))
    written = lead.replace("-", "").upper() if isinstance(lead, str) and "-" in lead else lead
    update = office.tell("updated", written, phone="777 123 456")
    office.until(update, "received", "amended", "attempt", "delivered")
    assert [lead.get("phone") for lead in office.sent()] == [None, "+420777123456"]
    assert office.sent()[1]["email"] == "jana@example.com"


def test_an_update_that_changes_nothing_for_the_crm_is_only_recorded(office: Office) -> None:
    first = office.tell("created", **PERSON)
    office.delivered(first)
    for fields in ({"status": "Dead"}, {"tags": ["vip"], "phone2": ""}):
        answer = office.post(office.message("updated", **fields))
        assert answer.json()["status"] == "noted"
        assert office.story(answer.json()["id"]) == ["noted"]
    same = office.tell("updated", first_name="Jana", email="jana@example.com")
    assert office.until(same, "received", "duplicate")["of"] == first
    assert len(office.sent()) == 1


def test_what_is_there_and_empty_is_cleared(office: Office) -> None:
    office.delivered(office.tell("created", **PERSON, phone="777 123 456"))
    cleared = office.tell("updated", phone="")
    office.delivered(cleared)
    assert [lead.get("phone") for lead in office.sent()] == ["+420777123456", None]
    assert [lead["email"] for lead in office.sent()] == ["jana@example.com"] * 2


def test_notes_go_on_and_other_activities_do_not(office: Office) -> None:
    office.delivered(office.tell("created", **PERSON))
    seen = office.note("2 Main St", "property_viewed")
    assert office.story(seen) == ["noted"]
    assert office.lines()[-1]["activities"] == ["property_viewed"]
    wanted = office.note("Wants to see A.101.")
    office.delivered(wanted)
    assert office.sent()[1]["note"] == "Wants to see A.101."
    assert office.sent()[1]["email"] == "jana@example.com"
    again = office.note("Wants to see A.101.", created="2026-11-22T10:00:00Z")
    office.until(again, "held", "received", "duplicate")
    assert len(office.sent()) == 2


def test_which_activities_go_on_is_configured(write_config: Callable[..., Path], crm: str) -> None:
    changes = {"webhook_secrets": 'webhook_notes = ["tour_requested"]\nwebhook_secrets'}
    office = Office(write_config(FORM + REALGEEKS, **changes), crm)
    with serving(open_app(office.config)) as office.site:
        office.delivered(office.tell("created", **PERSON))
        assert office.story(office.note("Nice.")) == ["noted"]
        office.delivered(office.note("On Friday?", "tour_requested"))
    assert office.sent()[1]["note"] == "On Friday?"


def test_other_actions_are_recorded(office: Office) -> None:
    answer = office.post(office.message("user_updated", **PERSON))
    assert (answer.status_code, answer.json()["status"]) == (200, "noted")
    (line,) = office.lines()
    assert line["event"] == "noted"
    assert line["message"]["action"] == "user_updated"
    assert "Jana" not in str(line)


def test_the_action_is_the_bodys_where_no_header_says_it(office: Office) -> None:
    message = office.message("created", **PERSON)
    del message.headers["X-Lead-Router-Action"]
    office.delivered(office.post(message).json()["id"])


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"phone": "808-123-1234"}, {"phone": "+18081231234"}),
        ({"phone": "(808) 123-1234"}, {"phone": "+18081231234"}),
        ({"phone": "+55 83 1234-1234"}, {"phone": "+558312341234"}),
        ({"phone": 777123456}, {"phone": "+420777123456"}),
        ({"phone": "ask Petr"}, {"note": "Phone: ask Petr"}),
        ({"email": "jana at home", "phone": "777123456"}, {"note": "Email: jana at home"}),
        ({"last_name": None}, {"surname": "–"}),
        ({"last_name": True}, {"surname": "–"}),
        ({"first_name": ["?"], "activities": "none", "notes": {}}, {"name": "–"}),
    ],
)
def test_what_is_odd_is_read_as_well_as_may_be(
    office: Office, fields: dict[str, Any], sent: dict[str, str]
) -> None:
    office.delivered(office.tell("created", **{**PERSON, **fields}))
    (lead,) = office.sent()
    assert sent.items() <= lead.items()


# -- what cannot be delivered is held ----------------------------------------------------------


def test_a_lead_that_cannot_be_reached_is_held_until_more_is_known(office: Office) -> None:
    held = office.tell("created", first_name="Jana", last_name="Nováková", notes="Call me.")
    office.until(held, "held", "received")
    assert office.lines()[0]["code"] == "incomplete"
    assert office.states() == {held: "held"}
    known = office.tell("updated", email="jana@example.com")
    office.delivered(known)
    assert office.until(held, "held", "received", "duplicate")["of"] == known
    (lead,) = office.sent()
    assert (lead["name"], lead["email"]) == ("Jana", "jana@example.com")
    assert lead["note"] == "Call me."


def test_what_the_crm_has_refused_is_mended_by_a_later_message(office: Office) -> None:
    fault(office.crm, "status", status=400, body="The email is wrong.")
    refused = office.tell("created", **PERSON, notes="Call me.")
    office.until(refused, "received", "attempt", "failed")
    mended = office.tell("updated", email="nova@example.com")
    office.delivered(mended)
    assert office.states() == {refused: "duplicate", mended: "delivered"}
    (lead,) = office.sent()
    assert (lead["email"], lead["name"], lead["note"]) == ("nova@example.com", "Jana", "Call me.")


def test_a_held_lead_goes_when_a_person_says_so(office: Office) -> None:
    held = office.tell("created", first_name="Jana")
    office.until(held, "held", "received")
    assert office.run("amend", held, "email=jana@example.com", "last_name=N").exit_code == 0
    assert office.run("release", held).exit_code == 0
    office.delivered(held)


def test_a_message_of_long_ago_waits_for_a_person(office: Office) -> None:
    for sent in ("1970-01-01T00:00:00Z", "2016-12-24T01:58:52.789337607Z"):
        message = office.message("created", uuid4().hex, **PERSON, notes=sent)
        answer = office.post(message, **{"X-Lead-Router-Timestamp": sent})
        assert answer.status_code == 200
        assert office.story(answer.json()["id"]) == ["held", "received"]
    assert office.sent() == []


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "soon",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "2026-01-01T00:00:00",
    ],
)
def test_a_time_that_cannot_be_is_that_of_its_coming(office: Office, sent: str) -> None:
    before = datetime.now(UTC)
    answer = office.post(office.message("created", **PERSON), **{"X-Lead-Router-Timestamp": sent})
    office.delivered(answer.json()["id"])
    told = datetime.fromisoformat(office.lines()[0]["origin"]["message"]["at"])
    assert before <= told <= datetime.now(UTC)


def test_a_time_is_kept_in_utc(office: Office) -> None:
    sent = START.astimezone(timezone(timedelta(hours=5, minutes=30, seconds=20))).isoformat()
    office.post(office.message("created", **PERSON), **{"X-Lead-Router-Timestamp": sent})
    told = office.lines()[0]["origin"]["message"]["at"]
    assert told.endswith("Z")
    assert datetime.fromisoformat(told) == START


# -- repeated and out of order -----------------------------------------------------------------


def test_what_comes_again_counts_once_whatever_its_headers_say(office: Office) -> None:
    first, second = office.message("created", **PERSON), office.message("updated", last_name="N")
    one, two = (office.post(message).json()["id"] for message in (first, second))
    office.delivered(one)
    eventually(lambda: office.states()[two] in ("delivered", "duplicate"))
    before = office.sent()
    forged = {"X-Lead-Router-Timestamp": "9999-12-31T23:59:59Z", "X-Lead-Router-Message-Id": "7"}
    for headers in ({}, forged):
        assert office.post(first, **headers).json()["id"] == one
    last = office.tell("created", uuid4().hex, **{**PERSON, "email": "petr@example.com"})
    office.delivered(last)
    assert office.sent()[:-1] == before


def test_the_newest_counts_whichever_comes_last(office: Office) -> None:
    office.delivered(office.tell("created", **PERSON))
    old, new = (office.message("updated", email=f"{n}@example.com") for n in ("old", "new"))
    office.delivered(office.post(new).json()["id"])
    late = office.post(old).json()["id"]
    office.until(late, "received", "duplicate")
    assert [lead["email"] for lead in office.sent()] == ["jana@example.com", "new@example.com"]


def test_an_older_message_still_tells_what_no_newer_one_has(office: Office) -> None:
    created = office.message("created", **PERSON)
    update = office.tell("updated", phone="777 123 456")
    office.delivered(update)
    assert office.sent()[0]["name"] == "–"
    office.delivered(office.post(created).json()["id"])
    assert (office.sent()[1]["name"], office.sent()[1]["phone"]) == ("Jana", "+420777123456")


def test_what_waits_is_amended_and_goes_once(office: Office) -> None:
    fault(office.crm, "status", status=503, times=None)
    first = office.tell("created", **PERSON)
    eventually(lambda: "deferred" in office.story(first))
    update = office.tell("updated", phone="777 123 456")
    noted = office.note("Wants to see A.101.")
    office.until(update, "received", "duplicate")
    office.until(noted, "held", "received", "duplicate")
    mend(office.crm)
    office.delivered(first)
    amended = [line for line in office.lines() if line["event"] == "amended"]
    assert [line["id"] for line in amended] == [first, first]
    assert [line["by"] for line in amended] == ["Real Geeks: Website Property Search"] * 2
    assert [line["changed"] for line in amended] == [["phone"], ["note"]]
    (lead,) = office.sent()
    assert (lead["phone"], lead["note"]) == ("+420777123456", "Wants to see A.101.")


@pytest.mark.parametrize("seed", range(6))
def test_a_story_in_any_order_is_one_lead_when_the_crm_is_back(office: Office, seed: int) -> None:
    fault(office.crm, "status", status=503, times=None)
    messages = mixed(story("Jana"), random.Random(seed))
    assert set(deliver(office.site.url + HOOK, NEW, messages)) == {200}
    eventually(lambda: sorted(office.states().values()) == ["deferred", *["duplicate"] * 3])
    mend(office.crm)
    (lead,) = eventually(office.sent)
    eventually(lambda: "delivered" in office.states().values())
    assert len(office.sent()) == 1
    expected = {"name": "Jana", "surname": "Novotná", "email": "jana@example.com"}
    expected |= {"phone": "+420777123456", "note": "Jana would like to see A.101."}
    assert expected.items() <= lead.items()


def test_a_restart_forgets_nothing(office: Office) -> None:
    first = office.tell("created", **PERSON)
    office.delivered(first)
    office.close()
    office.open()
    same = office.tell("updated", email="jana@example.com")
    assert office.until(same, "received", "duplicate")["of"] == first
    changed = office.tell("updated", phone="777 123 456")
    office.delivered(changed)
    assert office.sent()[1]["name"] == "Jana"


@pytest.mark.long
def test_many_at_once_while_the_crm_is_down(office: Office) -> None:
    fault(office.crm, "status", status=503, times=None)
    count = amount(200, 1000)
    messages = [
        office.message("created", uuid4().hex, first_name=f"Jana {n}", email=f"jana{n}@example.com")
        for n in range(count)
    ]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(office.post, messages))
    assert {answer.status_code for answer in answers} == {200}
    told = {answer.json()["id"] for answer in answers}
    assert {line["id"] for line in office.lines() if line["event"] == "received"} == told
    mend(office.crm)
    eventually(lambda: office.count("delivered") == count, 5 * PATIENCE)
    assert list(office.states().values()) == ["delivered"] * count
    assert len({lead["email"] for lead in office.sent()}) == len(office.sent()) == count


# -- no loops ----------------------------------------------------------------------------------


def test_what_we_sent_to_real_geeks_is_not_sent_on(office: Office) -> None:
    ours = {"source_system": "frontdesk", "source": "riverside.example.com"}
    answer = office.post(office.message("created", **PERSON, **ours))
    assert answer.json()["status"] == "noted"
    (line,) = office.lines()
    assert line["reason"] == "Frontdesk sent this lead itself"
    assert "jana" not in str(line).lower()


@pytest.mark.parametrize("hyphens", [True, False])
def test_our_own_lead_is_known_by_its_id_a_year_later(office: Office, hyphens: bool) -> None:
    office.close()
    submission = UUID("ef80c384-73b8-553e-afc2-ce214a91c349")
    journal = Journal(
        office.config.parent / "var/journal", lambda: datetime.now(UTC) - timedelta(days=366)
    )
    journal.append(
        received(submission, destinations=("geeks",)),
        Delivered(id=submission, destination="geeks"),
    )
    journal.close()
    office.open()
    lead = str(submission) if hyphens else submission.hex
    for fields in (PERSON, {"phone": "777 123 456"}, {"notes": "Nice."}):
        told = office.tell("updated", lead, **fields, source_system="", source="")
        eventually(lambda: office.story(told)[-1:] == ["duplicate"])  # noqa: B023
        assert office.lines()[-1]["of"] == str(submission)
    assert office.sent() == []


@pytest.mark.parametrize("told", ["all that it should", "nothing of its source"])
def test_a_full_circle_is_one_lead(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    crm: str,
    geeks: str,
    told: str,
) -> None:
    section = "[forms.riverside.realgeeks]"
    secrets = f'{section}\nwebhook_secrets = ["{NEW}"]'
    office = Office(write_config(with_real_geeks(geeks), **{section: secrets}), crm)
    office.site = serve(open_app(office.config))
    submission = office.site.enquire().json()["id"]
    eventually(lambda: office.states() == {submission: "delivered"})
    (lead,) = leads(geeks)
    source = {"source_system": lead["source_system"], "source": lead["fields"]["source"]}
    if told == "nothing of its source":
        source = dict.fromkeys(source, "")
    for action in ("created", "updated", "unknown"):
        office.tell(action, lead["id"], **{**lead["fields"], **source})
    note = {"type": "note", "description": "She called."}
    office.tell("activity_added", lead["id"], activities=[note], **source)
    office.delivered(office.tell("created", **{**PERSON, "email": "petr@example.com"}))
    assert [sent["email"] for sent in office.sent()] == ["jana@example.com", "petr@example.com"]
    assert len(leads(geeks)) == 1


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_secrets_sign_while_one_takes_over(office: Office, secret: str) -> None:
    assert office.post(office.message("created", **PERSON), secret).status_code == 200


def test_the_signature_is_over_the_raw_bytes(office: Office) -> None:
    body = b'{ "action":"created",\n  "id" : "1", \n "email":"jana@example.com" }\n'
    signature = hmac.new(NEW.encode(), body, hashlib.sha256).hexdigest()
    message = Message({}, body)
    assert office.post(message, **{"X-Lead-Router-Signature": signature}).status_code == 200
    for other in (body.rstrip(b"\n"), body.replace(b"\n", b"\r\n"), body[:-2]):
        answer = office.post(Message({}, other), **{"X-Lead-Router-Signature": signature})
        assert answer.status_code == 401


def without_its_last_byte(message: Message) -> dict[str, str]:
    return Message(message.headers, message.body[:-1]).signed(NEW)


@pytest.mark.parametrize(
    "headers",
    [
        lambda m: m.headers,
        lambda m: m.signed("another secret of somebody"),
        without_its_last_byte,
        lambda m: {
            **m.headers,
            "X-Lead-Router-Signature": m.signed(NEW)["X-Lead-Router-Signature"].upper(),
        },
        lambda m: {**m.headers, "X-Lead-Router-Signature": "ů".encode().decode("latin-1") * 64},
    ],
)
def test_what_is_not_signed_is_neither_read_nor_stored(
    office: Office, headers: Callable[[Message], dict[str, str]]
) -> None:
    message = office.message("created", **PERSON)
    answer = office.site.post(HOOK, data=message.body, headers=headers(message))
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert office.lines() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"first_name=Jana", b"[]", b"null", b"[" * 100_000, b'{"a":"\xff"}']
)
def test_what_is_no_json_object_is_refused(
    office: Office, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert office.post(Message({"Content-Type": "application/json"}, body)).status_code == 400
    assert office.lines() == []
    assert "no JSON object" in caplog.text


def test_messages_that_are_refused_are_counted(office: Office) -> None:
    message = office.message("created", **PERSON)
    assert office.post(message, "another secret").status_code == 401
    assert office.post(Message({}, b"[]")).status_code == 400
    assert office.post(Message({}, b" " * (BODY_LIMIT + 1))).status_code == 413
    office.close()
    counts = {"riverside key": 1, "riverside malformed": 1, "riverside too_large": 1}
    assert refused(office.config.parent / "var/journal") == counts
    office.open()


@pytest.mark.parametrize(
    "odd",
    [
        rb'"notes": "Is there a cellar? \ud83d"',
        b'"notes": "Is there a cellar? \xe9"',
        b'"notes": "Is there\na cellar?"',
        b'"notes": "Is there a cellar?", "price": 1e999',
        b'"notes": "Is there a cellar?", "price": NaN',
        b'"notes": "Is there a cellar?", "price": ' + b"9" * 5000,
    ],
    ids=ascii,
)
def test_one_unreadable_part_does_not_lose_the_message(office: Office, odd: bytes) -> None:
    body = b'{"action": "created", "id": "1", "email": "jana@example.com", ' + odd + b"}"
    answer = office.post(Message({"Content-Type": "application/json"}, body))
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    held, received = office.lines()
    assert (held["event"], held["reason"]) == ("held", "a part of the message could not be read")
    assert received["lead"]["email"] == "jana@example.com"
    assert received["lead"]["note"].startswith("Is there")


@pytest.mark.parametrize("header", ["created", "activity_added", "\xff"])
def test_the_bodys_action_counts_before_the_headers(office: Office, header: str) -> None:
    # Only the body is signed.
    message = office.message("user_updated", **PERSON)
    answer = office.post(message, **{"X-Lead-Router-Action": header})
    assert (answer.status_code, answer.json()["status"]) == (200, "noted")
    assert office.lines()[0]["message"]["action"] == "user_updated"


@pytest.mark.parametrize("action", [{}, {"action": ""}, {"action": None}, {"action": 7.5}])
def test_the_headers_action_counts_where_the_body_has_none(
    office: Office, action: dict[str, Any]
) -> None:
    body = json.dumps({"id": "1", **PERSON, **action}).encode()
    headers = {"X-Lead-Router-Action": "user_updated"}
    assert office.post(Message(headers, body)).json()["status"] == "noted"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "x"])
def test_the_content_type_does_not_matter(office: Office, kind: str) -> None:
    answer = office.post(office.message("created", **PERSON), **{"Content-Type": kind})
    office.delivered(answer.json()["id"])


def test_a_megabyte_is_taken_and_more_is_not(office: Office) -> None:
    views = [{"type": "property_viewed", "description": "x" * 990}] * 950
    large = office.message("created", **PERSON, activities=views)
    assert 900_000 < len(large.body) <= BODY_LIMIT
    office.delivered(office.post(large).json()["id"])
    assert len(str(office.lines())) < 10_000
    padded = Message(large.headers, large.body + b" " * (BODY_LIMIT - len(large.body)))
    assert office.post(padded).status_code == 200
    more = Message(large.headers, padded.body + b" ")
    assert office.post(more).status_code == 413


def test_there_is_no_webhook_without_a_secret_or_a_form(
    write_config: Callable[..., Path], crm: str, serve: Callable[[Flask], Site]
) -> None:
    config = write_config(FORM + REALGEEKS, **{f'["{NEW}", "{OLD}"]': "[]"})
    office = Office(config, crm)
    office.site = serve(open_app(config))
    message = office.message("created", **PERSON)
    assert office.post(message).status_code == 404
    assert office.site.post(HOOK[:-1]).status_code == 404
    assert office.lines() == []
    assert "no webhook_secrets" in office.run("check", "--json").stdout


def test_there_is_no_webhook_for_a_form_that_leads_only_back(
    write_config: Callable[..., Path], crm: str, serve: Callable[[Flask], Site]
) -> None:
    config = write_config(
        FORM + REALGEEKS, **{'destinations = ["crm"]': 'destinations = ["geeks"]'}
    )
    office = Office(config, crm)
    office.site = serve(open_app(config))
    assert office.post(office.message("created", **PERSON)).status_code == 404
    assert "nowhere to go" in office.run("check", "--json").stdout


def test_what_cannot_be_written_down_is_asked_for_again(office: Office) -> None:
    (office.config.parent / "var").mkdir(exist_ok=True)
    (office.config.parent / "var/journal").write_text("in its way")
    assert office.post(office.message("created", **PERSON)).status_code == 503


def test_a_host_sites_own_protections_let_it_in(
    write_config: Callable[..., Path], crm: str, serve: Callable[[Flask], Site]
) -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY="x", RATELIMIT_STORAGE_URI="memory://", MAX_CONTENT_LENGTH=100)
    CSRFProtect(app)
    Limiter(get_remote_address, app=app, default_limits=["1/day"])
    office = Office(write_config(FORM + REALGEEKS), crm)
    Frontdesk(app, config=office.config, url_prefix="/enquiry")
    office.site = serve(app)
    for _ in range(3):
        message = office.message("created", **PERSON)
        answer = message.post(f"{office.site.url}/enquiry{HOOK}", NEW)
        assert answer.status_code == 200


def test_no_page_may_read_the_answer(office: Office) -> None:
    origin = "https://riverside.example.com"
    answer = office.post(office.message("created", **PERSON), Origin=origin)
    assert answer.headers["Access-Control-Allow-Origin"] != origin


# -- what is kept, and how it goes -------------------------------------------------------------


def test_the_link_that_logs_in_is_nowhere(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    link = f"http://www.example.com/member/quick_login/{office.lead}/"
    activity = {"type": "note", "description": f"See {link}"}
    odd = {"type": link, "description": link}
    submission = office.tell(
        "created",
        **PERSON | {"last_name": f"Nováková {link}"},
        notes=link,
        address=f"2 Main St {link}",
        source=f"Website {link}",
        activities=[activity, odd, "text"],
    )
    office.delivered(submission)
    assert office.sent()[0]["note"] == "Address: 2 Main St\n\nSee"
    told = [path.read_text() for path in (office.config.parent / "var").rglob("*.json*")]
    assert "quick_login" not in "".join(told) + caplog.text


@pytest.mark.parametrize("link", ["", "-", "/", "e", None, ["x"]])
def test_a_link_that_is_none_takes_nothing_away(office: Office, link: object) -> None:
    notes = "Well-lit rooms/cellar?"
    office.delivered(office.tell("created", **PERSON, notes=notes, site_login_url=link))
    assert office.sent()[0]["note"] == notes


def test_the_commands_know_such_submissions(office: Office) -> None:
    submission = office.tell("created", **PERSON, notes="Is there a cellar?")
    office.delivered(submission)
    office.note("2 Main St", "property_viewed")
    assert submission[:8] in office.run("log", "--text", "Property Search").stdout
    shown = office.run("show", submission).stdout
    assert "Real Geeks: Website Property Search" in shown
    assert str(UUID(office.lead)) in shown
    assert "Real Geeks: Website Property Search" in office.run("export").stdout
    assert submission in office.run("export", "--format", "jsonl").stdout
    assert office.run("journal", "verify").exit_code == 0


def test_a_person_is_erased_from_every_message_of_theirs(office: Office) -> None:
    office.delivered(office.tell("created", **PERSON))
    told = [office.tell("updated", first_name="Jana"), office.note("Jana likes A.101.")]
    eventually(lambda: office.states()[told[0]] == "duplicate")
    office.delivered(told[1])
    assert "3 submissions" in office.run("person", "jana@example.com", "erase", "--yes").stdout
    assert "Jana" not in str(office.lines())
    assert "jana@" not in str(office.lines())
    office.close()
    office.open()
    again = office.tell("updated", last_name="Novotná")
    assert office.until(again, "held", "received")["event"] == "received"


def test_a_message_that_comes_again_after_an_erasure_is_a_new_enquiry(office: Office) -> None:
    message = office.message("created", **PERSON)
    first = office.post(message).json()["id"]
    office.delivered(first)
    later = office.note("She likes A.101.")
    office.delivered(later)
    assert office.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    for number in (3, 4):
        assert office.post(message).json()["id"] == first
        office.delivered(first)
        assert len(office.sent()) == number
        assert office.states() == {first: "delivered", later: "erased"}
        office.close()
        office.open()
        assert office.post(message).json()["id"] == first, "a repeat"
        office.until(first, *office.story(first)[:-1], "received")
        assert office.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
        assert "jana@" not in str(office.lines())
    assert len(office.sent()) == 4
