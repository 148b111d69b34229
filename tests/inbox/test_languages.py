"""The inbox in the languages of those who use it: which one, all of it, and so that it fits."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import pytest
import requests
from flask import Flask
from jinja2 import Environment, nodes
from playwright.sync_api import Page, expect

from frontdesk import Person
from frontdesk.config import ConfigError
from frontdesk.i18n import OPERATORS, catalogue
from frontdesk.resources import folder
from frontdesk.store.errors import IndexBuildingError
from tests.browser.geometry import flaws
from tests.browser.test_axe import violations
from tests.inbox import leads
from tests.inbox.people import HASH, HILL, INBOX, PASSWORD, Browser, entry
from tests.inbox.test_list import Away
from tests.support import FORM, Site, eventually, open_app
from tests.test_i18n import SAME, TRANSLATED, messages

Browse = Callable[..., Browser]
TEMPLATES = sorted((folder("templates") / "frontdesk_inbox").glob("*.html"))
SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-changed", "data-over")
UNSPOKEN = {"SHA-256", "HTTP"}  # the same in all languages
COMMANDS = ("code", "pre", "script", "style")


class Heard(HTMLParser):
    """What a person reads or hears of a page: texts and attributes, each by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in COMMANDS:
            self._inside.append(tag)
        self.said += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and (text := " ".join(data.split())):
            self.said.append(text)


def markup(template: nodes.Template) -> str:
    """A template without what it computes."""
    blocks = template.find_all(nodes.AssignBlock)  # attributes, which stand in no tag there
    left_out = {id(data) for block in blocks for data in block.find_all(nodes.TemplateData)}
    found = template.find_all(nodes.TemplateData)
    return "".join(data.data for data in found if id(data) not in left_out)


def literals(node: nodes.Node) -> Iterator[str]:
    """The texts in a template's expressions that nobody translates."""
    for child in node.iter_child_nodes():
        called = child.node if isinstance(child, nodes.Call) else None
        if isinstance(called, nodes.Name) and called.name in ("_", "ngettext"):
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            yield child.value
        yield from literals(child)


def unspoken(source: str) -> list[str]:
    """The words of a template that no translator sees."""
    template = Environment(autoescape=True).parse(source)
    said = Heard(markup(template)).said
    words = {word for text in said for word in re.findall(r"[A-Za-z][\w-]+", text)}
    # A sentence or a heading; names of fields, classes and views are none.
    written = [text for text in literals(template) if re.match(r"[A-Z][a-z]|\w+ \w+", text)]
    return [*sorted(words - UNSPOKEN), *written]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_text_is_written_into_a_template(path: Path) -> None:
    assert unspoken(path.read_text()) == []


@cache
def english(language: str) -> frozenset[str]:
    """The texts of the catalogue that are others in a language."""
    known = catalogue(language, OPERATORS)
    same = {known.gettext(text) for text in messages(OPERATORS) if isinstance(text, str)}
    whole = {text for text in messages(OPERATORS) if isinstance(text, str)}
    return frozenset(whole - same - SAME)


def left_in_english(page: requests.Response, language: str) -> list[str]:
    """What a page says in English that the catalogue has."""
    plain = {text for text in english(language) if "%(" not in text}
    patterns = [
        re.compile(re.sub(r"%\\\(\w+\\\)[ds]", ".+", re.escape(text)))
        for text in english(language)
        if len(re.sub(r"%\(\w+\)[ds]", "", text).split()) > 1 and "%(" in text
    ]
    sentences = [text for text in plain if len(text.split()) > 3]
    return [
        said
        for said in Heard(page.text).said
        if said in plain
        or any(sentence in said for sentence in sentences)
        or any(pattern.fullmatch(said) for pattern in patterns)
    ]


