"""`export`: submissions for a spreadsheet, or for another program."""

import csv
import io
import sys
from functools import partial
from pathlib import Path
from typing import Any, Literal, TextIO

import click

from frontdesk.cli.files import new_file
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import counted, errors, json_line, plain
from frontdesk.cli.selection import point_out_past, selection
from frontdesk.delivery.consents import Renamed
from frontdesk.model.revocations import Revocations
from frontdesk.operations.export import Records, rows
from frontdesk.operations.record import described
from frontdesk.store.pages import each
from frontdesk.store.query import Query


@click.command(cls=Command)
@selection
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "jsonl"]),
    default="csv",
    show_default=True,
    help="What to write.",
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
    point_out_past(filters["form"], operator)
    query = Query(**filters, submissions=True, oldest_first=True)
    records = partial(each, operator.store, query)
    known = operator.store.facts().revocations
    as_rows = partial(_write_csv, known=known, renamed=operator.settings.consents_renamed)
    write = as_rows if kind == "csv" else _write_jsonl
    if output is None:
        write(sys.stdout, records)
        return
    with new_file(output) as file:
        # Without the mark, Excel reads a .csv file in the code page of its country.
        marked = kind == "csv" and output.suffix.lower() == ".csv"
        text = io.TextIOWrapper(file, encoding="utf-8-sig" if marked else "utf-8", newline="")
        written = write(text, records)
        text.detach()
    errors.print(plain(f"{counted(written, 'submission')} in {output}"))


def _write_csv(file: TextIO, records: Records, *, known: Revocations, renamed: Renamed) -> int:
    writer = csv.writer(file)
    # Other programs get every character; a terminal gets none that could steer it.
    show = plain if file.isatty() else str
    number = -1  # the head is no submission
    for row in rows(records, known, renamed):
        writer.writerow(map(show, row))
        number += 1
    return number


def _write_jsonl(file: TextIO, records: Records) -> int:
    number = 0
    for record in records():
        file.write(json_line(described(record)))
        number += 1
    return number
