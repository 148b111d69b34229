"""hCaptcha and Turnstile in the real form, in a browser, with the vendors' scripts stood in."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from tests.captchas.conftest import MODES, PROVIDERS, Guarded, slug, stop_the_clock
from tests.captchas.stand_in import StandIn
from tests.support import eventually, journal_lines, leads, until

BOTH = [(provider, mode) for provider in PROVIDERS for mode in MODES]
EVERY = pytest.mark.parametrize(("provider", "mode"), BOTH, ids=map("-".join, BOTH))
ALONE = [both for both in BOTH if both != ("hcaptcha", "checkbox")]  # no click of the visitor's
WITHOUT_CLICK = pytest.mark.parametrize(("provider", "mode"), ALONE, ids=map("-".join, ALONE))
REFUSED = ("status of 403", "ERR_FAILED")


class Visitor:
    """Somebody at a form, with an address of their own to be found by."""

    def __init__(self, guarded: Guarded, page: Page, form: str, query: str = "lang=en") -> None:
        self.guarded, self.page = guarded, page
        self.email = f"{uuid4().hex}@example.com"
        page.goto(guarded.url(form, query))
        self.box = page.locator("[data-fd-captcha]")
        self.status = self.box.get_by_role("status")
        self.retry = self.box.get_by_role("button", name="Try again")

    def fill_in(self) -> None:
        self.page.get_by_label("First name").fill("Jana")
        self.page.get_by_label("Last name").fill("Nováková")
        self.page.get_by_label("Email", exact=True).fill(self.email)
        self.page.get_by_label("I agree to the processing").check()

    def send(self) -> None:
        self.page.get_by_role("button", name="Send the enquiry").click()

    def widget(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    def tick(self) -> None:
        # No `check`, which looks at the box once more: the page may be gone with it by then.
        self.widget().get_by_role("checkbox").click()
        until(self.page, "window.passes || !document.querySelector('form')")

    def tell(self, provider: str, what: str) -> None:
        self.page.evaluate(f"{provider}.tell({what!r})")

    def behave(self, provider: str, behaviour: str) -> None:
        self.page.evaluate(f"{provider}.behaviour = {behaviour!r}")

    def is_thanked(self) -> None:
        expect(self.page.get_by_role("heading", name="Thank you")).to_be_visible()

    def events(self) -> list[dict[str, Any]]:
        """The journal's lines about this visitor."""
        desk = self.guarded.site.app.extensions["frontdesk"].intake
        lines = journal_lines(desk.store.journal.directory)
        mine = [line["id"] for line in lines if line.get("lead", {}).get("email") == self.email]
        return [line for line in lines if line["id"] in mine]

    def reaches_the_crm(self) -> None:
        def found() -> bool:
            return any(
                lead["parameters"]["email"] == self.email for lead in leads(self.guarded.crm)
            )

        eventually(found)

    def is_held(self) -> str:
        (held,) = [line for line in self.events() if line["event"] == "held"]
        assert [line["event"] for line in self.events()] == ["held", "received"]
        return str(held["reason"])


@pytest.fixture
def visit(
    guarded: Guarded, vendors: StandIn, open_page: Callable[..., Page]
) -> Callable[..., Visitor]:
    def come(form: str, *, query: str = "lang=en", **options: Any) -> Visitor:
        return Visitor(guarded, open_page(**options), form, query)

    return come


