"""`export` and `prune`: what is taken out of the journal, and what need not stay in it."""

import csv
import io
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO
from uuid import UUID

import click
import msgspec

from frontdesk.cli.look import described, remark
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.params import Span
from frontdesk.cli.printing import ATTENTION, console, counted, errors, json_line, plain
from frontdesk.cli.selection import refuse_unknown, selected, selection, short
from frontdesk.journal.lines import Damage, read_file
from frontdesk.journal.plan import finish
from frontdesk.journal.rewriting import alone
from frontdesk.model.events import Revocation, Revoked
from frontdesk.model.ledger import CLAIMS_KEPT, Ledger, Record

LEAST_KEPT = CLAIMS_KEPT + timedelta(days=1)
FOREIGN = "it is not one of ours"
# What a spreadsheet would take for a formula (OWASP, "CSV injection"), also one that takes `;` or
# a tab for the end of a cell, as Excel does in half of Europe. A telephone number is none.
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


@dataclass
class _Day:
    """A segment of the journal: why it must stay, if it must, and of what it speaks."""

    stays: str = ""
    speaks_of: set[UUID] = field(default_factory=set)
    revoked_at: datetime | None = None  # its newest revocation


@click.command(cls=Command)
@selection
@click.option(
    "--format", "kind", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A new file, which only you can read; else standard output.",
)
@pass_operator
def export(
    operator: Operator,
    /,
    *,
    kind: Literal["csv", "jsonl"],
    output: Path | None,
    **filters: Any,
) -> None:
    """Write submissions as CSV for a spreadsheet, or as JSON Lines."""
    ledger = operator.ledger()
    refuse_unknown(filters["form"], operator.settings, ledger)
    records = [r for r in selected(ledger.records.values(), **filters) if r.submission]
    write = _write_csv if kind == "csv" else _write_jsonl
    if output is None:
        write(sys.stdout, records)
        return
    with _new_file(output) as file:
        # Without the mark, Excel reads a .csv file in the code page of its country.
        marked = kind == "csv" and output.suffix.lower() == ".csv"
        text = io.TextIOWrapper(file, encoding="utf-8-sig" if marked else "utf-8", newline="")
        write(text, records)
        text.detach()
    errors.print(plain(f"{counted(len(records), 'submission')} in {output}"))


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that only we can read, and that is on the disk when the block has ended."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise click.UsageError(
            f"{path} is there already and is not written over; name a new file"
        ) from None
    with os.fdopen(fd, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _write_csv(file: TextIO, records: Iterable[Record]) -> None:
    records = list(records)
    attributes = sorted(
        {key for r in records if r.submission for key in r.submission.lead.attributes}
    )
    destinations = sorted({name for record in records for name in record.deliveries})
    writer = csv.writer(file)
    # Other programs get every character; a terminal gets none that could steer it.
    show = plain if file.isatty() else str
    writer.writerow(
        (
            *("id", "received", "form", "state", "remark"),
            *(*_LEAD, "consents", *attributes, *_ORIGIN),
            *(f"customer in {name}" for name in destinations),
        )
    )
    for record in records:
        assert record.submission is not None  # noqa: S101 - selected() sees to it
        facts = msgspec.to_builtins(record.submission)
        lead, origin = facts["lead"], facts["origin"]
        granted = [consent["id"] for consent in lead.get("consents", ()) if consent["granted"]]
        customers = [
            record.deliveries[name].customer_id if name in record.deliveries else None
            for name in destinations
        ]
        cells = (
            *(facts["id"], facts["at"], facts["form"], record.state, remark(record)),
            *(lead.get(key) for key in _LEAD),
            granted,
            *(lead.get("attributes", {}).get(key) for key in attributes),
            *(origin.get(key) for key in _ORIGIN),
            *customers,
        )
        writer.writerow(show(_cell(value)) for value in cells)


def _cell(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    if isinstance(value, bool):
        text = "true" if value else "false"
    return _FORMULA.sub(r"\1'", text)


def _write_jsonl(file: TextIO, records: Iterable[Record]) -> None:
    file.writelines(json_line(described(record)) for record in records)


@click.command(cls=Command)
@click.option("--older-than", type=Span(), required=True, help="At least 9d.")
@click.option(
    "--export",
    "archive",
    type=click.Path(path_type=Path, dir_okay=False),
    help="First copy what is removed to this new file.",
)
@click.option("--no-export", is_flag=True, help="Keep no copy.")
@click.option("--dry-run", is_flag=True, help="Only say which days would be removed.")
@pass_operator
def prune(
    operator: Operator,
    *,
    older_than: timedelta,
    archive: Path | None,
    no_export: bool,
    dry_run: bool,
) -> None:
    """Remove whole days of the journal in which everything is settled."""
    if older_than < LEAST_KEPT:
        raise click.UsageError(f"the last {LEAST_KEPT.days} days are needed to recognise leads")
    if not dry_run and (archive is None) != no_export:
        raise click.UsageError("say what becomes of it: --export FILE or --no-export")
    before = (datetime.now(UTC) - older_than).date()
    with alone(operator.journal.directory):
        if not dry_run:
            finish(operator.journal)
        chosen, stays = _settled(operator, before)
        if chosen and not dry_run:
            _remove([path for path, _ in chosen], archive)
    for path, count in chosen:
        console.print(plain(f"{path.name} {counted(count, 'submission')}"))
    if not chosen:
        errors.print("no day is old enough and settled")
        raise SystemExit(ATTENTION if stays and not dry_run else 0)


def _settled(operator: Operator, before: date) -> tuple[list[tuple[Path, int]], bool]:
    """The segments that may go, with their submissions, and whether one of ours must stay."""
    ledger = operator.ledger()
    days = {
        path: _day_of(path, ledger) if day else _Day(FOREIGN)
        for path in operator.journal.segments()
        if (day := _day(path)) is None or day < before
    }
    while found := _bound(days) or _needed(days, ledger):
        days[found[0]].stays = found[1]
    for path, one in days.items():
        if one.stays:
            errors.print(plain(f"{path.name} stays: {one.stays}"))
    chosen = [(path, len(one.speaks_of)) for path, one in days.items() if not one.stays]
    return chosen, any(one.stays not in ("", FOREIGN) for one in days.values())


def _bound(days: Mapping[Path, _Day]) -> tuple[Path, str] | None:
    """One of which something is in a day that stays: without the rest, it would be owed again."""
    staying = [day for day in days.values() if day.stays]
    for path, day in days.items():
        for other in staying if not day.stays else ():
            if both := day.speaks_of & other.speaks_of:
                return path, f"{short(min(both))} is in another day that stays"
    return None


def _needed(days: Mapping[Path, _Day], ledger: Ledger) -> tuple[Path, str] | None:
    """One with a revocation after a submission that stays, which would grant the same again."""
    gone = set().union(*(day.speaks_of for day in days.values() if not day.stays))
    stay = [r.at for r in ledger.records.values() if r.submission and r.at and r.id not in gone]
    oldest = min(stay, default=None)
    for path, day in days.items():
        if not day.stays and oldest and day.revoked_at and day.revoked_at >= oldest:
            return path, "a consent was revoked in it, and a submission from before it stays"
    return None


def _remove(segments: list[Path], archive: Path | None) -> None:
    if archive is not None:
        with _new_file(archive) as copy:
            for path in segments:
                with path.open("rb") as segment:
                    shutil.copyfileobj(segment, copy)
    for path in segments:
        path.unlink()


def _day(path: Path) -> date | None:
    """The day that a segment's name begins with."""
    try:
        return date.fromisoformat(path.name[:10])
    except ValueError:
        return None


def _day_of(path: Path, ledger: Ledger) -> _Day:
    """What a segment says, by all that the journal has."""
    found, ours = _Day(), False
    for line in read_file(path):
        if isinstance(line, Damage):
            why = f"byte {line.offset} cannot be read: {line.reason}"
            found.stays = found.stays or why
            continue
        ours = True
        if isinstance(line.event, Revocation | Revoked):
            found.revoked_at = max(line.event.at, found.revoked_at or line.event.at)
        record = ledger.records.get(line.event.id)
        if record is None:
            continue  # an account's line
        if record.begun and not record.settled:
            found.stays = found.stays or f"{short(record.id)} is {record.state}"
        found.speaks_of.add(record.id)
    if not ours:
        found.stays = FOREIGN
    return found
