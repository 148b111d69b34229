"""A submission as other systems get it; docs/webhook.schema.json describes all of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec

from frontdesk.config import Form
from frontdesk.model.lead import Submission
from frontdesk.model.record import Record
from frontdesk.model.turns import others

VERSION: Final = 1
RECEIVED, DELIVERED = "enquiry.received", "enquiry.delivered"
# Of where it came from, what stays with us: whose computer it was, and what only we can read.
OURS: Final = ("ip", "message", "api_key")

Json = dict[str, Any]


def received(submission: Submission, form: Form | None) -> Json:
    """The message that an enquiry came in. `form` is None where it is not configured any more."""
    return _event(RECEIVED, submission.at, facts(submission, form))


def delivered(
    submission: Submission, form: Form | None, record: Record, last: Collection[str]
) -> Json:
    """The message that all others have it: which ones, since when, and its ids there.

    `last`: see others.
    """
    before = others(record, last).items()
    arrived = {name: one for name, one in before if one.state == "delivered"}
    told = [
        {
            "destination": name,
            "at": delivery.ended_at,
            "customer_id": delivery.customer_id,
            "inquiry_id": delivery.inquiry_id,
        }
        for name, delivery in sorted(arrived.items())
    ]
    deliveries = [{key: one for key, one in each.items() if one is not None} for each in told]
    at = max((d.ended_at for d in arrived.values() if d.ended_at), default=submission.at)
    data = {**facts(submission, form), "deliveries": msgspec.to_builtins(deliveries)}
    return _event(DELIVERED, at, data)


def facts(submission: Submission, form: Form | None) -> Json:
    """What there is to tell of a submission, as in the journal's line."""
    told: Json = msgspec.to_builtins(submission)
    origin = {name: value for name, value in told["origin"].items() if name not in OURS}
    named = {name: told[name] for name in ("id", "at", "form", "lead")}
    marketing = form and form.marketing(
        [form.consent_now(one.id) for one in submission.lead.consents if one.granted]
    )
    said = {} if marketing is None else {"marketing": marketing}
    return {**named, **said, "origin": origin}


def _event(kind: str, at: datetime, data: Json) -> Json:
    return {
        "type": kind,
        "version": VERSION,
        "timestamp": msgspec.to_builtins(at),
        "data": data,
    }
