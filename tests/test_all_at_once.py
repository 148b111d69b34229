"""Short and full forms and a flat's page, by three ways, to every kind of destination at once."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from flask import Flask
from playwright.sync_api import Page, expect

from frontdesk.sandbox.serving import serve_sandbox
from tests.cli.conftest import Desk
from tests.crm.webhook.receiver import HOOK, create_receiver
from tests.embedding.landing import Landing, elsewhere
from tests.inbox.people import Browser, entry
from tests.postbox import CONFIRMATION, MAIL, Served, post_office
from tests.support import (
    ENQUIRY,
    Site,
    eventually,
    fault,
    leads,
    mend,
    open_app,
    serving,
    with_real_geeks,
)

EVERY = ("crm", "geeks", "hook", "sales", "hello")
_ACCOUNTS = re.compile(r"\n\[destinations\.\w+\]\n(?:.+\n)+")


class All(NamedTuple):
    """What runs: the forms, the pages around them, and all that leads go to."""

    desk: Desk
    landing: Landing
    crm: str
    geeks: str
    hook: str
    office: Served

    def states(self, identity: str) -> dict[str, str]:
        """How each delivery of a submission stands."""
        (record,) = [r for r in self.desk.records() if r["submission"]["id"] == identity]
        return {name: one["state"] for name, one in record["deliveries"].items()}

    def arrived(self, email: str) -> dict[str, int]:
        """How often each destination has somebody's enquiry, and they a confirmation."""
        told = [message["event"]["data"]["lead"]["email"] for message in leads(self.hook)]
        mails = self.office.box.to("sales@example.com")
        return {
            "crm": sum(lead["parameters"]["email"] == email for lead in leads(self.crm)),
            "geeks": sum(lead["fields"]["email"] == email for lead in leads(self.geeks)),
            "hook": told.count(email),
            "sales": sum(mail.content["Reply-To"] == email for mail in mails),
            "hello": len(self.office.box.to(email)),
        }


@pytest.fixture
def everything(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str, geeks: str
) -> Iterator[All]:
    landing = Landing()
    receiver = serve_sandbox(create_receiver())
    with post_office() as office, serving(landing.app) as pages:
        landing.url = elsewhere(pages.url)
        full = with_real_geeks(geeks).replace("https://riverside.example.com", landing.url)
        full += (MAIL + CONFIRMATION).replace("{smtp}", office.url)
        full = full.replace('["crm", "geeks"]', str([*EVERY]).replace("'", '"'))
        # The other form goes to the same accounts.
        brief = _ACCOUNTS.sub("\n", full).replace("forms.riverside", "forms.brief")
        brief = brief.replace("[forms.brief]\n", '[forms.brief]\nfields = "short"\n', 1)
        assert "[destinations" not in brief
        text = full + HOOK.replace("{hook}", receiver.url) + brief + entry("eva", "act")
        config = write_config(text)
        site = serve(open_app(config))
        landing.allow(site.url)
        try:
            yield All(Desk(config, site, crm), landing, crm, geeks, receiver.url, office)
        finally:
            receiver.close()


def by_json(here: All, form: str, unit: str, email: str) -> str:
    token = here.desk.site.get(f"/forms/{form}/token").json()["token"]
    body: dict[str, Any] = {**ENQUIRY, "unit": unit, "email": email, "token": token}
    sent = requests.post(f"{here.desk.site.url}/forms/{form}", json=body, timeout=30)
    assert sent.status_code == 202, sent.text
    return str(sent.json()["id"])


def by_page(here: All, form: str, unit: str, email: str, page: Page) -> str:
    page.goto(f"{here.desk.site.url}/forms/{form}?lang=en&unit={unit}")
    return _fill_in(page, page, email)


def by_element(here: All, form: str, unit: str, email: str, page: Page) -> str:
    page.goto(here.landing.put(f'<frontdesk-form form="{form}" unit="{unit}"></frontdesk-form>'))
    return _fill_in(page, page.frame_locator("iframe"), email)


def _fill_in(page: Page, form: Any, email: str) -> str:
    """Send the form as a visitor does; the submission's id, as the page is told it."""
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill(email)
    form.locator("[name=consent_2]").check()
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        form.locator("[type=submit]").click()
    expect(form.locator(".fd-thanks")).to_be_visible()
    return str(sent.value.json()["id"])


@pytest.mark.parametrize(
    ("form", "unit"), [("brief", ""), ("riverside", ""), ("riverside", "A.101")]
)
def test_three_ways_into_everything(everything: All, page: Page, form: str, unit: str) -> None:
    name = f"{form}-{unit or 'any'}".lower().replace(".", "")
    sent = {
        f"json-{name}@example.com": by_json(everything, form, unit, f"json-{name}@example.com"),
        **{
            f"{way.__name__}-{name}@example.com": way(
                everything, form, unit, f"{way.__name__}-{name}@example.com", page
            )
            for way in (by_page, by_element)
        },
    }
    for email, identity in sent.items():
        eventually(lambda one=identity: everything.states(one) == dict.fromkeys(EVERY, "delivered"))
        assert everything.arrived(email) == dict.fromkeys(EVERY, 1), email
        (lead,) = [
            lead["parameters"]
            for lead in leads(everything.crm)
            if lead["parameters"]["email"] == email
        ]
        assert lead.get("internalid", "") == unit


def refuse(here: All, ill: str) -> None:
    """Have one of them refuse what comes, for good."""
    if ill in ("sales", "hello"):
        here.office.box.data = "554 5.6.0 not this"
    else:
        fault({"crm": here.crm, "geeks": here.geeks, "hook": here.hook}[ill], "status", status=422)


def well_again(here: All) -> None:
    here.office.box.mend()
    for url in (here.crm, here.geeks, here.hook):
        mend(url)


@pytest.mark.parametrize("ill", ["crm", "geeks", "hook", "sales"])
def test_each_fails_is_shown_and_sent_again_on_its_own(everything: All, ill: str) -> None:
    refuse(everything, ill)
    identity = by_json(everything, "riverside", "A.101", "jana@example.com")
    # Both by mail go through one server.
    failed = {"sales", "hello"} if ill == "sales" else {ill}
    states = {name: "failed" if name in failed else "delivered" for name in EVERY}
    assert eventually(lambda: everything.states(identity) == states)
    shown = everything.desk.run("show", identity).stdout
    reader = Browser(everything.desk.site)
    reader.sign_in("eva")
    reader.get(identity)
    for name in failed:
        assert re.search(rf"{name}.*(422|554)", shown), shown
        assert name in reader.text
    well_again(everything)
    assert everything.desk.run("replay", identity).exit_code == 0
    assert eventually(lambda: everything.states(identity) == dict.fromkeys(EVERY, "delivered"))
    assert everything.arrived("jana@example.com") == dict.fromkeys(EVERY, 1), "nobody has it twice"
