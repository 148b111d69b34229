"""`replay`: submissions sent again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import ATTENTION, errors, plain, print_json, print_table, progress
from frontdesk.cli.records import subject
from frontdesk.cli.selection import point_out_past, selection
from frontdesk.cli.waiting import outcomes
from frontdesk.model.record import Record
from frontdesk.operations.errors import NotFoundError
from frontdesk.operations.find import find_among, find_record, short
from frontdesk.operations.record import remark
from frontdesk.operations.replay import Choice, Obstacle, choose, read_file, send
from frontdesk.store.pages import each
from frontdesk.store.query import Query, matches


@click.command(cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID]…")
@selection
@click.option(
    "--file",
    "foreign",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take submissions from this journal file of another machine.",
)
@click.option("--force", is_flag=True, help="Also what was delivered already: sends it twice.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent again.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the outcomes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a submission.")
@pass_operator
def replay(
    operator: Operator,
    *,
    ids: tuple[str, ...],
    state: str | None,
    form: str | None,
    since: datetime | None,
    until: datetime | None,
    foreign: Path | None,
    force: bool,
    dry_run: bool,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Send submissions again: by id, state, form, time or from another machine's journal.

    Opens the accounts that they go to. Without --force, what was delivered is left alone.
    """
    if not ids and not foreign and not (state or form or since or until):
        raise click.UsageError("say which: ids, --state, --form, --since, --until or --file")
    store = operator.store
    records = _records(foreign) if foreign else None
    point_out_past(form, operator)
    query = Query(state=state, form=form, since=since, until=until, oldest_first=True)
    asked: Iterable[Record]
    if records is not None:
        asked = [_of_file(records, one) for one in ids] or records.values()
    else:
        asked = [find_record(store, one) for one in ids] or each(store, query)
    meant = (record for record in asked if matches(record, query))
    configured = operator.settings.destinations
    kind = {"force": force, "foreign": foreign is not None}
    chosen = list(choose(store, meant, configured, **kind))
    sent = [choice.record for choice in chosen if choice.obstacle is None]
    known: Mapping[UUID, Record] = {}
    if not dry_run:
        with progress("Putting them in the outbox", total=len(sent)) as step:
            for record in sent:
                send(store, record, by(), **kind)
                step()
        if sent and not no_wait:
            known = outcomes(operator, [record.id for record in sent])
    undelivered = _report(chosen, known, dry_run=dry_run, as_json=as_json)
    if undelivered and not dry_run and not no_wait:
        raise SystemExit(ATTENTION)


def _records(path: Path) -> Mapping[UUID, Record]:
    """What a journal file of another machine says."""
    with progress("Reading the journal") as step:
        found = read_file(path, step)
    for line in found.skipped:
        errors.print(plain(f"skipped {line}"))
    return found.records


def _of_file(records: Mapping[UUID, Record], asked: str) -> Record:
    try:
        return find_among(records, asked)
    except NotFoundError:
        raise click.UsageError(f"{asked!r} is not the start of one id in the file") from None


def _report(
    chosen: Iterable[Choice], known: Mapping[UUID, Record], *, dry_run: bool, as_json: bool
) -> bool:
    """Say what became of each, what was left alone last; whether something is undelivered."""
    rows, undelivered = [], False
    for record, obstacle in sorted(chosen, key=lambda choice: choice.obstacle is not None):
        now = known.get(record.id, record)
        if obstacle is not None:
            outcome, why = "left alone", _why(obstacle)
        else:
            outcome, why = "would be sent" if dry_run else now.state, remark(now)
            undelivered = undelivered or outcome != "delivered"
        rows.append((str(record.id), subject(record), outcome, why))
    if as_json:
        for identity, name, outcome, why in rows:
            print_json({"id": identity, "name": name, "outcome": outcome, "remark": why})
    elif rows:
        print_table(("id", "name", "outcome", "remark"), ((row[0][:8], *row[1:]) for row in rows))
    else:
        errors.print("none matches")
    return undelivered


def _why(obstacle: Obstacle) -> str:
    match obstacle.code:
        case "beginning":
            return "its first line is missing"
        case "erased" | "discarded":
            return f"was {obstacle.code}"
        case "duplicate":
            repeated = short(obstacle.other) if obstacle.other else ""
            return f"repeats {repeated}; --force sends it all the same"
        case "held":
            return "is held; release it"
        case "delivered":
            return "is delivered already; --force sends it twice"
        case "destinations":
            return f"no destination is called {', '.join(obstacle.destinations)} here"
