"""`frontdesk_form()`: the form inside a page of somebody else's site."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
import requests
from flask import Flask, Response, render_template_string, session
from flask_wtf.csrf import CSRFProtect, generate_csrf
from playwright.sync_api import Locator, Page, expect

from frontdesk import Frontdesk
from tests.embedding.landing import story
from tests.intake.desk import Page as Markup
from tests.intake.desk import forge_token, page_of, proxy
from tests.support import HIDDEN, Site, eventually, journal_lines, leads, until

# What docs/http-api.md says that the host's page must allow.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src data:; form-action 'none'; base-uri 'none'"
)
FLAT = "/flats/A.101"
ONE = '{{ frontdesk_form("riverside", unit="A.101", lang="en") }}'
TWO = """
<section id="left">{{ frontdesk_form("riverside", unit="A.101", lang="en") }}</section>
<section id="right">{{ frontdesk_form("riverside", unit="B.202", lang="en") }}</section>
"""
NEWSLETTER = """
<form action="/newsletter"><label for="email">Newsletter</label> <input id="email" name="email">
<p id="email-error">Nothing to do with the other one.</p></form>
"""


def host_app(
    config: Path, body: str, prefix: str | None = "/enquiry", policy: str = POLICY
) -> Flask:
    """A site whose page about a flat has a template of the test's."""
    app = Flask("host", static_folder=None)
    app.secret_key = "the host's own"
    Frontdesk(app, config=config, url_prefix=prefix)

    @app.get(FLAT)
    @app.get("/deep/er/flat/")
    def flat() -> Response:
        page = (
            '<!doctype html><html lang="en"><title>A.101</title><link rel="icon" href="data:,">'
            f"<body><h1>Flat A.101</h1>{body}</body></html>"
        )
        headers = {"Content-Security-Policy": policy}
        return Response(render_template_string(page), headers=headers)

    return app


@pytest.fixture
def host(config: Path, serve: Callable[[Flask], Site]) -> Callable[..., Site]:
    return lambda body=ONE, prefix="/enquiry": serve(host_app(config, body, prefix))


def fill_in(form: Page | Locator) -> None:
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    form.get_by_label("I agree to the processing").check()


def send(form: Page | Locator) -> None:
    form.get_by_role("button", name="Send the enquiry").click()


def expect_thanks(page: Page) -> None:
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def received(site: Site) -> dict[str, Any]:
    """The journal's line of the one enquiry that came in."""
    directory = site.app.extensions["frontdesk"].intake.store.journal.directory
    [line] = [line for line in journal_lines(directory) if line["event"] == "received"]
    return line


HIDING = '<img name="title" alt=""><img name="referrer" alt="">'


@pytest.mark.parametrize("beside", ["", HIDING], ids=["alone", "names that hide what we use"])
def test_it_tells_where_it_stands(
    host: Callable[..., Site], crm: str, page: Page, beside: str
) -> None:
    site = host(beside + ONE)
    before = f"{site.url}/deep/er/flat/"
    page.goto(f"{site.url}{FLAT}?utm_campaign=spring&gclid=1#plan", referer=before)
    fill_in(page)
    send(page)
    expect_thanks(page)
    origin = received(site)["origin"]
    assert origin["page"] == f"{site.url}{FLAT}?utm_campaign=spring&gclid=1"
    assert (origin["title"], origin["referrer"]) == ("A.101", before)
    [lead] = eventually(lambda: leads(crm))
    assert lead["parameters"]["internalid"] == "A.101"
    assert lead["parameters"]["campaign"] == "spring"


def test_what_the_template_says_goes_before_what_the_page_knows(
    host: Callable[..., Site], crm: str, page: Page
) -> None:
    known = 'campaign="open-day", tags="brochure, river", page="https://a.example.com/x"'
    site = host(f'{{{{ frontdesk_form("riverside", lang="en", {known}) }}}}')
    page.goto(f"{site.url}{FLAT}?utm_campaign=spring&campaign=b&tags=blog&unit=B.202&page=2")
    fill_in(page)
    expect(page.get_by_label("Unit")).to_have_value("")
    send(page)
    expect_thanks(page)
    assert received(site)["origin"]["page"] == "https://a.example.com/x"
    [lead] = eventually(lambda: leads(crm))
    assert lead["parameters"]["campaign"] == "open-day"
    assert lead["parameters"]["tags"] == "web,brochure,river"


