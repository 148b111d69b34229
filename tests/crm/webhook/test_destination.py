"""What a receiver gets: each lead once, signed, as the schema says; and what its answers mean."""

import itertools
import json
import re
import socket
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import requests
from flask import Flask, Response, request
from standardwebhooks import Webhook, WebhookVerificationError

from frontdesk.sandbox.serving import serve_sandbox
from tests.cli.conftest import Desk
from tests.crm.webhook.receiver import PATH, SECRET, create_receiver
from tests.docs import pages
from tests.support import (
    FORM,
    HIDDEN,
    calls,
    eventually,
    fault,
    journal_lines,
    leads,
    mend,
    raw_server,
    serving,
)

NEWER = "whsec_" + "bmV3ZXIgbmV3ZXIgbmV3ZXIgbmV3ZXIh"


def destination(url: str, *lines: str, name: str = "erp") -> str:
    """A form whose only destination is a webhook."""
    form = FORM.replace('destinations = ["crm"]', f'destinations = ["{name}"]')
    section = [f"[destinations.{name}]", 'type = "webhook"', "private = true", f'url = "{url}"']
    return form + "\n" + "\n".join([*section, *lines]) + "\n"


@pytest.fixture
def desk(open_desk: Callable[[str], Desk], receiver: str) -> Desk:
    return open_desk(destination(receiver + PATH, f'secrets = ["{SECRET}"]'))


def delivery(desk: Desk, identity: str, name: str = "erp") -> dict[str, Any]:
    (record,) = [r for r in desk.records() if r["submission"]["id"] == identity]
    found: dict[str, Any] = record["deliveries"][name]
    return found


def until(desk: Desk, identity: str, state: str, name: str = "erp") -> dict[str, Any]:
    eventually(lambda: delivery(desk, identity, name)["state"] == state)
    return delivery(desk, identity, name)


def lines(desk: Desk) -> list[dict[str, Any]]:
    return journal_lines(desk.config.parent / "var/journal")


def headers(receiver: str) -> list[dict[str, str]]:
    found = requests.get(f"{receiver}/_sandbox/requests", timeout=30).json()
    return [{name.lower(): value for name, value in one["parameters"].items()} for one in found]


