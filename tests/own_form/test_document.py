"""The examples of docs/own-form.md do what the document says, as they stand there."""

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask
from playwright.sync_api import Page, expect

from frontdesk.config import api_key
from tests.docs import pages
from tests.own_form.house import (
    CHECKED,
    DOCUMENT,
    House,
    expect_thanks,
    send,
)
from tests.support import Site, eventually

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(title: str, language: str) -> list[str]:
    """The code blocks of a language that stand right below a heading."""
    return [body for kind, body in FENCE.findall(pages.own(DOCUMENT, title)) if kind == language]


def fill_in_names(page: Page) -> None:
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Last name").fill("Nováková")
    page.get_by_label("I agree").check()


def test_the_complete_page(home: House, page: Page) -> None:
    [example] = examples("A complete page", "html")
    home.landing.pages["page"] = home.here(example)
    page.goto(f"{home.landing.url}/page")
    fill_in_names(page)
    page.get_by_label("Email").fill("jana@example.com")
    page.get_by_label("Your question").fill("Is there a cellar?")
    send(page)
    expect_thanks(page)
    lead = home.received()[0]["lead"]
    assert (lead["unit"], lead["note"]) == ("A.101", "Is there a cellar?")


def test_the_complete_page_without_javascript(
    house: Callable[..., House], open_page: Callable[..., Page]
) -> None:
    page = open_page(java_script_enabled=False, expect=("status of 403",))
    home = house("")
    [example] = examples("A complete page", "html")
    home.landing.pages["page"] = home.here(example)
    page.goto(f"{home.landing.url}/page")
    fill_in_names(page)
    page.get_by_label("Email").fill("jana@example.com")
    send(page)
    expect(page.get_by_label("Unit")).to_have_value("A.101")
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_places(home: House, page: Page) -> None:
    [example] = examples("Where things are said", "html")
    page.goto(home.put(example))
    fill_in_names(page)
    page.get_by_label("Phone").fill("777 123 456")
    page.get_by_label("I agree").uncheck()
    send(page)
    expect(page.locator("p[data-frontdesk-error=consent_2]")).to_have_text(
        "Without this consent we cannot reply to you."
    )
    page.get_by_label("I agree").check()
    send(page)
    expect(page.locator("p[data-frontdesk-status]")).to_contain_text("has reached us")


def test_the_page_thanks_by_itself(home: House, page: Page) -> None:
    [script] = examples("Events", "js")
    [example] = examples("Where things are said", "html")
    script = f'import "FRONTDESK/frontdesk.js";\n{script}'
    page.goto(home.put(f"{example}<p id='thanks' hidden>Thank you!</p>", script=script))
    fill_in_names(page)
    page.get_by_label("Phone").fill("777 123 456")
    send(page)
    expect(page.get_by_text("Thank you!")).to_be_visible()
    expect(page.locator("form")).to_be_hidden()


def test_a_form_in_a_dialog(home: House, page: Page) -> None:
    [script] = examples("Forms that come later", "js")
    [form] = examples("Where things are said", "html")
    body = f"<template>{form}</template><div id='dialog'></div><a id='close'>Close</a>"
    page.goto(home.put(body, script=home.here(script)))
    fill_in_names(page)
    page.get_by_label("Phone").fill("777 123 456")
    send(page)
    expect_thanks(page)
    page.get_by_text("Close").click()
    expect(page.locator("form")).to_have_count(0)