def test_a_parameter_of_the_page_comes_to_the_crm(
    host: Callable[..., Site], config: Path, crm: str, page: Page
) -> None:
    config.write_text(config.read_text(encoding="utf-8") + HIDDEN, encoding="utf-8")
    known = 'attributes={"customer_ab_test_param": 2, "floor": 7, "unknown": "x"}'
    site = host(f'{{{{ frontdesk_form("riverside", lang="en", {known}) }}}}')
    page.goto(f"{site.url}{FLAT}?attribute_customer_ab_test_param=1")
    expect(page.get_by_label("Floor")).to_have_value("")
    fill_in(page)
    send(page)
    expect_thanks(page)
    [lead] = eventually(lambda: leads(crm))
    assert lead["parameters"]["customer_ab_test_param"] == "2"
    assert not {"note", "floor"} & lead["parameters"].keys()


def test_without_javascript_the_server_says_where(host: Callable[..., Site]) -> None:
    site = host()
    there = page_of(site.get(f"{FLAT}?utm_campaign=spring"), 200)
    assert there.value("page") == f"{site.url}{FLAT}?utm_campaign=spring"
    assert there.value("campaign") == "spring"


def test_its_ids_are_its_own(host: Callable[..., Site], page: Page) -> None:
    site = host(NEWSLETTER + TWO)
    page.goto(site.url + FLAT)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-describedby"):
        pointed_at = page.evaluate(
            """(name) => [...document.querySelectorAll(`[${name}]`)].flatMap(
              (element) => element.getAttribute(name).split(" "))""",
            attribute,
        )
        assert pointed_at
        assert set(pointed_at) <= set(ids)
    for side in ("left", "right"):
        form = page.locator(f"#{side}")
        form.get_by_text("Email", exact=True).click()
        expect(form.get_by_label("Email", exact=True)).to_be_focused()


def test_two_on_a_page_do_not_know_each_other(host: Callable[..., Site], page: Page) -> None:
    site = host(NEWSLETTER + TWO)
    page.goto(site.url + FLAT)
    left, right = page.locator("#left"), page.locator("#right")
    send(right)
    expect(right.get_by_label("First name")).to_have_attribute("aria-invalid", "true")
    expect(left.locator("[aria-invalid]")).to_have_count(0)
    expect(page.get_by_text("Nothing to do with the other one.")).to_be_visible()

    left.get_by_label("Message").fill("left")
    right.get_by_label("Message").fill("right")
    eventually(lambda: page.evaluate("/left.*right/.test(JSON.stringify(history.state))"))
    page.reload()
    expect(left.get_by_label("Message")).to_have_value("left")
    expect(right.get_by_label("Message")).to_have_value("right")

    fill_in(right)
    send(right)
    expect_thanks(page)
    assert received(site)["lead"]["unit"] == "B.202"
    assert received(site)["lead"]["note"] == "right"
    fill_in(left)
    send(left)
    expect(page.get_by_role("heading", name="Thank you")).to_have_count(2)
    directory = site.app.extensions["frontdesk"].intake.store.journal.directory
    assert [
        line["lead"]["unit"] for line in journal_lines(directory) if line["event"] == "received"
    ] == ["B.202", "A.101"]


