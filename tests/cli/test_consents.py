"""`consents`: what is revoked stays revoked, whatever is sent again afterwards."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from frontdesk.model import events
from frontdesk.store.files.segments import Journal
from tests.cli.conftest import Desk
from tests.support import FORM, calls, eventually, fault, journal_lines, leads, mend, open_app


def test_consent_types_are_listed(desk: Desk) -> None:
    assert "Data processing" in desk.run("consents", "list").stdout


def lines(desk: Desk, kind: str) -> list[dict[str, Any]]:
    every = journal_lines(desk.config.parent / "var/journal")
    return [line for line in every if line["event"] == kind]


def valid(desk: Desk, customer: int = 0) -> set[int]:
    """The consents that a customer has in the CRM, the first one's unless another is named."""
    found = leads(desk.crm, "customers")[customer]["consents"]
    return {consent["id"] for consent in found if consent["valid"]}


def granted(desk: Desk) -> list[str]:
    """What each lead that the CRM has got granted, in their order."""
    return [lead["parameters"].get("updateconsents", "") for lead in leads(desk.crm)]


def revoke(desk: Desk, consent: int, *who: str) -> str:
    """Revoke it now, and wait until that is done; the revocation's id."""
    result = desk.run("consents", "revoke", str(consent), *who, "--json")
    assert result.exit_code == 0, result.output
    identity: str = json.loads(result.stdout)["id"]
    return identity


@pytest.mark.parametrize("who", ["--email", "--customer", "--submission"])
def test_a_consent_is_revoked_and_the_journal_says_so(desk: Desk, who: str) -> None:
    first = desk.enquire("delivered")
    desk.enquire("delivered", note="Once more.")
    desk.enquire("delivered", first_name="Petr", email="petr@example.com", phone="603 123 456")
    customer = desk.records()[0]["deliveries"]["crm"]["customer_id"]
    named = {"--email": "JANA@example.com", "--customer": customer, "--submission": first}[who]
    result = desk.run("consents", "revoke", "2", who, named, "--notes", "asked")
    assert result.exit_code == 0, result.output
    assert "is revoked" in result.stdout
    customers = leads(desk.crm, "customers")
    assert [c["consents"][0]["valid"] for c in customers] == [False, True]
    assert "asked" in json.dumps(customers)
    (line,) = lines(desk, "revocation")
    assert (line["destinations"], line["consent"]) == (["crm"], 2)
    assert re.search(r"revoked +consent 2, .* not sent to crm any more", shown(desk, first))
    assert "revokes consent 2" in desk.run("log").stdout
    assert desk.run("journal", "verify").exit_code == 0
    assert desk.run("verify").exit_code == 0, "Realpad's list of leads says nothing of it"
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    (line,) = lines(desk, "revocation")
    assert not {"email", "notes"} & line.keys()
    states = [record["state"] for record in desk.records()]
    assert states == ["erased", "erased", "delivered"]
    whose = {"--email": "", "--customer": customer, "--submission": first[:8]}[who]
    assert re.search(rf"revokes consent 2  {whose} +crm: done", desk.run("log").stdout)