def described(value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> None:
    """Every key that is there is in the schema, which allows more for the future."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict) and "properties" in schema:
        for key, inner in value.items():
            assert key in schema["properties"], f"{key} is not described"
            described(inner, schema["properties"][key], whole)
    if isinstance(value, list):
        for inner in value:
            described(inner, schema["items"], whole)


def valid(event: Any) -> None:
    schema = json.loads(pages.text("docs/webhook.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(event)
    described(event, schema, schema)


def test_a_lead_arrives_signed_and_as_the_schema_says(
    open_desk: Callable[[str], Desk], receiver: str
) -> None:
    form = destination(receiver + PATH, f'secrets = ["{SECRET}"]', "headers = { X-Key = 'k1' }")
    desk = open_desk(form + HIDDEN)
    told = {
        "page": "https://riverside.example.com/a",
        "title": "A",
        "referrer": "https://b.example/",
    }
    more = {"campaign": "spring", "tags": ["fair"], "attributes": {"customer_ab_test_param": "1"}}
    identity = desk.site.enquire(language="en", **told, **more).json()["id"]
    until(desk, identity, "delivered")
    (message,) = leads(receiver)
    event = message["event"]
    valid(event)
    assert (event["type"], event["version"]) == ("enquiry.received", 1)
    data = event["data"]
    (line,) = [line for line in lines(desk) if line["event"] == "received"]
    assert (data["id"], data["at"], data["form"]) == (identity, line["at"], "riverside")
    assert data["lead"] == line["lead"]
    assert data["lead"]["attributes"] == {"customer_ab_test_param": "1"}
    assert line["origin"].pop("ip")
    assert data["origin"] == line["origin"]
    (sent,) = headers(receiver)
    assert sent["content-type"] == "application/json"
    assert sent["x-key"] == "k1"
    assert sent["webhook-id"] == message["id"]
    assert f"delivered  erp: taken as {message['id']}\n" in desk.run("show", identity).stdout


def test_the_documents_example_is_as_the_schema_says() -> None:
    bodies = [pages.blocks(f"docs/{name}.md", "json") for name in ("webhooks", "conversions")]
    assert all(bodies)
    for body in itertools.chain(*bodies):
        valid(json.loads(body))


@pytest.mark.parametrize("known", [SECRET, NEWER])
def test_both_keys_sign_while_they_are_changed(
    open_desk: Callable[[str], Desk], known: str
) -> None:
    with serve_sandbox(create_receiver([known])) as served:
        desk = open_desk(destination(served.url + PATH, f'secrets = ["{NEWER}", "{SECRET}"]'))
        until(desk, desk.site.enquire().json()["id"], "delivered")
        (sent,) = headers(served.url)
        assert len(sent["webhook-signature"].split(" ")) == 2


def test_a_message_that_was_changed_is_not_verified(desk: Desk, receiver: str) -> None:
    """So the signature is of the id, the time and the body, and not of something else."""
    until(desk, desk.site.enquire().json()["id"], "delivered")
    (sent,), (message,) = headers(receiver), leads(receiver)
    body = json.dumps(message["event"])
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + " ", sent)


def test_without_secrets_nothing_is_signed(open_desk: Callable[[str], Desk]) -> None:
    app, seen = Flask(__name__), []

    @app.post("/x")
    def hook() -> str:
        seen.append(dict(request.headers))
        return "ok"

    with serving(app) as site:
        desk = open_desk(destination(f"{site.url}/x"))
        until(desk, desk.site.enquire().json()["id"], "delivered")
    assert {"Webhook-Id", "Webhook-Timestamp"} <= seen[0].keys()
    assert "Webhook-Signature" not in seen[0]


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_it_is_sent_under_the_same_id_until_it_has_arrived(
    desk: Desk, receiver: str, kind: str
) -> None:
    fault(receiver, kind, times=2)
    until(desk, desk.site.enquire().json()["id"], "delivered")
    (message,) = leads(receiver)
    assert message["times"] == (1 if kind == "cut_before" else 3)
    ids = {sent["webhook-id"] for sent in headers(receiver)}
    assert len(headers(receiver)) == 3
    assert ids == {message["id"]}


def test_each_replay_by_force_is_another_message(desk: Desk, receiver: str) -> None:
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "delivered")
    for _ in range(2):
        assert desk.run("replay", "--force", identity).exit_code == 0
    found = leads(receiver)
    assert len({message["id"] for message in found}) == len(found) == 3
    assert {message["event"]["data"]["id"] for message in found} == {identity}
    fault(receiver, "cut_after", times=2)
    assert desk.run("replay", "--force", identity).exit_code == 0
    assert [message["times"] for message in leads(receiver)] == [1, 1, 1, 3]


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410])
def test_what_lets_nobody_in_closes_the_destination(desk: Desk, receiver: str, status: int) -> None:
    fault(receiver, "status", status=status)
    first = desk.site.enquire().json()["id"]
    assert f"answered {status}" in until(desk, first, "failed")["reason"]
    second = desk.site.enquire(last_name="Jiná").json()["id"]
    shown = eventually(lambda: desk.run("status").stdout)
    assert "erp" in shown
    assert delivery(desk, second)["state"] == "pending"
    assert len(calls(receiver)) == 1
    assert desk.run("check", "--open").exit_code == 0
    until(desk, second, "delivered")
    assert desk.run("replay", first).exit_code == 0
    assert len(leads(receiver)) == 2


def test_any_other_refusal_fails_the_lead_alone(desk: Desk, receiver: str) -> None:
    fault(receiver, "status", status=422, body="unit: unknown")
    first = desk.site.enquire().json()["id"]
    until(desk, first, "failed")
    until(desk, desk.site.enquire(last_name="Jiná").json()["id"], "delivered")


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_it_is_told_to(desk: Desk, receiver: str, status: int) -> None:
    fault(receiver, "status", status=status, retry_after="3600")
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "deferred")
    (line,) = [line for line in lines(desk) if line["event"] == "deferred"]
    assert line["until"][:13] != line["at"][:13]  # an hour later
    assert ("account_until" in line) == (status == 429)


def test_a_redirect_is_not_followed(desk: Desk, receiver: str, crm: str) -> None:
    fault(receiver, "status", status=302, headers={"Location": f"{crm}/"}, times=1)
    until(desk, desk.site.enquire().json()["id"], "delivered")
    assert [status for _, status in calls(receiver)] == [302, 204]
    assert not calls(crm)


def test_a_redirect_to_what_is_no_address_is_one_like_others(
    open_desk: Callable[[str], Desk],
) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n"
    with raw_server(lambda connection: connection.sendall(answer)) as url:
        desk = open_desk(destination(f"{url}/x", 'redirect = "https://example.com"'))
        desk.site.enquire()
    eventually(lambda: [line for line in lines(desk) if line["event"] == "deferred"])
    line = next(line for line in lines(desk) if line["event"] == "deferred")
    assert line["reason"] == "POST localhost answered 302, a redirect"
    assert line["unknown"]


def test_secrets_are_in_no_journal_no_log_and_no_message(
    open_desk: Callable[[str], Desk], receiver: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = "a-token-of-the-header"
    keys = f'secrets = ["{SECRET}"]', f'headers = {{ Authorization = "Bearer {token}" }}'
    desk = open_desk(destination(receiver + PATH, *keys))
    quoting = f"{PATH} {SECRET} {token} Bearer {token}"
    fault(receiver, "status", status=500, body=quoting, times=1)
    fault(receiver, "status", status=422, body=quoting, times=1)
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "failed")
    said = [desk.run("show", identity).output, desk.run("show", "--request", identity).output]
    said += [json.dumps(lines(desk)), caplog.text, desk.run("log").output]
    for text in said:
        for secret in (PATH.rpartition("/")[2], SECRET, SECRET[6:], token):
            assert secret not in text
    assert "***" in said[0]
    (attempt, *_) = [line for line in lines(desk) if line["event"] == "attempt"]
    assert attempt["request"]["url"] == f"{receiver}/"
    assert attempt["request"]["json"]["data"]["id"] == identity


def test_the_request_as_a_command_lacks_what_is_secret(desk: Desk) -> None:
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "delivered")
    command = desk.run("show", "--request", identity).stdout
    assert "/PATH" in command
    for name in ("id: ID", "timestamp: TIMESTAMP", "signature: SIGNATURE"):
        assert f"--header 'webhook-{name}'" in command


def test_check_connects_and_sends_nothing(
    desk: Desk, receiver: str, open_desk: Callable[[str], Desk]
) -> None:
    checked = desk.run("check")
    assert checked.exit_code == 0
    assert "can be reached; what is sent there is signed" in checked.stdout
    assert not calls(receiver)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    checked = open_desk(destination(f"http://127.0.0.1:{port}/x/secret-path")).run("check")
    assert checked.exit_code == 1
    assert "cannot be reached" in checked.output
    assert "secret-path" not in checked.output


def test_an_answer_without_end_is_read_to_a_limit(open_desk: Callable[[str], Desk]) -> None:
    app = Flask(__name__)

    @app.post("/x")
    def hook() -> Response:
        return Response((b"y" * 65536 for _ in range(10_000)), 200)

    with serving(app) as site:
        desk = open_desk(destination(f"{site.url}/x"))
        answer = until(desk, desk.site.enquire().json()["id"], "delivered")["answer"]
    assert re.fullmatch("y{4096}", answer["body"])


def test_an_amended_lead_is_sent_as_it_is_now(desk: Desk, receiver: str) -> None:
    fault(receiver, "status", status=422)
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "failed")
    assert desk.run("amend", identity, "unit=B.7").exit_code == 0
    assert desk.run("replay", identity).exit_code == 0
    (message,) = leads(receiver)
    assert message["event"]["data"]["lead"]["unit"] == "B.7"
    mend(receiver)
