"""A webhook that is told once all other destinations have an enquiry: not before, and not late."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from frontdesk.config import ConfigError, load
from frontdesk.kinds import KINDS
from frontdesk.model import events
from frontdesk.model.ledger import Ledger
from frontdesk.model.turns import owed_since
from frontdesk.monitoring.status import status
from frontdesk.store.facts import Facts
from tests.cli.conftest import Desk
from tests.crm.webhook.receiver import PATH, SECRET
from tests.crm.webhook.test_destination import delivery, until, valid
from tests.samples import received
from tests.support import (
    FORM,
    Site,
    calls,
    eventually,
    fault,
    leads,
    open_app,
    serving,
    with_real_geeks,
)

CONVERSIONS = """
[destinations.conversions]
type = "webhook"
private = true
url = "{url}"
secrets = ["{secret}"]
sends = "delivered"
"""


def form(receiver: str, text: str = FORM, *names: str) -> str:
    told = ", ".join(f'"{name}"' for name in ("crm", *names, "conversions"))
    plain = 'destinations = ["crm", "geeks"]' if "geeks" in names else 'destinations = ["crm"]'
    whole = text.replace(plain, f"destinations = [{told}]")
    whole = whole.replace(
        'label = { en = "Send me news."', 'marketing = true\nlabel = { en = "Send me news."'
    )
    return whole + CONVERSIONS.format(url=receiver + PATH, secret=SECRET)


Open = Callable[[str], Desk]


@pytest.mark.parametrize(("consents", "marketing"), [([2], False), ([2, 1], True)])
def test_it_is_told_what_became_of_it_and_what_brought_the_visitor(
    open_desk: Open, receiver: str, geeks: str, consents: list[int], marketing: bool
) -> None:
    desk = open_desk(form(receiver, with_real_geeks(geeks), "geeks"))
    attribution = {"gclid": "Cj0K", "ad_storage": "granted", "first_campaign": "spring"}
    answer = desk.site.enquire(consents=consents, attribution=attribution).json()
    assert answer["marketing"] is marketing
    identity = answer["id"]
    until(desk, identity, "delivered", "conversions")
    (message,) = leads(receiver)
    event = message["event"]
    valid(event)
    assert event["type"] == "enquiry.delivered"
    data = event["data"]
    assert (data["id"], data["marketing"]) == (identity, marketing)
    assert data["origin"]["attribution"] == {
        "clicks": {"gclid": "Cj0K"},
        "consent_mode": {"ad_storage": "granted"},
        "first_touch": {"campaign": "spring"},
    }
    crm, other = data["deliveries"]
    assert [crm["destination"], other["destination"]] == ["crm", "geeks"]
    assert crm["customer_id"] == delivery(desk, identity, "crm")["customer_id"]
    assert other["customer_id"] == identity
    assert event["timestamp"] == max(crm["at"], other["at"])


def test_it_waits_for_one_that_has_failed_until_that_was_replayed(
    open_desk: Open, receiver: str, crm: str
) -> None:
    desk = open_desk(form(receiver))
    fault(crm, "status", status=400)
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "failed", "crm")
    other = desk.site.enquire(last_name="Jiná").json()["id"]
    until(desk, other, "delivered", "conversions")  # the courier has looked at both since
    assert delivery(desk, identity, "conversions")["state"] == "pending"
    assert [m["event"]["data"]["id"] for m in leads(receiver)] == [other]
    # Nobody waits for what cannot come: the outcome of the other one is all there is.
    fault(crm, "status", status=400)
    assert "failed" in desk.run("replay", identity).stdout
    assert delivery(desk, identity, "conversions")["state"] == "pending"
    assert desk.run("replay", identity).exit_code == 0
    until(desk, identity, "delivered", "conversions")
    assert [m["event"]["data"]["id"] for m in leads(receiver)] == [other, identity]


def test_what_was_discarded_is_not_told(open_desk: Open, receiver: str, crm: str) -> None:
    desk = open_desk(form(receiver))
    fault(crm, "status", status=400)
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "failed", "crm")
    assert desk.run("release", "--discard", identity).exit_code == 0
    other = desk.site.enquire(last_name="Jiná").json()["id"]
    until(desk, other, "delivered", "conversions")
    assert [m["event"]["data"]["id"] for m in leads(receiver)] == [other]


def test_it_is_sent_again_like_any_other_webhook(open_desk: Open, receiver: str) -> None:
    desk = open_desk(form(receiver))
    fault(receiver, "cut_after", times=2)
    identity = desk.site.enquire().json()["id"]
    until(desk, identity, "delivered", "conversions")
    (message,) = leads(receiver)
    assert message["times"] == 3
    assert len(leads(desk.crm)) == 1


def test_a_body_of_ones_own_has_the_clicks(open_desk: Open, crm: str) -> None:
    app, seen = Flask(__name__), list[Any]()

    @app.post("/x")
    def hook() -> str:
        seen.append(request.get_json())
        return "ok"

    body = (
        'body = { id = "{id}", gclid = "{origin.attribution.clicks.gclid}",'
        ' fbp = "{origin.attribution.clicks._fbp}", marketing = "{marketing}" }\n'
    )
    with serving(app) as site:
        text = form(site.url).replace(PATH, "/x") + body
        desk = open_desk(text)
        identity = desk.site.enquire(attribution="gclid=abc").json()["id"]
        until(desk, identity, "delivered", "conversions")
    assert seen == [{"id": identity, "gclid": "abc", "marketing": "false"}]


def test_a_form_that_delivers_nowhere_else(write_config: Callable[..., Path]) -> None:
    text = form("http://127.0.0.1:1").replace('["crm", "conversions"]', '["conversions"]')
    with pytest.raises(ConfigError) as caught:
        load(write_config(text), KINDS)
    (problem,) = caught.value.problems
    assert problem == (
        'forms.riverside.destinations: a webhook that sends = "delivered" waits for the other'
        " destinations, and there is none"
    )


def test_waiting_for_its_turn_is_not_being_late() -> None:
    """Neither by the alerts nor by the time after which a delivery is given up."""
    ledger, last = Ledger(), frozenset({"hook"})
    came = received(destinations=("crm", "hook"))
    ledger.apply(came)
    record = ledger.records[came.id]

    def owed() -> dict[str, int]:
        found = status(Facts(), {}, [record], ["crm", "hook"], events.utcnow(), (), last)
        return {account.name: account.owed for account in found.accounts}

    assert owed_since(record, "crm", last) == came.at
    assert (owed_since(record, "hook", last), owed()) == (None, {"crm": 1, "hook": 0})
    later = came.at + timedelta(days=7)
    ledger.apply(events.Failed(id=came.id, at=later, destination="crm", reason="400"))
    assert (owed_since(record, "hook", last), owed()) == (None, {"crm": 0, "hook": 0})
    ledger.apply(events.Delivered(id=came.id, at=later + timedelta(1), destination="crm"))
    assert (owed_since(record, "hook", last), owed()) == (
        later + timedelta(1),
        {"crm": 0, "hook": 1},
    )


def test_it_has_all_the_time_to_try_although_the_others_took_long(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    crm: str,
    receiver: str,
) -> None:
    """It is given up after a while of its own, and not of theirs."""
    config = write_config(
        form(receiver), **{"[delivery]": '[delivery]\ngive_up_after = "2 seconds"'}
    )
    desk = Desk(config, serve(open_app(config)), crm)
    fault(crm, "rate_limit", retry_after="3")
    fault(receiver, "status", status=500)
    identity = desk.site.enquire().json()["id"]
    eventually(lambda: calls(receiver))
    until(desk, identity, "delivered", "conversions")
    assert [status for _, status in calls(receiver)] == [500, 204]