def test_what_the_server_finds_is_said_on_the_same_page(
    host: Callable[..., Site], page: Page
) -> None:
    site = host(NEWSLETTER + ONE)
    page.goto(site.url + FLAT)
    fill_in(page)
    page.get_by_label("Phone", exact=True).fill("12")
    send(page)
    expect(page.get_by_label("Phone", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Phone", exact=True)).to_be_focused()
    expect(page.get_by_role("heading", name="Flat A.101")).to_be_visible()
    page.get_by_label("Phone", exact=True).fill("777 123 456")
    send(page)
    expect_thanks(page)


@pytest.mark.parametrize("prefix", [None, "/a/deep/place"])
def test_under_any_prefix(
    host: Callable[..., Site], crm: str, page: Page, prefix: str | None
) -> None:
    site = host(prefix=prefix)
    page.goto(f"{site.url}/deep/er/flat/")
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert len(eventually(lambda: leads(crm))) == 1


def test_behind_a_proxy_that_strips_a_prefix(
    host: Callable[..., Site], serve: Callable[[Flask], Site], page: Page
) -> None:
    site = host()
    front = serve(proxy(site.url, "/site"))
    page.goto(f"{front.url}/site{FLAT}")
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert page.url == f"{front.url}/site{FLAT}"
    assert received(site)["origin"]["page"] == f"{front.url}/site{FLAT}"


def test_from_a_cache_that_knows_no_queries(
    host: Callable[..., Site], crm: str, page: Page
) -> None:
    """The page of two days ago, with another visitor's address and without a campaign."""
    site = host()
    fresh = site.get(f"{FLAT}?of=another-visitor").text
    old = fresh.replace(str(Markup(fresh).value("token")), forge_token(age=2 * 86_400))
    assert old != fresh
    headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
    page.route(f"**{FLAT}?*", lambda route: route.fulfill(body=old, headers=headers))
    page.goto(f"{site.url}{FLAT}?utm_campaign=spring")
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert received(site)["origin"]["page"] == f"{site.url}{FLAT}?utm_campaign=spring"
    assert eventually(lambda: leads(crm))[0]["parameters"]["campaign"] == "spring"


def test_beside_a_session_and_csrf_protection(
    config: Path, serve: Callable[[Flask], Site], page: Page
) -> None:
    app = host_app(config, "{{ visit() }}" + ONE)
    CSRFProtect(app)

    @app.context_processor
    def counting() -> dict[str, Any]:
        def visit() -> str:
            session["visits"] = session.get("visits", 0) + 1
            generate_csrf()
            return f"<p>Visit {session['visits']}</p>"

        return {"visit": visit}

    @app.post("/login")
    def login() -> str:
        return "welcome"

    site = serve(app)
    page.goto(site.url + FLAT)
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert received(site)["lead"]["first_name"] == "Jana"
    page.goto(site.url + FLAT)
    expect(page.get_by_text("Visit 2")).to_be_visible()  # its session is what it was
    assert site.post("/login").status_code == 400  # and its protection too
    page.context.clear_cookies()  # the host's


@pytest.mark.parametrize(
    ("body", "query", "accept", "language"),
    [
        ('{{ frontdesk_form("riverside", lang="cs") }}', "?lang=en", "en", "cs"),
        ('{{ frontdesk_form("riverside", lang="cs-CZ") }}', "", "en", "cs"),
        ('{{ frontdesk_form("riverside") }}', "?lang=cs", "en", "cs"),
        ('{{ frontdesk_form("riverside") }}', "", "cs, en;q=0.5", "cs"),
        ('{{ frontdesk_form("riverside", lang="fr") }}', "", "", "en"),
    ],
)
def test_its_language(
    host: Callable[..., Site], body: str, query: str, accept: str, language: str
) -> None:
    answer = host(body).get(FLAT + query, headers={"Accept-Language": accept})
    assert page_of(answer, 200).value("language") == language
    assert ("Odeslat poptávku" in answer.text) == (language == "cs")
    # The page around says another one, and screen readers have to pronounce it.
    assert f'<form class="fd-form" lang="{language}"' in answer.text


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        ('frontdesk_form("rivreside")', ValueError, "no form 'rivreside', only riverside"),
        ('frontdesk_form("riverside", unitt="A.101")', TypeError, "unitt"),
    ],
)
def test_a_slip_in_a_template_is_named(
    config: Path, call: str, error: type[Exception], says: str
) -> None:
    app = host_app(config, "")
    with app.test_request_context(FLAT), pytest.raises(error, match=says):
        render_template_string(f"{{{{ {call} }}}}")
    app.extensions["frontdesk"].close()


# -- thanked where the form is -----------------------------------------------------------------

PROMISED = (
    'promise = { en = "We reply <b>within</b> a day.", cs = "Do dne." }\n[forms.riverside.realpad]'
)


def promising(config: Path) -> Path:
    text = config.read_text(encoding="utf-8").replace("[forms.riverside.realpad]", PROMISED)
    config.write_text(text, encoding="utf-8")
    return config