def every_page(browser: Browser, one: UUID, failed: UUID) -> Iterator[tuple[int, str]]:
    """Show one page after the other to somebody who has signed in: its status, and its name."""
    for path in (
        *("", "?tab=needs", "?q=nobody", "?state=lost&since=x&what=1", "charts", "charts?period=7"),
        *("health", "no/such", f"{one}", f"{one}?done=late", f"{one}/evidence", f"{one}/amend"),
        *(f"{one}/note", f"{one}/erase", f"{failed}", "sign-in", "sign-in?again=1"),
    ):
        yield browser.get(path).status_code, path
    browser.get(f"{one}/amend")
    sent = {"version": browser.hidden("version")}
    yield browser.send(f"{one}/amend", phone="12", **sent).status_code, "amended wrongly"
    browser.get(f"{one}/note")
    yield browser.send(f"{one}/note", text="", **sent).status_code, "noted wrongly"
    browser.get(f"{one}/erase")
    wrong = {"seen": browser.hidden("seen"), "number": "x", "by": ["0", "1"]}
    yield browser.send(f"{one}/erase", **wrong).status_code, "erased wrongly"
    browser.get()
    order = {"seen": browser.hidden("seen"), "which": "all", "action": "release"}
    yield browser.send("bulk", **order).status_code, "many"
    yield browser.send("bulk/step", most="1", done="0", passed="0", **order).status_code, "done"
    yield browser.send("health", destination="crm").status_code, "checked"
    yield (
        browser.send("sign-out", headers={"Origin": "https://elsewhere.example"}).status_code,
        "sent from elsewhere",
    )
    browser.get()
    browser.send("sign-out")
    yield browser.send("sign-in", name="act all", password="wrong").status_code, "guessed"
    browser.get("sign-in")
    form = {"name": "two steps", "password": PASSWORD}
    yield browser.send("sign-in", **form).status_code, "second step"
    form = {"half": browser.hidden("half"), "code": "wrong"}
    yield browser.send("sign-in/code", **form).status_code, "second step wrongly"
    browser.http.cookies.clear()
    yield browser.send("sign-in", name="x").status_code, "an old page"


# Of what `every_page` shows, what is no success.
REFUSED = {
    "no/such": 404,
    "amended wrongly": 422,
    "noted wrongly": 422,
    "erased wrongly": 422,
    "sent from elsewhere": 403,
    "guessed": 422,
    "second step wrongly": 422,
    "an old page": 401,
}


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_page_has_english_left(browse: Browse, inbox: Site, language: str) -> None:
    held, failed = leads.held(inbox), leads.failed(inbox)
    leads.done(inbox)
    browser = browse("admin all", **{"Accept-Language": f"{language}-AT,{language};q=0.9,en;q=0.5"})
    found, statuses = {}, {}
    for status, name in every_page(browser, held, failed):
        statuses[name] = status
        assert language_of(browser.page) == language, name
        if left := left_in_english(browser.page, language):
            found[name] = left
    assert found == {}
    assert {name: status for name, status in statuses.items() if status != 200} == REFUSED


def test_what_is_left_in_english_would_be_noticed(browse: Browse, inbox: Site) -> None:
    held, failed = leads.held(inbox), leads.failed(inbox)
    browser = browse("admin all")
    for _status, name in every_page(browser, held, failed):
        assert len(left_in_english(browser.page, "cs")) > 2, name
    written = '<p title="{{ _("Well") }}">{{ _("Well") }}</p>'
    for wrong in ("<p>Well</p>", '<p title="Well">', '{{ "Well" }}', '{{ said("Well") }}'):
        assert unspoken(written) == []
        assert unspoken(wrong) != []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_out_of_order_is_said_in_the_language(
    browse: Browse, inbox: Site, language: str
) -> None:
    browser = browse("read all", **{"Accept-Language": language})
    state = inbox.app.extensions["frontdesk"]
    before = state.intake
    for error in (IndexBuildingError(0.5), OSError("secret"), ValueError("secret")):
        state.intake = before._replace(store=Away(error))
        try:
            page = browser.get()
        finally:
            state.intake = before
        assert page.status_code in (500, 503)
        assert language_of(page) == language
        assert left_in_english(page, language) == []


