"""Forms that ask for what their sites want: alike in HTML, in JSON, in the schema, in mending."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from frontdesk.intake.correction import Correction
from frontdesk.model.lead import Lead
from tests.intake.desk import errors_of, forge_token, lead_of, page_of, received, running_desk
from tests.support import FORM, GEEKS, NOWHERE, Site, attribute, small_form

ROOMS = 'rooms = ["1+kk", "2+kk"]'
CALL = """[
    { name = "unit", required = true, heading = { en = "Which flat", cs = "Který byt" } },
    { name = "rooms", required = true, hint = "See [the plans](https://a.example/plans)." },
    { name = "price_max", required = true, width = "full" },
    { name = "phone", label = { en = "Mobile", cs = "Mobil" }, width = "third", heading = "You" },
    { name = "first_name", required = false, width = "third" },
    "pets",
]"""
WORDS = """
lead = { en = "Which <b>flat</b>? See [all](https://a.example/all).", cs = "Který byt?" }
button = { en = "Call me", cs = "Zavolejte mi" }
thanks = { en = "We have it. [Plans](https://a.example/plans)", cs = "Máme to." }
thanks_next = { en = "We call by 5 pm, see [hours](https://a.example/hours).", cs = "Voláme." }
"""


def form(slug: str, fields: str, lines: str = "", to: str = "geeks") -> str:
    spoken = 'languages = ["en", "cs"]'
    made = small_form(slug, spoken, ROOMS, f"fields = {fields}", lines, to=[to])
    return made + attribute("pets", "boolean", form=slug)


FORMS = (
    FORM
    + GEEKS.replace("{geeks}", NOWHERE)
    + form("short", '"short"', to="crm")
    + form("listed", '"short"', 'units = ["A.101", "B.202"]', to="crm")
    + form("call", CALL, WORDS)
    + form("mail", '["email", "note"]')
    + form("flat", '"full"', to="crm")
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_desk(tmp_path_factory.mktemp("fields"), forms=FORMS) as site:
        yield site


WHO = ["first_name", "last_name", "email", "phone"]
BESIDE = {"language", "campaign", "page", "title", "referrer", "tags", "link", "token"}
SHORT = {"first_name": "Jana", "last_name": "Nováková", "email": "jana@example.com"}


def asked(site: Site, form: str, **query: str) -> list[str]:
    """The fields that a visitor sees, in their order."""
    page = page_of(site.get(f"/forms/{form}", params={"lang": "en", **query}), 200)
    seen = {n: c[0] for n, c in page.controls.items() if n not in BESIDE}
    return [name for name, control in seen.items() if control.get("type") != "hidden"]


def send(site: Site, slug: str, **body: Any) -> Any:
    return site.post(f"/forms/{slug}", json={"token": forge_token(slug), **body})


def post(site: Site, slug: str, accept: str = "application/json", **fields: Any) -> Any:
    data = {"token": forge_token(slug), **fields}
    return site.post(f"/forms/{slug}", data=data, headers={"Accept": accept})


# -- on the page -------------------------------------------------------------------------------


def test_the_page_asks_for_what_the_form_says_in_its_order(site: Site) -> None:
    full = [*WHO, "rooms", "unit", "price_max", "note", "consent_2", "consent_1"]
    assert asked(site, "riverside") == full
    assert asked(site, "short") == [*WHO, "note"]
    called = ["unit", "rooms", "price_max", "phone", "first_name", "attribute_pets"]
    assert asked(site, "call") == called
    assert asked(site, "mail") == ["email", "note"]


def test_on_a_flats_own_page_rooms_and_price_are_not_asked(site: Site) -> None:
    assert asked(site, "flat") == [*WHO, "rooms", "unit", "price_max", "attribute_pets", "note"]
    assert asked(site, "flat", unit="A.101") == [*WHO, "unit", "attribute_pets", "note"]
    assert asked(site, "flat", unit=" ") == asked(site, "flat")


@pytest.mark.parametrize("slug", ["short", "listed"])
def test_a_short_form_shows_the_flat_that_it_is_about(site: Site, slug: str) -> None:
    page = page_of(site.get(f"/forms/{slug}?unit=A.101&lang=en"), 200)
    assert asked(site, slug, unit="A.101") == [*WHO, "unit", "note"]
    (unit,) = page.controls["unit"]
    assert unit["value"] == "A.101"
    assert "readonly" in unit
    assert page_of(site.get(f"/forms/{slug}"), 200).controls["unit"][0]["type"] == "hidden"


def test_a_form_that_comes_back_asks_for_the_same(site: Site) -> None:
    """Also where the visitor has named a flat, and looks for rooms."""
    own = post(site, "flat", "text/html", unit="A.101", note="?")
    assert "rooms" not in page_of(own, 422).controls
    general = post(site, "flat", "text/html", unit="A.101", rooms="1+kk", price_max="", note="?")
    page = page_of(general, 422)
    assert page.ticked("rooms") == ["1+kk"]
    assert "price_max" in page.controls


def test_what_was_not_asked_for_and_says_who_it_is_comes_back_too(site: Site) -> None:
    page = page_of(post(site, "mail", "text/html", phone="12", first_name="Jana"), 422)
    assert page.value("first_name") == "Jana"
    assert page.error("phone")
    assert {"email", "phone"} == page.invalid()


def test_labels_hints_headings_and_widths(site: Site) -> None:
    html = site.get("/forms/call?lang=en").text
    assert re.findall(r'class="fd-heading">([^<]*)<', html) == ["Which flat", "You"]
    assert "Mobile" in html
    plans = '<a class="fd-said" href="https://a.example/plans" target="_blank" rel="noopener">'
    assert f'id="rooms-hint">See {plans}the plans<' in html
    assert html.count('class="fd-field fd-third"') == 2
    assert html.count('class="fd-field fd-wide"') == 2, "the rooms and the price"
    assert "thirds.css" in html
    czech = site.get("/forms/call?lang=cs").text
    assert re.findall(r'class="fd-heading">([^<]*)<', czech) == ["Který byt", "You"]
    assert "Mobil&nbsp;" in czech
    assert site.get("/static/thirds.css").status_code == 200


def test_a_form_of_few_fields_needs_no_headings_and_no_styles_for_others(site: Site) -> None:
    html = site.get("/forms/short?lang=en").text
    assert "fd-heading" not in html
    assert "thirds.css" not in html
    assert "An email address or a phone number is enough." in html
    assert "is enough" not in site.get("/forms/mail?lang=en").text


def test_the_page_says_it_in_the_forms_words(site: Site) -> None:
    html = site.get("/forms/call?lang=en").text
    link = '<a class="fd-said" href="https://a.example/all" target="_blank" rel="noopener">all'
    assert f'<p class="fd-lead">Which &lt;b&gt;flat&lt;/b&gt;? See {link}' in html
    assert 'content="Call: Which &lt;b&gt;flat&lt;/b&gt;? See all."' in html
    assert '<button class="fd-button" type="submit">Call me</button>' in html
    texts = site.get("/forms/call/token?lang=cs").json()["texts"]
    assert texts["send"] == "Zavolejte mi"
    assert (texts["thanks"], texts["thanks_next"]) == ("Máme to.", "Voláme.")


@pytest.mark.parametrize("path", ["/forms/{}/thanks", "/forms/{}"])
def test_thanks_are_said_in_the_forms_words(site: Site, path: str) -> None:
    html = site.get(path.format("call") + "?lang=en").text
    assert "We have it. <a " in html
    assert 'We call by 5 pm, see <a class="fd-said" href="https://a.example/hours"' in html
    assert "has reached us" not in html


@pytest.mark.parametrize("lang", ["en", "cs", "de", "hu", "pl", "sk", "uk"])
def test_the_page_of_thanks_claims_no_way_that_it_does_not_know(desk: Site, lang: str) -> None:
    html = desk.get(f"/forms/riverside/thanks?lang={lang}").text
    assert not re.search(r"e-?mail|phone|telefon|telefón", html, re.IGNORECASE)


# -- what is understood ------------------------------------------------------------------------


def test_a_short_enquiry_in_each_channel(site: Site) -> None:
    leads = [
        lead_of(site, send(site, "short", **SHORT, note="When?", unit="A.101")),
        lead_of(site, post(site, "short", **SHORT, note="When?", unit="A.101")),
        lead_of(site, post(site, "short", "text/html", **SHORT, note="When?", unit="A.101")),
    ]
    assert leads[0] == leads[1] == leads[2]
    assert (leads[0]["unit"], leads[0]["note"]) == ("A.101", "When?")


def test_a_flat_that_is_not_on_the_list_is_named_in_the_note(site: Site) -> None:
    answer = send(site, "listed", **SHORT, unit="C.303")
    assert answer.json()["ignored"] == ["unit"]
    lead = lead_of(site, answer)
    assert (lead.get("unit"), lead["note"]) == (None, "Unit: C.303")


def test_what_is_not_asked_for_is_left_out_and_named(site: Site) -> None:
    more = {"rooms": ["1+kk"], "price_max": 7}
    told = send(site, "short", **SHORT, **more, attributes={"pets": False})
    posted = post(site, "short", **SHORT, **more, attribute_pets="false")
    assert told.json()["ignored"] == ["rooms", "price_max", "attributes.pets"]
    assert posted.json()["ignored"] == ["rooms", "price_max", "attribute_pets"]
    for answer in (told, posted):
        lead = lead_of(site, answer)
        assert not lead.keys() & {"rooms", "price_max"}
        assert not lead.get("attributes")
    nothing = send(site, "short", **SHORT, rooms=[], price_max=None, attributes={})
    assert "ignored" not in nothing.json()


def test_nothing_of_who_asks_and_what_they_write_is_lost(site: Site) -> None:
    who = {**SHORT, "phone": "777 123 456", "unit": "A.101"}
    lead = lead_of(site, send(site, "mail", **who))
    assert (lead["first_name"], lead["phone"], lead["unit"]) == ("Jana", "+420777123456", "A.101")
    assert lead_of(site, send(site, "call", **who, note="Hello"))["note"] == "Hello"


def test_what_is_required_is_required_in_each_channel(site: Site) -> None:
    missing = {"unit", "rooms", "price_max", "phone"}
    assert errors_of(send(site, "call", email="jana@example.com")).keys() == missing
    assert errors_of(post(site, "call", email="jana@example.com")).keys() == missing
    assert errors_of(send(site, "mail", phone="777123456")) == {
        "email": ["Please leave us an email address."]
    }
    # A flat says by its number how many rooms it has, and what it costs.
    assert received(site, send(site, "call", phone="777123456", unit="A.101"))
    assert received(site, post(site, "call", phone="777123456", unit="A.101"))


# -- what follows from the definition ----------------------------------------------------------


BODIES: list[tuple[str, dict[str, Any], bool]] = [
    ("short", SHORT, True),
    ("short", {**SHORT, "rooms": ["1+kk"], "price_max": "?", "unit": 7}, True),
    ("short", {**SHORT, "email": ""}, False),
    ("short", {"email": "jana@example.com"}, False),
    ("mail", {"email": "jana@example.com"}, True),
    ("mail", {"email": "jana@example.com", "phone": None, "note": ""}, True),
    ("mail", {"phone": "777123456"}, False),
    ("mail", {"email": None}, False),
    ("call", {"phone": "777123456", "unit": "A.101"}, True),
    ("call", {"phone": "777123456", "unit": ""}, False),
    ("call", {"phone": "777123456", "unit": "A.101", "rooms": [], "price_max": None}, True),
    ("call", {"phone": "777123456", "rooms": ["1+kk"], "price_max": 7}, False),
    ("flat", {**SHORT, "unit": "A.101", "rooms": ["1+kk"], "price_max": 7}, True),
]


@pytest.mark.parametrize(("slug", "body", "well"), BODIES)
def test_the_schema_says_what_is_taken(
    site: Site, slug: str, body: dict[str, Any], well: bool
) -> None:
    schema = site.get(f"/forms/{slug}/schema").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    told = jsonschema.Draft202012Validator(schema).is_valid({"token": "x", **body})
    assert told == well
    assert (send(site, slug, **body).status_code == 202) == well
    described = site.get("/openapi.json").json()["paths"][f"/forms/{slug}"]["post"]
    content = described["requestBody"]["content"]["application/json"]["schema"]
    assert content == {key: value for key, value in schema.items() if key != "$schema"}


def test_the_schema_says_what_is_not_asked_for(site: Site) -> None:
    properties = site.get("/forms/short/schema").json()["properties"]
    unasked = {"description": "this form does not ask for it: ignored"}
    assert properties["rooms"] == properties["price_max"] == unasked
    assert properties["attributes"]["properties"] == {"pets": unasked}
    assert properties["note"]["title"] == "Message"
    assert site.get("/forms/call/schema").json()["properties"]["phone"]["title"] == "Mobile"


def test_an_operator_can_mend_what_the_form_does_not_ask_for_any_more(site: Site) -> None:
    """What the visitor told on the telephone, or before the form got shorter."""
    short = site.app.extensions["frontdesk"].intake.settings.forms["short"]
    lead = Lead(**SHORT, language="en", rooms=("1+kk",), price_max=5_000_000)
    correction = Correction(short, lead)
    after, problems = correction.apply({"phone": "777123456"})
    assert not problems
    assert after is not None
    assert (after.rooms, after.price_max) == (("1+kk",), 5_000_000), "it stays as it was"
    changes = {"rooms": "2+kk", "price_max": "6 000 000", "attributes.pets": "true", "unit": "A.1"}
    after, problems = correction.apply(changes)
    assert not problems
    assert after is not None
    assert (after.rooms, after.price_max, after.unit) == (("2+kk",), 6_000_000, "A.1")
    assert after.attributes == {"pets": True}
    assert correction.apply({"last_name": ""})[1].keys() == {"last_name"}
