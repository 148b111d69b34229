"""Submissions as the rows of a spreadsheet."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec

from frontdesk.delivery.consents import Renamed, present
from frontdesk.model.record import Record
from frontdesk.model.revocations import Revocations
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
# Goes through records from the beginning, each time that it is called.
Records = Callable[[], Iterable[Record]]


def rows(records: Records, revocations: Revocations, renamed: Renamed) -> Iterator[list[str]]:
    """The rows of a spreadsheet: a head, then one row for each submission; no cell is a formula.

    Revocations have no rows; a submission's consents are those that its person has not revoked
    since. `records`: goes through them from the beginning; twice, the first time for the columns.
    `renamed`: see Consents.
    """
    found, names = set[str](), set[str]()
    for record in records():
        found.update(record.submission.lead.attributes if record.submission else ())
        names.update(record.deliveries)
    attributes, destinations = sorted(found), sorted(names)
    yield [
        *("id", "received", "form", "state", "remark"),
        *(*_LEAD, "consents", "revoked consents", *attributes, *_ORIGIN),
        *(f"customer in {name}" for name in destinations),
    ]
    for record in records():
        if record.submission is not None:
            facts = msgspec.to_builtins(record.submission)
            since = revocations.since(record.submission.at, record.marks)
            now = partial(present, renamed, record.submission.form)
            revoked = {now(known.consent) for known in since}
            values = _values(record, facts, revoked, now, attributes, destinations)
            yield [cell(value) for value in values]


def _values(
    record: Record,
    facts: dict[str, Any],
    revoked: Collection[int],
    now: Callable[[int], int],
    attributes: list[str],
    destinations: list[str],
) -> Iterator[Any]:
    lead, origin = facts["lead"], facts["origin"]
    yield from (facts["id"], facts["at"], facts["form"], record.state, remark(record))
    yield from (lead.get(key) for key in _LEAD)
    given = [consent["id"] for consent in lead.get("consents", ()) if consent["granted"]]
    yield [consent for consent in given if now(consent) not in revoked]
    yield [consent for consent in given if now(consent) in revoked]
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