def language_of(page: requests.Response) -> str:
    found = re.search('<html lang="(.*?)">', page.text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("cs-CZ,cs;q=0.9", "cs"), ("fr, uk;q=0.2", "uk"), ("fr", "en"), ("", "en"), ("q=;,%", "en")],
)
def test_the_browser_is_asked_for_the_language(
    browse: Browse, inbox: Site, asked: str, spoken: str
) -> None:
    browser = browse(**{"Accept-Language": asked})
    assert language_of(browser.get("sign-in")) == spoken
    browser.sign_in("read all")
    assert language_of(browser.page) == spoken


@pytest.fixture
def german(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    """A site that speaks German with everybody but Jana."""
    jana = entry("Jana", "act", more='language = "cs"')
    return serve(open_app(write_config(f'{FORM}{HILL}[inbox]\nlanguage = "de"\n{INBOX}{jana}')))


def test_the_configuration_has_the_last_word(german: Site) -> None:
    jana, eva = Browser(german, **{"Accept-Language": "pl"}), Browser(german)
    assert language_of(jana.get("sign-in")) == "de"
    assert language_of(jana.sign_in("Jana")) == "cs"
    assert language_of(jana.get("no/such")) == "cs"
    assert language_of(eva.sign_in("act all")) == "de"
    jana.http.close()
    eva.http.close()


def test_no_such_language_is_an_error(write_config: Callable[..., Path]) -> None:
    for lines in ('[inbox]\nlanguage = "fr"\n', ""):
        people = entry("Eva", "act", password=HASH, more="" if lines else 'language = "fr"')
        with pytest.raises(ConfigError, match="there are no messages in 'fr'"):
            open_app(write_config(FORM + lines + people))
    with pytest.raises(ValueError, match="language is one of"):
        Person("Eva", language="fr")


def test_another_language_is_another_page(browse: Browse, inbox: Site) -> None:
    """What a script has in one language is not unchanged in another one."""
    leads.held(inbox)
    browser = browse("read all", **{"Accept-Language": "cs"})
    found = re.search('data-tag="(.*?)"', browser.get().text)
    assert found
    browser.http.headers["If-None-Match"] = f'"{found[1]}"'
    assert browser.get().status_code == 304
    browser.http.headers["Accept-Language"] = "sk"
    assert browser.get().status_code == 200


def test_the_evidence_says_how_it_ended_in_the_language(browse: Browse, inbox: Site) -> None:
    identity = inbox.enquire().json()["id"]
    browser = browse("read all", **{"Accept-Language": "cs"})
    eventually(lambda: "Doručeno do crm" in browser.get(identity).text)
    browser.get(f"{identity}/evidence")
    assert "crm: doručená, odpověď 200, zákazník" in browser.text


def test_numbers_are_in_sentences_as_they_are_said(browse: Browse, inbox: Site) -> None:
    for number in range(5):
        leads.held(inbox, first_name=f"Jana {number}")
    for language, said in {"cs": "5 poptávek", "pl": "5 zapytań", "uk": "5 запитів"}.items():
        browser = browse("act all", **{"Accept-Language": language})
        browser.get()
        browser.send("bulk", seen=browser.hidden("seen"), which="all", action="discard")
        assert said in browser.text


# The longest words, and another script.
@pytest.mark.parametrize("language", ["de", "hu", "uk"])
def test_it_fits_on_a_telephone(
    open_inbox: Callable[..., Page], inbox: Site, language: str
) -> None:
    for made in (leads.done, leads.held, leads.failed):
        identity = made(inbox, phone="+420777123456", unit="A.1")
    page = open_inbox(locale=language, viewport={"width": 320, "height": 800})
    expect(page.locator("html")).to_have_attribute("lang", language)
    found = {"sign in": _wrong(page)}
    page.locator("#name").fill("admin all")
    page.locator("#password").fill(PASSWORD)
    page.locator("form button").click()
    expect(page.locator("#q")).to_be_visible()
    found["list"] = _wrong(page)
    for path in (f"{identity}", "health", "charts"):
        page.goto(f"{inbox.url}/inbox/{path}")
        found[path] = _wrong(page)
    assert not any(found.values()), found


def _wrong(page: Page) -> list[object]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*violations(page), *flaws(page), *([wide] if wide > 320 else [])]
