"""Hidden attributes: what the page says for its campaigns and tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.intake.correction import Correction
from frontdesk.model.lead import Lead
from tests.intake.desk import errors_of, lead_of, page_of, running_desk, submit
from tests.support import FLOOR, FORM, Site

JSON = {"Accept": "application/json"}
BOUNDS = {"integer": "min = 2\nmax = 99", "date": "min = 2026-01-01"}
TYPES = ("boolean", "string", "integer", "decimal", "date", "select", "multiselect")
OPTIONS = 'options = [{ value = "a", label = "A" }, { value = "b", label = "B" }]'
HIDDEN = "\n".join(
    f'[[forms.riverside.attributes]]\nkey = "h_{kind}"\ntype = "{kind}"\nhidden = true\n'
    f"{BOUNDS.get(kind, '')}{OPTIONS if 'select' in kind else ''}"
    for kind in TYPES
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_desk(
        tmp_path_factory.mktemp("hidden"), forms=f"{FORM}\n{HIDDEN}\n{FLOOR}"
    ) as site:
        yield site


# What a page says, as text: the answer, or None where it is none.
TEXTS: dict[str, dict[str, Any]] = {
    "boolean": {"true": True, "false": False, "1": True, "no": False, "maybe": None},
    "string": {"summer-2026, b": "summer-2026, b", "x" * 600: "x" * 500, " a\u202e\n": "a"},
    "integer": {"2": 2, "99": 99, "1": None, "100": None, "4.5": None, "-3": None, "two": None},
    "decimal": {"4.50": "4.50", "4,5": "4.5", "1e3": None, "x": None},
    "date": {"2026-03-01": "2026-03-01", "2025-12-31": None, "1.3.2026": None, "soon": None},
    "select": {"b": "b", "c": None, "a,b": None},
    "multiselect": {"a,b": ["a", "b"], "a,a": ["a"], "c": None},
}
# What a program says besides.
VALUES: dict[str, list[tuple[Any, Any]]] = {
    "boolean": [(True, True), (False, False), ({}, None), ([], None)],
    "string": [(7, "7"), (True, "true"), ({}, None)],
    "integer": [(42, 42), (42.5, None), ([42], 42), (None, None)],
    "decimal": [(4.5, "4.5"), (4, "4"), ([], None)],
    "date": [(20260301, None), ("", None)],
    "select": [(["a"], "a"), (["a", "b"], None)],
    "multiselect": [(["a", "b"], ["a", "b"]), (["a", {}], None), ([["a"]], None)],
}


@pytest.mark.parametrize("kind", TYPES)
def test_it_is_read_by_its_type_and_never_refused(site: Site, kind: str) -> None:
    key = f"h_{kind}"
    nothing = {"rooms": None, "note": None}
    for text, answer in TEXTS[kind].items():
        posted = submit(site, **nothing, **{f"attribute_{key}": text}, headers=JSON)
        told = site.enquire(**nothing, attributes={key: text})
        for sent, name in ((posted, f"attribute_{key}"), (told, f"attributes.{key}")):
            lead = lead_of(site, sent)
            assert lead.get("attributes") == (None if answer is None else {key: answer}), text
            # It is named, and what it was is for a person to read.
            assert sent.json().get("ignored") == (None if answer is not None else [name]), text
            assert lead.get("note") == (None if answer is not None else f"{key}: {text}"), text
    for value, answer in VALUES[kind]:
        sent = site.enquire(**nothing, attributes={key: value})
        assert lead_of(site, sent).get("attributes") == (None if answer is None else {key: answer})
        ignored = answer is None and value not in (None, "", [])
        assert ("ignored" in sent.json()) == ignored, value


def test_options_that_there_are_stay_beside_one_that_there_is_not(site: Site) -> None:
    lead = lead_of(site, site.enquire(note="Hello", attributes={"h_multiselect": "a,z"}))
    assert lead["attributes"] == {"h_multiselect": ["a"]}
    assert lead["note"] == "Hello\nh_multiselect: z"


def test_the_pages_mistake_takes_no_room_from_the_visitor(site: Site) -> None:
    sent = site.enquire(note="x" * 4990, attributes={"h_integer": "1" * 30, "h_date": "a"})
    lead = lead_of(site, sent)
    assert lead["note"] == "x" * 4990 + "\nh_date: a"
    assert sent.json()["ignored"] == ["attributes.h_integer", "attributes.h_date"]


def test_the_query_fills_in_what_is_hidden_and_nothing_else(site: Site) -> None:
    query = "attribute_h_string=a+%22b%22&attribute-h_select=z&attribute_floor=3&attribute_x=1"
    page = page_of(site.get(f"/forms/riverside?lang=en&{query}"), 200)
    assert page.value("attribute_h_string") == 'a "b"'
    assert page.value("attribute_h_select") == "z", "it is judged when the form is sent"
    assert page.value("attribute_floor") in (None, "")
    answer = site.get("/forms/riverside?lang=en&attribute_h_string=<script>")
    assert "<script>" not in answer.text
    assert "h_string</label>" not in answer.text, "no question is shown"


def test_a_form_that_comes_back_still_has_it(site: Site) -> None:
    back = submit(site, first_name="", attribute_h_string="summer", attribute_h_date="soon")
    page = page_of(back, 422)
    assert page.value("attribute_h_string") == "summer"
    assert page.value("attribute_h_date") == "soon"


def test_the_schema_lets_it_be_anything(site: Site) -> None:
    attributes = site.get("/forms/riverside/schema").json()["properties"]["attributes"]
    described = attributes["properties"]["h_integer"]
    assert described.keys() == {"title", "description"}
    assert "else ignored" in described["description"]


def test_what_is_not_hidden_is_refused_as_ever(site: Site) -> None:
    assert list(errors_of(site.enquire(attributes={"floor": "up"}))) == ["attributes.floor"]
    assert list(errors_of(site.enquire(attributes={"h_none": "up"}))) == ["attributes.h_none"]


def test_an_operator_is_told(site: Site) -> None:
    state = site.app.extensions["frontdesk"]
    form = state.settings.forms["riverside"]
    lead = Lead("Jana", "Nováková", "en", email="jana@example.com", attributes={"h_integer": 3})
    amended, problems = Correction(form, lead).apply({"attributes.h_integer": "100"})
    assert amended is None
    assert list(problems) == ["attributes.h_integer"]
    amended, problems = Correction(form, lead).apply({"attributes.h_multiselect": "b,a"})
    assert problems == {}
    assert amended is not None
    assert amended.attributes == {"h_integer": 3, "h_multiselect": ["b", "a"]}
