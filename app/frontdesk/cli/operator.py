"""What every command needs: the settings, the journal, and a plain way to print."""

import getpass
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import click
import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from frontdesk.config import ConfigError, Settings
from frontdesk.delivery.destination import DeliveryError
from frontdesk.extension import open_journal
from frontdesk.journal.files import Journal, JournalError
from frontdesk.journal.ledger import STATES, Ledger, Record
from frontdesk.journal.lines import Damage, Line

ATTENTION = 1  # exit status: something needs a person
WRONG = 2  # exit status: wrong use or configuration

# In a pipe or a log file there is no window to fit into, so lines stay whole.
PIPED = None if sys.stdout.isatty() else 250  # columns
console = Console(highlight=False, width=PIPED, soft_wrap=PIPED is not None)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


class Operator:
    """The person at the command line; loads the configuration when it is first needed."""

    def __init__(self, load: Callable[[], Settings], config: Path | None = None) -> None:
        self._load = load
        self.config = config

    @cached_property
    def settings(self) -> Settings:
        return self._load()

    @cached_property
    def journal(self) -> Journal:
        return open_journal(self.settings)

    def ledger(self, lines: Iterable[Line | Damage] | None = None) -> Ledger:
        """The journal folded; damaged lines are reported on standard error."""
        ledger = Ledger()
        with progress("Reading the journal") as step:
            for line in self.journal.read() if lines is None else lines:
                if isinstance(line, Damage):
                    errors.print(plain(f"skipped {line}"))
                else:
                    ledger.apply(line.event)
                    step()
        return ledger


pass_operator = click.make_pass_decorator(Operator)


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, at a terminal only."""
    if not errors.is_terminal:
        yield lambda: None
        return
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


class Command(click.Command):
    """A command whose expected errors are sentences, never tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                errors.print(plain(problem))
            raise SystemExit(WRONG) from None
        except JournalError as error:
            errors.print(plain(error))
            raise SystemExit(ATTENTION) from None
        except DeliveryError as error:
            errors.print(plain(told(error)))
            raise SystemExit(ATTENTION) from None
        except UnicodeError:
            errors.print("an argument is not valid text")
            raise SystemExit(WRONG) from None
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            errors.print(plain(f"{error.filename or 'error'}: {error.strerror}"))
            raise SystemExit(ATTENTION) from None


STEERING = ("Cc", "Cf", "Cs")  # Unicode categories: what a terminal may act upon


def plain(text: object) -> Text:
    """Text for a terminal: whatever a visitor or a CRM sent cannot steer it."""
    return Text(
        "".join(
            c if c in "\n\t" or unicodedata.category(c) not in STEERING else "\ufffd"
            for c in str(text)
        )
    )


def hanging(text: str, indent: int) -> str:
    """The text with its further lines indented, so that none passes for a line of ours."""
    return ("\n" + " " * indent).join(text.splitlines())


def print_json(value: object) -> None:
    """One JSON document a line."""
    sys.stdout.write(json_line(value))


def json_line(value: object) -> str:
    """JSON and a line feed; what could steer a terminal is escaped, which any reader undoes."""
    text = msgspec.json.encode(value).decode()
    if not text.isprintable():
        text = "".join(
            json.dumps(c)[1:-1] if unicodedata.category(c) in STEERING else c for c in text
        )
    return text + "\n"


def print_table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(plain, row))
    console.print(table)


LONGEST = timedelta(days=36500)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime]):
    """`2026-11-22`, `2026-11-22T14:30`, or how long ago: `90m`, `36h`, `7d`."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            if value[-1:] in UNITS and value[:-1].isascii() and value[:-1].isdigit():
                return datetime.now(UTC) - timedelta(**{UNITS[value[-1]]: int(value[:-1])})
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value[:50]!r} is not a time; write 2026-11-22T14:30 or 36h", param, ctx)


class Remark(NamedTuple):
    """One finding: of what, whether it is well, and what there is to say."""

    subject: str
    well: bool
    message: str


def report(remarks: list[Remark], *, as_json: bool) -> None:
    """Print findings; exits with 1 unless all is well."""
    if as_json:
        for remark in remarks:
            print_json(remark._asdict())
    else:
        rows = (("ok" if r.well else "MEND", r.subject, r.message) for r in remarks)
        print_table(("", "of", "finding"), rows)
    if not all(remark.well for remark in remarks):
        raise SystemExit(ATTENTION)


class Span(click.ParamType[timedelta]):
    """How long: `90m`, `36h`, `7d`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        unit = UNITS.get(value[-1:])
        if unit is None or not re.fullmatch("[0-9]+", value[:-1]):
            self.fail(f"{value[:50]!r} is not a duration; write 90m, 36h or 7d", param, ctx)
        try:
            span = timedelta(**{unit: int(value[:-1])})
        except (ValueError, OverflowError):
            span = timedelta.max
        if span > LONGEST:
            self.fail(f"{value[:50]!r} is too long; at most {LONGEST.days}d", param, ctx)
        return span


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose submissions."""
    for option in (
        click.option("--until", type=Moment(), help="Received before this time."),
        click.option("--since", type=Moment(), help="Received at this time or later, or 36h."),
        click.option("--form", help="Only this form."),
        click.option("--state", type=click.Choice(STATES), help="Only this state."),
    ):
        command = option(command)
    return command


def refuse_unknown(form: str | None, settings: Settings, ledger: Ledger) -> None:
    """Exit with 2 for a form of which nobody has heard; a note for one that is history."""
    if form is None or form in settings.forms:
        return
    if not selected(ledger.records.values(), form=form):
        raise click.UsageError(f"there is no form {form!r}; there are {', '.join(settings.forms)}")
    errors.print(plain(f"note: the configuration has no form {form!r} any more"))


def selected(
    records: Iterable[Record],
    *,
    state: str | None = None,
    form: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    text: str | None = None,
) -> list[Record]:
    """The records that all given filters let through, oldest first."""
    found = []
    for record in records:
        submission = record.submission
        if submission is None:
            continue
        if (
            (state is None or record.state == state)
            and (form is None or submission.form == form)
            and (since is None or submission.at >= since)
            and (until is None or submission.at < until)
            and (text is None or contains(record, text))
        ):
            found.append((submission.at, record))
    return [record for _, record in sorted(found, key=lambda pair: pair[0])]


def contains(record: Record, text: str) -> bool:
    """Whether any value of a submission has the text, whatever its accents, case and spaces."""
    values = _values(msgspec.to_builtins(record.submission))
    return any(_squeezed(text) in _squeezed(value) for value in values)


def _values(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _values(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _values(value)
    elif node is not None:
        yield str(node)


def _squeezed(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c) and not c.isspace())


def told(error: DeliveryError) -> str:
    """What went wrong, with the start of what the CRM said."""
    body = error.answer.body.strip()[:200] if error.answer else ""
    return f"{error}: {body}" if body else str(error)


def find_record(ledger: Ledger, wanted: str) -> Record:
    """The record of an id, or of the unmistakable start of one; exits with 2 if there is none."""
    if len(wanted) < 4:
        raise click.UsageError(f"{wanted!r} is too short; write at least four characters of the id")
    found = [
        record
        for identity, record in ledger.records.items()
        if str(identity).startswith(wanted.lower()) and record.submission
    ]
    if len(found) != 1:
        why = "is the start of several ids" if found else "is no submission's id"
        raise click.UsageError(f"{wanted!r} {why}")
    return found[0]


def short(submission: UUID) -> str:
    """Enough of an id to name it with."""
    return str(submission)[:8]


def by() -> str:
    """Who acts, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
