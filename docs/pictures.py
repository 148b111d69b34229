"""Take the pictures of the documents anew: `python -m docs.pictures`. Needs Chromium."""

import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Literal

import requests
from playwright.sync_api import Browser, FrameLocator, Page, Route, sync_playwright

from frontdesk import create_app
from frontdesk.resources import folder
from frontdesk.sandbox.demo.origins import Origins
from tests.demo_process import Demo
from tests.support import serving

PICTURES = Path(__file__).parent / "img"
PORT = 8640  # and those after it; always the same, because a picture shows some of them
ORIGINS = Origins.at(PORT)
FORM = f"{ORIGINS.leads}/forms/riverside?lang=en"
Scheme = Literal["light", "dark"]
FILL_TIME = 2_100  # ms; whoever is faster is taken for a bot


def fill_in(form: FrameLocator | Page, *, about: str = "") -> None:
    """An enquiry as a visitor would type it; `about`: the unit whose page the form is on."""
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    form.get_by_label("Phone", exact=True).fill("777 123 456")
    if not about:  # else that unit says both
        form.get_by_label("2+kk").check()
        form.get_by_label("3+kk").check()
        form.get_by_label("Highest price").fill("10 000 000")
    form.get_by_label("When can you come?").fill("2027-05-29")
    form.get_by_label("Do you have pets?").select_option("Yes")
    form.get_by_label("A cellar").check()
    form.get_by_label("Message").fill("Could we see it on a Saturday, with the dog?")
    form.get_by_label("I agree to the processing").check()


def page_of(
    browser: Browser, width: int, height: int, scheme: Scheme = "light", scale: int = 2
) -> Page:
    return browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme=scheme,
        locale="en-GB",
    )


def screen_pictures(browser: Browser) -> None:
    """The form on four screens, in the states that a visitor meets: for docs/form.md."""
    page = page_of(browser, 320, 640)
    page.goto(FORM)
    page.screenshot(path=PICTURES / "form-320.png")

    page = page_of(browser, 390, 780)
    page.goto(FORM)
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Email", exact=True).fill("jana@example")
    page.get_by_role("button", name="Send the enquiry").click()
    page.locator("[aria-invalid=true]:focus").wait_for()
    page.screenshot(path=PICTURES / "form-390-errors.png")

    page = page_of(browser, 390, 520, "dark")
    page.goto(FORM)
    fill_in(page)
    page.wait_for_timeout(FILL_TIME)
    page.get_by_role("button", name="Send the enquiry").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    page.screenshot(path=PICTURES / "form-390-thanks.png")

    page = page_of(browser, 768, 1024, "dark", 1)
    page.goto(FORM)
    fill_in(page)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=PICTURES / "form-768.png")

    page = page_of(browser, 1280, 1000, scale=1)
    page.goto(FORM)
    fill_in(page)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=PICTURES / "form-1280.png")


def form_picture(browser: Browser) -> None:
    """The form by itself, filled in."""
    page = page_of(browser, 720, 900)
    page.goto(FORM)
    fill_in(page)
    page.locator(":focus").evaluate("element => element.blur()")
    page.screenshot(path=PICTURES / "form.png", full_page=True)


def elsewhere(route: Route) -> None:
    """The news with commands as they are typed anywhere, not where it is installed here."""
    answer = route.fetch()
    told = re.sub(r'[^"]*frontdesk\.toml (?=release|replay)', "frontdesk ", answer.text())
    route.fulfill(response=answer, body=told)


def demo_picture(browser: Browser) -> None:
    """The demo's front page, with a lead that has just arrived."""
    requests.delete(f"{ORIGINS.sandbox}/_sandbox/leads", timeout=30)  # of the pictures before
    page = page_of(browser, 1280, 900)
    page.route("**/news", elsewhere)
    page.goto(ORIGINS.room)
    site = page.frame_locator("#site iframe")
    site.get_by_role("link", name="Enquire about B.203").click()
    fill_in(site, about="B.203")
    page.wait_for_timeout(FILL_TIME)
    site.get_by_role("button", name="Send the enquiry").click()
    site.get_by_role("heading", name="Thank you").wait_for()
    page.frame_locator("iframe[title*=CRM]").get_by_role("heading", name="Jana").wait_for()
    page.get_by_role("status").get_by_text("has arrived in the CRM").wait_for()
    page.locator("footer code").evaluate("(code) => (code.textContent = 'frontdesk log')")
    time.sleep(1)  # the lead comes in with a movement
    page.screenshot(path=PICTURES / "demo.png")
    page.unroute_all(behavior="ignoreErrors")
    page.close()


def inbox_pictures(browser: Browser) -> None:
    """The operators' inbox: the list, and an enquiry that failed: for docs/inbox.md."""
    page = page_of(browser, 1000, 720)
    page.goto(f"{ORIGINS.leads}/inbox/")
    page.screenshot(path=PICTURES / "inbox.png")
    page.get_by_role("link", name="Karel").click()
    page.screenshot(path=PICTURES / "inbox-failed.png")


def look_pictures(browser: Browser, forms: str) -> None:
    """Three looks, light and dark: for docs/look.md. `forms`: where those of looks.toml are."""
    schemes: tuple[Scheme, Scheme] = ("light", "dark")
    for scheme in schemes:
        for look in ("vineyard", "harbour", "loft"):
            page = page_of(browser, 390, 800, scheme, 1)
            page.emulate_media(reduced_motion="reduce", color_scheme=scheme)
            page.goto(f"{forms}/forms/{look}?lang=en")
            page.get_by_label("First name").fill("Jana")
            page.get_by_label("Email", exact=True).fill("jana@example.com")
            page.locator(".fd-chip").nth(1).click()
            page.get_by_label("Email", exact=True).focus()
            page.mouse.move(0, 0)
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=PICTURES / f"look-{look}-{scheme}.png", full_page=True)
            page.close()


def landing_picture(browser: Browser) -> None:
    """A landing page down to the form, in which the flat that was pointed at is filled in."""
    page = page_of(browser, 1280, 1760)
    page.goto(ORIGINS.landing)
    form = page.locator("frontdesk-form").frame_locator("iframe")
    page.get_by_role("button", name="B.203").click()
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    page.evaluate("scrollTo(0, 0)")
    time.sleep(1)
    page.screenshot(path=PICTURES / "landing.png")


def looks_apart(directory: Path) -> Path:
    """The configuration of the three looks, with its journal elsewhere."""
    examples = shutil.copytree(folder("examples"), directory / "examples")
    return examples / "looks.toml"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        demo = Demo(Path(directory) / "data", port=PORT)
        try:
            form_picture(browser)
            screen_pictures(browser)
            demo_picture(browser)
            landing_picture(browser)
            inbox_pictures(browser)
            with serving(create_app(looks_apart(Path(directory)))) as forms:
                look_pictures(browser, forms.url)
        finally:
            demo.stop()
        browser.close()


if __name__ == "__main__":
    main()
