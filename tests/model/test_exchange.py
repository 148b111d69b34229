"""What is kept of an exchange with a CRM, and what of it people are told."""

import pytest

from frontdesk.model.exchange import Answer


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Parameter missing.\n", "Parameter missing."),
        ('{"error": "No such role: Kr\\u00e1l"}\n', "No such role: Král"),
        ('{"error": {"code": 5}}', '{"error": {"code": 5}}'),
        ('{"error": "cut in the mid', '{"error": "cut in the mid'),
        ("[" * 4096, "[" * 4096),
        ("{}", "{}"),
        ("", ""),
    ],
)
def test_what_an_answer_says_to_people(body: str, said: str) -> None:
    assert Answer(422, 0.1, body).said == said