@EVERY
def test_whoever_passes_reaches_the_crm(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str, mode: str
) -> None:
    visitor = visit(slug(provider, mode))
    visitor.page.wait_for_load_state("networkidle")
    assert vendors.asked == [], "nothing is asked of the vendor before the visitor starts"
    visitor.fill_in()
    if (provider, mode) == ("hcaptcha", "checkbox"):
        visitor.tick()
    visitor.send()
    visitor.is_thanked()
    visitor.reaches_the_crm()
    assert len(vendors.scripts()) == 1
    assert len(vendors.spent) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_widget_that_is_left_unsolved_is_asked_for(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str
) -> None:
    vendors.behaviour = "challenge"
    visitor = visit(slug(provider, "checkbox"))
    visitor.fill_in()
    expect(visitor.widget().get_by_role("checkbox")).to_be_visible()
    visitor.send()
    expect(visitor.status).to_have_text("Please show first that you are human, in the box above.")
    assert visitor.page.evaluate("document.activeElement.tagName") == "IFRAME"
    assert visitor.events() == []
    visitor.tick()
    expect(visitor.status).to_have_text("Checked.")
    visitor.send()
    visitor.is_thanked()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_invisible_check_that_wants_an_answer_after_all(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str
) -> None:
    vendors.behaviour = "challenge"
    visitor = visit(slug(provider, "invisible"))
    visitor.fill_in()
    visitor.send()
    visitor.tick()
    if provider == "turnstile":  # hCaptcha's is part of sending
        expect(visitor.status).to_have_text("Checked.")
        visitor.send()
    visitor.is_thanked()
    visitor.reaches_the_crm()


def test_a_challenge_that_is_closed_can_be_opened_again(
    visit: Callable[..., Visitor], vendors: StandIn
) -> None:
    vendors.behaviour = "challenge"
    visitor = visit(slug("hcaptcha", "invisible"))
    visitor.fill_in()
    visitor.send()
    visitor.widget().get_by_role("button", name="Close").click()
    expect(visitor.status).to_have_text(re.compile("was not finished. Please send the form again"))
    visitor.send()
    visitor.tick()
    visitor.is_thanked()


