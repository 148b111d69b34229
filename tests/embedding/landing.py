"""A landing page of another origin, and a look at what happens on it."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.support import Site, eventually, tick

KINDS = {"js": "text/javascript", "css": "text/css"}
TAG = '<frontdesk-form id="a" form="riverside" lang="en"></frontdesk-form>'


class Landing:
    """Serves pages that a test writes, under a strict policy."""

    def __init__(self) -> None:
        self.app = Flask("landing", static_folder=None)
        self.pages: dict[str, str] = {}
        self.policy = ""
        self.policy_reported = ""
        self.url = ""
        self.loader = ""

        @self.app.get("/<path:path>")
        def page(path: str) -> Response:
            if path not in self.pages:
                abort(404)
            kind = KINDS.get(path.rpartition(".")[2], "text/html")
            headers = {"Content-Security-Policy": self.policy}
            if self.policy_reported:
                headers["Content-Security-Policy-Report-Only"] = self.policy_reported
            return Response(self.pages[path], mimetype=kind, headers=headers)

    def allow(self, leads: str) -> None:
        """Let the pages load what docs/embedding.md says that they must."""
        self.policy_reported = ""
        self.loader = f'<script src="{leads}/embed.js" async></script>'
        self.policy = (
            f"default-src 'none'; script-src 'self' {leads}; frame-src 'self' {leads};"
            " style-src 'self'; img-src data:; base-uri 'none'"
        )

    def put(self, body: str = TAG, *, path: str = "page", lang: str = "en", head: str = "") -> str:
        """Lay a page out; returns its address."""
        self.pages[path] = (
            f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>Open day</title>'
            '<link rel="icon" href="data:,">'
            f"{head or self.loader}<body>{body}</body></html>"
        )
        return f"{self.url}/{path}"


class World:
    """Everything that runs: the forms, the landing pages and the CRM."""

    def __init__(self, leads: Site, landing: Landing, stranger: str, crm: str) -> None:
        self.leads = leads
        self.landing = landing
        self.stranger = stranger  # the same pages from an origin that is not allowed
        self.crm = crm

    @property
    def journal(self) -> Any:
        return self.leads.app.extensions["frontdesk"].intake.store.journal.directory


def elsewhere(url: str) -> str:
    """The same server as another site, to which third-party rules apply."""
    return f"http://localhost:{urlsplit(url).port}"


def inside(page: Page, selector: str = "frontdesk-form") -> FrameLocator:
    return page.locator(selector).frame_locator("iframe")


def fill_in(form: FrameLocator | Page) -> None:
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    tick(form.get_by_label("I agree to the processing"))


def send(form: FrameLocator | Page) -> None:
    form.get_by_role("button", name="Send the enquiry").click()


def seen(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("seen")
    return found


def names(page: Page) -> list[str]:
    return [event["name"] for event in seen(page)]


def story(page: Page) -> list[str]:
    """The same but for the one view, for a quick visitor may have started before it is noticed."""
    await_event(page, "view")
    told = names(page)
    told.remove("view")
    return told


def await_event(page: Page, name: str, times: int = 1) -> dict[str, Any]:
    """The detail of an event, once it was there so many times."""

    def there() -> list[dict[str, Any]]:
        page.wait_for_timeout(20)
        found = [event for event in seen(page) if event["name"] == name]
        return found if len(found) >= times else []

    detail: dict[str, Any] = eventually(there)[-1]["detail"]
    return detail


# What Chromium complains of where a form is not shown.
BLOCKED = (
    "Framing '",  # says which directive forbids it
    "Refused to frame",
    "does not match the recipient window's origin",
    "Failed to load resource",
    "<frontdesk-form>",  # ours, with the remedy
)


def blocked_message(page: Page) -> None:
    assert await_event(page, "error")["code"] == "blocked"
    link = page.get_by_role("link", name="Open the form in a new tab")
    expect(link).to_be_visible()
    expect(page.locator("frontdesk-form iframe")).to_be_hidden()
    assert "embed" not in (link.get_attribute("href") or "")


# The frame's height, and how much of its content is outside of it.
_FIT = """() => {
  const root = document.documentElement;
  return {
    frame: innerHeight,
    content: Math.ceil(root.getBoundingClientRect().height),
    hidden: root.scrollHeight - innerHeight,
    aside: root.scrollWidth - innerWidth,
    scrolled: root.scrollTop,
  };
}"""


def await_fit(page: Page, element: Locator | None = None) -> int:
    """Wait until the iframe is exactly as high as its content; returns that height."""
    element = element or page.locator("frontdesk-form")
    handle = element.locator("iframe").element_handle()
    fit: dict[str, int] = {}

    def fits() -> bool:
        page.wait_for_timeout(20)
        frame = handle.content_frame()
        assert frame is not None
        fit.update(frame.evaluate(_FIT))
        exact = 0 <= fit["frame"] - fit["content"] <= 1
        return exact and fit["hidden"] <= 0 and fit["aside"] <= 0 and fit["scrolled"] == 0

    try:
        eventually(fits)
    except AssertionError:
        raise AssertionError(f"the height is wrong: {fit}") from None
    return fit["frame"]
