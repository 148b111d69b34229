"""A lead becomes exactly the parameters of Realpad's specification, and is found again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import requests

from frontdesk.crm.realpad.destination import RealpadAccount, RealpadDestination, RealpadForm
from frontdesk.crm.realpad.sandbox import create_sandbox, serve_sandbox
from frontdesk.delivery.destination import Delivered, DeliveryError
from frontdesk.journal.ledger import Claim
from frontdesk.lead import Consent, Lead, Origin, Submission
from tests.support import calls, fault, leads, received

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEAST = {"first_name": "Jana", "last_name": "Nováková", "language": "cs"}


def destination(crm: str, **form: Any) -> RealpadDestination:
    account = RealpadAccount(base_url=f"{crm}/ws/v10/", login="sandbox", password="sandbox")
    return RealpadDestination(account, {"riverside": RealpadForm(**form)})


def submission(origin: Origin | None = None, form: str = "riverside", **lead: Any) -> Submission:
    return Submission(
        id=UUID(int=1),
        at=NOW,
        form=form,
        lead=Lead(**LEAST, **lead),
        origin=origin or Origin("json", "192.0.2.7"),
        destinations=("crm",),
    )


EMAIL = {"email": "jana@example.com"}
SENT = {  # for a lead with nothing but an email address, from a form that adds nothing
    "name": "Jana",
    "surname": "Nováková",
    "email": "jana@example.com",
    "language": "cs",
    "consentsource": "192.0.2.7",
}
GRANTED = (Consent(2, True, "I agree."), Consent(1, False, "News."), Consent(3, True, "Both."))

# name: (the form's section, the lead, what is sent beside SENT; None: not sent)
ROWS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str | None]]] = {
    "nothing but an email": ({}, EMAIL, {}),
    "a phone instead": (
        {},
        {"phone": "+420777123456"},
        {"phone": "+420777123456", "email": None},
    ),
    "both": ({}, {**EMAIL, "phone": "+420777123456"}, {"phone": "+420777123456"}),
    "the form": (
        {"project": 1234, "referral": 77, "salesman": 5},
        EMAIL,
        {"project": "1234", "referral": "77", "salesman": "5"},
    ),
    "the form's tags": ({"tags": ("web", "flats")}, EMAIL, {"tags": "web,flats"}),
    "the page's tags": ({}, {**EMAIL, "tags": ("fair",)}, {"tags": "fair"}),
    "tags of both": (
        {"tags": ("web", "flats")},
        {**EMAIL, "tags": ("fair", "web")},
        {"tags": "web,flats,fair"},
    ),
    "the form's campaign": ({"campaign": "web"}, EMAIL, {"campaign": "web"}),
    "the page's campaign": (
        {"campaign": "web"},
        {**EMAIL, "campaign": "spring & summer"},
        {"campaign": "spring & summer"},
    ),
    "a unit": ({}, {**EMAIL, "unit": "A.101"}, {"internalid": "A.101"}),
    "a unit in digits": ({}, {**EMAIL, "unit": "101"}, {"internalid": "101"}),
    "a unit's number": ({"unit_as": "unitid"}, {**EMAIL, "unit": "101"}, {"unitid": "101"}),
    "a unit without a number": (
        {"unit_as": "unitid"},
        {**EMAIL, "unit": "A.101"},
        {"internalid": "A.101"},
    ),
    "a unit in other digits": (
        {"unit_as": "unitid"},
        {**EMAIL, "unit": "١٠١"},
        {"internalid": "١٠١"},
    ),
    "one room": ({}, {**EMAIL, "rooms": ("2+kk",)}, {"preferencerooms": "2+kk"}),
    "rooms": ({}, {**EMAIL, "rooms": ("2+kk", "3+kk")}, {"preferencerooms": "2+kk|3+kk"}),
    "a price": ({}, {**EMAIL, "price_max": 8_500_000}, {"preferencepricemax": "8500000"}),
    "a note": (
        {},
        {**EMAIL, "note": "Sklep?\n100 % & víc = +1 🏠"},
        {"note": "Sklep?\n100 % & víc = +1 🏠"},
    ),
    "a long note": ({}, {**EMAIL, "note": "ř" * 5000}, {"note": "ř" * 5000}),
    "consents": ({}, {**EMAIL, "consents": GRANTED[:2]}, {"updateconsents": "2"}),
    "several consents": ({}, {**EMAIL, "consents": GRANTED}, {"updateconsents": "2,3"}),
    "no consent": ({}, {**EMAIL, "consents": GRANTED[1:2]}, {}),
    "consents replaced": (
        {"consent_mode": "replace"},
        {**EMAIL, "consents": GRANTED},
        {"consents": "2,3"},
    ),
    "no consent, replaced": (
        {"consent_mode": "replace"},
        {**EMAIL, "consents": GRANTED[1:2]},
        {},
    ),
    "nobody was asked, replaced": ({"consent_mode": "replace"}, EMAIL, {}),
}

# Realpad's specification, "Custom attributes"; the keys are its own examples where it has one.
ATTRIBUTES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "boolean": ({"customer_has_pets": True}, {"customer_has_pets": "true"}),
    "boolean, no": ({"customer_has_pets": False}, {"customer_has_pets": "false"}),
    "string": (
        {"customer_google_campaign_id": "a, b & c"},
        {"customer_google_campaign_id": "a, b & c"},
    ),
    "integer": ({"customer_age": 42}, {"customer_age": "42"}),
    "integer, zero": ({"customer_age": 0}, {"customer_age": "0"}),
    "decimal": ({"customer_down_payment": "12.50"}, {"customer_down_payment": "12.50"}),
    "date": ({"customer_voucher_date": "2026-02-28"}, {"customer_voucher_date": "2026-02-28"}),
    "select": ({"customer_ab_test_param": "1"}, {"customer_ab_test_param": "1"}),
    "multiselect": (
        {"customer_preferred_dispositions": ["4", "7"]},
        {"customer_preferred_dispositions": "4,7"},
    ),
    "multiselect, one": (
        {"customer_preferred_dispositions": ["4"]},
        {"customer_preferred_dispositions": "4"},
    ),
    "nothing chosen": ({"customer_preferred_dispositions": []}, {}),
    "nothing typed": ({"customer_google_campaign_id": ""}, {}),
    "a reserved key": ({"consents": "9", "login": "me", "note": "overwritten"}, {}),
}


@pytest.fixture(scope="module")
def shared() -> Any:
    """One sandbox for all rows, emptied before each."""
    with serve_sandbox(create_sandbox(consent_types={1: "a", 2: "b", 3: "c"})) as sandbox:
        yield sandbox.url


@pytest.mark.parametrize("row", ROWS)
def test_what_is_sent(shared: str, row: str) -> None:
    form, lead, more = ROWS[row]
    assert arrived(shared, form, submission(**lead)) == expected(more)


@pytest.mark.parametrize("row", ATTRIBUTES)
def test_attributes_in_their_notations(shared: str, row: str) -> None:
    attributes, more = ATTRIBUTES[row]
    assert arrived(shared, {}, submission(**EMAIL, attributes=attributes)) == expected(more)


def arrived(crm: str, form: Mapping[str, Any], sent: Submission) -> dict[str, str]:
    requests.delete(f"{crm}/_sandbox/leads", timeout=30)
    result = destination(crm, **form).deliver(sent)
    (stored,) = leads(crm)
    assert result.customer_id == str(stored["customer_id"])
    assert result.answer is not None
    assert (result.answer.status, result.inquiry_id) == (200, None)
    parameters: dict[str, str] = stored["parameters"]
    return parameters


def expected(more: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in {**SENT, **more}.items() if value is not None}


def test_everything_at_once(shared: str) -> None:
    form = {"project": 1234, "referral": 77, "salesman": 5, "campaign": "web", "tags": ("web",)}
    lead = {
        **EMAIL,
        "phone": "+420777123456",
        "unit": "A.101",
        "rooms": ("2+kk", "3+kk"),
        "price_max": 8_500_000,
        "note": "Is there a cellar?",
        "campaign": "spring",
        "consents": GRANTED,
        "attributes": {"customer_has_pets": True, "customer_age": 42},
    }
    assert arrived(shared, form, submission(Origin("html", "2001:db8::7"), **lead)) == {
        "name": "Jana",
        "surname": "Nováková",
        "email": "jana@example.com",
        "phone": "+420777123456",
        "project": "1234",
        "referral": "77",
        "salesman": "5",
        "tags": "web",
        "campaign": "spring",
        "internalid": "A.101",
        "preferencerooms": "2+kk|3+kk",
        "preferencepricemax": "8500000",
        "note": "Is there a cellar?",
        "language": "cs",
        "consentsource": "2001:db8::7",
        "updateconsents": "2,3",
        "customer_has_pets": "true",
        "customer_age": "42",
    }


def test_a_form_that_has_left_the_configuration_still_delivers(shared: str) -> None:
    requests.delete(f"{shared}/_sandbox/leads", timeout=30)
    destination(shared, project=1234).deliver(submission(form="hillside", **EMAIL))
    assert leads(shared)[0]["parameters"] == SENT


@pytest.mark.parametrize(
    ("misbehaviour", "customer_id", "body"),
    [
        ({"kind": "html"}, None, "sign in"),
        ({"kind": "empty"}, None, ""),
        ({"kind": "status", "status": 201, "body": " 60009\r\n"}, "60009", "60009"),
        ({"kind": "status", "status": 202, "body": "queued"}, None, "queued"),
        ({"kind": "status", "status": 200, "body": "-1"}, None, "-1"),
        ({"kind": "status", "status": 200, "body": "²"}, None, "²"),
    ],
    ids=["page", "empty", "201", "202", "negative", "odd digit"],
)
def test_a_success_without_a_customer(
    crm: str, misbehaviour: dict[str, Any], customer_id: str | None, body: str
) -> None:
    fault(crm, **misbehaviour)
    result = destination(crm).deliver(submission(**EMAIL))
    assert result.customer_id == customer_id
    assert result.answer is not None
    assert body in result.answer.body


def test_a_refusal_is_passed_on(crm: str) -> None:
    with pytest.raises(DeliveryError, match="answered 400") as caught:
        destination(crm, project=99).deliver(submission(**EMAIL))
    assert caught.value.permanent
    assert caught.value.answer is not None
    assert caught.value.answer.body == "Unknown project: 99."


# -- found again -------------------------------------------------------------------------------


class Entry(msgspec.Struct, frozen=True):
    """An entry of list-leads; `minutes` after the attempt."""

    inquiry_id: int
    customer_id: int
    customer_name: str = "Jana Nováková"
    minutes: float = 0

    def told(self) -> dict[str, Any]:
        moment = NOW + timedelta(minutes=self.minutes)
        zone = (moment + timedelta(hours=1)).replace(tzinfo=None).isoformat() + "+01:00"
        return {**msgspec.to_builtins(self), "timestamp": zone, "campaign": None}


def found(crm: str, entries: Sequence[Entry], claims: Sequence[Claim] = ()) -> str | None:
    """The inquiry that is taken for Jana Nováková's attempt at NOW."""
    body = msgspec.json.encode([entry.told() for entry in entries]).decode()
    fault(crm, "status", status=200, body=body, endpoint="list-leads")
    result = destination(crm).find(submission(**EMAIL), NOW, claims)
    if result is None:
        return None
    entry = next(e for e in entries if str(e.inquiry_id) == result.inquiry_id)
    assert result == Delivered(str(entry.customer_id), str(entry.inquiry_id))
    return result.inquiry_id


