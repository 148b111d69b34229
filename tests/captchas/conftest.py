"""Forms with each captcha in each mode, the vendors' stand-ins on another site, and Chromium."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from frontdesk import create_app
from frontdesk.crm.realpad.sandbox import create_sandbox, serve_sandbox
from tests.captchas.stand_in import StandIn
from tests.support import FORM, GENERAL, Site, serving

PATIENCE = 20_000  # ms
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
        forms = [FORM.replace("forms.riverside", "forms.altcha")]
        forms.append('[forms.altcha.captcha]\nprovider = "altcha"\ncost = 1000\ncounter = 10\n')
        for provider, mode, outage in product(PROVIDERS, MODES, OUTAGES):
            name = slug(provider, mode, outage)
            contact = f'currency = "CZK"\ncontact = "{CONTACTS[outage]}"'
            form = FORM.replace("forms.riverside", f"forms.{name}")
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
        yield Guarded(running.enter_context(serving(create_app(path))), vendors, crm)


@pytest.fixture
def vendors(guarded: Guarded) -> StandIn:
    guarded.vendors.reset()
    return guarded.vendors


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages; what the browser complains about fails the test unless it is expected."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    expected: list[str] = []

    def start(*, expect: tuple[str, ...] = (), **options: object) -> Page:
        expected.extend(expect)
        context = browser.new_context(**{"locale": "en-GB", **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        return context.new_page()

    yield start
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert [c for c in complaints if not any(known in c for known in expected)] == []
