"""What was sent to a CRM, or a mail server, and what it answered, as the journal keeps it."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from frontdesk.model.lead import Whole

BODY_KEPT = 4096  # characters of a CRM's answer; Realpad's support asks for it


class Request(Struct, frozen=True, omit_defaults=True, gc=False):
    """A request to a CRM without its credentials; `credentials` says where these belong."""

    url: str
    # `login` and `password` in the form; RFC 7617; or in the path, and a signature of a webhook
    credentials: Literal["form", "basic", "signed"]
    method: str = "POST"
    form: dict[str, str] = {}
    json: Any = None


class Answer(Struct, frozen=True, gc=False):
    """What a CRM, or a mail server, answered.

    `status`: of HTTP; of SMTP from a mail server. `seconds`: how long it took. `body`: its start,
    see BODY_KEPT.
    """

    status: Whole
    seconds: float
    body: str

    @property
    def said(self) -> str:
        """The body for people: the `error` of a JSON document that has one, else all of it."""
        try:
            return msgspec.json.decode(self.body, type=_Said).error.strip()
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return self.body.strip()


class _Said(Struct):
    error: str
