"""A lead becomes exactly the parameters of Realpad's specification, and is found again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import requests

from frontdesk.config import Form
from frontdesk.crm.realpad.destination import RealpadDestination
from frontdesk.crm.realpad.settings import RealpadAccount, RealpadForm
from frontdesk.delivery.destination import Delivered, DeliveryError, LookupContext, OpenAttempt
from frontdesk.model.account import CLAIMS_KEPT, Claim
from frontdesk.model.lead import Consent, Lead, Origin, Submission
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.samples import received
from tests.support import calls, fault, leads

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM: dict[str, Any] = {"title": "Riverside", "destinations": ["crm"]}


def asked(key: str, kind: str, *options: str) -> dict[str, Any]:
    """An attribute of a form, as the configuration has it."""
    listed = [{"value": option, "label": option} for option in options]
    return {"key": key, "type": kind, "label": key, "options": listed}


ASKED = [
    asked("customer_has_pets", "boolean"),
    asked("customer_google_campaign_id", "string"),
    asked("customer_age", "integer"),
    asked("customer_down_payment", "decimal"),
    asked("customer_voucher_date", "date"),
    asked("customer_ab_test_param", "select", "1", "2"),
    asked("customer_preferred_dispositions", "multiselect", "4", "7"),
]
LEAST = {"first_name": "Jana", "last_name": "Nováková", "language": "cs"}


def destination(crm: str, **form: Any) -> RealpadDestination:
    return to(crm, Form(**FORM, attributes=ASKED, crm={"realpad": RealpadForm(**form)}))


def to(crm: str, form: Form) -> RealpadDestination:
    account = RealpadAccount(base_url=f"{crm}/ws/v10/", login="sandbox", password="sandbox")
    return RealpadDestination(account, {"riverside": form})


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
    "a note too long": ({}, {**EMAIL, "note": "x" * 4999 + "😀"}, {"note": "x" * 4999}),
    "a room with a comma": ({}, {**EMAIL, "rooms": ("2,5+kk",)}, {"preferencerooms": "2,5+kk"}),
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


# name: (what is asked for now, the answer of the time, what is sent of it)
CHANGED: dict[str, tuple[dict[str, Any] | None, Any, str | None]] = {
    "not asked for any more": (None, "x", None),
    "of the same type": (asked("customer_age", "integer"), 42, "42"),
    "a number that was a text": (asked("customer_age", "integer"), "42", "42"),
    "a text where a number is wanted": (asked("customer_age", "integer"), "old", None),
    "a day where a number is wanted": (asked("customer_age", "integer"), "2026-01-01", None),
    "a fraction where a whole is wanted": (asked("customer_age", "integer"), "4.5", None),
    "a whole where a fraction may be": (asked("customer_down_payment", "decimal"), 4, "4"),
    "a yes where a number is wanted": (asked("customer_down_payment", "decimal"), True, None),
    "a choice where a yes is wanted": (asked("customer_has_pets", "boolean"), "1", None),
    "a yes that was a choice": (asked("customer_has_pets", "boolean"), "true", "true"),
    "a text where a day is wanted": (asked("customer_voucher_date", "date"), "soon", None),
    "an option still": (asked("customer_ab_test_param", "select", "1", "2"), "2", "2"),
    "an option no more": (asked("customer_ab_test_param", "select", "1"), "2", None),
    "options, some no more": (
        asked("customer_preferred_dispositions", "multiselect", "4"),
        ["4", "7"],
        "4",
    ),
    "a choice of one that is of several": (
        asked("customer_preferred_dispositions", "multiselect", "4"),
        "4",
        "4",
    ),
    "several texts, now one": (
        asked("customer_google_campaign_id", "string"),
        ["a", "b"],
        "a,b",
    ),
}


@pytest.mark.parametrize("row", CHANGED)
def test_what_is_sent_is_what_the_form_still_has(shared: str, row: str) -> None:
    now, answer, more = CHANGED[row]
    key = now["key"] if now else "customer_shoe_size"
    form = Form(**FORM, attributes=[now] if now else [], crm={"realpad": RealpadForm()})
    lead = submission(**EMAIL, attributes={key: answer})
    requests.delete(f"{shared}/_sandbox/leads", timeout=30)
    to(shared, form).deliver(lead)
    assert leads(shared)[0]["parameters"] == expected({key: more})
    left_out = to(shared, form).sending(lead, "no").left_out
    assert left_out == (() if more and row != "options, some no more" else (key,))


def test_a_consent_goes_by_the_id_that_it_has_now(shared: str) -> None:
    labelled = {"label": "I agree."}
    consents = [{"id": 2, "was": [8, 9], **labelled}, {"id": 1, **labelled}]
    form = Form(**FORM, consents=consents, crm={"realpad": RealpadForm()})
    given = tuple(Consent(number, number != 1) for number in (9, 1, 3, 8))
    requests.delete(f"{shared}/_sandbox/leads", timeout=30)
    to(shared, form).deliver(submission(**EMAIL, consents=given))
    # That the form does not ask for 3 any more takes back nothing that was agreed to.
    assert leads(shared)[0]["parameters"] == expected({"updateconsents": "2,3"})


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


def test_no_address_is_none_of_a_visitor(shared: str) -> None:
    for address in ("", "0.0.0.0"):
        sent = submission(Origin("html", address), **EMAIL)
        assert arrived(shared, {}, sent) == expected({"consentsource": None})


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


# -- found again: what is taken for what is in test_reconciliation -----------------------------


def case(sent: Submission, *claims: Claim) -> LookupContext:
    return LookupContext(OpenAttempt(sent, NOW, NOW), [], claims, lambda *_: [])


def test_it_is_found_in_the_real_list(crm: str) -> None:
    account = destination(crm, project=1234)
    mine = submission(**EMAIL)
    before = datetime.now(UTC)
    assert account.find(case(mine)) is None
    result = account.deliver(mine)
    entry = leads(crm)[0]
    assert account.find(case(mine)) == Delivered(result.customer_id, str(entry["inquiry_id"]))
    assert account.find(case(mine, Claim(before, result.customer_id, None))) is None


def test_it_is_patient_for_longer_than_a_request_may_take(crm: str) -> None:
    account = RealpadAccount(
        base_url=crm, login="x", password="x", connect_timeout="20 s", read_timeout="5 minutes"
    )
    lookups = RealpadDestination(account, {}).lookups
    assert lookups is not None
    assert lookups.patience > 320
    assert lookups.back < CLAIMS_KEPT


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
        destination(crm).find(case(submission(**EMAIL)))
    assert caught.value.account is account
    assert [endpoint for endpoint, _ in calls(crm)] == ["list-leads"]


def test_the_journals_lead_is_what_is_sent(crm: str) -> None:
    line = received(note="x")
    sent = Submission(line.id, line.at, line.form, line.lead, line.origin, line.destinations)
    destination(crm).deliver(sent)
    assert leads(crm)[0]["parameters"]["note"] == "x"
