"""Forms with each captcha in each mode, the vendors' stand-ins on another site, and Chromium."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.captchas.stand_in import StandIn
from tests.support import FORM, GENERAL, Site, open_app, serving

PROVIDERS = ("hcaptcha", "turnstile")
MODES = ("checkbox", "invisible")
OUTAGES = ("hold", "deliver", "refuse")
CONTACTS = {"hold": "sales@example.com", "deliver": "", "refuse": "+420 777 123 456"}


def slug(provider: str, mode: str, on_outage: str = "hold") -> str:
    return f"{provider}-{mode}-{on_outage}"


class Guarded:
    """The forms, and what stands around them."""

    def __init__(self, site: Site, vendors: StandIn, crm: str) -> None:
        self.site = site
        self.vendors = vendors
        self.crm = crm

    def url(self, slug: str, query: str = "lang=en") -> str:
        return f"{self.site.url}/forms/{slug}?{query}"


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    path = tmp_path_factory.mktemp("captchas") / "frontdesk.toml"
    vendors = StandIn()
    with ExitStack() as running:
        crm = running.enter_context(serve_sandbox(create_sandbox())).url
        port = urlsplit(running.enter_context(serving(vendors.app)).url).port
        vendors.url = f"http://localhost:{port}"
        template = FORM.replace("https://riverside.example.com", vendors.url)
        forms = [template.replace("forms.riverside", "forms.altcha")]
        forms.append('[forms.altcha.captcha]\nprovider = "altcha"\ncost = 1000\ncounter = 10\n')
        for provider, mode, outage in product(PROVIDERS, MODES, OUTAGES):
            name = slug(provider, mode, outage)
            contact = f'currency = "CZK"\ncontact = "{CONTACTS[outage]}"'
            form = template.replace("forms.riverside", f"forms.{name}")
            forms.append(form.replace('currency = "CZK"', contact))
            forms.append(f"""
[forms.{name}.captcha]
provider = "{provider}"
mode = "{mode}"
sitekey = "the-sitekey"
secret = "the-secret"
script_url = "{vendors.url}/{provider}/api.js"
verify_url = "{vendors.url}/{provider}/siteverify"
on_outage = "{outage}"
""")
        text = GENERAL.replace("{crm}", crm) + "".join(forms)
        path.write_text(text, encoding="utf-8")
        yield Guarded(running.enter_context(serving(open_app(path))), vendors, crm)


@pytest.fixture
def vendors(guarded: Guarded) -> StandIn:
    guarded.vendors.reset()
    return guarded.vendors


def stop_the_clock(page: Page) -> None:
    """From now on, the time passes for pages when a test says so."""
    page.clock.install(time="2026-01-01T00:00:00Z")
    page.clock.pause_at("2026-01-01T01:00:00Z")


@pytest.fixture
def elsewhere(vendors: StandIn, page: Page) -> Page:
    """An empty page of another site, which the forms allow."""
    page.goto(f"{vendors.url}/page")
    return page
