"""The Realpad stand-in, spoken to over real HTTP."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.support import PATIENCE, eventually

ACCOUNT = {"login": "sandbox", "password": "sandbox"}
PHONE = "+420777123456"
EMAIL = "jan.novak@example.com"
LEAD: dict[str, Any] = {"name": "Jan", "surname": "Novák", "email": EMAIL}


class Clock:
    def __init__(self) -> None:
        self.start = datetime.now(UTC)
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return self.start + self.ahead


class Client:
    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"timeout": PATIENCE, "allow_redirects": False, **options}
        return self.session.request(method, self.url + path, **options)

    def call(self, endpoint: str, timeout: float = PATIENCE, **values: Any) -> requests.Response:
        return self.send("POST", f"/ws/v10/{endpoint}", data=ACCOUNT | values, timeout=timeout)

    def create(self, timeout: float = PATIENCE, **values: Any) -> requests.Response:
        return self.call("create-lead", timeout, **LEAD | values)

    def customer_id(self, **values: Any) -> int:
        response = self.call("create-lead", name="Jan", surname="Novák", **values)
        assert response.status_code == 200, response.text
        return int(response.text)

    def fault(self, fault: str, **options: object) -> None:
        response = self.send("POST", "/_sandbox/faults", json={"fault": fault, **options})
        assert response.status_code == 204, response.text

    def mend(self) -> None:
        assert self.send("DELETE", "/_sandbox/faults").status_code == 204

    def seen(self, what: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.send("GET", f"/_sandbox/{what}").json()
        return found

    def consents(self) -> dict[int, bool]:
        (customer,) = self.seen("customers")
        return {consent["id"]: consent["valid"] for consent in customer["consents"]}


@pytest.fixture
def crm() -> Iterator[Client]:
    clock = Clock()
    with serve_sandbox(create_sandbox(clock=clock)) as serving:
        client = Client(serving.url, clock)
        with client.session:
            yield client


def test_a_lead_is_stored_as_received(crm: Client) -> None:
    sent: dict[str, Any] = {
        "surname": "Novák",
        "name": "Jan",
        "email": EMAIL,
        "phone": PHONE,
        "project": "1234",
        "salesman": "7",
        "preferencerooms": "2+1|3+1",
        "preferencepricemax": "9500000",
        "internalid": "A-12",
        "referral": "77",
        "campaign": "spring",
        "language": "cs",
        "tags": "web,hot",
        "note": "a=1&b\nč",
        "consentsource": "192.0.2.1",
        "updateconsents": "1,2",
        "customer_has_pets": "true",
    }
    response = crm.call("create-lead", **sent)
    assert (response.status_code, response.headers["Content-Type"]) == (
        200,
        "text/plain; charset=utf-8",
    )
    (lead,) = crm.seen("leads")
    assert list(lead["parameters"].items()) == list(sent.items())
    assert lead["customer_id"] == int(response.text)
    (customer,) = crm.seen("customers")
    assert customer["favorites"] == ["A-12"]
    (record,) = crm.seen("requests")
    assert (record["number"], record["endpoint"], record["status"]) == (1, "create-lead", 200)
    assert record["parameters"] == sent


MISSING = "Parameter missing: "
FORMAT = "Incorrect parameter format: "


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"login": ""}, MISSING + "login."),
        ({"login": None}, MISSING + "login."),
        ({"password": None}, MISSING + "password."),
        ({"name": None}, MISSING + "name."),
        ({"name": " "}, MISSING + "name."),
        ({"surname": ""}, MISSING + "surname."),
        ({"email": None}, MISSING + "one of email, phone."),
        ({"email": ""}, FORMAT + "email"),
        ({"email": "jan@example"}, FORMAT + "email"),
        ({"email": "jan novak@example.com"}, FORMAT + "email"),
        ({"email": "jan@novak@example.com"}, FORMAT + "email"),
        ({"phone": ""}, FORMAT + "phone"),
        ({"phone": "777123456"}, FORMAT + "phone"),
        ({"phone": "+420 777 123 456"}, FORMAT + "phone"),
        ({"phone": "+0777123456"}, FORMAT + "phone"),
        ({"phone": "+4207771234567890"}, FORMAT + "phone"),
        ({"project": "Riverside"}, FORMAT + "project"),
        ({"project": ""}, FORMAT + "project"),
        ({"project": "99"}, "Unknown project: 99."),
        ({"salesman": "x"}, FORMAT + "salesman"),
        ({"unitid": "A-12"}, FORMAT + "unitid"),
        ({"unitid": "9" * 5000}, FORMAT + "unitid"),
        ({"preferencepricemax": "9 500 000"}, FORMAT + "preferencepricemax"),
        ({"preferencepricemax": "9500000.0"}, FORMAT + "preferencepricemax"),
        ({"preferencerooms": ""}, FORMAT + "preferencerooms"),
        ({"preferencerooms": "2+1||3+1"}, FORMAT + "preferencerooms"),
        ({"referral": "web"}, FORMAT + "referral"),
        ({"referral": "٧"}, FORMAT + "referral"),
        ({"language": "CS"}, FORMAT + "language"),
        ({"language": "cs-CZ"}, FORMAT + "language"),
        ({"language": ""}, FORMAT + "language"),
        ({"language": "xx"}, FORMAT + "language"),
        ({"language": "sh"}, FORMAT + "language"),
        ({"internalid": "A-12", "unitid": "12"}, "Send either internalid or unitid, not both."),
        (
            {"consents": "1", "updateconsents": "2"},
            "Send either consents or updateconsents, not both.",
        ),
        ({"consents": "1;2"}, FORMAT + "consents"),
        ({"consents": "[1,2]"}, FORMAT + "consents"),
        ({"consents": "1,"}, FORMAT + "consents"),
        ({"consents": "1,3"}, "Unknown consent type: 3."),
        ({"updateconsents": ""}, FORMAT + "updateconsents"),
        ({"updateconsents": "9"}, "Unknown consent type: 9."),
        ({"gdpr": "on"}, "Unexpected parameters found: gdpr."),
        ({"note": "č" * 5001}, "Parameter too long: note"),
        ({"note": "x" * 4999 + "😀"}, "Parameter too long: note"),
        ({"note": ["one", "two"]}, "A parameter was sent more than once."),
        ({"customer_has_pets": "yes"}, FORMAT + "customer_has_pets"),
        ({"customer_age": "4,200"}, FORMAT + "customer_age"),
        ({"customer_down_payment": "12,5"}, FORMAT + "customer_down_payment"),
        ({"customer_voucher_date": "17.3.2024"}, FORMAT + "customer_voucher_date"),
        ({"customer_voucher_date": "2024-02-30"}, FORMAT + "customer_voucher_date"),
        ({"customer_voucher_date": "20240317"}, FORMAT + "customer_voucher_date"),
        ({"customer_ab_test_param": "1,2"}, FORMAT + "customer_ab_test_param"),
        ({"customer_preferred_dispositions": "4,,7"}, FORMAT + "customer_preferred_dispositions"),
    ],
)
def test_it_refuses_a_wrong_parameter(crm: Client, changes: dict[str, Any], message: str) -> None:
    response = crm.send("POST", "/ws/v10/create-lead", data=ACCOUNT | LEAD | changes)
    assert (response.status_code, response.text[: len(message)]) == (400, message)
    assert response.headers["Content-Type"].startswith("text/plain")
    assert crm.seen("leads") == []
    assert crm.seen("requests")[0]["status"] == 400


def test_it_accepts_the_limits(crm: Client) -> None:
    response = crm.create(
        note="č" * 5000,
        campaign="",
        consents="",
        customer_age="42",
        customer_down_payment="12.5",
        customer_voucher_date="2024-02-29",
        customer_ab_test_param="1",
        customer_preferred_dispositions="4,7",
        customer_google_campaign_id="summer, 2024",
    )
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("body", [{"json": ACCOUNT | LEAD}, {"files": {"name": (None, "Jan")}}])
def test_it_refuses_another_content_type(crm: Client, body: dict[str, Any]) -> None:
    assert crm.send("POST", "/ws/v10/create-lead", **body).status_code == 415
    assert crm.seen("requests")[0]["status"] == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_it_refuses_another_method(crm: Client, method: str) -> None:
    assert crm.send(method, "/ws/v10/create-lead").status_code == 405
    assert [(r["method"], r["status"]) for r in crm.seen("requests")] == [(method, 405)]


@pytest.mark.parametrize(
    "endpoint", ["create-lead", "list-leads", "list-consent-types", "revoke-customer-consent"]
)
def test_it_refuses_wrong_credentials(crm: Client, endpoint: str) -> None:
    response = crm.call(endpoint, password="hunter22")
    assert (response.status_code, response.text) == (401, "Not authorized.")
    assert "hunter22" not in crm.send("GET", "/_sandbox/requests").text


def test_an_unknown_endpoint_is_not_found(crm: Client) -> None:
    assert crm.call("get-projects-info").status_code == 404


def test_a_known_customer_keeps_number_and_name(crm: Client) -> None:
    first = crm.customer_id(email=EMAIL, phone=PHONE)
    again = crm.call("create-lead", name="Johann", surname="Neu", email=EMAIL.upper())
    assert int(again.text) == first
    assert crm.customer_id(phone=PHONE) == first
    assert crm.customer_id(phone="+420777000000", email=EMAIL) == first
    assert crm.customer_id(phone="+420777000000") == first
    assert crm.customer_id(email="someone@example.com") != first
    assert crm.seen("customers")[0]["name"] == "Jan Novák"
    assert len(crm.seen("leads")) == 6


def test_consents_replace_and_updateconsents_add(crm: Client) -> None:
    crm.create(consents="1", consentsource="192.0.2.1")
    assert crm.consents() == {1: True}
    crm.create(updateconsents="2")
    assert crm.consents() == {1: True, 2: True}
    crm.create()
    assert crm.consents() == {1: True, 2: True}
    crm.create(consents="2")
    assert crm.consents() == {2: True}
    crm.create(consents="")
    assert crm.consents() == {}


def test_a_revoked_consent_is_kept_as_invalid(crm: Client) -> None:
    crm.create(consents="1,2", consentsource="192.0.2.1")
    response = crm.call(
        "revoke-customer-consent", email=EMAIL.upper(), consentid="1", notes="Unsubscribed"
    )
    assert (response.status_code, response.text) == (200, "")
    assert crm.consents() == {1: False, 2: True}
    record = crm.seen("customers")[0]["consents"][0]
    assert (record["source"], record["notes"]) == ("192.0.2.1", ["Unsubscribed"])
    assert record["revoked_at"]
    crm.create(updateconsents="1")
    assert crm.consents() == {1: True, 2: True}
    assert crm.seen("customers")[0]["consents"][0]["notes"] == ["Unsubscribed"]
    assert crm.seen("customers")[0]["past"] == [record], "what was revoked stays on record"


def test_revoking_for_a_shared_email_is_a_conflict(crm: Client) -> None:
    one, two = crm.customer_id(phone="+420777000001"), crm.customer_id(phone="+420777000002")
    assert crm.customer_id(phone="+420777000001", email=EMAIL) == one
    assert crm.customer_id(phone="+420777000002", email=EMAIL, consents="1") == two
    assert crm.call("revoke-customer-consent", email=EMAIL, consentid="1").status_code == 409
    done = crm.call("revoke-customer-consent", customerid=str(two), consentid="1")
    assert done.status_code == 200
    assert not crm.seen("customers")[1]["consents"][0]["valid"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"email": EMAIL}, MISSING + "consentid."),
        ({"consentid": "1"}, MISSING + "one of email, customerid."),
        (
            {"consentid": "1", "email": EMAIL, "customerid": "60001"},
            "Send either email or customerid, not both.",
        ),
        ({"consentid": "9", "email": EMAIL}, "Unknown consent type: 9."),
        ({"consentid": "x", "email": EMAIL}, FORMAT + "consentid"),
        ({"consentid": "1", "email": "nobody@example.com"}, "Customer not found."),
        ({"consentid": "1", "customerid": "1"}, "Customer not found."),
        ({"consentid": "1", "email": EMAIL, "customer_age": "4"}, "Unexpected parameters found"),
    ],
)
def test_it_refuses_a_wrong_revocation(crm: Client, values: dict[str, Any], message: str) -> None:
    crm.create(consents="1")
    response = crm.call("revoke-customer-consent", **values)
    assert (response.status_code, response.text[: len(message)]) == (400, message)
    assert crm.consents() == {1: True}


def test_consent_types_are_listed(crm: Client) -> None:
    assert crm.call("list-consent-types").json() == [
        {"id": 1, "name": "Marketing"},
        {"id": 2, "name": "Data processing"},
    ]
    assert crm.call("list-consent-types", name="x").status_code == 400


def test_leads_of_the_last_week_are_listed_newest_first(crm: Client) -> None:
    crm.create(campaign="old")
    crm.clock.ahead = timedelta(days=6)
    crm.create(project="1234", campaign="spring", preferencerooms="1+kk")
    crm.create()
    newest, older, oldest = crm.call("list-leads").json()
    assert newest["inquiry_id"] > older["inquiry_id"] > oldest["inquiry_id"]
    assert (newest["projects"], newest["campaign"], newest["product_interest"]) == ([], None, None)
    assert datetime.fromisoformat(older.pop("timestamp")).utcoffset() is not None
    assert older == {
        "inquiry_id": crm.seen("leads")[1]["inquiry_id"],
        "customer_id": crm.seen("leads")[1]["customer_id"],
        "customer_name": "Jan Novák",
        "projects": ["Riverside Residences"],
        "campaign": "spring",
        "product_interest": "1+kk",
    }
    crm.clock.ahead = timedelta(days=8)
    assert len(crm.call("list-leads").json()) == 2
    assert crm.call("list-leads", project="1234").status_code == 400


def test_custom_configuration() -> None:
    app = create_sandbox("me", "secret", {5: "News"}, {9: "Hill"}, {"color": "select"})
    client = app.test_client()
    lead = {"login": "me", "password": "secret", "name": "A", "surname": "B", "phone": PHONE}
    good = client.post("/ws/v10/create-lead", data=lead | {"consents": "5", "color": "red"})
    assert good.status_code == 200
    with pytest.raises(ValueError, match="colour"):
        create_sandbox(attributes={"colour": "paint"})


def test_many_at_once(crm: Client) -> None:
    def send(number: int) -> str:
        data = ACCOUNT | LEAD | {"note": str(number)}
        return requests.post(f"{crm.url}/ws/v10/create-lead", data, timeout=PATIENCE).text

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(40)))) == 1
    assert len({lead["inquiry_id"] for lead in crm.seen("leads")}) == 40
    assert [record["number"] for record in crm.seen("requests")] == list(range(1, 41))


# Misbehaviour


def test_faults_strike_in_order_and_are_counted(crm: Client) -> None:
    crm.fault("status", status=503, times=2)
    crm.fault("status", status=201, body="60001")
    crm.fault("status", status=302, headers={"Location": "/ws/v10/moved"})
    crm.fault("status", endpoint="list-leads", times=None)
    assert [crm.create().status_code for _ in range(5)] == [503, 503, 201, 302, 200]
    assert [crm.call("list-leads").status_code for _ in range(3)] == [500] * 3
    assert crm.send("DELETE", "/_sandbox/faults").status_code == 204
    assert crm.call("list-leads").status_code == 200
    assert len(crm.seen("leads")) == 1
    assert [r["status"] for r in crm.seen("requests")][:5] == [503, 503, 201, 302, 200]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "Internal server error."),
        (400, "Incorrect parameter format."),
        (503, "Service Unavailable."),
        (599, "Fault."),
    ],
)
def test_a_status_says_what_it_means(crm: Client, status: int | None, said: str) -> None:
    crm.fault("status", status=status)
    response = crm.create()
    assert (response.status_code, response.text) == (status or 500, said)


def test_a_status_carries_what_it_is_given(crm: Client) -> None:
    crm.fault("status", status=418, body="<p>", content_type="text/html", headers={"X-A": "b"})
    response = crm.create()
    assert (response.status_code, response.text) == (418, "<p>")
    assert (response.headers["Content-Type"], response.headers["X-A"]) == ("text/html", "b")


@pytest.mark.parametrize("retry_after", [None, "2", "Wed, 21 Oct 2099 07:28:00 GMT", "soon"])
def test_rate_limit(crm: Client, retry_after: str | None) -> None:
    crm.fault("rate_limit", retry_after=retry_after)
    limited = crm.create()
    assert (limited.status_code, limited.headers.get("Retry-After")) == (429, retry_after)
    assert crm.create().status_code == 200


def test_a_ban_grows_with_every_attempt_and_ends(crm: Client) -> None:
    crm.fault("ban", seconds=100)
    banned = crm.call("list-leads")
    assert (banned.status_code, banned.text) == (401, "Not authorized.")
    crm.clock.ahead = timedelta(seconds=150)
    assert crm.create().status_code == 401
    crm.clock.ahead = timedelta(seconds=301)
    assert crm.create().status_code == 200
    assert len(crm.seen("leads")) == 1


def test_a_ban_as_429_says_how_long(crm: Client) -> None:
    crm.fault("ban", seconds=100, status=429)
    assert [crm.create().headers["Retry-After"] for _ in range(2)] == ["200", "300"]
    assert crm.create().status_code == 429


def test_hang_waits_before_the_lead_is_stored(crm: Client) -> None:
    crm.fault("hang", seconds=3600)
    with pytest.raises(requests.ReadTimeout):
        crm.create(timeout=0.2)
    assert crm.seen("leads") == []
    assert crm.seen("requests")[0]["status"] is None
    crm.mend()
    eventually(lambda: len(crm.seen("leads")) == 1)


def test_hang_after_waits_once_it_is_stored(crm: Client) -> None:
    crm.fault("hang_after", seconds=3600)
    with pytest.raises(requests.ReadTimeout):
        crm.create(timeout=0.2)
    eventually(lambda: len(crm.seen("leads")) == 1)
    assert crm.seen("requests")[0]["status"] is None
    crm.mend()
    eventually(lambda: crm.seen("requests")[0]["status"] == 200)


@pytest.mark.parametrize(("fault", "stored"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection_answers_nothing(crm: Client, fault: str, stored: int) -> None:
    crm.fault(fault)
    with pytest.raises(requests.ConnectionError):
        crm.create()
    assert len(crm.seen("leads")) == stored
    assert crm.seen("requests")[0]["status"] == "cut"
    assert crm.create().status_code == 200


def test_slow_drips(crm: Client) -> None:
    crm.fault("slow", seconds=0.1, times=2)
    started = time.monotonic()
    assert crm.create(timeout=5).text == "60001"
    assert time.monotonic() - started >= 0.5
    with crm.send("POST", "/ws/v10/create-lead", data=ACCOUNT | LEAD, stream=True) as response:
        assert len(next(response.iter_content(1))) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "start"), [("html", "text/html", "<!doctype"), ("empty", "text/plain", "")]
)
def test_a_200_that_is_not_a_number(crm: Client, fault: str, kind: str, start: str) -> None:
    crm.fault(fault, times=2)
    response = crm.create()
    assert (response.status_code, response.text[:9]) == (200, start)
    assert response.headers["Content-Type"].startswith(kind)
    assert len(crm.seen("leads")) == 1
    assert crm.create(project="x").status_code == 400


@pytest.mark.parametrize("fault", ["html", "empty"])
def test_stored_and_answered_with_another_status(crm: Client, fault: str) -> None:
    crm.fault(fault, status=302)
    assert crm.create().status_code == 302
    assert len(crm.seen("leads")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault": "fire"},
        {"fault": "hang", "sceonds": 1},
        {"fault": "hang", "seconds": -1},
        {"fault": "status", "status": "500"},
        {"fault": "status", "times": 0},
        {"fault": "status", "endpoint": "get-projects-info"},
        [],
    ],
)
def test_a_wrong_fault_is_named(crm: Client, wrong: object) -> None:
    response = crm.send("POST", "/_sandbox/faults", json=wrong)
    assert response.status_code == 400
    assert response.json()["error"]


PROJECT = {"screenid": 1, "developerid": 2, "projectid": 1234}


def test_a_project_lists_its_flats(crm: Client) -> None:
    response = crm.call("get-project", **PROJECT)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/xml")
    (project,) = ElementTree.fromstring(response.content)
    assert [floor.get("floorNo") for floor in project.iter("floor")] == ["1", "2", "3", "1"]
    flats = [
        {one.get("key"): one.get("value") for one in flat.iter("flat-attribute")}
        for flat in project.iter("flat")
    ]
    assert flats[0]["flat_internal_id"] == "A.101"
    assert {flat["flat_status"] for flat in flats} == {"0", "2", "3"}


def test_what_a_project_lists_can_be_changed(crm: Client) -> None:
    flat = {"id": "1", "floor": "1", "flat_internal_id": '<"A&amp;1">', "flat_status": "3"}
    assert crm.send("PUT", "/_sandbox/flats", json=[flat]).status_code == 204
    assert crm.send("GET", "/_sandbox/flats").json() == [flat]
    listed = ElementTree.fromstring(crm.call("get-project", **PROJECT).content)
    found = [one.get("value") for one in listed.iter("flat-attribute")]
    assert found == [flat["flat_internal_id"], "3"]
    crm.send("DELETE", "/_sandbox/leads")
    assert len(crm.send("GET", "/_sandbox/flats").json()) > 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 400),
        ({**PROJECT, "projectid": 1}, 400),
        ({**PROJECT, "screenid": "x"}, 400),
        ({**PROJECT, "unit": "A.101"}, 400),
        ({**PROJECT, "password": "wrong"}, 401),
    ],
)
def test_a_project_is_not_told_to_everybody(
    crm: Client, sent: dict[str, object], status: int
) -> None:
    assert crm.call("get-project", **sent).status_code == status


def test_reset_forgets_everything(crm: Client) -> None:
    before = crm.customer_id(email=EMAIL)
    crm.fault("status")
    assert crm.send("DELETE", "/_sandbox/leads").status_code == 204
    assert [crm.seen(what) for what in ("leads", "customers", "requests")] == [[], [], []]
    assert crm.customer_id(email=EMAIL) > before


# The page, and being served


def test_the_inbox_runs_nothing_inline(crm: Client) -> None:
    page = crm.send("GET", "/")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors *" in policy
    assert "unsafe" not in policy
    assert "Sandbox CRM" in page.text
    assert "style=" not in page.text
    for name in ("inbox.js", "inbox.css"):
        assert f"/static/{name}" in page.text
        assert crm.send("GET", f"/static/{name}").status_code == 200


def test_it_can_go_away_and_come_back_at_its_port() -> None:
    app = create_sandbox()
    with serve_sandbox(app) as serving:
        url = serving.url
        assert requests.post(f"{url}/ws/v10/create-lead", ACCOUNT | LEAD, timeout=30).ok
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=30)
    with serve_sandbox(app, port=int(url.rpartition(":")[2])):
        assert len(requests.get(f"{url}/_sandbox/leads", timeout=30).json()) == 1


def test_it_runs_as_a_program_of_its_own() -> None:
    command = [sys.executable, "-m", "frontdesk.sandbox.realpad", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        assert program.stderr
        try:
            url = program.stdout.readline().decode().strip()
            assert requests.get(url, timeout=PATIENCE).ok
        finally:
            program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE) == 0
        assert program.stderr.read() == b""


def test_a_customer_entered_by_hand(crm: Client) -> None:
    """Known under a name of their own, and without an inquiry in the integration's list."""
    given = {"name": "Jana Svobodová", "email": EMAIL, "phone": PHONE}
    number = crm.send("POST", "/_sandbox/customers", json=given).json()
    assert crm.call("list-leads").json() == []
    assert crm.create(email=EMAIL).text == str(number)
    (listed,) = crm.call("list-leads").json()
    assert listed["customer_name"] == "Jana Svobodová"
    renamed = {"name": "Jana Malá", "phone": PHONE}
    assert crm.send("POST", "/_sandbox/customers", json=renamed).json() == number
    (listed,) = crm.call("list-leads").json()
    assert listed["customer_name"] == "Jana Malá"


def test_every_answer_has_the_date_of_its_own_clock(crm: Client) -> None:
    crm.clock.ahead = timedelta(days=100)
    for response in (crm.create(), crm.call("list-leads"), crm.call("nothing")):
        told = parsedate_to_datetime(response.headers["Date"])
        assert told == crm.clock().replace(microsecond=0)
