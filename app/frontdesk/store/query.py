"""What a store is asked for, and what of it a record is."""

import re
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from frontdesk.model.record import Record
from frontdesk.store.words import contains

PAGE = 100  # records
LONGEST_PAGE = 1000
_CURSOR = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")


class QueryError(ValueError):
    """A question that means nothing, such as a page's cursor that is none of ours."""


class Query(Struct, frozen=True, kw_only=True):
    """Which submissions and revocations are asked for; what is None does not matter.

    `texts`: any of these, anywhere in what the person told us, in the id, or in the CRM's numbers;
    accents, case and spaces do not matter. `since`, `until`: when it came in, the end excluded.
    `customer`: the CRM's id of a customer. `submissions`: no revocations, which have no form.
    """

    state: str | None = None
    form: str | None = None
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
    """A part of an answer; `next` is the cursor of the part after it, if there is one."""

    records: list[Record]
    next: str | None


def matches(record: Record, query: Query) -> bool:
    """Whether a record is one that a query asks for."""
    at, submission = record.at, record.submission
    return (
        at is not None
        and query.state in (None, record.state)
        and query.form in (None, submission and submission.form)
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
    """Refuse a page of a length that makes no sense; raises QueryError."""
    if not 1 <= limit <= LONGEST_PAGE:
        raise QueryError(f"a page has 1 to {LONGEST_PAGE} entries")


def cursor(at: int, key: int) -> str:
    """What says where the next page begins: after this time (microseconds) and key."""
    return f"{at}.{key}"


def position(text: str) -> tuple[int, int]:
    """The time and key that a cursor is of; raises QueryError."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise QueryError("there is no such page")
    return int(match[1]), int(match[2])
