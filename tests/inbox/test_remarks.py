"""Why an enquiry is held is written in English, and read in the language of whoever looks."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from frontdesk.crm.confirmation.rules import Reason
from frontdesk.inbox.record.remarks import held_because, withheld_because
from frontdesk.model.holds import HOLDS, Hold
from tests.support import Site
from tests.test_i18n import TRANSLATED

DAY = datetime(2026, 3, 1, tzinfo=UTC)
REASONS = {code: text.format(day=DAY) for code, text in HOLDS.items()}


def test_every_code_has_a_reason() -> None:
    assert [*HOLDS] == [*get_args(Hold)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_reason_is_said_in_the_language_by_its_code(inbox: Site, language: str) -> None:
    with inbox.app.test_request_context(headers={"Accept-Language": language}):
        said = {code: held_because(text, code) for code, text in REASONS.items()}
        assert [code for code in HOLDS if said[code] == REASONS[code]] == []
        assert str(DAY.date()) in said["old"]
        # However it is worded in the journal, now or later.
        assert {c: held_because(f"in other words, {DAY.date()}", c) for c in HOLDS} == said


@pytest.mark.parametrize("language", TRANSLATED)
def test_lines_from_before_there_were_codes_are_known_by_their_sentences(
    inbox: Site, language: str
) -> None:
    with inbox.app.test_request_context(headers={"Accept-Language": language}):
        for code, text in REASONS.items():
            assert held_because(text, None) == held_because(text, code)
        assert held_because("spam suspected", None) != "spam suspected"


def test_what_is_not_known_is_said_as_the_journal_has_it(inbox: Site) -> None:
    with inbox.app.test_request_context(headers={"Accept-Language": "de"}):
        assert held_because("the moon is full", None) == "the moon is full"
        assert held_because("the moon is full", "moon") == "the moon is full"
        assert held_because("a message, too old", "old") == "a message, too old"


@pytest.mark.parametrize("language", TRANSLATED)
def test_why_something_is_withheld_is_said_in_the_language(inbox: Site, language: str) -> None:
    known = [*get_args(Reason), "the mail server does not take the address (550 5.1.1)"]
    with inbox.app.test_request_context(headers={"Accept-Language": language}):
        assert [reason for reason in known if withheld_because(reason) == reason] == []
        assert "(550 5.1.1)" in withheld_because(known[-1])
