"""The world of these tests: Frontdesk, a page of another origin, and what is on it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from tests.docs import pages
from tests.embedding.landing import Landing
from tests.support import ALTCHA, FLOOR, Site, journal_lines

DOCUMENT = "docs/own-form.md"
LEADS = "https://leads.example.com"

CHECKED = FLOOR + ALTCHA + 'on_outage = "refuse"\n'

FIELDS = """
<label>First name <input name="first_name" required></label>
<label>Last name <input name="last_name" required></label>
<label>Email <input name="email" type="email" aria-describedby="hint"></label>
<p id="hint">We write rarely.</p>
<label>Phone <input name="phone"></label>
<label>Floor <input name="attribute_floor"></label>
<label>Message <textarea name="note"></textarea></label>
<fieldset><legend>Rooms</legend>
<label><input type="checkbox" name="rooms" value="2+kk"> 2+kk</label>
<label><input type="checkbox" name="rooms" value="3+kk"> 3+kk</label></fieldset>
<label><input type="checkbox" name="consent_2"> I agree</label>
"""
FORM = f'<form data-frontdesk="riverside">{FIELDS}<button>Send</button></form>'
# With a place for thanks, which leaves the form where it is.
STAYS = FORM.replace("<button>", "<p data-frontdesk-status></p><button>")


class House:
    """Frontdesk, and the page that uses it."""

    def __init__(self, desk: Site, landing: Landing, crm: str, config: Path) -> None:
        self.desk = desk
        self.landing = landing
        self.crm = crm
        self.config = config
        landing.policy = f"default-src 'none'; base-uri 'none'; img-src data:; {self.policy()}"

    def policy(self) -> str:
        """What the document says that a page must allow."""
        [printed] = pages.blocks(DOCUMENT, "http")
        return self.here(printed.removeprefix("Content-Security-Policy:").strip())

    def here(self, example: str) -> str:
        """An example of the document, with the address that Frontdesk has here."""
        assert LEADS in example
        return example.replace(LEADS, self.desk.url)

    def put(
        self, body: str = FORM, *, path: str = "page", lang: str = "en", script: str = ""
    ) -> str:
        """Lay out a page with a form of its own; returns its address."""
        head = f'<script type="module" src="{self.desk.url}/frontdesk.js"></script>'
        if script:
            self.landing.policy = self.landing.policy.replace("script-src", "script-src 'self'")
            self.landing.pages["own.js"] = script.replace("FRONTDESK", self.desk.url)
            head = '<script type="module" src="own.js"></script>'
        return self.landing.put(body, path=path, lang=lang, head=head)

    def received(self) -> list[dict[str, Any]]:
        """The enquiries in the journal; one that came twice is there twice."""
        return [line for line in self.journal() if line["event"] == "received"]

    def journal(self) -> list[dict[str, Any]]:
        return journal_lines(self.desk.app.extensions["frontdesk"].intake.store.journal.directory)


def fill_in(form: Page | Locator) -> None:
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email").fill("jana@example.com")
    form.get_by_label("Message").fill("Is there a cellar?")
    form.get_by_label("3+kk").check()
    form.get_by_label("I agree").check()


def expect_filled_in(form: Page | Locator) -> None:
    expect(form.get_by_label("First name")).to_have_value("Jana")
    expect(form.get_by_label("Message")).to_have_value("Is there a cellar?")
    expect(form.get_by_label("3+kk")).to_be_checked()
    expect(form.get_by_label("I agree")).to_be_checked()


def send(form: Page | Locator) -> None:
    # By its key: a click is made a second time where the form moves under it.
    form.get_by_role("button", name="Send", exact=True).press("Enter")


def status(form: Page | Locator) -> Locator:
    """Where the form says what becomes of it."""
    return form.locator("[role=status]:not(.fd-status)")


def expect_thanks(form: Page | Locator) -> None:
    expect(status(form)).to_contain_text("Your enquiry about Riverside Residences has reached us.")


def watch(page: Page, method: str = "POST") -> list[Request]:
    """The requests of a method, as they happen."""
    seen: list[Request] = []
    page.on("request", lambda request: request.method == method and seen.append(request))
    return seen
