"""One form, two CRMs: each gets, refuses and delays for itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.cli.conftest import Desk
from tests.support import Site, calls, eventually, fault, leads, mend, open_app, with_real_geeks


@pytest.fixture
def desk(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str, geeks: str
) -> Desk:
    config = write_config(with_real_geeks(geeks))
    return Desk(config, serve(open_app(config)), crm)


@pytest.fixture
def impatient(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str, geeks: str
) -> Desk:
    """A desk that waits two seconds for Real Geeks."""
    form = with_real_geeks(geeks).replace('read_timeout = "20 s"', 'read_timeout = "2 s"')
    config = write_config(form)
    return Desk(config, serve(open_app(config)), crm)


def deliveries(desk: Desk, identity: str) -> dict[str, str]:
    (record,) = [r for r in desk.records() if r["submission"]["id"] == identity]
    return {name: delivery["state"] for name, delivery in record["deliveries"].items()}


def wait_for(desk: Desk, identity: str, **states: str) -> None:
    eventually(lambda: deliveries(desk, identity) == states)


def test_an_enquiry_arrives_in_both_with_exactly_the_documented_parameters(
    desk: Desk, crm: str, geeks: str
) -> None:
    identity = desk.site.enquire(language="en", campaign="spring").json()["id"]
    wait_for(desk, identity, crm="delivered", geeks="delivered")
    (inquiry,), (lead,) = leads(crm), leads(geeks)
    assert inquiry["parameters"] == {
        "name": "Jana",
        "surname": "Nováková",
        "email": "jana@example.com",
        "phone": "+420777123456",
        "project": "1234",
        "referral": "77",
        "tags": "web",
        "campaign": "spring",
        "internalid": "A.101",
        "preferencerooms": "2+kk|3+kk",
        "preferencepricemax": "8500000",
        "note": "Is there a cellar?",
        "language": "en",
        "consentsource": "127.0.0.1",
        "updateconsents": "2",
    }
    (record,) = desk.records()
    at = record["submission"]["at"][:19] + "+00:00"
    note = {"type": "note", "source": "riverside.example.com", "created": at}
    assert (lead["id"], lead["source_system"]) == (identity, "sandbox")
    assert lead["fields"] == {
        "created": at,
        "source": "riverside.example.com",
        "source_details": "campaign spring",
        "first_name": "Jana",
        "last_name": "Nováková",
        "email": "jana@example.com",
        "phone": "+420 777 123 456",
        "role": "Buyer",
        "notes": "Is there a cellar?",
        "tags": ["web"],
    }
    wanted = "Unit: A.101\nRooms: 2+kk, 3+kk\nHighest price: CZK 8,500,000\nLanguage: en"
    agreed = (
        "Agreed: I agree to the processing of my data.\nNot agreed: Send me news.\n"
        f"On {at[:10]} at {at[11:16]} UTC, from 127.0.0.1"
    )
    assert lead["activities"] == [
        {**note, "description": wanted},
        {**note, "description": agreed},
    ]


@pytest.mark.parametrize("ill", ["crm", "geeks"])
def test_a_closed_account_delays_no_other(desk: Desk, crm: str, geeks: str, ill: str) -> None:
    urls = {"crm": crm, "geeks": geeks}
    (well,) = urls.keys() - {ill}
    fault(urls[ill], "status", status=401)
    first = desk.site.enquire().json()["id"]
    wait_for(desk, first, **{ill: "failed", well: "delivered"})
    second = desk.site.enquire(first_name="Petr", email="petr@example.com").json()["id"]
    wait_for(desk, second, **{ill: "pending", well: "delivered"})
    assert len(calls(urls[ill])) == 1, "a closed account takes nothing"
    accounts = json.loads(desk.run("status", "--json").stdout)["accounts"]
    assert {a["name"]: (a["condition"], a["owed"]) for a in accounts} == {
        ill: ("closed", 1),
        well: ("open", 0),
    }
    shown = desk.run("log").stdout
    assert "answered 401" in shown
    replayed = desk.run("replay", first)
    assert replayed.exit_code == 0, replayed.output
    wait_for(desk, second, crm="delivered", geeks="delivered")
    assert (len(leads(crm)), len(leads(geeks))) == (2, 2)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("cut_before", {}), ("cut_after", {}), ("hang_after", {"seconds": 3}), ("slow", {})],
)
def test_what_is_unknown_is_sent_again_and_is_one_lead(
    impatient: Desk, geeks: str, kind: str, options: dict[str, Any]
) -> None:
    fault(geeks, kind, **options)
    identity = impatient.site.enquire().json()["id"]
    wait_for(impatient, identity, crm="delivered", geeks="delivered")
    assert [lead["id"] for lead in leads(geeks)] == [identity]
    assert calls(geeks)[-1] == ("leads", 201)


def test_a_refused_lead_is_amended_and_replayed_to_the_one_that_refused_it(
    desk: Desk, crm: str, geeks: str
) -> None:
    fault(geeks, "status", status=422, body='{"error": "No such last name."}')
    identity = desk.site.enquire().json()["id"]
    wait_for(desk, identity, crm="delivered", geeks="failed")
    assert "geeks: POST leads answered 422: No such last name." in desk.run("log").stdout
    desk.run("amend", identity, "last_name=Malá")
    replayed = desk.run("replay", identity)
    assert replayed.exit_code == 0, replayed.output
    assert calls(geeks) == [("leads", 422), ("leads", 201)]
    assert len(calls(crm)) == 1
    assert leads(geeks)[0]["fields"]["last_name"] == "Malá"


def test_replay_waits_for_the_slower_one(desk: Desk, crm: str, geeks: str) -> None:
    """That the other has refused it again is no reason to go."""
    for url in (crm, geeks):
        fault(url, "status", status=400)
    identity = desk.site.enquire().json()["id"]
    wait_for(desk, identity, crm="failed", geeks="failed")
    fault(crm, "status", status=400)
    fault(geeks, "hang", seconds=1.0)
    replayed = desk.run("replay", identity)
    assert replayed.exit_code == 1
    assert deliveries(desk, identity) == {"crm": "failed", "geeks": "delivered"}


def test_a_delivered_lead_is_brought_up_to_date_by_force(desk: Desk, geeks: str) -> None:
    identity = desk.site.enquire().json()["id"]
    wait_for(desk, identity, crm="delivered", geeks="delivered")
    desk.run("amend", identity, "email=nova@example.com")
    # A delivered submission is history; the courier has forgotten all but its id.
    replayed = desk.run("replay", "--force", identity)
    assert replayed.exit_code == 0, replayed.output
    assert calls(geeks) == [("leads", 201), ("lead", 200), ("activities", 201)]
    (lead,) = leads(geeks)
    assert lead["fields"]["email"] == "nova@example.com"


def test_each_is_checked_and_verified_for_itself(desk: Desk, crm: str, geeks: str) -> None:
    identity = desk.site.enquire().json()["id"]
    wait_for(desk, identity, crm="delivered", geeks="delivered")
    verified = desk.run("verify")
    assert verified.exit_code == 0, verified.output
    assert "1 in the CRM's list, 1 in the journal" in verified.stdout
    assert "geeks" in verified.stdout
    assert "has no list to compare with" in verified.stdout
    checked = desk.run("check")
    assert checked.exit_code == 0, checked.output
    assert "login accepted" in checked.stdout
    assert "username and site accepted" in checked.stdout
    (user,) = desk.run("crm", "users", "--json").stdout.splitlines()
    assert json.loads(user) == {"destination": "geeks", "id": "12345", "name": "Leilani Kahale"}
    fault(geeks, "status", status=401, endpoint="users")
    fault(crm, "status", status=401, endpoint="list-leads")
    assert desk.run("check").stdout.count("MEND") == 2
    mend(geeks)


def test_consents_are_where_a_crm_keeps_them(desk: Desk) -> None:
    assert "Data processing" in desk.run("consents", "list").stdout, "only one keeps any"
    for command in (("list",), ("revoke", "2", "--email", "jana@example.com")):
        refused = desk.run("consents", *command, "--destination", "geeks")
        assert refused.exit_code == 2
        assert "geeks: this CRM keeps no consents" in refused.stderr
        assert "Traceback" not in refused.output
