"""OpenAPI of the JSON channel: what each route takes, and everything that it answers."""

from typing import get_args

from frontdesk.config.form import LAST_CONSENT
from frontdesk.intake.definition import Definition
from frontdesk.intake.keys import IDEMPOTENCY_KEY
from frontdesk.intake.revocation import DIGITS, NOTES, WHO
from frontdesk.intake.schema import TEXT, Json, body_schema
from frontdesk.intake.tally import EnquiryReason
from frontdesk.model.units import State


def document(definitions: dict[str, Definition], version: str) -> Json:
    """OpenAPI 3.1 of the JSON channel of all forms."""
    paths: Json = {}
    for slug, definition in definitions.items():
        base = f"/forms/{slug}"
        paths[base] = {"post": _submit(definition)}
        paths[f"{base}/schema"] = {"get": _get("JSON Schema of the enquiry", SCHEMA_TYPE, OBJECT)}
        paths[f"{base}/token"] = {"get": _get("A fresh form token", JSON, TOKEN, limited=True)}
        challenge = _get("A fresh ALTCHA challenge", JSON, OBJECT, "404", limited=True)
        paths[f"{base}/challenge"] = {"get": challenge}
        if definition.form.unit_source is not None:
            paths[f"{base}/units"] = {"get": _units()}
    if any(one.form.api_keys for one in definitions.values()):
        paths["/consents/revoke"] = {"post": _REVOKE}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Frontdesk", "version": version},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, "Accepted": ACCEPTED, "Revocation": REVOCATION},
            "securitySchemes": {"apiKey": API_KEY},
        },
    }


JSON, SCHEMA_TYPE = "application/json", "application/schema+json"
OBJECT: Json = {"type": "object"}
TOKEN: Json = {
    "type": "object",
    "properties": {
        "token": TEXT,
        "fill_time": {"type": "number", "description": "seconds that must pass until it is used"},
        "language": TEXT,
        "captcha": OBJECT,
        "texts": {"type": "object", "additionalProperties": TEXT},
    },
    "required": ["token", "fill_time", "language", "captcha", "texts"],
}
UNITS: Json = {
    "type": "object",
    "properties": {
        "form": TEXT,
        "at": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "when the source last said so; null: not yet",
        },
        "stale": {"type": "boolean", "description": "the source has not answered for a while"},
        "currency": {**TEXT, "description": "of the prices, ISO 4217"},
        "units": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "unit": {**TEXT, "description": "what an enquiry calls it"},
                    "name": {**TEXT, "description": "what people call it"},
                    "rooms": {"type": ["string", "null"]},
                    "area": {"type": ["number", "null"], "description": "in square metres"},
                    "price": {"type": ["integer", "null"]},
                    "state": {"enum": list(get_args(State))},
                },
                "required": ["unit", "name", "rooms", "area", "price", "state"],
            },
        },
    },
    "required": ["form", "at", "stale", "currency", "units"],
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
        "code": {"enum": list(get_args(EnquiryReason))},
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
REVOCATION: Json = {
    "type": "object",
    "properties": {
        "consent": {"type": "integer", "minimum": 1, "maximum": LAST_CONSENT},
        "email": {**TEXT, "format": "email", "maxLength": 254},
        "customer": {
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": 10**DIGITS - 1,
            "pattern": f"^[0-9]{{1,{DIGITS}}}$",
        },
        "submission": {"type": "string", "format": "uuid"},
        "notes": {**TEXT, "maxLength": NOTES},
        "destination": {**TEXT, "minLength": 1},
    },
    "required": ["consent"],
    "oneOf": [{"required": [who]} for who in WHO],
    "additionalProperties": False,
}
_REFUSALS = {
    "400": "malformed",
    "401": "a wrong API key",
    "403": "a foreign origin, or a token that is not this form's",
    "404": "no such form, or nothing of the kind",
    "413": "the body is over the limit",
    "415": "neither JSON nor a form",
    "422": "invalid fields, a stale token or a failed captcha",
    "429": "too often; see Retry-After",
    "503": "cannot be written down at the moment",
}
_RETRY_AFTER: Json = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
_LANGUAGE: Json = {
    "name": "lang",
    "in": "query",
    "description": "the language to speak, if the form does; else what Accept-Language prefers",
    "schema": TEXT,
}


_IDEMPOTENT: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {**TEXT, "maxLength": 255, "pattern": IDEMPOTENCY_KEY},
}


def _submit(definition: Definition) -> Json:
    schema = _bare(body_schema(definition))
    keyed: Json = {}
    if definition.form.api_keys:
        keyed = {"security": [{}, {"apiKey": []}]}
        schema = {"anyOf": [schema, _bare(body_schema(definition, vouched=True))]}
    accepted: Json = {
        "description": "durably accepted",
        "headers": {"Location": {"description": "the thank-you page", "schema": TEXT}},
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Accepted"}}},
    }
    return {
        "summary": "Send an enquiry",
        "parameters": [_IDEMPOTENT],
        "requestBody": {"required": True, "content": {JSON: {"schema": schema}}},
        "responses": {"202": accepted, **_refused(*_REFUSALS)},
        **keyed,
    }


def _bare(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "$schema"}


def _get(summary: str, kind: str, schema: Json, *refused: str, limited: bool = False) -> Json:
    if limited:
        refused = (*refused, "429", "503")
    return {
        "summary": summary,
        "parameters": [_LANGUAGE],
        "responses": {
            "200": {"description": "OK", "content": {kind: {"schema": schema}}},
            **_refused(*refused),
        },
    }


def _units() -> Json:
    """The price list; it is the same in all languages."""
    described = _get("The form's units, as their source has them", JSON, UNITS)
    del described["parameters"]
    described["responses"]["304"] = {"description": "as the If-None-Match says"}
    return described


def _refused(*statuses: str) -> Json:
    """Responses that are problem documents."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "description": _REFUSALS[status],
            "content": problem,
            **({"headers": _RETRY_AFTER} if status == "429" else {}),
        }
        for status in statuses
    }


_WANTED: Json = {
    "description": "durably accepted; it goes to these destinations",
    "content": {
        JSON: {
            "schema": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "status": {"const": "accepted"},
                    "destinations": {"type": "array", "items": TEXT},
                },
                "required": ["id", "status", "destinations"],
            }
        }
    },
}
_REVOKE: Json = {
    "summary": "Have a consent revoked",
    "parameters": [_IDEMPOTENT],
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Revocation"}}},
    },
    "responses": {"202": _WANTED, **_refused(*_REFUSALS)},
    "security": [{"apiKey": []}],
}
