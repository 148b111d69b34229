"""`log`: what came in, and where it is."""

import sys
import time
from contextlib import nullcontext, suppress
from datetime import datetime
from itertools import islice

import click

from frontdesk.cli.operator import Command, Operator, pass_operator, point_out_damage
from frontdesk.cli.printing import console, errors, hanging, plain, print_json, print_table
from frontdesk.cli.records import COLUMNS, row
from frontdesk.cli.selection import point_out_past, selection
from frontdesk.operations.find import search_texts
from frontdesk.operations.record import described
from frontdesk.store.base import Store
from frontdesk.store.pages import each
from frontdesk.store.query import Query, matches

POLL = 0.25  # seconds between looks at what has changed


@click.command(cls=Command)
@selection
@click.option("--text", help="Only what contains this text anywhere (name, email, note, …).")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest so many.")
@click.option("--follow", is_flag=True, help="Go on with what happens from now on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_operator
def log(
    operator: Operator,
    *,
    state: str | None,
    form: str | None,
    since: datetime | None,
    until: datetime | None,
    text: str | None,
    limit: int | None,
    follow: bool,
    as_json: bool,
) -> None:
    """List submissions and revocations, oldest first."""
    query = Query(
        state=state,
        form=form,
        since=since,
        until=until,
        texts=search_texts(text, operator.settings) if text else (),
        oldest_first=limit is None,
    )
    # `--follow` is ended with Ctrl-C, perhaps even before the list is complete.
    with suppress(KeyboardInterrupt) if follow else nullcontext():
        point_out_past(form, operator)
        point_out_damage(operator.store)
        cursor = operator.store.changes(None).cursor if follow else None
        _list(operator.store, query, limit, follow=follow, as_json=as_json)
        if cursor is not None:
            _follow(operator.store, cursor, query, as_json=as_json)


def _list(store: Store, query: Query, limit: int | None, *, follow: bool, as_json: bool) -> None:
    found = each(store, query)
    records = found if limit is None else reversed(list(islice(found, min(limit, sys.maxsize))))
    if as_json:
        for record in records:
            print_json(described(record))
        return
    rows = list(map(row, records))
    if rows:
        print_table(COLUMNS, rows)
    elif not follow:
        nothing = not store.find(Query(), limit=1).records
        errors.print("no submissions" if nothing else "none matches")


def _follow(store: Store, cursor: str, query: Query, *, as_json: bool) -> None:
    while True:
        changes = store.changes(cursor)
        cursor = changes.cursor
        for record in () if changes.whole else changes.records:
            if not matches(record, query):
                continue
            if as_json:
                print_json(described(record))
            else:
                console.print(plain(hanging("  ".join(filter(None, row(record))), 21)))
        time.sleep(POLL)
