"""JSON Schema and OpenAPI, derived from the form that validates."""

from typing import Any

from frontdesk.config import Form
from frontdesk.intake.choices import Tick
from frontdesk.intake.form import ATTRIBUTE, CAPTCHA_FIELDS, HONEYPOT, TOKEN, EnquiryForm
from frontdesk.intake.keys import VISITOR

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT = {"type": "string"}

Json = dict[str, Any]


def body_schema(form: EnquiryForm, *, vouched: bool = False) -> Json:
    """JSON Schema (2020-12) of the body of `POST /forms/<form>`; `vouched`: with an API key."""
    configured = form.configured
    properties: Json = {}
    attributes: Json = {}
    for field in form:
        if isinstance(field, Tick) or field.name in (HONEYPOT, TOKEN):
            continue
        described = {**field.json_schema(), "title": str(field.label.text)}
        if field.flags.required and described.get("type") == "string":
            described.setdefault("pattern", r"\S")
        if field.name.startswith(ATTRIBUTE):
            attributes[field.name.removeprefix(ATTRIBUTE)] = described
        else:
            properties[field.name] = described
    if configured.consents:
        properties["consents"] = _consents(configured)
    if attributes:
        needed = [a.key for a in configured.attributes if a.required]
        properties["attributes"] = {
            "type": "object",
            "properties": attributes,
            "additionalProperties": False,
            **({"required": needed} if needed else {}),
        }
    properties[TOKEN] = {**TEXT, "description": "from GET …/token"}
    for name in CAPTCHA_FIELDS:
        properties[name] = {**TEXT, "description": "the captcha's response, under any of its names"}
    required = ["first_name", "last_name"]
    if vouched:
        properties |= {name: {**TEXT, "description": "the visitor's"} for name in VISITOR}
    else:
        required.append(TOKEN)
    if any(consent.required for consent in configured.consents):
        required.append("consents")
    if any(attribute.required for attribute in configured.attributes):
        required.append("attributes")
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        "required": required,
        "anyOf": [{"required": ["email"]}, {"required": ["phone"]}],
        "additionalProperties": False,
    }


def _consents(form: Form) -> Json:
    schema: Json = {
        "type": "array",
        "items": {"type": "integer", "enum": [consent.id for consent in form.consents]},
        "description": "the ids of the consents that were given",
    }
    needed = [{"contains": {"const": c.id}} for c in form.consents if c.required]
    return {**schema, "allOf": needed} if needed else schema


def openapi(forms: dict[str, EnquiryForm], version: str) -> Json:
    """OpenAPI 3.1 of the JSON channel of all forms."""
    paths: Json = {}
    for slug, form in forms.items():
        base = f"/forms/{slug}"
        paths[base] = {"post": _submit(form)}
        paths[f"{base}/schema"] = {"get": _get("JSON Schema of the enquiry")}
        paths[f"{base}/token"] = {"get": _get("A fresh form token")}
        paths[f"{base}/challenge"] = {"get": _get("A fresh ALTCHA challenge, if that is used")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Frontdesk", "version": version},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, "Accepted": ACCEPTED},
            "securitySchemes": {"apiKey": API_KEY},
        },
    }


API_KEY: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "of a program: it needs no token and no captcha, and says who the visitor is",
}
PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": {**TEXT, "description": "for the visitor where there is a code, else for you"},
        "code": {"enum": ["rate", "token", "fields", "captcha", "outage", "unwritable"]},
        "errors": {
            "type": "object",
            "description": "messages by field, in the visitor's language",
            "additionalProperties": {"type": "array", "items": TEXT},
        },
        "token": {**TEXT, "description": "a fresh form token, to send the enquiry again with"},
    },
    "required": ["title", "status"],
}
ACCEPTED: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"const": "accepted"},
        "ignored": {
            "type": "array",
            "items": TEXT,
            "description": "what a page sends and the form does not know: it was left out",
        },
    },
    "required": ["id", "status"],
}
_REFUSALS = {
    "400": "malformed",
    "401": "a wrong API key",
    "403": "a foreign origin, or a token that is not this form's",
    "404": "no such form",
    "413": "the body is over the limit",
    "415": "neither JSON nor a form",
    "422": "invalid fields, a stale token or a failed captcha",
    "429": "too often; see Retry-After",
    "503": "cannot be written down at the moment",
}


def _submit(form: EnquiryForm) -> Json:
    schema = _bare(body_schema(form))
    keyed: Json = {}
    if form.configured.api_keys:
        keyed = {"security": [{}, {"apiKey": []}]}
        schema = {"anyOf": [schema, _bare(body_schema(form, vouched=True))]}
    responses: Json = {
        "202": {
            "description": "durably accepted",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}},
        }
    }
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, description in _REFUSALS.items():
        responses[status] = {"description": description, "content": problem}
    key = {"name": "Idempotency-Key", "in": "header", "schema": {**TEXT, "maxLength": 255}}
    return {
        "summary": "Send an enquiry",
        "parameters": [key],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": responses,
        **keyed,
    }


def _bare(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "$schema"}


def _get(summary: str) -> Json:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {"summary": summary, "responses": {"200": {"description": "OK", "content": content}}}