@pytest.mark.parametrize(
    "name",
    [
        "Jana Nováková",
        "JANA NOVÁKOVÁ",
        "Jana Novakova",
        "jana  nova\u0301kova\u0301 ",
        "\tJana\u00a0Nováková",
    ],
    ids=["same", "capitals", "no accents", "decomposed", "spaces"],
)
def test_a_name_as_crms_vary_it(crm: str, name: str) -> None:
    assert found(crm, [Entry(1, 7, name)]) == "1"


@pytest.mark.parametrize("name", ["Jan Novák", "Nováková Jana", "Jana Nováková ml.", ""])
def test_another_name(crm: str, name: str) -> None:
    assert found(crm, [Entry(1, 7, name)]) is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-4.9, "1"), (0, "1"), (3, "1"), (60 * 24, "1"), (-5.1, None), (-60 * 24 * 6, None)],
)
def test_only_what_came_after_the_attempt(crm: str, minutes: float, expected: str | None) -> None:
    assert found(crm, [Entry(1, 7, minutes=minutes)]) == expected


def test_the_nearest_of_several(crm: str) -> None:
    entries = [Entry(3, 7, minutes=9), Entry(2, 7, minutes=0.1), Entry(1, 7, minutes=-4)]
    assert found(crm, entries) == "2"