def test_the_thanks_take_the_forms_place(
    config: Path, serve: Callable[[Flask], Site], page: Page
) -> None:
    site = serve(host_app(promising(config), ONE))
    page.add_init_script("window.dataLayer = []")
    page.goto(site.url + FLAT)
    fill_in(page)
    page.get_by_label("Phone", exact=True).fill("777123456")
    send(page)
    thanks = page.get_by_role("form", name="Riverside Residences").get_by_role("status").last
    expect(thanks).to_be_focused()
    for words in (
        "Thank you",
        "Your enquiry about Riverside Residences has reached us.",
        "We will get back to you at jana@example.com, +420 777 123 456.",
        "We reply <b>within</b> a day.",
    ):
        expect(thanks).to_contain_text(words)
    expect(page.get_by_label("First name")).to_be_hidden()
    assert page.url == site.url + FLAT
    enquiry = received(site)["id"]
    assert story(page) == ["ready", "started", "submitted"]
    events = [{"event": f"frontdesk:{e['name']}", **e["detail"]} for e in page.evaluate("seen")]
    assert page.evaluate("dataLayer") == events
    told = {"form": "riverside", "id": enquiry, "marketing": False}
    assert events[-1] == {"event": "frontdesk:submitted", **told}
    # Nothing of it is kept: not in an address, not where the tab keeps its history.
    assert "jana@example.com" not in page.evaluate("JSON.stringify(history.state)")

    another = page.get_by_role("button", name="Send another enquiry")
    button, around = another.bounding_box(), thanks.bounding_box()
    assert button
    assert around
    left, right = button["x"] - around["x"], around["width"] - button["width"]
    assert left == pytest.approx(right / 2, abs=1)

    another.click()
    expect(page.get_by_label("First name")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("")
    fill_in(page)
    page.get_by_label("First name").fill("Petr")
    send(page)
    expect_thanks(page)
    directory = site.app.extensions["frontdesk"].intake.store.journal.directory
    names = [
        line["lead"]["first_name"]
        for line in journal_lines(directory)
        if line["event"] == "received"
    ]
    assert names == ["Jana", "Petr"]


def test_the_page_may_do_the_thanking(host: Callable[..., Site], page: Page) -> None:
    site = host()
    page.goto(site.url + FLAT)
    page.evaluate("addEventListener('frontdesk:submitted', (event) => event.preventDefault())")
    fill_in(page)
    send(page)
    until(page, "seen.some(({ name }) => name === 'submitted')")
    expect(page.get_by_role("button", name="Send the enquiry")).to_be_enabled()
    expect(page.get_by_role("heading", name="Thank you")).to_be_hidden()


def test_without_javascript_the_thanks_lead_back(
    config: Path, serve: Callable[[Flask], Site]
) -> None:
    text = promising(config).read_text(encoding="utf-8").partition("[forms.riverside.captcha]")[0]
    config.write_text(text, encoding="utf-8")
    site = serve(host_app(config, ONE))
    there = page_of(site.get(f"{FLAT}?email=jana"), 200)
    data = {
        "first_name": "Jana",
        "last_name": "Nováková",
        "email": "jana@example.com",
        "consent_2": "y",
        "token": str(there.value("token")),
    }
    action = urljoin(site.url + FLAT, there.action)
    sent = requests.post(action, data=data, allow_redirects=False, timeout=30)
    assert sent.status_code == 303
    where = urljoin(action, sent.headers["Location"])
    assert "jana" not in where
    thanks = requests.get(where, timeout=30)
    assert "We reply &lt;b&gt;within&lt;/b&gt; a day." in thanks.text
    assert f"{site.url}{FLAT}" in [urljoin(where, link) for link in page_of(thanks, 200).links]


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example.com",
        "https://evil.example.com",
        "/\\evil.example.com",
        "/enquiry/forms/riverside/javascript:alert(1)",
        "javascript:alert(1)",
        "/a b",
        "x",
    ],
)
def test_the_thanks_lead_nowhere_else(host: Callable[..., Site], back: str) -> None:
    url = f"/enquiry/forms/riverside/thanks?{urlencode({'back': back, 'lang': 'en'})}"
    assert "Back to the page" not in host().get(url).text


# -- what is wrong, for those who hear it ------------------------------------------------------


def test_what_is_wrong_is_told_once_with_links(host: Callable[..., Site], page: Page) -> None:
    site = host()
    page.goto(site.url + FLAT)
    form = page.get_by_role("form", name="Riverside Residences")
    send(page)
    alert = form.get_by_role("alert")
    expect(alert).to_contain_text("Please look at the fields that are marked.")
    expect(page.get_by_label("First name")).to_be_focused()
    links = alert.get_by_role("link")
    expect(links).to_have_text(
        [
            "First name – Please tell us your first name.",
            "Last name – Please tell us your last name.",
            "Email – Please leave us an email address or a phone number.",
            "Without this consent we cannot reply to you.",
        ]
    )
    links.nth(2).click()
    expect(page.get_by_label("Email", exact=True)).to_be_focused()
    assert page.url == site.url + FLAT
    fill_in(page)
    expect(links).to_have_count(0)
    # What only the server finds, in the same way.
    page.get_by_label("Floor").fill("the third")
    send(page)
    expect(links).to_have_text(["Floor – Please write a whole number, digits only."])


def test_a_mistake_is_told_politely_on_leaving_its_field(
    host: Callable[..., Site], page: Page
) -> None:
    page.goto(host().url + FLAT)
    page.get_by_label("Phone", exact=True).fill("12")
    page.get_by_label("Message").click()
    live = page.locator("[data-fd-live]")
    expect(live).to_have_text(re.compile("^Phone – .+"))
    expect(page.get_by_role("alert")).to_have_text("")
