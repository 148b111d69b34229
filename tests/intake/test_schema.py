"""JSON Schema and OpenAPI say what the form enforces."""

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from tests.intake.desk import ATTRIBUTES, ORCHARD, forge_token, label
from tests.support import ENQUIRY, FORM, Site

ORCHARD_ENQUIRY: dict[str, Any] = {
    "first_name": "Jana",
    "last_name": "Nováková",
    "email": "jana@example.com",
    "unit": "A.101",
    "language": "cs",
    "attributes": {
        "has_pets": True,
        "nickname": "Jája",
        "household": 3,
        "share": 42.5,
        "move_in": "2028-02-29",
        "heard_from": "web",
        "channels": ["web", "friend"],
    },
}
EXAMPLES = {"riverside": ENQUIRY, "orchard": ORCHARD_ENQUIRY}


def validator(site: Site, form: str) -> jsonschema.Draft202012Validator:
    answer = site.get(f"/forms/{form}/schema")
    assert answer.headers["Content-Type"] == "application/schema+json"
    schema = answer.json()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def enquiry(form: str, change: dict[str, Any]) -> dict[str, Any]:
    """The valid enquiry of a form, changed; `attributes.x` changes an attribute, None removes."""
    body = {**EXAMPLES[form], "token": forge_token(form)}
    body["attributes"] = dict(body.get("attributes", {}))
    for key, value in change.items():
        owner, name = body, key
        if key.startswith("attributes."):
            owner, name = body["attributes"], key.removeprefix("attributes.")
        if value is None:
            del owner[name]
        else:
            owner[name] = value
    if not body["attributes"] and "attributes" not in change:
        del body["attributes"]
    return body


VALID: list[tuple[str, dict[str, Any]]] = [
    ("riverside", {}),
    ("riverside", {"email": None}),
    ("riverside", {"phone": None}),
    ("riverside", {"unit": None, "rooms": None, "price_max": None, "note": None}),
    ("riverside", {"rooms": []}),
    ("riverside", {"price_max": 8_500_000}),
    ("riverside", {"price_max": 8_500_000.0}),
    ("riverside", {"price_max": "8.500.000 CZK"}),
    ("riverside", {"consents": [1, 2]}),
    ("riverside", {"note": "😀" * 2500}),
    ("riverside", {"language": "cs", "campaign": "spring", "page": "https://a.example/"}),
    ("riverside", {"title": "Open day", "referrer": "https://b.example/"}),
    ("riverside", {"tags": ["a", "b"]}),
    ("riverside", {"tags": "a, b", "language": "EN", "campaign": 2026}),
    ("riverside", {"tags": {}, "language": 1, "campaign": [], "page": False, "title": {"a": 1}}),
    ("riverside", {"captcha": "x"}),
    ("riverside", {"phone": ""}),
    ("riverside", {"email": ""}),
    ("riverside", {"unit": "", "price_max": "", "note": "", "campaign": "", "language": ""}),
    ("orchard", {"unit": "", "attributes.move_in": "", "attributes.nickname": ""}),
    ("orchard", {"attributes.household": "", "attributes.share": ""}),
    ("riverside", {"h-captcha-response": "x", "altcha": "y"}),
    ("orchard", {}),
    ("orchard", {"unit": "Z.999"}),
    ("orchard", {"attributes.has_pets": None, "attributes.channels": []}),
    ("orchard", {"attributes.household": "3", "attributes.share": "42,5"}),
    ("orchard", {"attributes.share": 42}),
    ("orchard", {"attributes.household": 0, "attributes.share": 0}),
]


@pytest.mark.parametrize(("form", "change"), VALID, ids=label)
def test_what_the_form_accepts_the_schema_accepts(
    desk: Site, form: str, change: dict[str, Any]
) -> None:
    body = enquiry(form, change)
    validator(desk, form).validate(body)
    answer = desk.post(f"/forms/{form}", json=body)
    assert answer.status_code == 202, answer.text


def told(described: dict[str, Any]) -> dict[str, Any]:
    """What a value is, where it may also be left out."""
    first: dict[str, Any] = described.get("anyOf", [described])[0]
    return first