def claim(minutes: float, customer: int | None = 7, inquiry: int | None = None) -> Claim:
    return Claim(
        NOW + timedelta(minutes=minutes),
        None if customer is None else str(customer),
        None if inquiry is None else str(inquiry),
    )


@pytest.mark.parametrize(
    ("entries", "claims", "expected"),
    [
        ([Entry(1, 7)], [claim(0, inquiry=1)], None),
        ([Entry(1, 7)], [claim(0)], None),
        ([Entry(1, 7)], [claim(0, customer=8)], "1"),
        ([Entry(1, 7)], [claim(0, customer=None)], "1"),
        ([Entry(1, 7)], [claim(-90)], "1"),
        ([Entry(2, 7, minutes=1), Entry(1, 7, minutes=0)], [claim(0)], "2"),
        ([Entry(2, 7, minutes=1), Entry(1, 7, minutes=0)], [claim(1)], "1"),
        ([Entry(2, 7, minutes=1), Entry(1, 7, minutes=0)], [claim(0), claim(1)], None),
        ([Entry(2, 7, minutes=1), Entry(1, 7, minutes=0)], [claim(0, inquiry=1)], "2"),
        ([Entry(2, 7, minutes=1), Entry(1, 7)], [claim(0, inquiry=1), claim(1)], None),
        ([Entry(2, 8, minutes=1), Entry(1, 7, minutes=0)], [claim(0, customer=7)], "2"),
        ([Entry(1, 7)], [claim(0, inquiry=9)], "1"),
    ],
    ids=[
        "claimed by its number",
        "claimed by its customer",
        "another customer's claim",
        "a claim without a customer",
        "a claim of long ago",
        "one of two, the earlier claimed",
        "one of two, the later claimed",
        "two of two",
        "the other by its number",
        "one each way",
        "a namesake",
        "a claim of another inquiry",
    ],
)
def test_what_other_deliveries_explain_is_not_taken(
    crm: str, entries: list[Entry], claims: list[Claim], expected: str | None
) -> None:
    assert found(crm, entries, claims) == expected
    assert found(crm, entries[::-1], claims[::-1]) == expected