def test_an_expired_checkbox_is_announced_and_asked_for_again(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit(slug("hcaptcha", "checkbox"))
    visitor.fill_in()
    visitor.tick()
    until(visitor.page, "document.querySelector('[name=h-captcha-response]').value")
    visitor.tell("hcaptcha", "expire")
    expect(visitor.status).to_have_text(re.compile("has expired. Please do it again"))
    visitor.send()
    expect(visitor.status).to_have_text(re.compile("Please show first"))
    assert visitor.events() == []
    visitor.tell("hcaptcha", "pass")
    visitor.send()
    visitor.is_thanked()


@WITHOUT_CLICK
def test_what_expires_is_renewed_by_itself(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str, mode: str
) -> None:
    visitor = visit(slug(provider, mode))
    visitor.fill_in()
    until(visitor.page, f"!!window.{provider}?.tell")
    visitor.tell(provider, "pass")
    visitor.tell(provider, "expire")
    expect(visitor.status).to_be_hidden()
    visitor.send()
    visitor.is_thanked()
    assert len(vendors.spent) == 1


@WITHOUT_CLICK
def test_an_error_is_told_and_can_be_tried_again(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str, mode: str
) -> None:
    vendors.behaviour = "error"
    visitor = visit(slug(provider, mode, "refuse"))
    visitor.fill_in()
    visitor.send()
    expect(visitor.status).to_contain_text("We could not check that you are human.")
    expect(visitor.status.get_by_role("link", name="+420 777 123 456")).to_have_attribute(
        "href", "tel:+420777123456"
    )
    assert visitor.events() == []
    visitor.behave(provider, "pass")
    visitor.retry.click()
    expect(visitor.status).to_have_text("Checked.")
    expect(visitor.retry).to_be_hidden()
    assert visitor.page.evaluate("document.activeElement.className") == "fd-status"
    visitor.send()
    visitor.is_thanked()


def test_an_error_of_a_checkbox_is_told_when_it_happens(visit: Callable[..., Visitor]) -> None:
    visitor = visit(slug("hcaptcha", "checkbox"))
    visitor.fill_in()
    expect(visitor.widget().get_by_role("checkbox")).to_be_visible()
    visitor.tell("hcaptcha", "fail")
    expect(visitor.status).to_contain_text("We could not check that you are human.")
    expect(visitor.status.get_by_role("link", name="sales@example.com")).to_have_attribute(
        "href", "mailto:sales@example.com"
    )
    visitor.retry.click()
    expect(visitor.status).to_have_text(re.compile("Please show first"))
    visitor.tick()
    visitor.send()
    visitor.is_thanked()


def test_a_browser_that_turnstile_does_not_support(
    visit: Callable[..., Visitor], vendors: StandIn
) -> None:
    vendors.behaviour = "unsupported"
    visitor = visit(slug("turnstile", "checkbox"))
    visitor.fill_in()
    expect(visitor.status).to_contain_text("Please try another browser.")
    expect(visitor.status.get_by_role("link")).to_have_text("sales@example.com")
    expect(visitor.retry).to_be_hidden()
    visitor.send()
    button = visitor.page.get_by_role("button", name="Send the enquiry")
    expect(button).to_have_attribute("aria-disabled", "false")
    expect(visitor.status).to_contain_text("Please try another browser.")
    assert visitor.events() == []


@WITHOUT_CLICK
def test_a_response_that_the_server_refuses_is_replaced(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str, mode: str
) -> None:
    vendors.mistrusts = 1
    visitor = visit(slug(provider, mode), expect=("status of 422",))
    visitor.fill_in()
    visitor.send()
    visitor.is_thanked()
    assert len(set(vendors.spent)) == 2


# -- a script that does not come ---------------------------------------------------------------


def forbid(page: Page, vendors: StandIn) -> None:
    """As an ad blocker does it."""

    def abort(route: Route) -> None:
        route.abort("blockedbyclient")

    page.route(f"{vendors.url}/**", abort)


@EVERY
@pytest.mark.parametrize("on_outage", ["hold", "deliver"])
def test_with_a_blocked_script_the_enquiry_is_held(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str, mode: str, on_outage: str
) -> None:
    vendors.blocked = True
    visitor = visit(slug(provider, mode, on_outage), expect=REFUSED)
    visitor.fill_in()
    expect(visitor.status).to_have_text(
        "The check that you are human could not be loaded. You can send the form all the same;"
        " one of us will look at it."
    )
    expect(visitor.retry).to_be_hidden()
    visitor.send()
    visitor.is_thanked()
    assert visitor.is_held() == "the captcha was blocked in the visitor's browser"
    assert vendors.spent == []


@EVERY
def test_with_a_blocked_script_the_visitor_is_told_what_to_do(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str, mode: str
) -> None:
    visitor = visit(slug(provider, mode, "refuse"), expect=("ERR_BLOCKED_BY_CLIENT",))
    forbid(visitor.page, vendors)
    visitor.fill_in()
    told = re.compile("If you use an ad blocker, please allow localhost; then try again.")
    expect(visitor.status).to_have_text(told)
    visitor.send()
    expect(visitor.page.get_by_role("button", name="Send the enquiry")).to_have_attribute(
        "aria-disabled", "false"
    )
    expect(visitor.status).to_have_text(told)
    expect(visitor.status.get_by_role("link", name="+420 777 123 456")).to_be_visible()
    assert visitor.events() == []

    visitor.page.unroute(f"{vendors.url}/**")
    visitor.retry.click()
    if (provider, mode) == ("hcaptcha", "checkbox"):
        visitor.tick()
    expect(visitor.status).to_have_text("Checked.")
    visitor.send()
    visitor.is_thanked()
    visitor.reaches_the_crm()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_script_that_never_answers_counts_as_blocked(
    guarded: Guarded, vendors: StandIn, open_page: Callable[..., Page], provider: str
) -> None:
    page = open_page()
    stop_the_clock(page)
    page.route(f"{vendors.url}/**", lambda route: None)
    visitor = Visitor(guarded, page, slug(provider, "checkbox"))
    visitor.fill_in()
    expect(page.locator(f"script[src^='{vendors.url}']")).to_be_attached()
    page.clock.run_for(10_000)
    expect(visitor.status).to_be_hidden()
    page.clock.run_for(5_000)
    expect(visitor.status).to_contain_text("You can send the form all the same")


# -- on other people's pages -------------------------------------------------------------------

MOUNT = """async ([site, forms]) => {
  const { mount } = await import(`${site}/static/widget.js`);
  window.captchas = [];
  for (const [form, language, place] of forms) {
    const url = `${site}/forms/${form}`;
    const { captcha } = await (await fetch(`${url}/token?lang=${language}`)).json();
    captchas.push(mount(document.getElementById(place), captcha, url));
  }
}"""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_two_on_one_page_of_another_site(
    guarded: Guarded, vendors: StandIn, elsewhere: Page, provider: str
) -> None:
    forms = [
        (slug(provider, "checkbox"), "cs", "first"),
        (slug(provider, "invisible"), "en", "second"),
    ]
    elsewhere.evaluate(MOUNT, [guarded.site.url, forms])
    assert vendors.asked == []
    elsewhere.evaluate("for (const captcha of captchas) captcha.begin()")
    elsewhere.frame_locator("#first iframe").get_by_role("checkbox").check()
    # Turnstile passes both by itself, and the one that was clicked once more.
    until(elsewhere, f"window.passes >= {3 if provider == 'turnstile' else 1}")
    answers = elsewhere.evaluate("Promise.all(captchas.map((captcha) => captcha.answer()))")
    assert len(set(answers)) == 2
    assert all(answer.startswith(f"{provider}-") for answer in answers)
    assert len(vendors.scripts()) == 1
    widgets = [path for path in vendors.asked if "/widget?" in path]
    assert {path.rpartition("language=")[2] for path in widgets} == {"cs", "en"}

    elsewhere.evaluate("captchas[1].forget()")
    assert elsewhere.evaluate("captchas[1].answer()") not in answers
    if provider == "turnstile":
        assert elsewhere.evaluate("captchas[0].answer()") == answers[0]


# -- how it looks ------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_speaks_the_language_of_the_form(
    visit: Callable[..., Visitor], vendors: StandIn, provider: str
) -> None:
    visitor = visit(slug(provider, "checkbox"), query="lang=cs")
    visitor.page.locator("[name=first_name]").focus()
    expect(visitor.widget().get_by_role("checkbox")).to_be_visible()
    assert any("/widget?" in path and "language=cs" in path for path in vendors.asked)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("system", "forced", "theme"),
    [
        ("light", "", "light"),
        ("dark", "", "dark"),
        ("dark", "light", "light"),
        ("light", "dark", "dark"),
    ],
)
def test_its_theme_is_the_pages(
    visit: Callable[..., Visitor],
    vendors: StandIn,
    provider: str,
    system: str,
    forced: str,
    theme: str,
) -> None:
    visitor = visit(slug(provider, "checkbox"), color_scheme=system)
    if forced:
        meta = visitor.page.locator("meta[name=color-scheme]")
        meta.evaluate("(meta, forced) => (meta.content = forced)", forced)
    visitor.page.get_by_label("First name").focus()
    expect(visitor.widget().get_by_role("checkbox")).to_be_visible()
    assert any("/widget?" in path and f"theme={theme}" in path for path in vendors.asked)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("width", [1280, 390, 320, 280])
