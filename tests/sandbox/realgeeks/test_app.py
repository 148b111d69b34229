"""The Real Geeks stand-in, spoken to over real HTTP."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from frontdesk.sandbox.realgeeks.app import SITE, create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.support import calls, fault, leads

IDENTITY = "4f9b3f52-6f0c-4a3e-8f6b-1f2d3c4b5a69"
LEAD: dict[str, Any] = {"id": IDENTITY, "source": "riverside.example.com", "first_name": "Jana"}
NOTE = {"type": "note", "source": "riverside.example.com", "description": "Unit: A.101"}
ACCOUNT = ("sandbox", "sandbox")


@pytest.fixture
def geeks() -> Iterator[str]:
    with serve_sandbox(create_sandbox(custom=["Scorching"])) as sandbox:
        yield sandbox.url


def send(
    geeks: str, method: str, path: str, content: Any = None, **options: Any
) -> requests.Response:
    site = options.pop("site", SITE)
    given = {"auth": ACCOUNT, "json": content, "timeout": 10, **options}
    return requests.request(method, f"{geeks}/rest/sites/{site}/{path}", **given)


def create(geeks: str, **changes: Any) -> requests.Response:
    lead = {key: value for key, value in {**LEAD, **changes}.items() if value is not None}
    return send(geeks, "POST", "leads", lead)


def test_a_lead_is_stored_by_its_id(geeks: str) -> None:
    answer = create(geeks, tags=["web"], activities=[NOTE], created="2026-03-01T12:00:00+00:00")
    assert (answer.status_code, answer.json()) == (201, {})
    (lead,) = leads(geeks)
    assert (lead["id"], lead["source_system"]) == (IDENTITY, "sandbox")
    assert lead["fields"] == {
        "created": "2026-03-01T12:00:00+00:00",
        "source": "riverside.example.com",
        "first_name": "Jana",
        "tags": ["web"],
    }
    assert lead["activities"] == [NOTE]


def test_the_same_id_again_is_the_same_lead(geeks: str) -> None:
    create(geeks, activities=[NOTE], created="2026-03-01T12:00:00+00:00")
    again = create(geeks, id=IDENTITY.replace("-", "").upper(), city="Hilo", activities=[NOTE])
    assert again.status_code == 201
    (lead,) = leads(geeks)
    assert lead["requests"] == 2
    assert lead["fields"]["city"] == "Hilo"
    assert lead["fields"]["created"] == "2026-03-01T12:00:00+00:00"
    assert lead["activities"] == [NOTE]


def test_without_an_id_each_is_another_lead(geeks: str) -> None:
    for _ in range(2):
        create(geeks, id=None)
    assert len(leads(geeks)) == 2


def test_changes_leave_the_rest_alone(geeks: str) -> None:
    create(geeks, created="2026-03-01T12:00:00+00:00")
    changes = {"email": "jana@example.com", "created": "2027-01-01T00:00:00+00:00"}
    assert send(geeks, "PATCH", f"leads/{IDENTITY}", changes).status_code == 200
    (lead,) = leads(geeks)
    assert lead["fields"] == {
        "created": "2026-03-01T12:00:00+00:00",
        "source": "riverside.example.com",
        "first_name": "Jana",
        "email": "jana@example.com",
    }


def test_activities_are_an_array(geeks: str) -> None:
    create(geeks)
    path = f"leads/{IDENTITY}/activities"
    assert send(geeks, "POST", path, [NOTE, NOTE]).status_code == 201
    assert leads(geeks)[0]["activities"] == [NOTE, NOTE]
    assert send(geeks, "POST", path, NOTE).status_code == 422


@pytest.mark.parametrize("path", [f"leads/{uuid4()}", "leads/nonsense"], ids=["no", "odd"])
def test_an_unknown_lead_can_neither_change_nor_act(geeks: str, path: str) -> None:
    assert send(geeks, "PATCH", path, {"city": "Hilo"}).status_code == 404
    assert send(geeks, "POST", f"{path}/activities", [NOTE]).status_code == 404


VALUED = {**NOTE, "property": {"address": "1 Ala Moana, Honolulu", "full_baths": 2, "baths": 2.5}}
SELLER: dict[str, Any] = {"id": IDENTITY, "source": "riverside.example.com", "activities": [VALUED]}


def create_seller(geeks: str, **changes: Any) -> requests.Response:
    seller = {key: value for key, value in {**SELLER, **changes}.items() if value is not None}
    return send(geeks, "POST", "potential-seller-leads", seller)


def test_a_potential_seller_needs_no_contact(geeks: str) -> None:
    assert create_seller(geeks).status_code == 201
    assert create_seller(geeks, activities=[NOTE, VALUED]).status_code == 201
    (seller,) = leads(geeks, "potential-sellers")
    assert (seller["id"], seller["activities"]) == (IDENTITY, [VALUED, NOTE])
    assert leads(geeks) == []
    assert leads(geeks, "inbox") == [seller]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": None}, "source"),
        ({"activities": None}, "activities"),
        ({"activities": []}, "activities"),
        ({"activities": [NOTE]}, "property"),
        ({"activities": [{**NOTE, "property": {}}]}, "property"),
        ({"activities": [{**NOTE, "property": "1 Ala Moana"}]}, "not an object"),
        ({"first_name": "Jana"}, "first_name"),
        ({"email": "jana@example.com"}, "email"),
        ({"address": "1 Ala Moana"}, "address"),
        ({"role": "Seller"}, "role"),
        ({"id": "12345"}, "id"),
    ],
)
def test_what_is_no_potential_seller(geeks: str, changes: dict[str, Any], said: str) -> None:
    answer = create_seller(geeks, **changes)
    assert answer.status_code == 422
    assert said in answer.json()["error"]
    assert leads(geeks, "potential-sellers") == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("full_baths", "two", "Property field 'full_baths' is not a valid integer."),
        ("full_baths", 2.5, "Property field 'full_baths' is not a valid integer."),
        ("beds", True, "Property field 'beds' is not a valid integer."),
        ("baths", "2.5", "Property field 'baths' is not a valid number."),
        ("zip", 96720, "Property field 'zip' is not a valid string."),
        ("colour", "red", "Property field 'colour' is not known."),
    ],
)
@pytest.mark.parametrize("path", ["leads", "potential-seller-leads"])
def test_a_property_that_is_none(geeks: str, path: str, name: str, value: Any, said: str) -> None:
    content = {**SELLER, "activities": [{**NOTE, "property": {name: value}}]}
    if path == "leads":
        content["first_name"] = "Jana"
    answer = send(geeks, "POST", path, content)
    assert (answer.status_code, answer.json()) == (422, {"error": said})


def test_users(geeks: str) -> None:
    (user,) = send(geeks, "GET", "users").json()
    assert (user["id"], user["name"]) == ("12345", "Leilani Kahale")


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": None}, "source"),
        ({"source": ""}, "source"),
        ({"first_name": None}, "first_name"),
        ({"first_name": None, "street_address": "1 Ala Moana"}, "first_name"),
        ({"id": "12345"}, "id"),
        ({"id": ""}, "id"),
        ({"role": "Potential Seller"}, "role"),
        ({"timeframe": "Soon"}, "timeframe"),
        ({"urgency": "Tepid"}, "urgency"),
        ({"status": "Undead"}, "status"),
        ({"created": "2026-03-01"}, "created"),
        ({"created": "2026-03-01T12:00:00"}, "created"),
        ({"created": "yesterday"}, "created"),
        ({"email": "jana"}, "email"),
        ({"phone": "+420777123456"}, "phone"),
        ({"phone": "777 123 456"}, "phone"),
        ({"first_name": 5}, "first_name"),
        ({"tags": "web"}, "tags"),
        ({"tags": [1]}, "tags"),
        ({"activities": NOTE}, "activities"),
        ({"activities": [{**NOTE, "description": ""}]}, "description"),
        ({"activities": [{"type": "note", "description": "x"}]}, "source"),
        ({"activities": [{**NOTE, "type": None}]}, "type"),
        ({"activities": [{**NOTE, "colour": "red"}]}, "colour"),
        ({"activities": [{"type": "was_assigned"}]}, "user"),
        ({"firstname": "Jana"}, "firstname"),
    ],
)
def test_what_is_not_valid_is_said(geeks: str, changes: dict[str, Any], field: str) -> None:
    answer = create(geeks, **changes)
    assert answer.status_code == 422
    assert field in answer.json()["error"]
    assert leads(geeks) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": "808-123-1234"},
        {"phone": "(808) 123-1234"},
        {"phone": "+55 83 1234-1234"},
        {"phone": "+420 777 123 456"},
        {"urgency": "Scorching", "status": "Scorching"},
        {"role": "Renter", "timeframe": "3-6 Months", "urgency": "Hot", "status": "In Escrow"},
        {"first_name": None, "address": "1 Ala Moana, Honolulu"},
        {"activities": [{"type": "was_assigned", "user": {"id": "12345"}}]},
        {"activities": [{"type": "was_assigned", "user": {"id": "12345"}, "role": "agent"}]},
    ],
)
def test_what_is_valid_is_stored(geeks: str, changes: dict[str, Any]) -> None:
    assert create(geeks, **changes).status_code == 201


@pytest.mark.parametrize(
    "options",
    [{"data": "{"}, {"data": "id=1", "headers": {"Content-Type": "text/plain"}}, {"data": ""}],
)
def test_what_is_no_json_is_refused(geeks: str, options: dict[str, Any]) -> None:
    answer = send(geeks, "POST", "leads", **options)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]
    assert send(geeks, "POST", "leads", [LEAD]).status_code == 422


@pytest.mark.parametrize("auth", [None, ("sandbox", "wrong"), ("wrong", "sandbox")])
def test_who_may_not_is_told_nothing_else(geeks: str, auth: tuple[str, str] | None) -> None:
    answer = send(geeks, "POST", "leads", LEAD, auth=auth, site=uuid4())
    assert answer.status_code == 401
    assert "error" in answer.json()


def test_a_site_that_there_is_not(geeks: str) -> None:
    assert send(geeks, "POST", "leads", LEAD, site=uuid4()).status_code == 404
    assert send(geeks, "GET", "users", site=uuid4()).status_code == 404


# -- what only a stand-in has ------------------------------------------------------------------


def test_requests_are_remembered_without_credentials(geeks: str) -> None:
    create(geeks)
    send(geeks, "PATCH", f"leads/{IDENTITY}", {"role": "King"})
    send(geeks, "GET", "users")
    assert calls(geeks) == [("leads", 201), ("lead", 422), ("users", 200)]
    seen = requests.get(f"{geeks}/_sandbox/requests", timeout=30).json()
    assert seen[0]["parameters"] == LEAD
    assert "Authorization" not in json.dumps(seen)


def test_faults_speak_as_the_api_does(geeks: str) -> None:
    fault(geeks, "status", status=503)
    fault(geeks, "rate_limit", retry_after="7")
    assert create(geeks).json() == {"error": "Service Unavailable."}
    limited = create(geeks)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert create(geeks).status_code == 201


def test_the_inbox(geeks: str) -> None:
    page = requests.get(geeks, timeout=30)
    assert "Sandbox Real Geeks" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_it_runs_as_a_program_of_its_own() -> None:
    command = [sys.executable, "-m", "frontdesk.sandbox.realgeeks", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        assert program.stderr
        try:
            url = program.stdout.readline().decode().strip()
            assert requests.get(url, timeout=30).ok
        finally:
            program.send_signal(signal.SIGINT)
        assert program.wait(10) == 0
        assert program.stderr.read() == b""