@pytest.mark.parametrize("captcha", ["altcha", "none"])
def test_plain_fetch(
    house: Callable[..., House], open_page: Callable[..., Page], captcha: str
) -> None:
    page = open_page(expect=("net::ERR_",))
    home = house() if captcha == "altcha" else house("")
    [enquiry, script] = examples("Plain fetch", "js")
    [form] = examples("Plain fetch", "html")
    url = home.put(form.replace('<script type="module" src="page.js"></script>', ""), script="//")
    home.landing.pages["enquiry.js"] = home.here(enquiry)
    home.landing.pages["own.js"] = script
    page.goto(url)
    said = page.locator("#said")
    send(page)
    expect(said).to_contain_text("Please look at the fields that are marked.")
    expect(said).to_contain_text("first_name: Please tell us your first name.")
    fill_in_names(page)
    page.get_by_label("Email").fill("jana@example.com")
    page.get_by_label("3+kk").check()
    page.route("**/forms/riverside", lambda route: (route.fetch(), route.abort()))
    send(page)
    expect(said).to_have_text("This could not be sent. Please try again.")
    page.unroute_all()
    send(page)
    expect(said).to_have_text("Thank you.")
    assert len({line["id"] for line in home.received()}) == 1
    lead = home.received()[0]["lead"]
    assert (lead["rooms"], lead["email"]) == (["3+kk"], "jana@example.com")


@pytest.fixture
def trusting(house: Callable[..., House]) -> House:
    return house("", **{'data_dir = "var"': 'data_dir = "var"\ntrusted_proxies = 1'})


def test_python(trusting: House, serve: Callable[[Flask], Site]) -> None:
    [example] = examples("Python", "python")
    names: dict[str, Any] = {"__name__": "contact"}
    exec(trusting.here(example), names)
    app = names["app"]
    serves = app.wsgi_app
    app.wsgi_app = lambda environ, start: serves({**environ, "REMOTE_ADDR": "203.0.113.9"}, start)
    site = serve(app)

    def token_of(shown: requests.Response) -> str:
        return shown.text.partition('name="token" type="hidden" value="')[2].partition('"')[0]

    typed = {"first_name": "Eva", "last_name": "Malá", "phone": "603123456"}
    typed["token"] = token_of(site.get("/contact"))
    refused = site.post("/contact", data=typed)
    assert refused.status_code == 422
    assert "Without this consent we cannot reply to you." in refused.text
    assert 'value="Malá"' in refused.text
    assert token_of(refused) == typed["token"]
    agreed = {**typed, "consent_2": "yes"}
    for _ in range(2):
        assert site.post("/contact", data=agreed).text == "Thank you."
    assert len({line["id"] for line in trusting.received()}) == 1
    origin = trusting.received()[0]["origin"]
    assert origin["ip"] == "203.0.113.9"
    assert origin["page"] == f"{site.url}/contact"


def test_a_shell(trusting: House) -> None:
    [example] = examples("A shell", "sh")
    script = trusting.here(example).replace("sleep 3", "")
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)
    assert '"status":"accepted"' in done.stdout
    assert eventually(trusting.received)[0]["origin"]["ip"] == "203.0.113.7"


@pytest.fixture
def keyed(house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> House:
    """A form with a captcha, and a program that has a key for it."""
    key = api_key.new()
    monkeypatch.setenv("FRONTDESK_KEY", key)
    lines = f'[[forms.riverside.api_keys]]\nname = "website"\nsha256 = "{api_key.digest(key)}"\n'
    return house(CHECKED + lines)


def test_python_with_a_key(keyed: House) -> None:
    [example] = examples("With a key", "python")
    names: dict[str, Any] = {}
    exec(keyed.here(example), names)
    fields = {"first_name": "Eva", "last_name": "Malá", "phone": "603123456"}
    refused = names["enquire"](fields, "203.0.113.9", "Mozilla/5.0")
    assert list(refused["errors"]) == ["consents.2"]
    fields["consents"] = [2]
    sent = [names["enquire"](fields, "203.0.113.9", "Mozilla/5.0", "a-key") for _ in range(2)]
    assert sent[0] == sent[1]
    origin = keyed.received()[0]["origin"]
    assert (origin["ip"], origin["user_agent"]) == ("203.0.113.9", "Mozilla/5.0")
    assert origin["api_key"] == "website"


def test_a_shell_with_a_key(keyed: House) -> None:
    [example] = examples("With a key", "sh")
    script = keyed.here(example)
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)
    assert '"status":"accepted"' in done.stdout
    assert eventually(keyed.received)[0]["origin"]["ip"] == "203.0.113.7"
