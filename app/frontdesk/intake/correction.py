"""A lead corrected by hand, through the same form that the visitor filled in."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from werkzeug.datastructures import MultiDict

from frontdesk.config import Form
from frontdesk.i18n import SOURCE
from frontdesk.intake.definition import ATTRIBUTE, CONSENT, HONEYPOT, Definition, json_name
from frontdesk.intake.enquiry import Enquiry, from_form
from frontdesk.intake.questions.choices import Choices, Offer
from frontdesk.model.lead import Consent, Lead

_GIVEN = "A consent can be taken away, and given only by the visitor"


class Correction:
    """Changes to one lead. What it was asked for stays as it was, and nothing is agreed to."""

    def __init__(self, form: Form, lead: Lead, language: str = SOURCE) -> None:
        """`language`: the operator's, not the visitor's."""
        self._form = form
        self._lead = lead
        self._definition = Definition(form, language, whole=True)

    def apply(self, changes: Mapping[str, str]) -> tuple[Lead | None, dict[str, list[str]]]:
        """The corrected lead, or None and the problems at each field.

        Keys are those of the JSON body, `attributes.<key>` for an attribute; commas part a list.
        """
        data = self._as_typed()
        problems: dict[str, list[str]] = {}
        consents = self._lead.consents
        for key, value in changes.items():
            name = ATTRIBUTE + key.removeprefix("attributes.") if "." in key else key
            question = self._definition.questions.get(name)
            if key == "consents":
                left = self._left_of_consents(value)
                consents = left or ()
                problems |= {key: [self._given()]} if left is None else {}
            elif name.startswith(CONSENT):
                problems[key] = [self._given()]
            elif question is None or name == HONEYPOT:
                problems[key] = [self._definition.gettext("This form has no such field.")]
            elif isinstance(question, Choices) and value:
                data.setlist(name, _entries(value, self._form.rooms if name == "rooms" else ()))
            else:
                data[name] = value
        enquiry = from_form(self._definition, data, "operator")
        enquiry.check()
        keys = {json_name(key) for key in changes} | ({"note"} if enquiry.remarks() else set())
        # What was accepted once is not in question, whatever the form asks for today.
        concerned = keys | ({"email"} if "phone" in changes else set())
        problems |= {k: v for k, v in self._explained(enquiry).items() if k in concerned}
        if problems:
            return None, problems
        return self._changed(msgspec.structs.replace(enquiry.lead(), consents=consents), keys), {}

    def _left_of_consents(self, value: str) -> tuple[Consent, ...] | None:
        """The consents when only these ids remain given; None if one of them is not given now."""
        wanted = {one.strip() for one in value.split(",") if one.strip()}
        left, found = [], set()
        for consent in self._lead.consents:
            # The id of the time, or the one that the CRM has it under now.
            called = {str(consent.id), str(self._form.consent_now(consent.id))} & wanted
            remains = consent.granted and bool(called)
            found |= called if remains else set()
            left.append(msgspec.structs.replace(consent, granted=remains))
        return None if wanted - found else tuple(left)

    def _given(self) -> str:
        given = ", ".join(str(consent.id) for consent in self._lead.consents if consent.granted)
        return f"{_GIVEN}; write consents= and what remains of {given or 'none'}."

    def _changed(self, lead: Lead, keys: set[str]) -> Lead:
        """What was to change, of the corrected lead."""
        attributes = dict(self._lead.attributes)
        for key in (key.removeprefix("attributes.") for key in keys if "." in key):
            attributes.pop(key, None)
            if key in lead.attributes:
                attributes[key] = lead.attributes[key]
        own = {key: getattr(lead, key) for key in keys if key in lead.__struct_fields__}
        return msgspec.structs.replace(self._lead, **own, attributes=attributes)

    def _explained(self, enquiry: Enquiry) -> dict[str, list[str]]:
        """What is wrong, with the options that an operator does not see."""
        found = enquiry.problems()
        for name, question in self._definition.questions.items():
            if enquiry.complaint(name) is not None and isinstance(question, Offer):
                found[json_name(name)].append(f"({', '.join(question.offered)})")
        return found

    def _as_typed(self) -> MultiDict[str, str]:
        """The lead as the form data that would give it."""
        data: MultiDict[str, str] = MultiDict()
        facts: dict[str, Any] = msgspec.to_builtins(self._lead)
        for consent in self._form.consents:
            data[f"{CONSENT}{consent.id}"] = "true"  # not in question here
        for key, value in facts.pop("attributes", {}).items():
            data.setlist(ATTRIBUTE + key, _texts(value))
        facts.pop("consents", None)
        data["tags"] = ",".join(facts.pop("tags", ()))
        for key, value in facts.items():
            if value is not None:
                data.setlist(key, _texts(value))
        return data


def _entries(text: str, known: Collection[str]) -> list[str]:
    """What commas part; a known entry may have commas of its own, as the room 2,5+kk does."""
    parts, entries = text.split(","), []
    while parts:
        lengths = range(len(parts), 1, -1)
        length = next((n for n in lengths if ",".join(parts[:n]) in known), 1)
        entries.append(",".join(parts[:length]))
        del parts[:length]
    return entries


def _texts(value: Any) -> list[str]:
    match value:
        case bool():
            return ["true" if value else "false"]
        case list() | tuple():
            return list(map(str, value))
        case _:
            return [str(value)]
