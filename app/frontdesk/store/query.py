"""Queries for records, pages of answers, and the cursors between them."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from frontdesk.model.record import Record
from frontdesk.store.words import contains

PAGE = 100  # records of a page, unless a caller says otherwise
LONGEST_PAGE = 1000  # records
BATCH = 200  # rows that are read at a time
Position = tuple[int, int]  # when a record came in (microseconds), and its key
Found = Iterator[tuple[Record, Position]]  # in the order of a query
_CURSOR = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")


class QueryError(ValueError):
    """A question that cannot be answered, such as one with a cursor that no page had."""


class Query(Struct, frozen=True, kw_only=True):
    """Which submissions and revocations are asked for; a field that is None does not matter.

    `states`, `forms`: one of these; of none, if they are empty. What has no form, as a revocation,
    is of none of `forms`.
    `since`, `until`: when it came in, `until` excluded. `texts`: it has one of these in what the
    person told us, begins its id with one, or has one as an id in a CRM; accents, case and spaces
    do not matter. `customer`: an id in a CRM. `sharing`: it had one of these marks in any version,
    see `store.marks`; `matches` does not ask for them, the store does. `submissions`: without
    revocations, which have no form.
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
    channel: str | None = None
    destination: str | None = None
    customer: str | None = None
    sharing: tuple[str, ...] | None = None
    submissions: bool = False
    oldest_first: bool = False


class Page(NamedTuple):
    """A part of an answer; `next`: the cursor of the page after it, or None if it is the last."""

    records: list[Record]
    next: str | None


def matches(record: Record, query: Query) -> bool:
    """Whether a record is one that a query asks for, as far as the record alone can tell."""
    at, submission = record.at, record.submission
    return (
        at is not None
        and query.state in (None, record.state)
        and (query.states is None or record.state in query.states)
        and query.form in (None, submission and submission.form)
        and (query.forms is None or (submission is not None and submission.form in query.forms))
        and query.unit in (None, submission and submission.lead.unit)
        and query.campaign in (None, submission and submission.lead.campaign)
        and query.channel in (None, submission and submission.origin.channel)
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


def page(find: Callable[[Position | None], Found], after: str | None, limit: int) -> Page:
    """A page of what there is after a cursor, or from the beginning.

    `find`: yields what is after a position. Raises QueryError for what is no cursor, and for a page
    of no records or of more than LONGEST_PAGE.
    """
    if not 1 <= limit <= LONGEST_PAGE:
        raise QueryError(f"a page has 1 to {LONGEST_PAGE} entries")
    found = list(islice(find(None if after is None else _position(after)), limit + 1))
    records = [record for record, _ in found[:limit]]
    if len(found) <= limit:
        return Page(records, None)
    at, key = found[limit - 1][1]
    return Page(records, f"{at}.{key}")


def _position(cursor: str) -> Position:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise QueryError("there is no such page")
    return int(match[1]), int(match[2])


def matching(
    query: Query,
    rows: Callable[[Position | None], Sequence[tuple[bytes, int, int]]],
    unpack: Callable[[bytes], Record],
    after: Position | None,
) -> Found:
    """Those of the rows of an index that a query asks for.

    `rows`: the next BATCH after a position, as far as there are so many: a record for `unpack`, its
    time and key.
    """
    while True:
        found = rows(after)
        for body, at, key in found:
            record = unpack(body)
            if matches(record, query):
                yield record, (at, key)
        if len(found) < BATCH:
            return
        after = found[-1][1:]
