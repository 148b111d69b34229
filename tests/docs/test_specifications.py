"""What is printed beside the CRMs' specifications happens; all that is sent is named."""

import re
from pathlib import Path

import msgspec
import pytest

from frontdesk.crm.realgeeks import api as realgeeks
from frontdesk.crm.realgeeks import destination as realgeeks_destination
from frontdesk.crm.realpad import api as realpad
from frontdesk.crm.realpad import destination as realpad_destination
from frontdesk.crm.realpad import settings as realpad_settings
from frontdesk.sandbox.realgeeks import crm as realgeeks_sandbox
from frontdesk.sandbox.realgeeks.app import ENDPOINTS
from frontdesk.sandbox.realgeeks.sender import Message
from frontdesk.sandbox.realpad import crm as realpad_sandbox
from tests.docs import pages
from tests.docs.session import Terminal, lasting, steps

DOCUMENTS = ("docs/realpad.md", "docs/realgeeks.md")
POINTS = "Point by point"  # the heading of what is a session
PORTS = {"8080", "8090", "8091"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_say_what_is_printed(document: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, PORTS)
    try:
        for step in steps(pages.section(document, POINTS)):
            if step.said is None:
                assert terminal.run(step.command) == ("", 0)
            else:
                assert lasting(terminal.saying(step)) == lasting(step.said), step.command
    finally:
        terminal.close()


def points(document: str) -> list[list[str]]:
    """What a specification asks for, what is done about it, and how it is seen."""
    return [row for row in pages.rows(pages.section(document, POINTS)) if len(row) == 3]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_to_be_seen_is_printed(document: str) -> None:
    printed = "\n".join(body for _, body in pages.fenced(pages.section(document, POINTS)))
    for asked, _, see in points(document):
        assert see, asked
        for piece in pages.code(see):
            assert piece.replace("\\|", "|") in printed, f"{asked}: {piece}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_unconfirmed_says_what_it_rests_on(document: str) -> None:
    text = pages.prose(document)
    marks = re.findall(r"unconfirmed\[\^(\w+)\]", text)
    notes = re.findall(r"^\[\^(\w+)\]: .", text, re.MULTILINE)
    assert set(marks) == set(notes)
    assert len(notes) == len(set(notes)) > 3


def realpad_words() -> set[str]:
    """Endpoints, parameters, keys and statuses; the stand-in refuses a parameter that it lacks."""
    contracts = realpad_sandbox.CONTRACTS
    words = {*contracts, *(name for one in contracts.values() for name in one.parameters)}
    for kind in (realpad.Inquiry, realpad.ConsentType):
        words |= {field.name for field in msgspec.structs.fields(kind)}
    statuses = realpad.ACCOUNT_STATUSES | {realpad_destination.CONFLICT}
    return words | realpad_settings.RESERVED | set(map(str, statuses))


def realgeeks_words() -> set[str]:
    """The same; and what comes from there, as the stand-in sends it."""
    message = Message.of("created", "1")
    words = {*realgeeks_sandbox.TEXTS, *realgeeks_sandbox.ACTIVITY, "activities", "tags"}
    words |= {value for values in realgeeks_sandbox.ALLOWED.values() for value in values}
    words |= {path.rpartition("/")[2] for _, path in ENDPOINTS.values() if path[-1] != ">"}
    words |= {method for method, _ in ENDPOINTS.values()}
    words |= {*msgspec.json.decode(message.body)}
    words |= {header for header in message.signed("") if header.startswith("X-")}
    statuses = realgeeks.ACCOUNT_STATUSES | {
        realgeeks_destination.FORBIDDEN,
        realgeeks_destination.NOT_FOUND,
        realgeeks_destination.CONFLICT,
    }
    return words | set(map(str, statuses))


@pytest.mark.parametrize(
    ("document", "words"),
    [("docs/realpad.md", realpad_words()), ("docs/realgeeks.md", realgeeks_words())],
    ids=DOCUMENTS,
)
def test_all_that_is_sent_is_named(document: str, words: set[str]) -> None:
    text = pages.prose(document)
    spans = "\n".join(span for line in text.splitlines() for span in pages.code(line))
    numbers = {word for word in words if word.isdigit()}
    assert {word for word in words - numbers if not re.search(rf"\b{word}\b", spans)} == set()
    assert {number for number in numbers if not re.search(rf"\b{number}\b", text)} == set()
