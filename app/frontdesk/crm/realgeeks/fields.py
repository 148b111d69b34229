"""A submission in the words of Real Geeks: a lead's fields, and notes for all else.

Source: Real Geeks' specification, "Leads"; the activities from its page "Activities".
"""

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat

from frontdesk.config import Attribute, Form, localized
from frontdesk.crm.realgeeks.settings import ASKED_BY, Asked, RealGeeksForm
from frontdesk.intake.contact import read_email, read_phone
from frontdesk.model.lead import AttributeValue, Submission

Fields = dict[str, Any]
NORTH_AMERICA = 1  # the country code of the United States, Canada and others
AGAIN = "Sent again:"
VALUED = "Asked what this property is worth:"


class _Facts(NamedTuple):
    """A submission, what its form adds, and what of its answers goes into fields.

    `form` is None where it is not configured any more.
    """

    submission: Submission
    form: Form | None
    section: RealGeeksForm
    of_lead: Fields  # for which the form has questions of its own
    of_property: Fields

    @property
    def property_keys(self) -> set[str]:
        """The attributes that became fields of the property."""
        return {key for name, key in self.section.property.items() if name in self.of_property}

    @property
    def keys(self) -> set[str]:
        """The attributes that became fields; all others are told in a note."""
        own = {key for name, key in self.section.fields.items() if name in self.of_lead}
        return own | self.property_keys


def new_lead(submission: Submission, form: Form | None) -> Fields:
    """All that creates a lead, or a potential seller, who is one without a contact and a role."""
    facts = _facts(submission, form)
    section, at = facts.section, timestamp(submission.at)
    activities = _told(facts, created=at)
    if section.assign_to:
        text, user = "Assigned by the form", {"id": section.assign_to}
        activities.append(_activity(section, "was_assigned", text, created=at, user=user))
    identity = {"id": str(submission.id), "created": at}
    return _given({**identity, **_changes(facts), "activities": activities})


def changes(submission: Submission, form: Form | None) -> Fields:
    """What brings a lead up to date that is there; what it has no value for is left alone."""
    return _changes(_facts(submission, form))


def notes_again(submission: Submission, form: Form | None) -> list[Fields]:
    """The activities that tell once more what there are no fields for."""
    told = _told(_facts(submission, form), created=None)
    return [{**each, "description": f"{AGAIN}\n{each['description']}"} for each in told]


def _facts(submission: Submission, form: Form | None) -> _Facts:
    section = form.crm["realgeeks"] if form else RealGeeksForm()
    if not section.source:  # which is required, so there always is one
        section = section.model_copy(update={"source": submission.form})
    answers = submission.lead.attributes
    fields, region = {}, form.phone_region if form else ""
    if not submission.lead.anonymous:  # with one of these it would be somebody, and no more
        fields = {name: _value(name, answers.get(k), region) for name, k in section.fields.items()}
    figures = {name: _figure(name, answers.get(key)) for name, key in section.property.items()}
    given = {name: figure for name, figure in figures.items() if figure is not None}
    return _Facts(submission, form, section, _given(fields), given)


def _changes(facts: _Facts) -> Fields:
    lead, section = facts.submission.lead, facts.section
    return _given(
        {
            "source": section.source,
            "source_details": _source_details(facts.submission),
            "first_name": lead.first_name,
            "last_name": lead.last_name,
            "email": lead.email,
            "phone": lead.phone and phone(lead.phone),
            **facts.of_lead,
            "role": _role(facts),
            "region": section.region,
            "timeframe": section.timeframe,
            "urgency": section.urgency,
            "status": section.status,
            "notes": lead.note,
            "tags": list(dict.fromkeys([*section.tags, *lead.tags])),
        }
    )


def _value(name: Asked, answer: AttributeValue | None, region: str) -> str | None:
    """An answer as a field of the lead takes it, if it does."""
    if not isinstance(answer, str):
        return None
    match name:
        case "second_email":
            return read_email(answer)
        case "phone2":
            readings = read_phone(answer, region).readings
            return phone(readings[0]) if len(readings) == 1 else None
        case _:
            return answer


def _told(facts: _Facts, created: str | None) -> list[Fields]:
    """What there are no fields for, as activities: the property, then notes."""
    section, told = facts.section, []
    if facts.of_property:
        kind, text = section.property_activity, _valued(facts)
        told = [_activity(section, kind, text, property=facts.of_property, created=created)]
    return told + [_activity(section, "note", note, created=created) for note in _notes(facts)]


