"""`prune`: days of the journal that need not stay."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from frontdesk.cli.files import new_file
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.params import Span
from frontdesk.cli.printing import ATTENTION, console, counted, errors, plain
from frontdesk.operations import retention


@click.command(cls=Command)
@click.option("--older-than", type=Span(), required=True, help="Days older than this; at least 9d.")
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
    if not dry_run and (archive is None) != no_export:
        raise click.UsageError("say what becomes of it: --export FILE or --no-export")
    copy = partial(new_file, archive) if archive is not None else None
    found = retention.prune(operator.store, older_than, copy, dry_run=dry_run)
    for one in found.stay:
        errors.print(plain(f"{one.name} stays: {one.why}"))
    for name, count in found.days:
        console.print(plain(f"{name} {counted(count, 'submission')}"))
    if not found.days:
        errors.print("no day is old enough and settled")
        ours = any(not one.foreign for one in found.stay)
        raise SystemExit(ATTENTION if ours and not dry_run else 0)