INVALID: list[tuple[str, dict[str, Any]]] = [
    ("riverside", {"first_name": None}),
    ("riverside", {"last_name": None}),
    ("riverside", {"first_name": ""}),
    ("riverside", {"first_name": "  "}),
    ("riverside", {"email": None, "phone": None}),
    ("riverside", {"email": "", "phone": None}),
    ("riverside", {"email": "", "phone": ""}),
    ("riverside", {"token": None}),
    ("riverside", {"token": 1}),
    ("riverside", {"first_name": 1}),
    ("riverside", {"email": "jana"}),
    ("riverside", {"phone": "7" * 51}),
    ("riverside", {"unit": 101}),
    ("riverside", {"unit": "x" * 5001}),
    ("riverside", {"note": "😀" * 5001}),
    ("riverside", {"rooms": "2+kk"}),
    ("riverside", {"rooms": ["9+kk"]}),
    ("riverside", {"rooms": [2]}),
    ("riverside", {"rooms": ["2+kk"] * 201}),
    ("riverside", {"price_max": 0}),
    ("riverside", {"price_max": -1}),
    ("riverside", {"price_max": 8.5}),
    ("riverside", {"price_max": 10**12 + 1}),
    ("riverside", {"price_max": "9" * 51}),
    ("riverside", {"price_max": True}),
    ("riverside", {"price_max": []}),
    ("riverside", {"consents": None}),
    ("riverside", {"consents": []}),
    ("riverside", {"consents": [1]}),
    ("riverside", {"consents": [2, 99]}),
    ("riverside", {"consents": ["2"]}),
    ("riverside", {"consents": [True, 2]}),
    ("riverside", {"consents": {"2": True}}),
    ("riverside", {"captcha": 1}),
    ("riverside", {"nonsense": "x"}),
    ("riverside", {"consent_2": True}),
    ("riverside", {"attributes.has_pets": True}),
    ("riverside", {"attributes": []}),
    ("orchard", {"rooms": ["2+kk"]}),
    ("orchard", {"consents": [2]}),
    ("orchard", {"attributes": {}}),
    ("orchard", {"attributes": []}),
    ("orchard", {"attributes.heard_from": None}),
    ("orchard", {"attributes.heard_from": "tv"}),
    ("orchard", {"attributes.heard_from": ""}),
    ("orchard", {"attributes.unknown": 1}),
    ("orchard", {"attributes.has_pets": "true"}),
    ("orchard", {"attributes.has_pets": 1}),
    ("orchard", {"attributes.nickname": 1}),
    ("orchard", {"attributes.nickname": "x" * 5001}),
    ("orchard", {"attributes.household": -1}),
    ("orchard", {"attributes.household": 1.5}),
    ("orchard", {"attributes.household": "three"}),
    ("orchard", {"attributes.household": 10**18}),
    ("orchard", {"attributes.share": -0.5}),
    ("orchard", {"attributes.share": "4.2.1"}),
    ("orchard", {"attributes.share": True}),
    ("orchard", {"attributes.move_in": "2026-02-30"}),
    ("orchard", {"attributes.move_in": "1. 2. 2026"}),
    ("orchard", {"attributes.move_in": 20260201}),
    ("orchard", {"attributes.channels": "web"}),
    ("orchard", {"attributes.channels": ["tv"]}),
]


@pytest.mark.parametrize(("form", "change"), INVALID, ids=label)
def test_what_the_form_refuses_the_schema_refuses(
    desk: Site, form: str, change: dict[str, Any]
) -> None:
    body = enquiry(form, change)
    answer = desk.post(f"/forms/{form}", json=body)
    assert answer.status_code in (403, 422), answer.text
    assert not validator(desk, form).is_valid(body)


@pytest.mark.parametrize(
    "null", ["email", "unit", "rooms", "price_max", "note", "language", "tags", "title", "captcha"]
)
def test_null_counts_as_left_out(desk: Site, null: str) -> None:
    body = {**enquiry("riverside", {}), null: None}
    validator(desk, "riverside").validate(body)
    assert desk.post("/forms/riverside", json=body).status_code == 202


