"""The three ways to a form, as a visitor meets them, and the world around."""

from contextlib import AbstractContextManager, nullcontext
from uuid import uuid4

from tests.captchas.stand_in import StandIn
from tests.embedding.landing import Landing
from tests.engines.visitor import Visitor
from tests.support import FORM, Site

_VENDOR = """
mode = "checkbox"
sitekey = "the-sitekey"
secret = "the-secret"
script_url = "{vendors}/{captcha}/api.js"
verify_url = "{vendors}/{captcha}/siteverify"
"""
_HEAR = """
for (const name of ["ready", "submitted"])
  addEventListener(`frontdesk:${name}`, () => document.documentElement.classList.add(name));
"""
_ALTCHA = "cost = 1000\ncounter = 10\n"


def form(captcha: str, landing: str, vendors: str) -> str:
    """The part of a frontdesk.toml for a form that is named like its captcha."""
    text = FORM.replace("forms.riverside", f"forms.{captcha}")
    text = text.replace("https://riverside.example.com", landing)
    facts = _ALTCHA if captcha == "altcha" else _VENDOR.format(captcha=captcha, vendors=vendors)
    return f'{text}\n[forms.{captcha}.captcha]\nprovider = "{captcha}"\n{facts}'


class World:
    """Everything that runs."""

    CAPTCHAS = ("altcha", "hcaptcha", "turnstile")

    def __init__(self, leads: Site, landing: Landing, vendors: StandIn, crm: str) -> None:
        self.leads = leads
        self.landing = landing
        self.vendors = vendors
        self.crm = crm

    def put(self, body: str, script: str) -> str:
        """Lay out a page of somebody's, under a policy that allows what it needs and no more."""
        ours, theirs = self.leads.url, self.vendors.url
        self.landing.policy = (
            f"default-src 'none'; script-src 'self' {ours} {theirs}; connect-src {ours};"
            f" frame-src {ours} {theirs}; style-src 'unsafe-inline'; img-src data:;"
            f" form-action {ours}; base-uri 'none'"
        )
        name = uuid4().hex
        self.landing.pages[f"{name}.js"] = _HEAR
        head = f'<script src="{name}.js"></script>{script}'
        return self.landing.put(body, path=name, head=head)


class Way:
    """How a form gets into a page."""

    send = "Send the enquiry"
    consent = "I agree to the processing"
    thanks = "Thank you"

    def lay_out(self, world: World, captcha: str) -> str:
        """The address to open."""
        return f"{world.leads.url}/forms/{captcha}?lang=en"

    def form(self, visitor: Visitor) -> AbstractContextManager[None]:
        """Be where the form is."""
        return nullcontext()

    def tells(self, visitor: Visitor, event: str) -> None:
        """Wait until the page around was told of an event."""
        visitor.find(f"//html[contains(@class, '{event}')]")

    def __str__(self) -> str:
        return type(self).__name__


class Page(Way):
    """The page itself."""

    def tells(self, visitor: Visitor, event: str) -> None:
        """There is no page around."""


class Frame(Way):
    """The element on a page of another origin."""

    def lay_out(self, world: World, captcha: str) -> str:
        element = f'<frontdesk-form form="{captcha}" lang="en"></frontdesk-form>'
        return world.put(element, f'<script src="{world.leads.url}/embed.js" async></script>')

    def form(self, visitor: Visitor) -> AbstractContextManager[None]:
        self.tells(visitor, "ready")
        return visitor.inside("frontdesk-form")


class Own(Way):
    """Somebody's own form, on a page of another origin."""

    send = "Send"
    consent = "I agree"
    thanks = "has reached us"

    def lay_out(self, world: World, captcha: str) -> str:
        url = world.leads.url
        module = f'<script type="module" src="{url}/frontdesk.js"></script>'
        return world.put(
            f"""
            <style>p {{ margin-block: 9rem }}</style>
            <form data-frontdesk="{captcha}" method="post" action="{url}/forms/{captcha}">
            <p><label for="first">First name</label><br>
            <input id="first" name="first_name" required></p>
            <p><label for="last">Last name</label><br>
            <input id="last" name="last_name" required></p>
            <p><label>Email <input name="email" type="email" required></label></p>
            <p><label><input type="checkbox" name="consent_2" required> I agree</label></p>
            <button>Send</button></form>""",
            module,
        )


WAYS = (Page(), Frame(), Own())
