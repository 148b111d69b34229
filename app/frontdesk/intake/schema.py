"""JSON Schema of an enquiry, derived from the questions that check it."""

from typing import Any

from frontdesk.config import Form
from frontdesk.config.fields import BUILT_IN, CONTACT
from frontdesk.intake.definition import (
    ATTRIBUTE,
    CAPTCHA_FIELDS,
    HONEYPOT,
    INSTEAD,
    TOKEN,
    Definition,
)
from frontdesk.intake.keys import VISITOR
from frontdesk.intake.questions.choices import Tick

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT = {"type": "string"}

Json = dict[str, Any]


def body_schema(definition: Definition, *, vouched: bool = False) -> Json:
    """JSON Schema (2020-12) of the body of `POST /forms/<form>`; `vouched`: with an API key."""
    configured = definition.form
    properties: Json = {}
    attributes: Json = {}
    for name, question in definition.questions.items():
        if isinstance(question, Tick) or name == HONEYPOT:
            continue
        described = dict(question.schema())
        if not question.required or name in INSTEAD:
            described = _optional(described)
        elif described.get("type") == "string":
            described.setdefault("pattern", r"\S")
        described["title"] = question.label
        if name.startswith(ATTRIBUTE):
            attributes[name.removeprefix(ATTRIBUTE)] = described
        else:
            properties[name] = described
    for name in definition.unasked:
        unasked = {"description": "this form does not ask for it: ignored"}
        if name.startswith(ATTRIBUTE):
            attributes[name.removeprefix(ATTRIBUTE)] = unasked
        else:
            properties[name] = unasked
    if configured.consents:
        properties["consents"] = _consents(configured)
    if attributes:
        needed = [a.key for a in configured.attributes if a.required]
        properties["attributes"] = {
            "type": "object" if needed else ["object", "null"],
            "properties": attributes,
            "additionalProperties": False,
            **({"required": needed} if needed else {}),
        }
    said = {"type": ["string", "null"]}
    properties[TOKEN] = {**(said if vouched else TEXT), "description": "from GET …/token"}
    for name in CAPTCHA_FIELDS:
        properties[name] = {**said, "description": "the captcha's response, under any of its names"}
    required: list[str] = [
        name for name in BUILT_IN if name in definition.required and name not in INSTEAD
    ]
    if vouched:
        properties |= {name: {**said, "description": "the visitor's"} for name in VISITOR}
        properties["ip"]["anyOf"] = [{"format": "ipv4"}, {"format": "ipv6"}, {"enum": ["", None]}]
    else:
        required.append(TOKEN)
    if any(consent.required for consent in configured.consents):
        required.append("consents")
    if any(attribute.required for attribute in configured.attributes):
        required.append("attributes")
    schema = {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    if definition.asks_contact:
        schema["anyOf"] = [_has(name) for name in CONTACT]
    instead = [
        {"anyOf": [_has(name), _has(other)]}
        for name, other in INSTEAD.items()
        if name in definition.required
    ]
    return {**schema, "allOf": instead} if instead else schema


def _has(name: str) -> Json:
    """That there is an answer, and not an empty one."""
    some = {"type": ["string", "number", "array"], "minLength": 1, "minItems": 1}
    return {"required": [name], "properties": {name: some}}


def _optional(described: Json) -> Json:
    """A value that may be left out, which null says as well, and of a text an empty one."""
    if "type" not in described:  # whatever it is, it is taken or ignored
        return described
    nothing = [None, ""] if "string" in described["type"] else [None]
    return {"anyOf": [described, {"enum": nothing}]}


def _consents(form: Form) -> Json:
    schema: Json = {
        "type": "array" if any(c.required for c in form.consents) else ["array", "null"],
        "items": {"type": "integer", "enum": [consent.id for consent in form.consents]},
        "description": "the ids of the consents that were given",
    }
    needed = [{"contains": {"const": c.id}} for c in form.consents if c.required]
    return {**schema, "allOf": needed} if needed else schema
