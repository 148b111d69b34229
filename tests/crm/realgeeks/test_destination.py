"""A lead becomes exactly the fields of Real Geeks' specification, whatever was there before."""

import socket
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from frontdesk.config import Attribute, Form
from frontdesk.crm.realgeeks.destination import RealGeeksDestination
from frontdesk.crm.realgeeks.fields import phone
from frontdesk.crm.realgeeks.settings import RealGeeksAccount, RealGeeksForm
from frontdesk.delivery.destination import (
    ConsentKeeper,
    DeliveryError,
    Finding,
    PriorDelivery,
    Searchable,
)
from frontdesk.model.lead import Consent, Lead, Origin, Submission
from frontdesk.sandbox.realgeeks.app import SITE, create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.support import calls, fault, leads

IDENTITY = UUID("4f9b3f52-6f0c-4a3e-8f6b-1f2d3c4b5a69")
NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
AT = "2026-03-01T12:30:15+00:00"
SOURCE = "riverside.example.com"


def destination(geeks: str, *attributes: Attribute, **options: Any) -> RealGeeksDestination:
    account = {"username": "sandbox", "password": "sandbox", "site_uuid": SITE}
    account |= {key: options.pop(key) for key in tuple(options) if key in account}
    form = Form(
        title="Riverside",
        destinations=["geeks"],
        currency="USD",
        attributes=list(attributes),
        crm={"realgeeks": RealGeeksForm(**{"source": SOURCE, **options})},
    )
    section = RealGeeksAccount(base_url=f"{geeks}/rest", **account)
    return RealGeeksDestination(section, {"riverside": form})


def submission(origin: Origin | None = None, form: str = "riverside", **lead: Any) -> Submission:
    least = {"first_name": "Jana", "last_name": "Nováková", "language": "cs"}
    return Submission(
        id=IDENTITY,
        at=NOW,
        form=form,
        lead=Lead(**{**least, "email": "jana@example.com", **lead}),
        origin=origin or Origin("json", "192.0.2.7"),
        destinations=("geeks",),
    )


def activity(kind: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "source": SOURCE, "description": description, "created": AT, **more}


def sent(geeks: str) -> list[Any]:
    seen = requests.get(f"{geeks}/_sandbox/requests", timeout=30).json()
    return [request["parameters"] for request in seen]


SENT = {
    "id": str(IDENTITY),
    "created": AT,
    "source": SOURCE,
    "source_details": "form riverside",
    "first_name": "Jana",
    "last_name": "Nováková",
    "email": "jana@example.com",
    "role": "Buyer",
    "activities": [activity("note", "Language: cs")],
}
ATTRIBUTES = (
    Attribute(key="has_pets", type="boolean", label="Do you have pets?"),
    Attribute(key="down_payment", type="decimal", label="Down payment"),
    Attribute(
        key="financing",
        type="multiselect",
        label={"en": "Financing"},
        options=[{"value": "1", "label": "Mortgage"}, {"value": "2", "label": "Own means"}],
    ),
    Attribute(key="voucher", type="string", label="Voucher"),
)

# name: (the form's section, the lead, where it came from, what differs from SENT)
ROWS: dict[str, tuple[dict[str, Any], dict[str, Any], Origin | None, dict[str, Any]]] = {
    "the least": ({}, {}, None, {}),
    "a phone instead": (
        {},
        {"email": None, "phone": "+420777123456"},
        None,
        {"email": None, "phone": "+420 777 123 456"},
    ),
    "the form": (
        {
            "role": "Renter",
            "region": "Riverside",
            "timeframe": "30 Days",
            "urgency": "Scorching",
            "status": "Active",
        },
        {},
        None,
        {
            "role": "Renter",
            "region": "Riverside",
            "timeframe": "30 Days",
            "urgency": "Scorching",
            "status": "Active",
        },
    ),
    "tags of both": (
        {"tags": ("web", "flats")},
        {"tags": ("fair", "web")},
        None,
        {"tags": ["web", "flats", "fair"]},
    ),
    "a note": (
        {},
        {"note": "Is there a cellar?\n100 % 🏠"},
        None,
        {"notes": "Is there a cellar?\n100 % 🏠"},
    ),
    "where it came from": (
        {},
        {"campaign": "spring"},
        Origin("html", "192.0.2.7", page="https://example.com/?a=1", title="Flats"),
        {"source_details": "Flats, https://example.com/?a=1, campaign spring"},
    ),
    "what is wanted": (
        {},
        {"unit": "A.101", "rooms": ("2+kk", "3+kk"), "price_max": 8_500_000},
        None,
        {
            "activities": [
                activity(
                    "note",
                    "Unit: A.101\nRooms: 2+kk, 3+kk\nHighest price: USD 8,500,000\nLanguage: cs",
                )
            ]
        },
    ),
    "questions of the form's own": (
        {},
        {
            "attributes": {
                "has_pets": False,
                "down_payment": "12.50",
                "financing": ["1", "2"],
                "voucher": "",
                "older": True,
            }
        },
        None,
        {
            "activities": [
                activity(
                    "note",
                    "Do you have pets? no\nDown payment: 12.50\nFinancing: Mortgage, Own means\n"
                    "older: yes\nLanguage: cs",
                )
            ]
        },
    ),
    "fields that the form asks for": (
        {"fields": {"second_email": "spouse", "phone2": "mobile", "city": "town"}},
        {"attributes": {"spouse": "petr@example.com", "mobile": "777 123 456", "town": "Praha"}},
        None,
        {
            "second_email": "petr@example.com",
            "phone2": "+420 777 123 456",
            "city": "Praha",
            "activities": [activity("note", "Language: cs")],
        },
    ),
    "fields that do not take an answer": (
        {"fields": {"second_email": "spouse", "phone2": "mobile", "city": "town"}},
        {"attributes": {"spouse": "his", "mobile": "the same", "town": ""}},
        None,
        {"activities": [activity("note", "spouse: his\nmobile: the same\nLanguage: cs")]},
    ),
    "consents": (
        {},
        {"consents": (Consent(2, True, "I agree."), Consent(1, False, "News."))},
        None,
        {
            "activities": [
                activity("note", "Language: cs"),
                activity(
                    "note",
                    "Agreed: I agree.\nNot agreed: News.\n"
                    "On 2026-03-01 at 12:30 UTC, from 192.0.2.7",
                ),
            ]
        },
    ),
    "somebody's": (
        {"assign_to": "12345"},
        {},
        None,
        {
            "activities": [
                activity("note", "Language: cs"),
                activity("was_assigned", "Assigned by the form", user={"id": "12345"}),
            ]
        },
    ),
}


