"""Queries for records, pages of answers, and the cursors between them."""

import re
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from frontdesk.model.record import Record
from frontdesk.store.words import contains

PAGE = 100  # records of a page, unless a caller says otherwise
LONGEST_PAGE = 1000  # records
_CURSOR = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")


class QueryError(ValueError):
    """A question that cannot be answered, such as one with a cursor that no page had."""


class Query(Struct, frozen=True, kw_only=True):
    """Which submissions and revocations are asked for; a field that is None does not matter.

    `states`, `forms`: one of these; of none, if they are empty. What has no form, as a revocation,
    is of none of `forms`.
    `since`, `until`: when it came in, `until` excluded. `texts`: it has one of these in what the
    person told us, begins its id with one, or has one as an id in a CRM; accents, case and spaces
    do not matter. `customer`: an id in a CRM. `submissions`: without revocations, which have no
    form.
    """

    state: str | None = None
    states: tuple[str, ...] | None = None
    form: str | None = None
    forms: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    texts: tuple[str, ...] = ()
    unit: str | None = None
    campaign: str | None = None
    destination: str | None = None
    customer: str | None = None
    submissions: bool = False
    oldest_first: bool = False


class Page(NamedTuple):
    """A part of an answer; `next`: the cursor of the page after it, or None if it is the last."""

    records: list[Record]
    next: str | None


def matches(record: Record, query: Query) -> bool:
    """Whether a record is one that a query asks for."""
    at, submission = record.at, record.submission
    return (
        at is not None
        and query.state in (None, record.state)
        and (query.states is None or record.state in query.states)
        and query.form in (None, submission and submission.form)
        and (query.forms is None or (submission is not None and submission.form in query.forms))
        and query.unit in (None, submission and submission.lead.unit)
        and query.campaign in (None, submission and submission.lead.campaign)
        and (submission is not None or not query.submissions)
        and (query.since is None or at >= query.since)
        and (query.until is None or at < query.until)
        and (query.destination is None or query.destination in record.deliveries)
        and (query.customer is None or query.customer in _customers(record))
        and (not query.texts or any(contains(record, text) for text in query.texts))
    )


def _customers(record: Record) -> set[str | None]:
    known = {delivery.customer_id for delivery in record.deliveries.values()}
    return known | {record.revocation.customer} if record.revocation else known


def check_limit(limit: int) -> None:
    """Raise QueryError for a page of no records, or of more than LONGEST_PAGE."""
    if not 1 <= limit <= LONGEST_PAGE:
        raise QueryError(f"a page has 1 to {LONGEST_PAGE} entries")


def cursor(at: int, key: int) -> str:
    """The cursor of the page after a record that came in at this time (microseconds)."""
    return f"{at}.{key}"


def position(text: str) -> tuple[int, int]:
    """The time (microseconds) and key of a cursor. Raises QueryError if it is none."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise QueryError("there is no such page")
    return int(match[1]), int(match[2])
