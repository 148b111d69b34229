"""The recipes of docs/webhooks.md as they are printed, each against a stand-in of that system."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.cli.conftest import Desk
from tests.crm.webhook import stand_ins
from tests.crm.webhook.test_destination import delivery, until
from tests.docs import pages
from tests.support import FORM, Site, eventually, open_app, serving

DOCUMENT = "docs/webhooks.md"
PORTAL, GUID = "62515", "78c2891f-ebdd-44c0-bd94-15c012bbbfbf"
FIELDS = {"firstname", "lastname", "email", "phone", "message", "flat"}
EVIL = 'Eve <!channel> "quoted" {lead.email} \\" & =1+1'

Follow = Callable[..., Desk]


@pytest.fixture
def follow(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    crm: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Follow:
    """Do what a recipe says, but for where its address leads."""

    def followed(title: str, real: str, here: str, **environ: str) -> Desk:
        (recipe,) = (
            body for kind, body in pages.fenced(pages.section(DOCUMENT, title)) if kind == "toml"
        )
        for name, value in environ.items():
            assert f"${{{name}}}" in recipe
            monkeypatch.setenv(name, value)
        assert real in recipe or any(real in value for value in environ.values())
        for name, value in environ.items():
            monkeypatch.setenv(name, value.replace(real, here))
        recipe = recipe.replace(real, here).replace("\nurl =", "\nprivate = true\nurl =")
        (name,) = re.findall(r"^\[destinations\.(\w+)\]", recipe, re.MULTILINE)
        form = FORM.replace('destinations = ["crm"]', f'destinations = ["{name}"]')
        config = write_config(f"{form}\n{recipe}")
        return Desk(config, serve(open_app(config)), crm)

    return followed


def test_a_message_in_slack(follow: Follow) -> None:
    path = "/services/T0/B0/abcdefghijkl"
    app, posted = stand_ins.slack(path)
    real = "https://hooks.slack.com"
    with serving(app) as site:
        desk = follow("Slack", real, site.url, SLACK_WEBHOOK_URL=real + path)
        until(desk, desk.site.enquire(last_name="Nováková").json()["id"], "delivered", "slack")
        until(desk, desk.site.enquire(note=EVIL).json()["id"], "delivered", "slack")
    assert posted[0] == {
        "text": "New enquiry for riverside: *Jana Nováková*, +420777123456 jana@example.com,"
        " flat A.101\n>Is there a cellar?"
    }
    said = posted[1]["text"].rpartition(">")[2]
    assert said == EVIL.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_a_channel_of_slack_that_is_gone_closes_the_destination(follow: Follow) -> None:
    app, posted = stand_ins.slack("/services/T0/B0/abcdefghijkl")
    real = "https://hooks.slack.com"
    with serving(app) as site:
        url = f"{real}/services/T0/B0/anotherone"
        desk = follow("Slack", real, site.url, SLACK_WEBHOOK_URL=url)
        identity = desk.site.enquire().json()["id"]
        found = until(desk, identity, "failed", "slack")
        assert (found["answer"]["status"], found["answer"]["body"]) == (404, "no_service")
        assert "slack is closed" in desk.run("status").output
        assert "anotherone" not in desk.run("show", identity).output
    assert not posted


def sheet(follow: Follow, site: Site, **environ: str) -> Desk:
    known = {"SHEET_DEPLOYMENT": "AKfycb1", "SHEET_KEY": "a-long-random-text", **environ}
    return follow("Google Sheets", "https://script.google.com", site.url, **known)


def script() -> str:
    return next(
        body
        for kind, body in pages.fenced(pages.section(DOCUMENT, "Google Sheets"))
        if kind == "js"
    )


def test_a_row_in_google_sheets_and_only_one(follow: Follow) -> None:
    app, rows = stand_ins.apps_script(script(), "AKfycb1", "a-long-random-text")
    with serving(app) as site:
        desk = sheet(follow, site)
        identity = desk.site.enquire(note="=IMPORTXML(1)").json()["id"]
        until(desk, identity, "delivered", "sheet")
        assert desk.run("replay", "--force", identity).exit_code == 0
    (row,) = rows
    assert row[1:] == [
        "riverside",
        "Jana Nováková",
        "jana@example.com",
        "'+420777123456",
        "A.101",
        "'=IMPORTXML(1)",
        identity,
    ]


@pytest.mark.parametrize(
    ("environ", "status"),
    [({"SHEET_KEY": "another-random-text"}, 200), ({"SHEET_DEPLOYMENT": "x"}, 302)],
)
def test_a_row_that_is_not_there_is_not_taken_for_one_that_is(
    follow: Follow, environ: dict[str, str], status: int
) -> None:
    """A script that threw, and a redirect to another place: neither says that it was stored."""
    app, rows = stand_ins.apps_script(script(), "AKfycb1", "a-long-random-text")
    with serving(app) as site:
        desk = sheet(follow, site, **environ)
        identity = desk.site.enquire().json()["id"]
        eventually(lambda: delivery(desk, identity, "sheet")["attempts"] > 1)
        eventually(lambda: delivery(desk, identity, "sheet")["state"] == "deferred")
        found = delivery(desk, identity, "sheet")
        assert f"answered {status}" in found["reason"]
        assert not rows


def test_a_submission_to_hubspot(follow: Follow) -> None:
    app, submitted = stand_ins.hubspot(PORTAL, GUID, FIELDS)
    real = "https://api.hsforms.com"
    with serving(app) as site:
        desk = follow("HubSpot", real, site.url, HUBSPOT_PORTAL=PORTAL, HUBSPOT_FORM=GUID)
        told = {"page": "https://riverside.example.com/", "title": "Riverside"}
        until(desk, desk.site.enquire(**told).json()["id"], "delivered", "hubspot")
        # Who leaves a phone number only has no email to be refused for.
        until(desk, desk.site.enquire(email=None).json()["id"], "delivered", "hubspot")
    whole, phone = ({f["name"]: f["value"] for f in one["fields"]} for one in submitted)
    assert whole == {
        "firstname": "Jana",
        "lastname": "Nováková",
        "email": "jana@example.com",
        "phone": "+420777123456",
        "message": "Is there a cellar?",
        "flat": "A.101",
    }
    assert whole.keys() - phone.keys() == {"email"}
    contexts = [one["context"] for one in submitted]
    assert contexts == [{"pageUri": told["page"], "pageName": told["title"]}, {}]


def test_what_hubspot_refuses_can_be_read(follow: Follow) -> None:
    app, _ = stand_ins.hubspot(PORTAL, GUID, FIELDS - {"flat"})
    real = "https://api.hsforms.com"
    with serving(app) as site:
        desk = follow("HubSpot", real, site.url, HUBSPOT_PORTAL=PORTAL, HUBSPOT_FORM=GUID)
        identity = desk.site.enquire().json()["id"]
        assert until(desk, identity, "failed", "hubspot")["answer"]["status"] == 400
        assert "FIELD_NOT_IN_FORM_DEFINITION" in desk.run("show", identity).output


def test_a_workflow_of_n8n(follow: Follow) -> None:
    done: list[Any] = []
    broken = [True]

    def workflow(event: Any) -> None:
        if broken:
            broken.clear()
            raise ValueError
        done.append(event)

    path = "/webhook/5f0c2d7e-8a53-4a55-9a0e-1d2c3b4a5f60"
    app = stand_ins.n8n(path, "X-Frontdesk-Key", "the key of n8n", workflow)
    secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    with serving(app) as site:
        desk = follow(
            "n8n and Make",
            "https://n8n.example.com",
            site.url,
            N8N_SECRET=secret,
            N8N_KEY="the key of n8n",
        )
        identity = desk.site.enquire().json()["id"]
        until(desk, identity, "delivered", "n8n")
    (event,) = done  # the one that broke was sent again
    assert event["data"]["id"] == identity
