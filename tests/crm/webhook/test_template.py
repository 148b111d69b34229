"""Bodies of an operator's own: values go into texts, and nowhere else."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.crm.webhook import payload, template
from tests.crm.realgeeks.test_destination import submission

FACTS = payload.facts(
    submission(rooms=("2+kk", "3+kk"), attributes={"has_pets": True, "floor": 3}), None
)


def fill(body: dict[str, Any], *, escape: bool = False, **lead: str) -> dict[str, Any]:
    facts = {**FACTS, "lead": {**FACTS["lead"], **lead}}
    return template.filled(template.checked(body), template.flat(facts), escape=escape)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{lead.name}", "Jana Nováková"),
        ("{lead.rooms}: {lead.attributes.floor}", "2+kk, 3+kk: 3"),
        ("{lead.attributes.has_pets}", "true"),
        ("{form}/{origin.channel}", "riverside/json"),
        ("No. {lead.unit}.", "No. ."),
        ("{ {lead.last_name} {} }", "{ Nováková {} }"),
        ("{lead.attributes.unknown}!", "!"),
    ],
)
def test_what_is_filled_in(text: str, filled: str) -> None:
    assert fill({"text": text}) == {"text": filled}


def test_what_there_is_no_value_for_is_left_out() -> None:
    body = {
        "unit": "{lead.unit}",
        "kept": [1, True, 2.5, "{lead.unit}", {"name": "unit", "value": "{lead.unit}"}],
        "inner": {"unit": "{lead.unit}", "form": "{form}"},
        "said": "unit: {lead.unit}",
    }
    kept = {"kept": [1, True, 2.5], "inner": {"form": "riverside"}, "said": "unit: "}
    assert fill(body) == kept


@given(st.text())
def test_whatever_is_written_stays_a_part_of_its_text(text: str) -> None:
    filled = fill({"a": "<{lead.note}>", "b": ["x"]}, note=text)
    assert filled == {"a": f"<{text}>", "b": ["x"]}
    assert fill({"a": "{lead.first_name}{lead.note}"}, note="{form}", first_name=text) == (
        {"a": text + "{form}"}
    )


@given(st.text(min_size=1))
def test_what_is_escaped_has_no_meaning_in_slack_or_html(text: str) -> None:
    said = fill({"a": "{lead.note}"}, note=text, escape=True)["a"]
    assert not set("<>") & set(said)
    back = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == text


def deep(levels: int, within: object = "y") -> dict[str, Any]:
    body: dict[str, Any] = {"x": within}
    for _ in range(levels):
        body = {"x": body}
    return body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"text": "{lead.__class__}"}, "text: there is no {lead.__class__}"),
        ({"a": [{"b": "{origin.ip}"}]}, "a[0].b: there is no {origin.ip}"),
        ({"a": "{lead.consents.x}"}, "there is no {lead.consents.x}"),
        (deep(10), "at most 200 values, and 10 tables"),
        (deep(100, {}), "at most 200 values, and 10 tables"),
        ({"a": [[]] * 201}, "at most 200 values, and 10 tables"),
        ({"a": ["x"] * 201}, "at most 200 values, and 10 tables"),
        ({"a": float("nan")}, "a: must be a text, a number, true or false"),
    ],
)
def test_what_is_no_body(body: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        template.checked(body)


def test_a_body_within_its_limits() -> None:
    assert json.dumps(fill(deep(9)))
    assert fill({"a": ["x"] * 200})
    assert fill({"a": {}, "b": []}) == {"a": {}, "b": []}