@pytest.mark.parametrize("null", ["first_name", "last_name", "consents", "token", "phone"])
def test_null_is_no_answer_to_what_is_required(desk: Site, null: str) -> None:
    body = {**enquiry("riverside", {"email": None}), null: None}
    assert not validator(desk, "riverside").is_valid(body)
    assert desk.post("/forms/riverside", json=body).status_code in (403, 422)


def test_the_schema_follows_the_configuration(desk: Site) -> None:
    riverside = desk.get("/forms/riverside/schema").json()["properties"]
    orchard = desk.get("/forms/orchard/schema").json()["properties"]
    assert told(riverside["rooms"])["items"]["enum"] == ["1+kk", "2+kk", "3+kk", "4+kk"]
    assert riverside["consents"]["items"]["enum"] == [2, 1]
    assert "examples" not in told(riverside["unit"])
    assert "attributes" not in riverside
    assert told(orchard["unit"])["examples"] == ["A.101", "B.202"]
    assert "rooms" not in orchard
    assert "consents" not in orchard
    assert orchard["attributes"]["required"] == ["heard_from"]


def test_the_schema_has_every_type_of_attribute(desk: Site) -> None:
    attributes = desk.get("/forms/orchard/schema").json()["properties"]["attributes"]
    assert set(attributes["properties"]) == set(ATTRIBUTES)
    described = {key: told(found) for key, found in attributes["properties"].items()}
    types = {key: found["type"] for key, found in described.items()}
    assert types["has_pets"] == "boolean"
    assert types["nickname"] == types["heard_from"] == types["move_in"] == "string"
    assert "integer" in types["household"]
    assert "number" in types["share"]
    assert types["channels"] == "array"
    assert described["move_in"]["format"] == "date"
    assert described["heard_from"]["enum"] == ["web", "friend"]
    assert described["channels"]["items"]["enum"] == ["web", "friend"]


@pytest.mark.parametrize("language", ["en", "cs"])
def test_the_schema_is_titled_in_the_language_that_is_asked_for(desk: Site, language: str) -> None:
    schema = desk.get(f"/forms/orchard/schema?lang={language}").json()
    titles = {
        key: found["title"]
        for key, found in schema["properties"]["attributes"]["properties"].items()
    }
    assert titles == {key: key + (" cs" if language == "cs" else "") for key in ATTRIBUTES}


def test_the_traps_are_in_no_schema(desk: Site) -> None:
    assert "link" not in desk.get("/forms/riverside/schema").json()["properties"]


def test_openapi_is_valid(desk: Site) -> None:
    document = desk.get("/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_openapi_has_every_form_with_its_schema(desk: Site) -> None:
    document = desk.get("/openapi.json").json()
    for form in ("riverside", "orchard", "hasty"):
        post = document["paths"][f"/forms/{form}"]["post"]
        body = post["requestBody"]["content"]["application/json"]["schema"]
        schema = desk.get(f"/forms/{form}/schema").json()
        assert body == {key: value for key, value in schema.items() if key != "$schema"}
        statuses = {"202", "400", "403", "404", "413", "415", "422", "429", "503"}
        assert statuses <= set(post["responses"])


def test_openapi_describes_the_answers(desk: Site) -> None:
    schemas = desk.get("/openapi.json").json()["components"]["schemas"]
    problem = desk.enquire(first_name="", token="forged").json()
    jsonschema.validate(problem, schemas["Problem"])
    jsonschema.validate(desk.enquire().json(), schemas["Accepted"])
    assert set(problem) <= set(schemas["Problem"]["properties"])


def test_a_form_without_anything_optional_has_a_schema(open_desk: Callable[..., Site]) -> None:
    bare = FORM.partition("[forms.riverside.realpad]")[0].replace("rooms", "units")
    site = open_desk(forms=bare + ORCHARD)
    validate(site.get("/openapi.json").json())
    assert validator(site, "riverside").is_valid(
        {"first_name": "J", "last_name": "N", "phone": "777123456", "token": "x"}
    )
