"""HTML and JSON are read by the same questions: the same verdict, the same words, the same lead."""

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from frontdesk.config import Form
from frontdesk.config.asked import problems
from frontdesk.config.fields import BUILT_IN, CONTACT
from frontdesk.intake.definition import ATTRIBUTE, CONSENT, Definition
from frontdesk.intake.enquiry import Enquiry, from_form, from_json
from frontdesk.intake.layout import layout
from frontdesk.intake.questions.base import Channel
from frontdesk.intake.questions.choices import Choices, YesNo
from frontdesk.intake.text import TEXT_LIMIT


def options(*values: str) -> list[dict[str, str]]:
    return [{"value": value, "label": value.title()} for value in values]


BOUNDS = {"min": "2026-01-01", "max": "2030-12-31"}
FORM: dict[str, Any] = {
    "title": "Riverside",
    "destinations": ["crm"],
    "languages": ["en", "cs"],
    "phone_region": "CZ",
    "currency": "CZK",
    "units": ["A.101", "B, 2"],
    "rooms": ["1+kk", "2,5+kk"],
    "consents": [
        {"id": 2, "label": {"en": "Data", "cs": "Údaje"}, "required": True},
        {"id": 1, "label": {"en": "News", "cs": "Novinky"}},
    ],
    "attributes": [
        {"key": "floor", "type": "integer", "label": "Floor", "min": 1, "max": 12},
        {"key": "area", "type": "decimal", "label": "Area", "required": True},
        {
            "key": "moves",
            "type": "date",
            "label": "Moves",
            "min": "2026-01-01",
            "max": "2030-12-31",
        },
        {"key": "parking", "type": "boolean", "label": "Parking"},
        {"key": "view", "type": "select", "label": "View", "options": options("river", "park")},
        {
            "key": "extras",
            "type": "multiselect",
            "label": "Extras",
            "options": options("cellar", "loft"),
        },
        {"key": "heard", "type": "string", "label": "Heard of us"},
        {"key": "test", "type": "integer", "label": "Test", "hidden": True},
    ],
}
DEFINITIONS = {one: Definition(Form.model_validate(FORM), one) for one in ("en", "cs")}
NAMES = [name for name in DEFINITIONS["en"].questions if not name.startswith((ATTRIBUTE, CONSENT))]
KEYS = [attribute["key"] for attribute in FORM["attributes"]]

hostile = st.sampled_from(
    [
        *("", " ", "\u200b", "\x00", "\ud800", "\u202e", "🏠" * 2_600, "a" * (TEXT_LIMIT + 1)),
        *("9" * 5_000, "1e400", "-1", "0", "٨", "1,5", "8 500 000 Kč", "8.500.00", "8 mil."),
        *(
            "jana@example.com",
            "JANA@EXAMPLE.COM",
            "mailto:jana@example.com",
            "jana@",
            "@",
            "a@b.cz",
        ),
        *("777 123 456", "+420 777 123 456", "777 123 456 linka 12", "112", "777123456/7"),
        *("2026-03-17", "2026-02-30", "1999-01-01", "A.101", "B, 2", "C.7", "2,5+kk", "river"),
        *("true", "on", "cs", "cs-CZ", "xx", "sh", "a,b,,a", "e\u0301" * 40, "line\r\nline\nline"),
    ]
)
texts = hostile | st.text(max_size=40)
numbers = st.integers() | st.floats() | st.sampled_from([0, 1, 8_500_000, 10**13, 10**400, 1e300])
deep = st.recursive(st.none() | st.booleans() | numbers | texts, st.lists, max_leaves=6)
anything = texts | numbers | deep | st.dictionaries(texts, deep, max_size=2)
bodies = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NAMES, anything),
        "consents": st.lists(st.sampled_from([1, 2, 3, True, "2", None]), max_size=4) | anything,
        "attributes": st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, anything)) | deep,
        "token": anything,
        "captcha": anything,
        "colour": anything,
    },
)
channels = st.sampled_from(["html", "json"])


def as_sent(definition: Definition, body: dict[str, Any]) -> MultiDict[str, str] | None:
    """The same as a browser would send it; None where no browser can."""
    data: MultiDict[str, str] = MultiDict()
    answers = {name: body[name] for name in NAMES if name in body}
    attributes = {} if body.get("attributes") is None else body["attributes"]
    if not isinstance(attributes, dict) or "colour" in body:
        return None
    beside = (body.get(name) for name in ("token", "captcha"))
    if not all(value is None or isinstance(value, str) for value in beside):
        return None
    answers |= {ATTRIBUTE + key: value for key, value in attributes.items()}
    known = Definition(definition.form, definition.language, whole=True).questions
    for name, value in answers.items():
        if value is None:
            continue
        question = known[name]
        if isinstance(question, YesNo):
            sent = [str(value).lower()] if isinstance(value, bool) else None
        elif isinstance(question, Choices):
            sent = value if isinstance(value, list) and "" not in value else None
            if sent is not None and not all(isinstance(item, str) for item in sent):
                return None
        else:
            sent = [value] if isinstance(value, str) else None
        if sent is None:
            return None
        data.setlist(name, sent)
    consents = [] if body.get("consents") is None else body["consents"]
    if not isinstance(consents, list):
        return None
    for consent in consents:
        if type(consent) is not int or f"{CONSENT}{consent}" not in definition.questions:
            return None
        data[f"{CONSENT}{consent}"] = "true"
    return data


