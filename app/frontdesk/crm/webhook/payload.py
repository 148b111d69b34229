"""A submission as other systems get it; docs/webhook.schema.json describes all of it."""

from typing import Any, Final

import msgspec

from frontdesk.config import Form
from frontdesk.model.lead import Submission

VERSION: Final = 1
RECEIVED: Final = "enquiry.received"
# Of where it came from, what stays with us: whose computer it was, and what only we can read.
OURS: Final = ("ip", "message", "api_key")

Json = dict[str, Any]


def received(submission: Submission, form: Form | None) -> Json:
    """The message that an enquiry came in. `form` is None where it is not configured any more."""
    return _event(RECEIVED, submission, facts(submission, form))


def facts(submission: Submission, form: Form | None) -> Json:
    """What there is to tell of a submission, as in the journal's line."""
    told: Json = msgspec.to_builtins(submission)
    origin = {name: value for name, value in told["origin"].items() if name not in OURS}
    named = ("id", "at", "form", "lead")
    return {**{name: told[name] for name in named}, "origin": origin}


def _event(kind: str, submission: Submission, data: Json) -> Json:
    at = msgspec.to_builtins(submission.at)
    return {"type": kind, "version": VERSION, "timestamp": at, "data": data}
