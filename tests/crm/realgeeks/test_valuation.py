"""A form of kind "valuation": who leaves no contact is a potential seller, who does is a lead."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from flask import Flask
from playwright.sync_api import Page, expect

from frontdesk.config import ConfigError, load
from frontdesk.kinds import KINDS
from frontdesk.model.lead import Lead
from frontdesk.sandbox.realgeeks.app import SITE
from tests.cli.conftest import Desk
from tests.support import GEEKS, alike, calls, eventually, fault, leads, open_app

WriteConfig = Callable[..., Path]
SOURCE = "home.example.com"
FORM = """
[forms.home]
title = { en = "The value of your home", cs = "Cena vašeho domu" }
kind = "valuation"
destinations = ["geeks"]
languages = ["en", "cs"]
phone_region = "US"

[forms.home.realgeeks]
source = "home.example.com"

[forms.home.realgeeks.property]
street_address = "street"
zip = "zip"
property_type = "built_as"
full_baths = "bathrooms"
baths = "all_baths"

[[forms.home.consents]]
id = 2
label = "I agree to the processing of my data."

[[forms.home.attributes]]
key = "street"
type = "string"
label = { en = "Street and number", cs = "Ulice a číslo" }
required = true

[[forms.home.attributes]]
key = "zip"
type = "string"
label = "ZIP code"

[[forms.home.attributes]]
key = "built_as"
type = "select"
label = "Kind of house"
options = [{ value = "Condo", label = "A flat" }, { value = "House", label = "A house" }]

[[forms.home.attributes]]
key = "bathrooms"
type = "integer"
label = "Bathrooms"

[[forms.home.attributes]]
key = "all_baths"
type = "decimal"
label = "Bathrooms, halves too"

