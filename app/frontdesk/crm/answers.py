"""What is kept of an answer: its start, without our credentials, which some servers quote."""

import html
import json
import time
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from frontdesk.model.exchange import BODY_KEPT, Answer


class Answers:
    """Of one account."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled = {text for secret in filter(None, secrets) for text in _spellings(secret)}
        self._secrets = sorted(spelled, key=len, reverse=True)

    def kept(self, status: int, text: str, began: float) -> Answer:
        """An answer that has just come. `began`: when it was asked for, of `time.monotonic()`."""
        seconds = round(time.monotonic() - began, 3)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        # Cut last, so that no half of a credential is left at the end.
        return Answer(status, seconds, text[:BODY_KEPT])


def _spellings(secret: str) -> Iterator[str]:
    """How a page, a log or a JSON document may quote it."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), html.escape(secret))
    yield from (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