@pytest.fixture(scope="module")
def shared() -> Any:
    with serve_sandbox(create_sandbox(custom=["Scorching"])) as sandbox:
        yield sandbox.url


@pytest.mark.parametrize(("form", "lead", "origin", "expected"), ROWS.values(), ids=ROWS)
def test_a_lead_is_sent_as_specified(
    shared: str,
    form: dict[str, Any],
    lead: dict[str, Any],
    origin: Origin | None,
    expected: dict[str, Any],
) -> None:
    requests.delete(f"{shared}/_sandbox/leads", timeout=30)
    result = destination(shared, *ATTRIBUTES, **form).deliver(submission(origin, **lead), "no")
    wanted = {key: value for key, value in {**SENT, **expected}.items() if value is not None}
    assert sent(shared) == [wanted]
    assert result.customer_id == str(IDENTITY)
    assert result.answer is not None
    assert (result.answer.status, result.answer.body.strip()) == (201, "{}")
    assert len(leads(shared)) == 1


def test_a_form_that_is_not_configured_any_more(geeks: str) -> None:
    destination(geeks).deliver(submission(form="hillside"), "no")
    (lead,) = sent(geeks)
    assert lead["source"] == "hillside"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+18081231234", "808-123-1234"),
        ("+14165550123", "416-555-0123"),
        ("+558332341234", "+55 83 3234-1234"),
        ("+442079460123", "+44 20 7946 0123"),
        ("nonsense", "nonsense"),
    ],
)
def test_how_numbers_are_written(number: str, written: str) -> None:
    assert phone(number) == written


# -- a lead that may be there ------------------------------------------------------------------


@pytest.mark.parametrize("prior", ["no", "perhaps"])
def test_what_may_be_there_is_created_and_is_one_lead(geeks: str, prior: PriorDelivery) -> None:
    for _ in range(2):
        destination(geeks).deliver(submission(unit="A.101"), prior)
    assert calls(geeks) == [("leads", 201)] * 2
    (lead,) = leads(geeks)
    assert len(lead["activities"]) == 1


def test_what_is_there_is_brought_up_to_date(geeks: str) -> None:
    account = destination(geeks, assign_to="12345")
    account.deliver(submission(unit="A.101"), "no")
    result = account.deliver(submission(unit="B.202", email="nova@example.com"), "yes")
    assert result.customer_id == str(IDENTITY)
    assert calls(geeks) == [("leads", 201), ("lead", 200), ("activities", 201)]
    _, changes, activities = sent(geeks)
    assert changes == {
        "source": SOURCE,
        "source_details": "form riverside",
        "first_name": "Jana",
        "last_name": "Nováková",
        "email": "nova@example.com",
        "role": "Buyer",
    }
    again = "Sent again:\nUnit: B.202\nLanguage: cs"
    assert activities == [{"type": "note", "source": SOURCE, "description": again}]
    (lead,) = leads(geeks)
    assert lead["fields"]["created"] == AT


def test_what_is_not_there_any_more_is_created_anew(geeks: str) -> None:
    destination(geeks).deliver(submission(), "yes")
    assert calls(geeks) == [("lead", 404), ("leads", 201)]


