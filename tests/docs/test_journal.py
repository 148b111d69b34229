"""docs/journal.md has every event with its fields, and lines that can be read."""

from typing import Any, get_args

import msgspec
import pytest

from frontdesk.intake import complaint, tally
from frontdesk.intake.captcha import BLOCKED, Verdict
from frontdesk.model.codec import decode
from frontdesk.model.events import AnyEvent, Event, Refusal
from frontdesk.model.exchange import Answer, Request
from frontdesk.model.lead import Attribution, Lead, Message, Origin
from tests.docs import pages

DOCUMENT = "docs/journal.md"
EVENTS: dict[str, type[Any]] = {kind.__struct_config__.tag: kind for kind in get_args(AnyEvent)}
COMMON = {field.name for field in msgspec.structs.fields(Event)}


def documented(heading: str) -> set[str]:
    """The fields in the table of a section."""
    return {name for row in pages.rows(pages.own(DOCUMENT, heading)) for name in pages.code(row[0])}


def fields(kind: type[Any]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize("tag", EVENTS)
def test_every_event_is_documented_with_its_fields(tag: str) -> None:
    assert documented(f"`{tag}`") == fields(EVENTS[tag]) - COMMON


@pytest.mark.parametrize("tag", EVENTS)
def test_every_event_has_a_line_that_can_be_read(tag: str) -> None:
    (example,) = [
        block
        for block in pages.blocks(DOCUMENT, "json")
        if block in pages.section(DOCUMENT, f"`{tag}`")
    ]
    for line in example.splitlines():
        assert isinstance(decode(line.encode()), EVENTS[tag])
        assert set(msgspec.json.decode(line)) <= fields(EVENTS[tag]) | {"v", "event"}


def test_only_events_have_a_heading() -> None:
    below = pages.section(DOCUMENT, "Events").splitlines()
    headings = {line.removeprefix("### ") for line in below if line.startswith("### `")}
    assert headings == {f"`{tag}`" for tag in EVENTS}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("lead", Lead),
        ("origin", Origin),
        ("attribution", Attribution),
        ("message", Message),
        ("request", Request),
        ("answer", Answer),
        ("count", Refusal),
    ],
)
def test_the_parts_of_events_are_documented(heading: str, kind: type[Any]) -> None:
    in_first_column = {
        name for row in pages.rows(pages.own(DOCUMENT, heading)) for name in pages.code(row[0])
    }
    assert in_first_column == fields(kind)


def test_every_reason_of_a_refusal_is_documented() -> None:
    table = pages.rows(pages.section(DOCUMENT, "Why enquiries are refused"))
    captchas = {BLOCKED, *(verdict.value for verdict in Verdict)} - {Verdict.PASSED.value}
    reasons = [*get_args(tally.Reason), *get_args(complaint.Code), *captchas]
    assert sorted(code for row in table for code in pages.code(row[0])) == sorted(reasons)


def test_what_every_line_has_is_documented() -> None:
    assert documented("Lines") == COMMON | {"v", "event"}