def shown(desk: Desk, submission: str) -> str:
    return " ".join(desk.run("show", submission).stdout.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2",), "exactly one of"),
        (("2", "--email", "jana@example.com", "--customer", "1"), "exactly one of"),
        (("2", "--email", "jana"), "is no email address"),
        (("2", "--customer", "jana"), "is no customer's id"),
        (("99", "--email", "jana@example.com"), "crm has no consent 99; it has 1, 2"),
        (("2", "--email", "jana@example.com", "--destination", "x"), "no destination is called"),
        (("2", "--submission", "00000000"), "is no submission's id"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    desk: Desk, arguments: tuple[str, ...], said: str
) -> None:
    result = desk.run("consents", "revoke", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert lines(desk, "revocation") == []


def test_who_is_several_customers_waits_for_a_person(desk: Desk) -> None:
    """A household with one address; Realpad tells them apart by their numbers."""
    petr = {"name": "Petr Novák", "phone": "+420603222222"}
    requests.post(f"{desk.crm}/_sandbox/customers", json=petr, timeout=30)
    desk.enquire("delivered", phone="603 111 111")
    desk.enquire("delivered", first_name="Petr", phone="603 222 222")
    two, one = (customer["id"] for customer in leads(desk.crm, "customers"))
    result = desk.run("consents", "revoke", "2", "--email", "jana@example.com", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["state"] == "failed"
    assert "revoke it by the customer's id" in told["remark"]
    assert f"known in crm customer {two}, {one}" in shown(desk, told["id"])
    assert "failed" in desk.run("status").stdout
    desk.enquire("delivered", first_name="Eva", phone=None, email="eva@example.com")
    assert valid(desk, 0) == valid(desk, 1) == {2}
    revoke(desk, 2, "--customer", str(one))
    assert (valid(desk, 0), valid(desk, 1)) == ({2}, set()), "Petr has lost nothing"
    assert desk.run("release", "--discard", told["id"]).exit_code == 0
    assert "failed" not in desk.run("status").stdout


@pytest.mark.parametrize("status", [401, 403])
def test_a_login_that_may_not_revoke_is_not_closed_for_leads(desk: Desk, status: int) -> None:
    desk.enquire("delivered")
    fault(desk.crm, "status", status=status, endpoint="revoke-customer-consent")
    result = desk.run("consents", "revoke", "2", "--email", "jana@example.com")
    assert result.exit_code == 1
    assert "WRITE_CUSTOMER_DATA" in result.output
    desk.enquire("delivered", first_name="Petr", email="petr@example.com")


def test_a_revocation_during_a_ban_closes_the_account(desk: Desk) -> None:
    desk.enquire("delivered")
    fault(desk.crm, "ban", seconds=3600)
    result = desk.run("consents", "revoke", "2", "--email", "jana@example.com")
    assert result.exit_code == 1
    assert "WRITE_CUSTOMER_DATA" not in result.output
    assert "crm is closed: revoke-customer-consent answered 401" in desk.run("status").stdout


def test_while_the_crm_is_down_it_is_kept_and_sent_later(desk: Desk) -> None:
    desk.enquire("delivered", consents=[2, 1])
    fault(desk.crm, "status", status=503, times=3, endpoint="revoke-customer-consent")
    waiting = desk.run("consents", "revoke", "1", "--email", "jana@example.com", "--no-wait")
    assert waiting.exit_code == 0, waiting.output
    eventually(lambda: valid(desk) == {2})
    (line,) = lines(desk, "revocation")
    eventually(lambda: any(d["id"] == line["id"] for d in lines(desk, "delivered")))
    assert len([d for d in lines(desk, "deferred") if d["id"] == line["id"]]) == 3


@pytest.mark.parametrize("who", ["--email", "--customer", "--submission"])
def test_erasing_a_person_finds_what_was_revoked_however_it_was_named(desk: Desk, who: str) -> None:
    first = desk.enquire("delivered", consents=[2, 1])
    customer = desk.records()[0]["deliveries"]["crm"]["customer_id"]
    named = {"--email": "jana@example.com", "--customer": customer, "--submission": first}[who]
    desk.site.app.extensions["frontdesk"].close()  # so that it is not under way
    said = ("--notes", "Jana asked +420 777 123 456", "--no-wait")
    assert desk.run("consents", "revoke", "1", who, named, *said).exit_code == 0
    assert "revokes consent 1" in desk.run("person", "jana@example.com", "show").stdout
    exported = desk.run("person", "jana@example.com", "export").stdout
    assert '"event":"revocation"' in exported
    erased = desk.run("person", "jana@example.com", "erase", "--yes")
    assert erased.exit_code == 0, erased.output
    assert "1 submission and 1 revocation erased" in erased.stdout
    assert "a revocation had not arrived; it is not sent any more" in erased.stderr
    assert not any("Jana" in json.dumps(line) for line in lines(desk, "revocation"))
    assert "nothing about this person" in desk.run("person", "jana@example.com", "show").stderr


# -- no older lead grants it again --------------------------------------------------------------


def test_a_failed_lead_that_is_replayed_grants_nothing_that_was_revoked(desk: Desk) -> None:
    desk.enquire("delivered", consents=[2, 1])
    fault(desk.crm, "status", status=400, times=1)
    failed = desk.enquire("failed", consents=[2, 1], note="Again.")
    revoke(desk, 1, "--email", "jana@example.com")
    assert desk.run("replay", failed).exit_code == 0
    assert granted(desk) == ["2,1", "2"]
    assert valid(desk) == {2}


def test_a_held_lead_that_is_released_grants_nothing_that_was_revoked(desk: Desk) -> None:
    desk.enquire("delivered", consents=[2, 1])
    held = desk.enquire("held", consents=[2, 1], link="https://spam.example", note="Again.")
    revoke(desk, 1, "--email", "jana@example.com")
    assert desk.run("release", held).exit_code == 0
    eventually(lambda: len(leads(desk.crm)) == 2)
    assert valid(desk) == {2}


@pytest.mark.parametrize("who", ["--email", "--customer", "--submission"])
def test_a_delivered_lead_that_is_sent_twice_grants_nothing_that_was_revoked(
    desk: Desk, who: str
) -> None:
    first = desk.enquire("delivered", consents=[2, 1])
    customer = desk.records()[0]["deliveries"]["crm"]["customer_id"]
    named = {"--email": "jana@example.com", "--customer": customer, "--submission": first}[who]
    revoke(desk, 1, who, named)
    assert desk.run("replay", "--force", first).exit_code == 0
    assert granted(desk) == ["2,1", "2"]
    revoke(desk, 2, who, named)
    assert desk.run("replay", "--force", first).exit_code == 0
    assert granted(desk)[2:] == [""]
    assert valid(desk) == set()


@pytest.mark.parametrize("address", ["jana@example.com", "new@example.com"])
def test_an_address_from_before_or_after_an_amendment_counts(desk: Desk, address: str) -> None:
    first = desk.enquire("delivered", consents=[2, 1])
    assert desk.run("amend", first, "email=new@example.com", "phone=").exit_code == 0
    fault(desk.crm, "status", status=400, endpoint="revoke-customer-consent", times=1)
    # Whatever the CRM says to it, it is written down.
    assert desk.run("consents", "revoke", "1", "--email", address).exit_code == 1
    assert desk.run("replay", "--force", first).exit_code == 0
    assert granted(desk) == ["2,1", "2"]


def test_an_amendment_after_it_leads_to_the_person_too(desk: Desk) -> None:
    fault(desk.crm, "status", status=400, times=1)
    failed = desk.enquire("failed", consents=[2, 1], email="typo@example.com", phone=None)
    desk.enquire("delivered", consents=[2, 1])
    revoke(desk, 1, "--email", "jana@example.com")
    assert desk.run("amend", failed, "email=jana@example.com").exit_code == 0
    assert desk.run("replay", failed).exit_code == 0
    assert granted(desk) == ["2,1", "2"]


def test_other_submissions_of_the_same_person_grant_it_no_more(desk: Desk) -> None:
    """By a telephone number that only a settled lead connects with the address."""
    fault(desk.crm, "status", status=400, times=2)
    same_phone = desk.enquire("failed", consents=[2, 1], email="other@example.com", note="1")
    stranger = desk.enquire(
        "failed", consents=[2, 1], email="petr@example.com", phone="603 222 222", note="2"
    )
    desk.enquire("delivered", consents=[2, 1])
    revoke(desk, 1, "--email", "jana@example.com")
    assert desk.run("replay", same_phone).exit_code == 0
    assert desk.run("replay", stranger).exit_code == 0
    assert granted(desk) == ["2,1", "2", "2,1"]
    assert re.search("revoked +consent 1, ", desk.run("show", same_phone).stdout)
    assert "revoked" not in desk.run("show", stranger).stdout


def test_an_older_lead_that_waits_goes_without_it_while_the_revocation_waits_too(
    desk: Desk,
) -> None:
    desk.enquire("delivered", consents=[2, 1])
    fault(desk.crm, "status", status=503, times=None)
    desk.site.enquire(consents=[2, 1], note="Waits.")
    fault(desk.crm, "status", status=503, endpoint="revoke-customer-consent", times=None)
    who = ("--email", "jana@example.com", "--no-wait")
    assert desk.run("consents", "revoke", "1", *who).exit_code == 0
    (wanted,) = lines(desk, "revocation")
    # Until the courier has read it: a lead that is under way by then is revoked after it.
    eventually(lambda: any(line["id"] == wanted["id"] for line in lines(desk, "deferred")))
    mend(desk.crm)
    fault(desk.crm, "status", status=503, times=3, endpoint="revoke-customer-consent")
    eventually(lambda: granted(desk)[1:] == ["2"])
    eventually(lambda: valid(desk) == {2})


def test_a_newer_lead_grants_it_again(desk: Desk) -> None:
    desk.enquire("delivered", consents=[2, 1])
    revoke(desk, 1, "--email", "jana@example.com")
    newer = desk.enquire("delivered", consents=[2, 1])
    assert valid(desk) == {1, 2}
    assert "revoked" not in desk.run("show", newer).stdout


def test_what_a_newer_lead_has_granted_no_older_revocation_takes_back(desk: Desk) -> None:
    desk.enquire("delivered", consents=[2, 1])
    fault(desk.crm, "status", status=400, times=1, endpoint="revoke-customer-consent")
    failed = desk.run("consents", "revoke", "1", "--email", "jana@example.com", "--json")
    revocation = json.loads(failed.stdout)["id"]
    newer = desk.enquire("delivered", consents=[2, 1], note="I want news after all.")
    assert desk.run("replay", revocation).exit_code == 0
    assert valid(desk) == {1, 2}
    (line,) = lines(desk, "superseded")
    assert (line["id"], line["submission"]) == (revocation, newer)
    assert f"granted again by {newer[:8]}" in desk.run("show", revocation).stdout


def test_what_older_versions_have_revoked_counts(desk: Desk) -> None:
    first = desk.enquire("delivered", consents=[2, 1])
    old = events.Revoked(id=UUID(first), destination="crm", consent=1, by="eva")
    Journal(desk.config.parent / "var/journal").append(old)
    assert desk.run("replay", "--force", first).exit_code == 0
    assert granted(desk) == ["2,1", "2"]
    assert re.search("revoked +consent 1, .* by eva", desk.run("show", first).stdout)


def test_where_consents_are_replaced_none_is_sent_rather_than_an_empty_list(
    write_config: Callable[..., Path], serve: Callable[..., Any], crm: str
) -> None:
    form = FORM.replace("project = 1234", 'project = 1234\nconsent_mode = "replace"')
    config = write_config(form)
    desk = Desk(config, serve(open_app(config)), crm)
    first = desk.enquire("delivered")
    revoke(desk, 2, "--email", "jana@example.com")
    assert desk.run("replay", "--force", first).exit_code == 0
    sent = [lead["parameters"] for lead in leads(crm)]
    assert [one.get("consents") for one in sent] == ["2", None]
    assert valid(desk) == set()


def test_somebody_whom_only_the_crm_knows_can_be_revoked_by_the_address(desk: Desk) -> None:
    theirs = {"login": "sandbox", "password": "sandbox", "name": "A", "surname": "B"}
    address = {"email": "a@example.com", "updateconsents": "2"}
    requests.post(f"{desk.crm}/ws/v10/create-lead", data={**theirs, **address}, timeout=30)
    revoke(desk, 2, "--email", "a@example.com")
    assert valid(desk) == set()


def test_an_older_lead_whose_customer_only_the_crm_knows_is_revoked_after_it(desk: Desk) -> None:
    by_hand = {"name": "Jana Nováková", "phone": "+420777123456"}
    requests.post(f"{desk.crm}/_sandbox/customers", json=by_hand, timeout=30)
    (customer,) = leads(desk.crm, "customers")
    fault(desk.crm, "status", status=400, times=1)
    failed = desk.enquire("failed", consents=[2, 1])
    revoke(desk, 1, "--customer", str(customer["id"]))
    assert desk.run("replay", failed).exit_code == 0
    assert granted(desk) == ["2,1"], "nothing in the journal says whose customer it is"
    eventually(lambda: valid(desk) == {2})
    first, again = lines(desk, "revocation")
    assert (again["at"], again["customer"]) == (first["at"], str(customer["id"]))


def test_a_revocation_waits_for_a_lead_in_doubt(
    write_config: Callable[..., Path], serve: Callable[..., Any], crm: str
) -> None:
    """Else the lead could arrive after it, and grant again what was revoked."""
    brief = {'read_timeout = "20 s"': 'read_timeout = "2 s"'}
    config = write_config(**brief, **{'connect_timeout = "5 s"': 'connect_timeout = "200 ms"'})
    desk = Desk(config, serve(open_app(config)), crm)
    fault(desk.crm, "cut_after", times=1)
    fault(desk.crm, "status", status=500, endpoint="list-leads", times=None)
    first = desk.enquire("unknown", consents=[2, 1])
    who = ("--email", "jana@example.com", "--no-wait", "--json")
    told = desk.run("consents", "revoke", "1", *who)
    revocation = json.loads(told.stdout)["id"]
    # Somebody else's lead goes meanwhile, and the list is asked again: the courier is at work.
    desk.enquire("delivered", first_name="Petr", email="petr@example.com", phone="603 222 222")
    asked = len([call for call in calls(desk.crm) if call[0] == "list-leads"])
    eventually(lambda: [call[0] for call in calls(desk.crm)].count("list-leads") > asked + 2)
    assert revocation not in {line["id"] for line in lines(desk, "attempt")}
    mend(desk.crm)
    eventually(lambda: valid(desk) == {2})
    # The journal says so a moment after the CRM has done it.
    eventually(lambda: revocation in {line["id"] for line in lines(desk, "delivered")})
    landed = [line["id"] for line in lines(desk, "delivered")]
    assert landed.index(first) < landed.index(revocation)


def test_the_same_said_again_after_a_revocation_is_no_duplicate(
    write_config: Callable[..., Path], serve: Callable[..., Any], crm: str
) -> None:
    config = write_config(**{'same_within = "0 s"': 'same_within = "10 minutes"'})
    desk = Desk(config, serve(open_app(config)), crm)
    desk.enquire("delivered", consents=[2, 1])
    desk.enquire("duplicate", consents=[2, 1])
    revoke(desk, 1, "--email", "jana@example.com")
    desk.enquire("delivered", consents=[2, 1])
    assert granted(desk) == ["2,1", "2,1"]
    assert valid(desk) == {1, 2}