def test_an_id_that_is_taken_is_our_lead_if_it_may_be_there(geeks: str) -> None:
    account = destination(geeks)
    account.deliver(submission(), "no")
    fault(geeks, "status", status=409)
    account.deliver(submission(email="nova@example.com"), "perhaps")
    (lead,) = leads(geeks)
    assert lead["fields"]["email"] == "nova@example.com"
    fault(geeks, "status", status=409)
    with pytest.raises(DeliveryError) as caught:
        account.deliver(submission(), "no")
    assert caught.value.permanent


@pytest.mark.parametrize("endpoint", ["lead", "activities"])
def test_an_update_that_is_cut_is_tried_again(geeks: str, endpoint: str) -> None:
    account = destination(geeks)
    account.deliver(submission(), "no")
    fault(geeks, "status", status=503, endpoint=endpoint)
    with pytest.raises(DeliveryError) as caught:
        account.deliver(submission(), "yes")
    assert not caught.value.permanent
    account.deliver(submission(), "yes")
    assert len(leads(geeks)) == 1


# -- refusals ----------------------------------------------------------------------------------


def refusal(account: RealGeeksDestination, **lead: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        account.deliver(submission(**lead), "no")
    return caught.value


def test_a_refused_value_is_told_apart_from_the_reason(geeks: str) -> None:
    error = refusal(destination(geeks), email="jana")
    assert error.permanent
    assert not error.account
    assert str(error) == "POST leads answered 422", "no personal data"
    assert error.answer is not None
    assert error.answer.said == "Field 'email' is not valid: jana"


@pytest.mark.parametrize(
    ("status", "permanent", "account", "unknown"),
    [
        (302, False, False, True),
        (400, True, False, False),
        (401, True, True, False),
        (403, True, True, False),
        (404, True, False, False),
        (409, True, False, False),
        (422, True, False, False),
        (429, False, True, False),
        (500, False, False, False),
        (503, False, False, False),
        (504, False, False, True),
    ],
)
def test_what_a_status_means(
    geeks: str, status: int, permanent: bool, account: bool, unknown: bool
) -> None:
    fault(geeks, "status", status=status, retry_after="9", headers={"Location": "/rest/"})
    error = refusal(destination(geeks))
    assert (error.permanent, error.account, error.unknown) == (permanent, account, unknown)
    assert error.retry_after == (9 if status in (429, 500, 503, 504) else None)
    assert calls(geeks) == [("leads", status)], "nothing is followed or repeated"


def test_the_password_is_kept_out_of_what_is_kept(geeks: str) -> None:
    body = "sandbox:sandbox is c2FuZGJveDpzYW5kYm94"  # what Basic makes of it
    fault(geeks, "status", status=500, body=body)
    answer = refusal(destination(geeks)).answer
    assert answer is not None
    assert answer.body == "***:*** is ***"


def test_credentials_that_are_not_latin(geeks: str) -> None:
    with serve_sandbox(create_sandbox("jméno", "heslo: ř")) as sandbox:
        account = destination(sandbox.url, username="jméno", password="heslo: ř")
        account.deliver(submission(), "no")
        assert len(leads(sandbox.url)) == 1


def test_nobody_there_has_sent_nothing() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        error = refusal(destination(f"http://127.0.0.1:{probe.getsockname()[1]}"))
    assert (error.permanent, error.unknown) == (False, False)


def test_a_success_that_is_no_json_names_no_lead(geeks: str) -> None:
    fault(geeks, "html")
    result = destination(geeks).deliver(submission(), "no")
    assert result.customer_id is None
    assert result.answer is not None
    assert "sign in" in result.answer.body


# -- check, and what this CRM does not have ----------------------------------------------------


def findings(account: RealGeeksDestination) -> list[Finding]:
    return list(account.check(list(account._forms.values())))


def test_check_knows_the_users(geeks: str) -> None:
    assert findings(destination(geeks, assign_to="12345")) == [
        Finding(True, "username and site accepted"),
        Finding(True, "forms.: assign_to 12345: Leilani Kahale"),
    ]
    assert not findings(destination(geeks, assign_to="999"))[1].well
    assert leads(geeks) == []


def test_check_without_the_right_to_list_users(geeks: str) -> None:
    fault(geeks, "status", status=403, endpoint="users")
    (finding,) = findings(destination(geeks, assign_to="999"))
    assert finding.well
    assert "not checked" in finding.message


@pytest.mark.parametrize(
    ("account", "status"), [({"password": "wrong"}, 401), ({"site_uuid": uuid4()}, 404)]
)
def test_check_finds_what_is_wrong(geeks: str, account: dict[str, Any], status: int) -> None:
    with pytest.raises(DeliveryError, match=f"GET users answered {status}"):
        findings(destination(geeks, **account))


def test_it_has_neither_list_nor_consents(geeks: str) -> None:
    account = destination(geeks)
    assert account.lookups is None
    assert not isinstance(account, Searchable)
    assert not isinstance(account, ConsentKeeper)