def test_it_is_found_in_the_real_list(crm: str) -> None:
    account = destination(crm, project=1234)
    mine = submission(**EMAIL)
    before = datetime.now(UTC)
    assert account.find(mine, before, []) is None
    result = account.deliver(mine)
    entry = leads(crm)[0]
    assert account.find(mine, before, []) == Delivered(result.customer_id, str(entry["inquiry_id"]))
    assert account.find(mine, before, [Claim(before, result.customer_id, None)]) is None


@pytest.mark.parametrize(
    ("misbehaviour", "account"),
    [
        ({"kind": "status", "status": 500}, False),
        ({"kind": "html"}, False),
        ({"kind": "cut_before"}, False),
        ({"kind": "ban", "seconds": 60}, True),
        ({"kind": "rate_limit", "retry_after": "7"}, True),
    ],
    ids=["500", "page", "cut", "ban", "429"],
)
def test_a_list_that_cannot_be_had_is_no_answer(
    crm: str, misbehaviour: dict[str, Any], account: bool
) -> None:
    fault(crm, **{"endpoint": "list-leads", **misbehaviour})
    with pytest.raises(DeliveryError) as caught:
        destination(crm).find(submission(**EMAIL), NOW, [])
    assert caught.value.account is account
    assert [endpoint for endpoint, _ in calls(crm)] == ["list-leads"]


def test_the_journals_lead_is_what_is_sent(crm: str) -> None:
    line = received(note="x")
    sent = Submission(line.id, line.at, line.form, line.lead, line.origin, line.destinations)
    destination(crm).deliver(sent)
    assert leads(crm)[0]["parameters"]["note"] == "x"
