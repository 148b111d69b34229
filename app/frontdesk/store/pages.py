"""Go through all records of a query."""

from collections.abc import Iterator

from frontdesk.model.record import Record
from frontdesk.store.base import Store
from frontdesk.store.query import LONGEST_PAGE, Query


def each(store: Store, query: Query) -> Iterator[Record]:
    """All records of a query, fetched page after page. Raises JournalError, OSError."""
    cursor: str | None = None
    while True:
        page = store.find(query, cursor, LONGEST_PAGE)
        yield from page.records
        if (cursor := page.next) is None:
            return
