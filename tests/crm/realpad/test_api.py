"""Realpad's API on the wire: what each answer, and each lack of one, means for the courier."""

import contextlib
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import pytest

from frontdesk.crm.realpad.api import Clock, ConsentType, Inquiry, RealpadApi, clock_of
from frontdesk.delivery.destination import DeliveryError
from frontdesk.model.exchange import BODY_KEPT
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.support import calls, fault, leads, raw_server

LEAD = {"name": "Jana", "surname": "Nováková", "email": "jana@example.com"}


def connect(url: str, read_timeout: float = 10.0, password: str = "sandbox") -> RealpadApi:
    return RealpadApi(
        f"{url}/ws/v10/", "sandbox", password, connect_timeout=0.3, read_timeout=read_timeout
    )


def refusal(api: RealpadApi) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        api.create_lead(LEAD)
    return caught.value


class Flags(NamedTuple):
    permanent: bool = False
    unknown: bool = False
    account: bool = False
    retry_after: float | None = None


def flags(error: DeliveryError) -> Flags:
    return Flags(error.permanent, error.unknown, error.account, error.retry_after)


BANNED = Flags(permanent=True, account=True)
REFUSED = Flags(permanent=True)
UNKNOWN = Flags(unknown=True)


# -- success -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("misbehaviour", "status", "body"),
    [
        ({}, 200, "60001"),
        ({"fault": "status", "status": 201, "body": "60001"}, 201, "60001"),
        ({"fault": "status", "status": 299, "body": "stored"}, 299, "stored"),
        ({"fault": "status", "status": 204, "body": ""}, 204, ""),
        ({"fault": "empty"}, 200, ""),
        ({"fault": "slow", "seconds": 0.001}, 200, "60001"),
    ],
    ids=["200", "201", "299", "204", "empty", "slow"],
)
def test_any_2xx_is_a_success(crm: str, misbehaviour: Any, status: int, body: str) -> None:
    if misbehaviour:
        fault(crm, misbehaviour.pop("fault"), **misbehaviour)
    answer = connect(crm).create_lead(LEAD)
    assert (answer.status, answer.body) == (status, body)
    assert 0 <= answer.seconds < 60


def test_a_page_with_status_200_is_kept_to_be_shown(crm: str) -> None:
    fault(crm, "html")
    answer = connect(crm).create_lead(LEAD)
    assert answer.status == 200
    assert "Please sign in" in answer.body


def test_the_credentials_travel_in_the_body(crm: str) -> None:
    connect(crm).create_lead(LEAD)
    (stored,) = leads(crm)
    assert stored["parameters"] == LEAD
    error = refusal(connect(crm, password="wrong"))
    assert flags(error) == BANNED


