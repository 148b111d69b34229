"""A submission in the words of Real Geeks: a lead's fields, and notes for all else.

Source: Real Geeks' specification, "Leads"; the activities from its page "Activities".
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat

from frontdesk.config import Attribute, Form, localized
from frontdesk.crm.realgeeks.settings import ASKED_BY, Asked, RealGeeksForm
from frontdesk.intake.contact import read_email, read_phone
from frontdesk.lead import AttributeValue, Submission

Fields = dict[str, Any]
NORTH_AMERICA = 1  # the country code of the United States, Canada and others
AGAIN = "Sent again:"
VALUED = "Asked what this property is worth:"


def new_lead(submission: Submission, form: Form | None) -> Fields:
    """All that creates a lead, or a potential seller, who is one without a contact and a role.

    `form` is None where it is not configured any more.
    """
    section = section_of(submission, form)
    at = timestamp(submission.at)
    activities = _told(submission, form, created=at)
    if section.assign_to:
        text, user = "Assigned by the form", {"id": section.assign_to}
        activities.append(_activity(section, "was_assigned", text, created=at, user=user))
    identity = {"id": str(submission.id), "created": at}
    return _given({**identity, **changes(submission, form), "activities": activities})


def changes(submission: Submission, form: Form | None) -> Fields:
    """What brings a lead up to date that is there; what it has no value for is left alone."""
    lead, section = submission.lead, section_of(submission, form)
    return _given(
        {
            "source": section.source,
            "source_details": _source_details(submission),
            "first_name": lead.first_name,
            "last_name": lead.last_name,
            "email": lead.email,
            "phone": lead.phone and phone(lead.phone),
            **_asked(submission, form),
            "role": _role(submission, form),
            "region": section.region,
            "timeframe": section.timeframe,
            "urgency": section.urgency,
            "status": section.status,
            "notes": lead.note,
            "tags": list(dict.fromkeys([*section.tags, *lead.tags])),
        }
    )


def _asked(submission: Submission, form: Form | None) -> Fields:
    """Fields for which the form has questions of its own; what they do not take is in a note."""
    found: Fields = {}
    if submission.lead.anonymous:  # with one of these it would be somebody, and no more than that
        return found
    for name, key in section_of(submission, form).fields.items():
        text = submission.lead.attributes.get(key)
        if form and isinstance(text, str) and (value := _value(name, text, form.phone_region)):
            found[name] = value
    return found


def _value(name: Asked, text: str, region: str) -> str | None:
    match name:
        case "second_email":
            return read_email(text)
        case "phone2":
            readings = read_phone(text, region).readings
            return phone(readings[0]) if len(readings) == 1 else None
        case _:
            return text


def notes_again(submission: Submission, form: Form | None) -> list[Fields]:
    """The activities that tell once more what there are no fields for."""
    told = _told(submission, form, created=None)
    return [{**each, "description": f"{AGAIN}\n{each['description']}"} for each in told]


def _told(submission: Submission, form: Form | None, created: str | None) -> list[Fields]:
    """What there are no fields for, as activities: the property, then notes."""
    section, told = section_of(submission, form), []
    if valued := _property(submission, form):
        kind, text = section.property_activity, _valued(submission, form)
        told = [_activity(section, kind, text, property=valued, created=created)]
    notes = _notes(submission, form)
    return told + [_activity(section, "note", note, created=created) for note in notes]


def _role(submission: Submission, form: Form | None) -> str | None:
    """The form's; a potential seller's is known by where it is sent."""
    section = section_of(submission, form)
    if submission.lead.anonymous:
        return None
    sells = form is not None and form.kind == "valuation" and "role" not in section.model_fields_set
    return "Seller" if sells else section.role


def _property(submission: Submission, form: Form | None) -> Fields:
    """Fields of the property that the form asks for; what they do not take is in a note."""
    asked, answers = section_of(submission, form).property, submission.lead.attributes
    read = {name: _figure(name, answers.get(key)) for name, key in asked.items()}
    return {name: value for name, value in read.items() if value is not None}


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


def _valued(submission: Submission, form: Form | None) -> str:
    """The property in words, for people and for fields that Real Geeks does not know."""
    asked, sent = section_of(submission, form).property, _property(submission, form)
    keys = _keys(asked, sent)
    answers = {k: v for k, v in submission.lead.attributes.items() if k in keys}
    return "\n".join([VALUED, *_answers(answers, form)])


def _keys(asked: Mapping[Any, str], sent: Fields) -> set[str]:
    """The attributes that fields were made of."""
    return {key for name, key in asked.items() if name in sent}


def section_of(submission: Submission, form: Form | None) -> RealGeeksForm:
    """What the form adds; the source is required, so there always is one."""
    section = form.crm["realgeeks"] if form else RealGeeksForm()
    return section if section.source else section.model_copy(update={"source": submission.form})


def _given(fields: Fields) -> Fields:
    return {key: value for key, value in fields.items() if value}


def _activity(section: RealGeeksForm, kind: str, description: str, **more: Any) -> Fields:
    what = {"type": kind, "source": section.source, "description": description}
    return _given({**what, **more})


def _notes(submission: Submission, form: Form | None) -> Iterator[str]:
    """One of what is wanted, and one of what was agreed to."""
    for lines in (_wanted(submission, form), _agreed(submission)):
        if note := "\n".join(lines):
            yield note


def _wanted(submission: Submission, form: Form | None) -> Iterator[str]:
    lead = submission.lead
    if lead.unit:
        yield f"Unit: {lead.unit}"
    if lead.rooms:
        yield f"Rooms: {', '.join(lead.rooms)}"
    if lead.price_max is not None:
        currency = f"{form.currency} " if form else ""
        yield f"Highest price: {currency}{lead.price_max:,}"
    section = section_of(submission, form)
    told = _keys(section.fields, _asked(submission, form))
    told |= _keys(section.property, _property(submission, form))
    yield from _answers({k: v for k, v in lead.attributes.items() if k not in told}, form)
    yield f"Language: {lead.language}"


def _answers(answers: Mapping[str, AttributeValue], form: Form | None) -> Iterator[str]:
    asked = {attribute.key: attribute for attribute in form.attributes} if form else {}
    language = form.languages[0] if form else "en"
    for key, value in answers.items():
        if value not in ("", []):  # false and 0 are answers
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