def verdict(enquiry: Enquiry) -> tuple[object, ...]:
    well = enquiry.check()
    return well, enquiry.problems(), enquiry.ignored(), enquiry.lead()


@given(bodies, channels, st.sampled_from(["en", "cs"]))
@example({"rooms": ["2,5+kk"], "consents": [2], "first_name": "Jana"}, "json", "en")
@example({"rooms": [" "]}, "html", "en")
def test_both_readers_agree(body: dict[str, Any], channel: Channel, language: str) -> None:
    definition = DEFINITIONS[language]
    told = verdict(from_json(definition, body, channel))
    data = as_sent(definition, body)
    if data is not None:
        assert verdict(from_form(definition, data, channel)) == told


@st.composite
def choices_of_fields(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Any `fields` that the configuration takes for a form like this."""
    visible = [attribute["key"] for attribute in FORM["attributes"] if "hidden" not in attribute]
    named = st.lists(st.sampled_from([*BUILT_IN, *visible]), unique=True)
    names = dict.fromkeys([*draw(named), draw(st.sampled_from(CONTACT)), "area"])
    entries: list[dict[str, Any]] = []
    for name in draw(st.permutations(list(names))):
        entry: dict[str, Any] = {"name": name}
        if name in BUILT_IN and not (name in CONTACT and names.keys() & {*CONTACT} == {name}):
            entry |= draw(st.sampled_from([{}, {"required": True}, {"required": False}]))
        if name == "unit" and not entry.get("required"):
            entry |= draw(st.sampled_from([{}, {"hidden": True}]))
        entries.append(entry | draw(st.sampled_from([{}, {"width": "third"}, {"hint": "So."}])))
    return entries


@given(choices_of_fields(), bodies, channels)
def test_they_agree_whatever_the_form_asks_for(
    fields: list[dict[str, Any]], body: dict[str, Any], channel: Channel
) -> None:
    form = Form.model_validate({**FORM, "fields": fields})
    assert not list(problems(form, {}))
    definition = Definition(form, "en")
    enquiry = from_json(definition, body, channel)
    told = verdict(enquiry)
    data = as_sent(definition, body)
    if data is not None:
        assert verdict(from_form(definition, data, channel)) == told
    # Nobody is asked to fill in what is not there, and the page shows all that it asks for.
    shown = {row.name for group in layout(enquiry) for row in group.rows}
    wrong = {name for name in definition.questions if enquiry.complaint(name)}
    assert {name for name in wrong if not name.startswith(CONSENT)} <= shown


@given(st.dictionaries(st.sampled_from([*NAMES, *KEYS, "consent_2"]), st.lists(texts, max_size=3)))
def test_whatever_a_browser_sends_is_understood_or_complained_of(
    sent: dict[str, list[str]],
) -> None:
    """What stands in the fields, where the form comes back, is read as it was the first time."""
    definition = DEFINITIONS["en"]
    data: MultiDict[str, str] = MultiDict()
    for name, values in sent.items():
        data.setlist(ATTRIBUTE + name if name in KEYS else name, values)
    first = from_form(definition, data)
    well = first.check()
    again = Enquiry(definition, "html")
    again.typed = {name: first.shown(name) for name in first.typed}
    assert again.check() == well
    assert again.problems() == first.problems()
    if well:
        assert again.lead() == first.lead()


def test_an_enquiry_keeps_nothing_of_another() -> None:
    first = from_form(
        DEFINITIONS["en"],
        MultiDict({"first_name": "Jana", "email": "broken", "rooms": "1+kk", "price_max": "5 000"}),
    )
    assert not first.check()
    second = from_form(DEFINITIONS["en"], MultiDict({"first_name": "Petr"}))
    assert not second.check()
    assert (first.answer("first_name"), second.answer("first_name")) == ("Jana", "Petr")
    assert first.problems()["email"] != second.problems()["email"]
    assert (first.answer("price_max"), second.answer("price_max")) == (5_000, None)
    rooms = first.answer("rooms")
    assert isinstance(rooms, list)
    rooms.append("of somebody else")
    third = from_form(DEFINITIONS["en"], MultiDict({"rooms": "1+kk"}))
    third.check()
    assert third.answer("rooms") == ["1+kk"]
    assert second.shown("rooms") == []


@pytest.mark.parametrize("language", ["en", "cs"])
def test_a_definition_speaks_its_language(language: str) -> None:
    enquiry = from_form(DEFINITIONS[language], MultiDict({"email": "jana@"}))
    enquiry.check()
    (said,) = enquiry.problems()["email"]
    assert said.startswith({"en": "This email", "cs": "E-mailová adresa"}[language])


def test_a_day_is_told_with_its_bounds() -> None:
    enquiry = from_json(DEFINITIONS["en"], {"attributes": {"moves": str(date(1999, 1, 1))}})
    enquiry.check()
    (said,) = enquiry.problems()["attributes.moves"]
    assert "January 1, 2026" in said
    assert "December 31, 2030" in said