def _role(facts: _Facts) -> str | None:
    """The form's; a potential seller's is known by where it is sent."""
    form, section = facts.form, facts.section
    if facts.submission.lead.anonymous:
        return None
    sells = form is not None and form.kind == "valuation" and "role" not in section.model_fields_set
    return "Seller" if sells else section.role


def _figure(name: str, answer: AttributeValue | None) -> str | int | float | None:
    """An answer in the type of a property's field, whatever its attribute was when it came."""
    kinds = ASKED_BY[name]
    if "string" in kinds:
        return answer if isinstance(answer, str) and answer else None
    if isinstance(answer, int) and not isinstance(answer, bool):
        return answer
    if "decimal" in kinds and isinstance(answer, str) and re.fullmatch(r"\d+(\.\d+)?", answer):
        return float(answer)
    return None


def _valued(facts: _Facts) -> str:
    """The property in words, for people and for fields that Real Geeks does not know."""
    return "\n".join([VALUED, *_answers(facts, facts.property_keys)])


def _given(fields: Fields) -> Fields:
    return {key: value for key, value in fields.items() if value}


def _activity(section: RealGeeksForm, kind: str, description: str, **more: Any) -> Fields:
    what = {"type": kind, "source": section.source, "description": description}
    return _given({**what, **more})


def _notes(facts: _Facts) -> Iterator[str]:
    """One of what is wanted, and one of what was agreed to."""
    for lines in (_wanted(facts), _agreed(facts.submission)):
        if note := "\n".join(lines):
            yield note


def _wanted(facts: _Facts) -> Iterator[str]:
    lead = facts.submission.lead
    if lead.unit:
        yield f"Unit: {lead.unit}"
    if lead.rooms:
        yield f"Rooms: {', '.join(lead.rooms)}"
    if lead.price_max is not None:
        currency = f"{facts.form.currency} " if facts.form else ""
        yield f"Highest price: {currency}{lead.price_max:,}"
    yield from _answers(facts, lead.attributes.keys() - facts.keys)
    yield f"Language: {lead.language}"


def _answers(facts: _Facts, keys: Collection[str]) -> Iterator[str]:
    """The answers to these questions of the form's own, in the order of the submission."""
    form = facts.form
    asked = {attribute.key: attribute for attribute in form.attributes} if form else {}
    language = form.languages[0] if form else "en"
    for key, value in facts.submission.lead.attributes.items():
        if key in keys and value not in ("", []):  # false and 0 are answers
            yield _answer(asked.get(key), key, value, language)


def _answer(asked: Attribute | None, key: str, value: AttributeValue, language: str) -> str:
    """A question of the form's own and its answer, as the form puts them."""
    labels: dict[object, str] = {}
    if asked:
        key = localized(asked.label, language)
        labels = {option.value: localized(option.label, language) for option in asked.options}
    values = value if isinstance(value, list) else [value]
    said = (("yes" if v else "no") if isinstance(v, bool) else labels.get(v, v) for v in values)
    return f"{key}{'' if key.endswith('?') else ':'} {', '.join(map(str, said))}"


def _agreed(submission: Submission) -> Iterator[str]:
    consents = submission.lead.consents
    for consent in consents:
        answer = "Agreed" if consent.granted else "Not agreed"
        yield f"{answer}: {consent.text or f'consent {consent.id}'}"
    if consents:
        origin = submission.origin
        whence = origin.address or origin.source or "an unknown address"
        yield f"On {submission.at:%Y-%m-%d at %H:%M} UTC, from {whence}"


def _source_details(submission: Submission) -> str:
    """Where the lead was generated."""
    origin, campaign = submission.origin, submission.lead.campaign
    parts = [origin.title, origin.page, campaign and f"campaign {campaign}"]
    return ", ".join(part for part in parts if part) or f"form {submission.form}"


def phone(number: str) -> str:
    """An E.164 number as the specification writes them: 808-123-1234, +55 83 1234-1234."""
    try:
        known = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number  # somebody has edited the journal; Real Geeks will say what it thinks of it
    national = str(known.national_number)
    if known.country_code == NORTH_AMERICA and len(national) == 10:
        return f"{national[:3]}-{national[3:6]}-{national[6:]}"
    return phonenumbers.format_number(known, PhoneNumberFormat.INTERNATIONAL)


def timestamp(at: datetime) -> str:
    """ISO 8601 in the manner of the specification's example."""
    return at.isoformat(timespec="seconds")