def test_a_base_url_without_its_last_slash(crm: str) -> None:
    api = RealpadApi(f"{crm}/ws/v10", "sandbox", "sandbox")
    assert api.create_lead(LEAD).status == 200


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "options", "expected"),
    [
        (300, {}, UNKNOWN),
        (301, {"headers": {"Location": "/elsewhere"}}, UNKNOWN),
        (302, {"headers": {"Location": "/ws/v10/create-lead"}}, UNKNOWN),
        (307, {"headers": {"Location": "/ws/v10/create-lead"}}, UNKNOWN),
        (308, {"headers": {"Location": "/ws/v10/create-lead"}}, UNKNOWN),
        (400, {}, REFUSED),
        (401, {}, BANNED),
        (403, {}, BANNED),
        (404, {}, REFUSED),
        (415, {}, REFUSED),
        (418, {}, BANNED),
        (422, {"retry_after": "10"}, REFUSED),
        (429, {}, Flags(account=True)),
        (429, {"retry_after": "120"}, Flags(account=True, retry_after=120)),
        (429, {"retry_after": "0"}, Flags(account=True, retry_after=0)),
        (429, {"retry_after": "9" * 30}, Flags(account=True, retry_after=float("9" * 30))),
        (429, {"retry_after": "soon"}, Flags(account=True)),
        (429, {"retry_after": "-5"}, Flags(account=True)),
        (429, {"retry_after": "1.5"}, Flags(account=True)),
        (429, {"retry_after": "Mon, 99 Foo 2026 99:99:99 GMT"}, Flags(account=True)),
        (
            429,
            {"retry_after": "Thu, 01 Jan 1998 00:00:00 GMT"},
            Flags(account=True, retry_after=0),
        ),
        (500, {}, Flags()),
        (502, {}, UNKNOWN),
        (503, {"retry_after": "30"}, Flags(retry_after=30)),
        (504, {}, UNKNOWN),
    ],
)
def test_what_a_status_means(
    crm: str, status: int, options: dict[str, Any], expected: Flags
) -> None:
    fault(crm, "status", status=status, body="No.", **options)
    error = refusal(connect(crm))
    assert flags(error) == expected
    assert str(status) in str(error)
    assert error.answer is not None
    assert (error.answer.status, error.answer.body) == (status, "No.")
    assert calls(crm) == [("create-lead", status)], "nothing is followed or repeated"
    assert leads(crm) == []


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_retry_after_as_a_date(crm: str, zone: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    fault(crm, "rate_limit", retry_after=date.replace("GMT", zone))
    error = refusal(connect(crm))
    assert error.retry_after is not None
    assert 3000 < error.retry_after <= 3600


def test_a_status_without_a_name(crm: str) -> None:
    fault(crm, "status", status=599, body="?")
    assert flags(refusal(connect(crm))) == Flags()


# -- no answer ---------------------------------------------------------------------------------


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_refused_connection_has_sent_nothing() -> None:
    error = refusal(connect(f"http://127.0.0.1:{unused_port()}"))
    assert flags(error) == Flags()
    assert "cannot be reached" in str(error)


@pytest.mark.parametrize("host", ["nonexistent.invalid", "a" * 64 + ".invalid", "a..invalid"])
def test_a_name_that_leads_nowhere_has_sent_nothing(host: str) -> None:
    assert flags(refusal(connect(f"http://{host}"))) == Flags()


def test_a_connection_that_nobody_accepts_has_sent_nothing() -> None:
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        for filler in (first, second):  # fill the queue of those who wait to be accepted
            filler.setblocking(False)
            filler.connect_ex(address)
        assert flags(refusal(connect(f"http://127.0.0.1:{address[1]}"))) == Flags()


@pytest.mark.parametrize(
    ("kind", "options", "stored"),
    [
        ("hang", {"seconds": 3}, 0),
        ("hang_after", {"seconds": 3}, 1),
        ("cut_before", {}, 0),
        ("cut_after", {}, 1),
        ("slow", {"seconds": 0.4}, 1),
    ],
)
def test_without_a_whole_answer_the_outcome_is_unknown(
    crm: str, kind: str, options: dict[str, Any], stored: int
) -> None:
    fault(crm, kind, **options)
    error = refusal(connect(crm, read_timeout=0.5))
    assert flags(error) == UNKNOWN
    assert error.answer is None
    assert len(leads(crm)) == stored
    assert "127.0.0.1" not in str(error)


def test_a_slow_answer_is_given_up_as_a_whole(crm: str) -> None:
    # No pause is longer than the read timeout, but all of them together are.
    fault(crm, "slow", seconds=0.3, times=1)
    assert flags(refusal(connect(crm, read_timeout=0.8))) == UNKNOWN


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x00\xff" * 50,
        HEAD + b"Content-Length: 10\r\n\r\n60001",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n600",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n60001",
        b"",
    ],
    ids=["ssh", "bytes", "short", "cut chunk", "bad chunk", "not gzip", "nothing"],
)
def test_an_answer_that_is_no_http_is_unknown(data: bytes) -> None:
    with raw_server(lambda connection: connection.sendall(data)) as url:
        assert flags(refusal(connect(url))) == UNKNOWN


