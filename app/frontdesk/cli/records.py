"""Records at a terminal: a line of a table, and values in one line."""

from typing import Any

from frontdesk.model.record import Record
from frontdesk.operations.find import short
from frontdesk.operations.record import remark

COLUMNS = ("received (UTC)", "id", "form", "state", "name", "contact", "unit", "remark")


def subject(record: Record) -> str:
    """Who it is about, in a few words; of a revocation, whose consent is revoked."""
    if record.submission is not None:
        return record.submission.lead.name
    wanted = record.revocation
    return f"revokes consent {wanted.consent}" if wanted else ""


def row(record: Record) -> tuple[str, ...]:
    """A record under COLUMNS."""
    submission, wanted = record.submission, record.revocation
    if wanted is not None:
        named = short(wanted.submission) if wanted.submission else ""  # nobody once erased
        whose = wanted.email or wanted.customer or named
        at = f"{wanted.at:%Y-%m-%d %H:%M:%S}"
        told = subject(record), whose, "", remark(record)
        return (at, short(record.id), "", record.state, *told)
    if submission is None:
        return ("", short(record.id), "", record.state, "", "", "", "its first line is missing")
    lead = submission.lead
    return (
        f"{submission.at:%Y-%m-%d %H:%M:%S}",
        short(submission.id),
        submission.form,
        record.state,
        lead.name,
        lead.email or lead.phone or "",
        lead.unit or "",
        remark(record),
    )


def shown(value: Any) -> str:
    """A value of a lead or an event in one line."""
    match value:
        case dict():
            return "  ".join(f"{key}={shown(item)}" for key, item in value.items())
        case list() | tuple() if all(isinstance(item, dict) for item in value):
            return "; ".join(map(shown, value))
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value).strip()