[[forms.home.attributes]]
key = "view"
type = "string"
label = "What does one see?"
"""
HOUSE: dict[str, Any] = {
    "street": "12 Kilauea Ave",
    "zip": "96720",
    "built_as": "House",
    "bathrooms": 2,
    "all_baths": "2.5",
    "view": "The sea",
}
PROPERTY = {
    "street_address": "12 Kilauea Ave",
    "zip": "96720",
    "property_type": "House",
    "full_baths": 2,
    "baths": 2.5,
}
IN_WORDS = (
    "Asked what this property is worth:\nStreet and number: 12 Kilauea Ave\nZIP code: 96720\n"
    "Kind of house: A house\nBathrooms: 2\nBathrooms, halves too: 2.5"
)
SELLERS = "potential-seller-leads"


def write(write_config: WriteConfig, geeks: str, form: str = FORM, **replace: str) -> Path:
    return write_config(form + GEEKS.replace("{geeks}", geeks), **replace)


@pytest.fixture
def desk(write_config: WriteConfig, serve: Callable[[Flask], Any], crm: str, geeks: str) -> Desk:
    config = write(write_config, geeks)
    return Desk(config, serve(open_app(config)), crm)


def ask(desk: Desk, **body: Any) -> requests.Response:
    """Send a valuation as JSON, with nothing of who asks for it unless it is named."""
    sent = {"token": desk.site.token("home"), "attributes": HOUSE, **body}
    return desk.site.post("/forms/home", json=sent)


def asked(desk: Desk, state: str = "delivered", **body: Any) -> str:
    """The same, until it has come to a state; its id."""
    answer = ask(desk, **body)
    assert answer.status_code == 202, answer.text
    identity: str = answer.json()["id"]
    eventually(lambda: record(desk, identity)["state"] == state)
    return identity


def record(desk: Desk, identity: str) -> dict[str, Any]:
    (found,) = [r for r in desk.records() if r["submission"]["id"] == identity]
    return found


def second(desk: Desk, identity: str) -> str:
    """When it came, as Real Geeks is told."""
    at: str = record(desk, identity)["submission"]["at"]
    return f"{at[:19]}+00:00"


def ill(geeks: str, kind: str, **options: Any) -> None:
    """Switch on a misbehaviour where potential sellers go."""
    fault(geeks, kind, endpoint=SELLERS, **options)


def sent(geeks: str) -> list[Any]:
    seen = requests.get(f"{geeks}/_sandbox/requests", timeout=30).json()
    return [request["parameters"] for request in seen]


# -- what Real Geeks gets ----------------------------------------------------------------------


def test_who_leaves_no_contact_is_a_potential_seller(desk: Desk, geeks: str) -> None:
    identity = asked(desk, note="The roof is new.", tags=["autumn"], campaign="mail")
    at = second(desk, identity)
    activity = {"source": SOURCE, "created": at}
    assert calls(geeks) == [(SELLERS, 201)]
    assert sent(geeks) == [
        {
            "id": identity,
            "created": at,
            "source": SOURCE,
            "source_details": "campaign mail",
            "notes": "The roof is new.",
            "tags": ["autumn"],
            "activities": [
                {**activity, "type": "note", "description": IN_WORDS, "property": PROPERTY},
                {
                    **activity,
                    "type": "note",
                    "description": "What does one see? The sea\nLanguage: en",
                },
                {
                    **activity,
                    "type": "note",
                    "description": "Not agreed: I agree to the processing of my data.\n"
                    f"On {at[:10]} at {at[11:16]} UTC, from 127.0.0.1",
                },
            ],
        }
    ]
    assert leads(geeks) == []
    delivery = record(desk, identity)["deliveries"]["geeks"]
    assert delivery["customer_id"] == identity


@pytest.mark.parametrize(
    ("contact", "fields"),
    [
        ({"email": "leilani@example.com"}, {"email": "leilani@example.com"}),
        ({"phone": "808 935 1234"}, {"phone": "808-935-1234"}),
        ({"first_name": "Leilani"}, {"first_name": "Leilani"}),
        ({"last_name": "Kahale"}, {"last_name": "Kahale"}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_who_leaves_anything_of_himself_is_a_lead_who_sells(
    desk: Desk, geeks: str, contact: dict[str, str], fields: dict[str, str]
) -> None:
    identity = asked(desk, consents=[2], **contact)
    assert calls(geeks) == [("leads", 201)]
    (lead,) = leads(geeks)
    assert lead["fields"] == {
        "created": second(desk, identity),
        "source": SOURCE,
        "source_details": "form home",
        "role": "Seller",
        **fields,
    }
    first, *_, agreed = lead["activities"]
    assert (first["description"], first["property"]) == (IN_WORDS, PROPERTY)
    assert agreed["description"].startswith("Agreed: I agree")
    assert leads(geeks, "potential-sellers") == []


def test_the_same_through_the_page(desk: Desk, geeks: str) -> None:
    page = desk.site.get("/forms/home").text
    assert "About the property" in page
    assert "Tell us about the property" in page
    assert "Only if you would like to hear from us" in page
    for name in ("unit", "price_max", "rooms"):
        assert f'name="{name}"' not in page
    assert page.count('class="fd-required"') == 1, "the street, and nothing of the visitor"
    assert "data-fd-either" not in page
    fields = {f"attribute_{key}": str(value) for key, value in HOUSE.items()}
    fields |= {"token": desk.site.token("home"), "unit": "A.101", "price_max": "much"}
    answer = desk.site.post("/forms/home", data=fields, headers={"Accept": "text/html"})
    assert answer.status_code == 303, answer.text
    thanks = desk.site.get("/forms/" + answer.headers["Location"]).text
    assert "If you have left us an email address" in thanks
    eventually(lambda: calls(geeks) == [(SELLERS, 201)])
    (seller,) = leads(geeks, "potential-sellers")
    assert seller["activities"][0]["property"] == PROPERTY


def test_a_browser_sends_it_with_the_street_alone(desk: Desk, geeks: str, page: Page) -> None:
    page.goto(f"{desk.site.url}/forms/home?lang=cs&unit=A.101")
    page.get_by_role("button", name="Odeslat").click()
    expect(page.get_by_label("Ulice a číslo")).to_be_focused()
    assert page.locator("[aria-invalid=true]").count() == 1
    page.get_by_label("Ulice a číslo").fill("12 Kilauea Ave")
    page.get_by_role("button", name="Odeslat").click()
    expect(page.get_by_role("heading", name="Děkujeme")).to_be_visible()
    expect(page.get_by_text("Ozveme se")).to_be_hidden()  # nobody knows where
    eventually(lambda: calls(geeks) == [(SELLERS, 201)])
    page.goto(geeks)
    expect(page.get_by_role("heading", name="Potential seller")).to_be_visible()
    expect(page.get_by_text('{"street_address":"12 Kilauea Ave"}')).to_be_visible()


def test_only_what_was_answered_is_sent(desk: Desk, geeks: str) -> None:
    asked(desk, attributes={"street": "12 Kilauea Ave", "bathrooms": 0, "zip": ""})
    (seller,) = leads(geeks, "potential-sellers")
    assert seller["activities"][0]["property"] == {
        "street_address": "12 Kilauea Ave",
        "full_baths": 0,
    }


def test_what_the_form_says_of_leads_is_said_of_sellers(
    write_config: WriteConfig, serve: Callable[[Flask], Any], crm: str, geeks: str
) -> None:
    section = 'source = "home.example.com"\n'
    more = (
        'role = "Buyer and Seller"\nregion = "Hilo"\ntags = ["web"]\nassign_to = "12345"\n'
        'property_activity = "property_viewed"\nfields = { city = "view", zip = "zip" }\n'
    )
    config = write(write_config, geeks, **{section: section + more})
    desk = Desk(config, serve(open_app(config)), crm)
    asked(desk)
    asked(desk, email="leilani@example.com")
    seller, lead = sent(geeks)
    for each in (seller, lead):
        assert (each["region"], each["tags"]) == ("Hilo", ["web"])
        valued, *_, assigned = each["activities"]
        assert (valued["type"], valued["property"]) == ("property_viewed", PROPERTY)
        assert (assigned["type"], assigned["user"]) == ("was_assigned", {"id": "12345"})
    assert {"role", "city", "zip"}.isdisjoint(seller), "with these it would be somebody"
    assert "What does one see? The sea" in seller["activities"][1]["description"], "and not lost"
    assert (lead["role"], lead["city"], lead["zip"]) == ("Buyer and Seller", "The sea", "96720")
    assert "The sea" not in lead["activities"][1]["description"]


def test_two_sellers_are_no_namesakes() -> None:
    """Nobody waits for another of whom nothing is known either."""
    nobody = Lead("", "", "en", attributes={"street": "12 Kilauea Ave"})
    assert nobody.anonymous
    assert not alike(nobody, nobody)
    assert alike(
        Lead("", "", "en", email="a@example.com"), Lead("J", "", "en", email="a@example.com")
    )


# -- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_what_is_unknown_is_sent_again_under_the_same_id(desk: Desk, geeks: str, kind: str) -> None:
    ill(geeks, kind)
    identity = asked(desk)
    assert [one["id"] for one in leads(geeks, "potential-sellers")] == [identity]
    assert [endpoint for endpoint, _ in calls(geeks)] == [SELLERS, SELLERS]


def test_an_id_that_is_taken_is_ours_if_it_may_be_there(desk: Desk, geeks: str) -> None:
    ill(geeks, "cut_after")
    ill(geeks, "status", status=409, body='{"error": "Known."}')
    asked(desk)
    assert calls(geeks) == [(SELLERS, "cut"), (SELLERS, 409)]
    assert len(leads(geeks, "potential-sellers")) == 1


def test_an_id_that_is_taken_for_no_reason_is_a_refusal(desk: Desk, geeks: str) -> None:
    ill(geeks, "status", status=409, body='{"error": "Known."}')
    asked(desk, state="failed")
    assert f"geeks: POST {SELLERS} answered 409: Known." in desk.run("log").stdout


def test_a_refused_one_is_amended_and_replayed(desk: Desk, geeks: str) -> None:
    said = "Property field 'full_baths' is not a valid integer."
    ill(geeks, "status", status=422, body=json.dumps({"error": said}))
    identity = asked(desk, state="failed")
    assert said in desk.run("show", identity).stdout
    wrong = desk.run("amend", identity, "attributes.bathrooms=two")
    assert wrong.exit_code == 2
    assert "digits only" in wrong.stderr
    assert desk.run("amend", identity, "attributes.bathrooms=3").exit_code == 0
    replayed = desk.run("replay", identity)
    assert replayed.exit_code == 0, replayed.output
    (seller,) = leads(geeks, "potential-sellers")
    assert seller["activities"][0]["property"]["full_baths"] == 3


def test_forced_it_is_sent_once_more_and_with_a_contact_it_becomes_a_lead(
    desk: Desk, geeks: str
) -> None:
    identity = asked(desk)
    assert desk.run("replay", "--force", identity).exit_code == 0
    assert calls(geeks) == [(SELLERS, 201)] * 2
    assert len(leads(geeks, "potential-sellers")) == 1
    ill(geeks, "status", status=409)
    assert desk.run("replay", "--force", identity).exit_code == 1, "what is new has not arrived"
    amended = desk.run("amend", identity, "email=leilani@example.com", "first_name=Leilani")
    assert amended.exit_code == 0, amended.output
    assert desk.run("replay", "--force", identity).exit_code == 0
    (lead,) = leads(geeks)
    assert (lead["id"], lead["fields"]["role"]) == (identity, "Seller")
    assert lead["fields"]["email"] == "leilani@example.com"


def test_a_lead_that_is_there_is_told_of_the_property_again(desk: Desk, geeks: str) -> None:
    identity = asked(desk, email="leilani@example.com")
    desk.run("amend", identity, "attributes.bathrooms=3")
    assert desk.run("replay", "--force", identity).exit_code == 0
    assert calls(geeks) == [("leads", 201), ("lead", 200), ("activities", 201)]
    again = sent(geeks)[2][0]
    assert again["property"] == {**PROPERTY, "full_baths": 3}
    assert again["description"].startswith("Sent again:\nAsked what this property is worth:")


def test_a_held_one_is_released(desk: Desk, geeks: str) -> None:
    identity = asked(desk, state="held", link="https://spam.example.com")
    assert calls(geeks) == []
    assert desk.run("release", identity).exit_code == 0
    eventually(lambda: calls(geeks) == [(SELLERS, 201)])


def test_the_request_is_shown_as_curl_and_is_what_was_sent(desk: Desk, geeks: str) -> None:
    identity = asked(desk)
    shown = desk.run("show", identity)
    assert shown.exit_code == 0, shown.output
    assert "12 Kilauea Ave" in shown.stdout
    command = desk.run("show", "--request", identity).stdout
    assert f"/rest/sites/{SITE}/{SELLERS}" in command
    command = command.replace("LOGIN:PASSWORD", "sandbox:sandbox")
    subprocess.run(["bash", "-c", command], check=True, capture_output=True, timeout=60)
    once, again = sent(geeks)
    assert once == again
    assert calls(geeks) == [(SELLERS, 201)] * 2


def test_the_rest_of_the_commands_know_it(desk: Desk) -> None:
    identity = asked(desk)
    assert desk.run("check").exit_code == 0
    for command in (("log",), ("log", "--text", "Kilauea"), ("status",), ("verify",), ("export",)):
        done = desk.run(*command)
        assert done.exit_code == 0, done.output
        assert "Traceback" not in done.output
    assert identity in desk.run("export").stdout


def test_who_left_no_contact_is_found_and_erased_by_the_id(desk: Desk) -> None:
    identity = asked(desk)
    kept = asked(desk, attributes={**HOUSE, "street": "14 Kilauea Ave"})
    exported = desk.run("person", identity, "export").stdout.splitlines()
    assert {json.loads(line)["id"] for line in exported} == {identity}
    assert identity[:8] in desk.run("person", identity.upper(), "show").stdout
    erased = desk.run("person", identity, "--yes", "erase")
    assert erased.exit_code == 0, erased.output
    assert f"still in geeks: customer {identity}" in erased.stdout
    journal = "".join(p.read_text() for p in (desk.config.parent / "var/journal").glob("*.jsonl"))
    assert "12 Kilauea Ave" not in journal
    assert "14 Kilauea Ave" in journal
    assert record(desk, kept)["state"] == "delivered"


# -- beside Realpad ----------------------------------------------------------------------------


def both(write_config: WriteConfig, geeks: str) -> Path:
    # Keys that the sandbox Realpad knows; the real one has to be told of them first, too.
    known = {
        'destinations = ["geeks"]': 'destinations = ["crm", "geeks"]',
        'key = "street"': 'key = "customer_google_campaign_id"',
        'street_address = "street"': 'street_address = "customer_google_campaign_id"',
    }
    form = FORM[: FORM.index('[[forms.home.attributes]]\nkey = "zip"')]
    form = "\n".join(
        line
        for line in form.splitlines()
        if not line.startswith(("zip =", "property_type =", "full_baths =", "baths ="))
    )
    return write(write_config, geeks, form, **known)


def test_realpad_gets_those_who_can_be_reached(
    write_config: WriteConfig, serve: Callable[[Flask], Any], crm: str, geeks: str
) -> None:
    config = both(write_config, geeks)
    desk = Desk(config, serve(open_app(config)), crm)
    where = {"customer_google_campaign_id": "12 Kilauea Ave"}
    nobody = asked(desk, attributes=where)
    named = asked(desk, attributes=where, first_name="Leilani")
    for identity in (nobody, named):
        assert record(desk, identity)["submission"]["destinations"] == ["geeks"]
    assert calls(crm) == [], "it refuses whoever has neither email nor phone"
    reached = asked(desk, attributes=where, email="leilani@example.com")
    assert record(desk, reached)["submission"]["destinations"] == ["crm", "geeks"]
    (inquiry,) = leads(crm)
    assert inquiry["parameters"]["email"] == "leilani@example.com"
    assert inquiry["parameters"]["name"] == "–"
    assert inquiry["parameters"]["customer_google_campaign_id"] == "12 Kilauea Ave"
    assert [endpoint for endpoint, _ in calls(geeks)] == [SELLERS, "leads", "leads"]


# -- what visitors may not say -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"attributes": {**HOUSE, "bathrooms": "two"}}, "attributes.bathrooms"),
        ({"attributes": {**HOUSE, "bathrooms": 2.5}}, "attributes.bathrooms"),
        ({"attributes": {**HOUSE, "bathrooms": -1}}, "attributes.bathrooms"),
        ({"attributes": {**HOUSE, "street": " "}}, "attributes.street"),
        ({"attributes": {"zip": "96720"}}, "attributes.street"),
        ({"attributes": {**HOUSE, "colour": "red"}}, "attributes.colour"),
        ({"email": "leilani"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"unit": "A.101"}, "unit"),
        ({"price_max": 1}, "price_max"),
        ({"rooms": ["2"]}, "rooms"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    desk: Desk, geeks: str, body: dict[str, Any], field: str
) -> None:
    answer = ask(desk, **body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert calls(geeks) == []


def test_words_for_a_number_come_back_on_the_page(desk: Desk) -> None:
    fields = {f"attribute_{key}": str(value) for key, value in HOUSE.items()}
    fields |= {"token": desk.site.token("home"), "attribute_bathrooms": "two"}
    answer = desk.site.post("/forms/home", data=fields, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "Please write a whole number, digits only." in answer.text
    assert 'value="two"' in answer.text
    assert 'value="12 Kilauea Ave"' in answer.text


def test_the_captcha_comes_first(
    write_config: WriteConfig, serve: Callable[[Flask], Any], crm: str, geeks: str
) -> None:
    config = write(write_config, geeks, **{'"none"\nallow_none = true': '"altcha"'})
    desk = Desk(config, serve(open_app(config)), crm)
    answer = ask(desk)
    assert (answer.status_code, answer.json()["code"]) == (422, "captcha")
    assert desk.records() == []


def test_the_schema_says_what_is_taken(desk: Desk) -> None:
    schema = desk.site.get("/forms/home/schema").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"token": "x", "attributes": HOUSE})
    assert validator.is_valid({"token": "x", "attributes": HOUSE, "email": "a@example.com"})
    assert not validator.is_valid({"token": "x"})
    assert not validator.is_valid({"token": "x", "attributes": HOUSE, "unit": "A.101"})


# -- what the configuration may not say --------------------------------------------------------


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, KINDS)
    return caught.value.problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'full_baths = "bathrooms"',
            'half_baths = "bathrooms"',
            "realgeeks.property.half_baths: must be 'address', ",
        ),
        (
            'full_baths = "bathrooms"',
            'full_baths = "rooms"',
            "realgeeks.property.full_baths: the form has no attribute rooms of type integer",
        ),
        (
            'full_baths = "bathrooms"',
            'full_baths = "view"',
            "realgeeks.property.full_baths: the form has no attribute view of type integer",
        ),
        (
            'full_baths = "bathrooms"',
            'full_baths = "all_baths"',
            "realgeeks.property.full_baths: the form has no attribute all_baths of type",
        ),
        (
            'baths = "all_baths"',
            'baths = "built_as"',
            "realgeeks.property.baths: the form has no attribute built_as of type integer or",
        ),
        (
            'zip = "zip"',
            'zip = "bathrooms"',
            "realgeeks.property.zip: the form has no attribute bathrooms of type string or select",
        ),
        (
            'full_baths = "bathrooms"',
            "full_baths = 2",
            "realgeeks.property.full_baths: must be a text in quotes",
        ),
        (
            "required = true",
            "",
            "realgeeks.property: needs address or street_address, asked for by an attribute",
        ),
        (
            'street_address = "street"',
            "",
            "realgeeks.property: needs address or street_address, ",
        ),
        (
            'kind = "valuation"',
            'kind = "valuations"',
            "kind: must be 'enquiry' or 'valuation'",
        ),
        (
            'kind = "valuation"',
            "",
            'realgeeks.property: is asked for by a form of kind = "valuation" only',
        ),
        (
            'kind = "valuation"',
            'kind = "valuation"\nrooms = ["2+kk"]',
            'rooms: a form of kind = "valuation" does not ask for it; take it out',
        ),
        (
            'kind = "valuation"',
            'kind = "valuation"\nunits = ["A.101"]',
            'units: a form of kind = "valuation" does not ask for it; take it out',
        ),
        (
            'destinations = ["geeks"]',
            'destinations = ["crm"]',
            "kind: a valuation needs a destination of type mail or realgeeks or webhook, for ",
        ),
        (
            'source = "home.example.com"\n',
            'source = "home.example.com"\nproperty_activity = ""\n',
            "realgeeks.property_activity: ",
        ),
    ],
)
def test_a_mistake_is_told_once_and_how_to_mend_it(
    write_config: WriteConfig, old: str, new: str, problem: str
) -> None:
    (found,) = problems(write(write_config, "http://127.0.0.1:1", **{old: new}))
    assert found.startswith(f"forms.home.{problem}")


def test_without_a_property_it_says_which_is_needed(write_config: WriteConfig) -> None:
    start, end = (
        FORM.index("[forms.home.realgeeks.property]"),
        FORM.index("[[forms.home.consents]]"),
    )
    (found,) = problems(write(write_config, "http://127.0.0.1:1", FORM[:start] + FORM[end:]))
    assert found.startswith("forms.home.realgeeks.property: needs address or street_address")


def test_a_destination_that_is_wrong_itself_is_told_alone(write_config: WriteConfig) -> None:
    path = write(
        write_config, "http://127.0.0.1:1", **{'site_uuid = "6e5f': 'site_uuid = "riverside'}
    )
    (found,) = problems(path)
    assert found.startswith("destinations.geeks.site_uuid: ")


def test_answers_outlive_what_the_form_asks_for(
    write_config: WriteConfig, serve: Callable[[Flask], Any], crm: str, geeks: str
) -> None:
    """An answer that does not fit its field any more is told in words, and refuses nothing."""
    ill(geeks, "status", status=422, body='{"error": "No."}')
    asked_then = FORM.replace('full_baths = "bathrooms"\n', "")
    as_text = asked_then.replace(
        'key = "bathrooms"\ntype = "integer"', 'key = "bathrooms"\ntype = "string"'
    )
    config = write(write_config, geeks, as_text)
    desk = Desk(config, serve(open_app(config)), crm)
    identity = asked(desk, state="failed", attributes={**HOUSE, "bathrooms": "two and a half"})
    desk.site.app.extensions["frontdesk"].close()
    now = write(write_config, geeks)
    serve(open_app(now))
    replayed = desk.run("replay", identity)
    assert replayed.exit_code == 0, replayed.output
    (seller,) = leads(geeks, "potential-sellers")
    valued, told, *_ = seller["activities"]
    assert "full_baths" not in valued["property"]
    assert "Bathrooms: two and a half" in told["description"]