def test_the_widget_has_room_and_covers_nothing(
    visit: Callable[..., Visitor], provider: str, width: int
) -> None:
    visitor = visit(slug(provider, "checkbox"), viewport={"width": width, "height": 900})
    button = visitor.page.get_by_role("button", name="Send the enquiry")
    expect(visitor.box.locator(".fd-widget")).to_be_visible()
    before = button.bounding_box()
    visitor.page.get_by_label("First name").focus()
    frame = visitor.box.locator("iframe")
    expect(frame).to_be_visible()
    here, after, whole = frame.bounding_box(), button.bounding_box(), visitor.box.bounding_box()
    assert before
    assert after
    assert here
    assert whole
    scrolled = visitor.page.evaluate("scrollY")
    assert after["y"] + scrolled == before["y"], "the button stays where it was"
    assert here["y"] + here["height"] <= after["y"]
    assert here["x"] + here["width"] <= whole["x"] + whole["width"]


def test_an_invisible_hcaptcha_names_its_terms(
    visit: Callable[..., Visitor], vendors: StandIn
) -> None:
    visitor = visit(slug("hcaptcha", "invisible"))
    expect(visitor.box).to_contain_text("hCaptcha protects this form; its privacy policy")
    links = visitor.box.get_by_role("link")
    assert links.evaluate_all("links => links.map((a) => [a.href, a.target])") == [
        ["https://www.hcaptcha.com/privacy", "_blank"],
        ["https://www.hcaptcha.com/terms", "_blank"],
    ]
    assert vendors.asked == []
