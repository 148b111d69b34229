"""Why an enquiry is held is written in English, and read in the language of whoever looks."""

import ast
import inspect
from collections.abc import Iterator
from typing import get_args

import pytest

from frontdesk.crm.confirmation.rules import Reason
from frontdesk.crm.realgeeks import webhook
from frontdesk.inbox.record.remarks import held_because, withheld_because
from frontdesk.intake import submit
from tests.support import Site
from tests.test_i18n import TRANSLATED

DAY = "2026-03-01"
HELD = ("held", "(held")  # alone, or together with something else


def reasons() -> Iterator[str]:
    """All that what takes enquiries in may give for a reason; a day stands where one is told."""
    for module in (submit, webhook):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith(HELD):
                match node.value.elts[0] if isinstance(node.value, ast.Tuple) else node.value:
                    case ast.Constant(value=str(text)):
                        yield text
                    case ast.JoinedStr(values=parts):
                        texts = (p.value if isinstance(p, ast.Constant) else DAY for p in parts)
                        yield "".join(map(str, texts))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_reason_is_said_in_the_language(inbox: Site, language: str) -> None:
    known = [*reasons()]
    assert len(known) == 9
    with inbox.app.test_request_context(headers={"Accept-Language": language}):
        assert [reason for reason in known if held_because(reason) == reason] == []
        assert DAY in " ".join(map(held_because, known))


@pytest.mark.parametrize("language", TRANSLATED)
def test_why_something_is_withheld_is_said_in_the_language(inbox: Site, language: str) -> None:
    known = [*get_args(Reason), "the mail server does not take the address (550 5.1.1)"]
    with inbox.app.test_request_context(headers={"Accept-Language": language}):
        assert [reason for reason in known if withheld_because(reason) == reason] == []
        assert "(550 5.1.1)" in withheld_because(known[-1])
