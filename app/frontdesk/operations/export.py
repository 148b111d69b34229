"""Submissions as the rows of a spreadsheet."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from frontdesk.model.record import Record
from frontdesk.operations.record import remark

# What a spreadsheet would take for a formula (OWASP, "CSV injection"). Excel in half of Europe ends
# a cell at `;` or a tab, so these may precede one, too. A telephone number is no formula.
_FORMULA = re.compile(
    r"""(^|[;\t\r\n])
        (?=[\s"']*([=@＝＋－＠] | [+-](?![0-9\ ()]*($|[;\t\r\n]))))""",
    re.VERBOSE,
)
_LEAD = (
    *("first_name", "last_name", "email", "phone", "unit", "rooms", "price_max", "note"),
    *("language", "campaign", "tags"),
)
_ORIGIN = ("channel", "api_key", "source", "ip", "page", "referrer", "title", "user_agent")


def rows(records: Sequence[Record]) -> Iterator[list[str]]:
    """The rows of a spreadsheet: a head, then one row for each submission; no cell is a formula.

    Revocations are left out.
    """
    attributes = sorted(
        {key for r in records if r.submission for key in r.submission.lead.attributes}
    )
    destinations = sorted({name for record in records for name in record.deliveries})
    yield [
        *("id", "received", "form", "state", "remark"),
        *(*_LEAD, "consents", *attributes, *_ORIGIN),
        *(f"customer in {name}" for name in destinations),
    ]
    for record in records:
        if record.submission is not None:
            facts = msgspec.to_builtins(record.submission)
            yield [cell(value) for value in _values(record, facts, attributes, destinations)]


def _values(
    record: Record, facts: dict[str, Any], attributes: list[str], destinations: list[str]
) -> Iterator[Any]:
    lead, origin = facts["lead"], facts["origin"]
    yield from (facts["id"], facts["at"], facts["form"], record.state, remark(record))
    yield from (lead.get(key) for key in _LEAD)
    yield [consent["id"] for consent in lead.get("consents", ()) if consent["granted"]]
    yield from (lead.get("attributes", {}).get(key) for key in attributes)
    yield from (origin.get(key) for key in _ORIGIN)
    for name in destinations:
        delivery = record.deliveries.get(name)
        yield delivery.customer_id if delivery else None


def cell(value: object) -> str:
    """A value as the text of a cell; what could be taken for a formula gets a `'` in front."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    if isinstance(value, bool):
        text = "true" if value else "false"
    return _FORMULA.sub(r"\1'", text)