def test_an_answer_that_never_ends_is_read_to_a_limit() -> None:
    def pour(connection: socket.socket) -> None:
        try:
            connection.sendall(HEAD + b"\r\n")
            while True:
                connection.sendall(b"x" * (1 << 20))
        except OSError:
            pass  # the client has had enough

    with raw_server(pour) as url:
        answer = connect(url, read_timeout=60).create_lead(LEAD)
    assert answer.body == "x" * BODY_KEPT


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost, with its key."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    other = path.with_suffix(".crt")
    subprocess.run(
        (
            f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {path} -out {other}"
            " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        ).split(),
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + other.read_text())
    return path


def served_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_that_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    heard: list[int] = []
    answer = HEAD + b"Content-Length: 5\r\n\r\n60001"

    def listen(connection: socket.socket) -> None:
        heard.append(connection.fileno())
        connection.sendall(answer)

    with raw_server(listen, served_with(certificate)) as url:
        error = refusal(connect(url))
    assert flags(error) == Flags()
    assert heard == []


def test_tls_that_breaks_after_the_request_is_unknown(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    def garble(connection: socket.socket) -> None:
        # Beneath the encryption, as a broken device on the way would.
        with socket.socket(fileno=connection.detach()) as bare:
            bare.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")

    with raw_server(garble, served_with(certificate)) as url:
        error = refusal(connect(url))
    assert flags(error) == UNKNOWN


DRIPS = {
    "status line": b"HTTP/1.1 20",
    "headers": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n",
    "chunk's extension": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x=",
}


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("start", DRIPS.values(), ids=DRIPS)
def test_whatever_drips_is_cut_when_the_time_is_up(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, start: bytes, encrypted: bool
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    dripped = 0

    def drip(connection: socket.socket) -> None:
        nonlocal dripped
        with contextlib.suppress(OSError):
            connection.sendall(start)
            while dripped < 30_000:  # five minutes; no pause is longer than the read timeout
                time.sleep(0.01)
                connection.sendall(start if start.endswith(b"\r\n\r\n") else b"x")
                dripped += 1

    with raw_server(drip, served_with(certificate) if encrypted else None) as url:
        assert flags(refusal(connect(url, read_timeout=0.5))) == UNKNOWN
    assert dripped < 30_000


def test_a_flood_of_interim_answers_is_cut_when_the_time_is_up() -> None:
    sent, enough = 0, 128 << 20

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        with contextlib.suppress(OSError):
            while sent < enough:
                sent += connection.send(DRIPS["interim answers"] * 100)

    with raw_server(pour) as url:
        assert flags(refusal(connect(url, read_timeout=0.2))) == UNKNOWN
    assert 0 < sent < enough


@pytest.mark.parametrize("status", [600, 999])
def test_a_status_that_means_nothing_is_unknown(status: int) -> None:
    with raw_server(lambda c: c.sendall(f"HTTP/1.1 {status} Odd\r\n\r\n".encode())) as url:
        assert flags(refusal(connect(url))) == UNKNOWN


def test_an_interim_answer_is_not_taken_for_a_refusal() -> None:
    def hint(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"\r\n60001")

    with raw_server(hint) as url:
        assert flags(refusal(connect(url))) == UNKNOWN


# -- what is kept ------------------------------------------------------------------------------

PASSWORD = 'p&ss wörd/"<7>'


@pytest.mark.parametrize(
    "quoted",
    [PASSWORD, quote_plus(PASSWORD), PASSWORD.replace('"', '\\"')],
    ids=["as it is", "form-encoded", "in JSON"],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_kept_body_holds_no_credentials(quoted: str, status: int) -> None:
    with serve_sandbox(create_sandbox(password=PASSWORD)) as sandbox:
        body = f"<pre>login=sandbox&password={quoted}&name=Jana</pre>"
        fault(sandbox.url, "status", status=status, body=body)
        api = connect(sandbox.url, password=PASSWORD)
        if status == 200:
            kept = api.create_lead(LEAD).body
        else:
            answer = refusal(api).answer
            assert answer is not None
            kept = answer.body
    assert kept == "<pre>login=***&password=***&name=Jana</pre>"


def test_a_kept_body_is_cut_at_4_kb(crm: str) -> None:
    fault(crm, "status", status=500, body="ř" * 10_000)
    answer = refusal(connect(crm)).answer
    assert answer is not None
    assert answer.body == "ř" * 4096


def test_credentials_at_the_cut_are_not_half_kept(crm: str) -> None:
    fault(crm, "status", status=500, body="x" * (BODY_KEPT - 4) + "sandbox")
    answer = refusal(connect(crm)).answer
    assert answer is not None
    assert answer.body == "x" * (BODY_KEPT - 4) + "***"


def test_bytes_that_are_no_text_are_kept_as_far_as_they_can() -> None:
    data = HEAD + b"Content-Length: 4\r\n\r\n\xff60\xfe"
    with raw_server(lambda connection: connection.sendall(data)) as url:
        assert connect(url).create_lead(LEAD).body == "\ufffd60\ufffd"


def test_messages_hold_neither_credentials_nor_personal_data(crm: str) -> None:
    fault(crm, "status", status=400, body="jana@example.com is wrong")
    assert str(refusal(connect(crm))) == "create-lead answered 400"


# -- the other endpoints -----------------------------------------------------------------------


def test_list_leads(crm: str) -> None:
    api = connect(crm)
    api.create_lead({**LEAD, "campaign": "spring", "project": "1234"})
    api.create_lead({**LEAD, "name": "Jan", "email": "jan@example.com"})
    newest, oldest = api.list_leads().inquiries
    assert isinstance(newest, Inquiry)
    assert (newest.customer_name, oldest.customer_name) == ("Jan Nováková", "Jana Nováková")
    assert (newest.inquiry_id, oldest.inquiry_id) == (12002, 12001)
    assert oldest.customer_id == 60001
    assert abs(datetime.now(UTC) - oldest.timestamp) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("date", "ahead", "error"),
    [
        ("Sun, 01 Mar 2026 12:00:00 GMT", 0.5, 0.5),
        ("Sun, 01 Mar 2026 13:30:00 GMT", 5400.5, 0.5),
        ("Sun, 01 Mar 2026 11:59:50 GMT", -9.5, 0.5),
        ("Sunday, 01-Mar-26 12:00:00 GMT", 0.5, 0.5),
        *((date, 0, 300) for date in (None, "", "soon", "Sun, 99 Mar 2026 12:00:00 GMT")),
    ],
)
def test_what_an_answer_says_of_the_clock(date: str | None, ahead: float, error: float) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock = clock_of(date, now, now)
    assert (clock.ahead.total_seconds(), clock.error.total_seconds()) == (ahead, error)


def test_a_slow_answer_says_less_of_the_clock() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock = clock_of("Sun, 01 Mar 2026 12:00:20 GMT", now, now + timedelta(seconds=20))
    assert clock == Clock(timedelta(seconds=10.5), timedelta(seconds=10.5))


def test_the_clock_of_the_list() -> None:
    sandbox = create_sandbox(clock=lambda: datetime.now(UTC) + timedelta(hours=3))
    with serve_sandbox(sandbox) as serving:
        clock = connect(serving.url).list_leads().clock
    assert abs(clock.ahead - timedelta(hours=3)) <= clock.error
    assert clock.error < timedelta(seconds=10)


def test_a_long_list(crm: str) -> None:
    entry = (
        '{"inquiry_id": %d, "customer_id": 2, "customer_name": "Jana Nov\\u00e1kov\\u00e1",'
        ' "timestamp": "2026-03-01T12:00:00+01:00", "projects": ["Riverside Residences"],'
        ' "campaign": "spring-2026", "product_interest": "2-bedroom apartment"}'
    )
    body = "[" + ",".join(entry % number for number in range(100_000)) + "]"
    assert len(body) > 20_000_000
    fault(crm, "status", status=200, body=body, endpoint="list-leads")
    inquiries = connect(crm, read_timeout=60).list_leads().inquiries
    assert len(inquiries) == 100_000
    assert inquiries[-1].customer_name == "Jana Nováková"


def test_list_consent_types(crm: str) -> None:
    assert connect(crm).list_consent_types() == [
        ConsentType(1, "Marketing"),
        ConsentType(2, "Data processing"),
    ]


@pytest.mark.parametrize("who", [{"email": "jana@example.com"}, {"customer": "60001"}])
def test_revoke_customer_consent(crm: str, who: dict[str, str]) -> None:
    api = connect(crm)
    api.create_lead({**LEAD, "updateconsents": "1,2"})
    api.revoke_customer_consent(1, notes="by phone", **who)
    (customer,) = leads(crm, "customers")
    assert [(c["id"], c["valid"]) for c in customer["consents"]] == [(1, False), (2, True)]
    assert customer["consents"][0]["notes"] == ["by phone"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", "application/json"),
        ("<h1>Sign in</h1>", "text/html"),
        ('{"error": "no"}', "application/json"),
        ('[{"inquiry_id": 1}]', "application/json"),
        (
            '[{"inquiry_id": 1, "customer_id": 2, "customer_name": "x", "timestamp": "2026"}]',
            "application/json",
        ),
        ("[" * 100_000, "application/json"),
        ('[{"inquiry_id": 1', "application/json"),
    ],
    ids=["empty", "page", "object", "keys missing", "no time", "deep", "cut"],
)
def test_a_list_that_is_none(crm: str, body: str, content_type: str) -> None:
    options = {"status": 200, "body": body, "content_type": content_type}
    fault(crm, "status", endpoint="list-leads", **options)
    with pytest.raises(DeliveryError, match="not its list") as caught:
        connect(crm).list_leads()
    assert flags(caught.value) == Flags()
    assert caught.value.answer is not None


def test_keys_that_are_not_known_are_ignored(crm: str) -> None:
    entry = (
        '[{"inquiry_id": 1, "customer_id": 2, "customer_name": "Jana", "source": {},'
        ' "timestamp": "2026-03-01T12:00:00.123+01:00", "campaign": null}]'
    )
    fault(crm, "status", status=200, body=entry, endpoint="list-leads")
    (inquiry,) = connect(crm).list_leads().inquiries
    assert inquiry.timestamp == datetime(2026, 3, 1, 11, 0, 0, 123000, UTC)
