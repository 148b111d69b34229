"""What a command says: at a terminal, in a pipe, as JSON, and by its exit status."""

import codecs
import io
import json
import logging
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

import msgspec

ATTENTION = 1  # exit status: something needs a person
WRONG = 2  # exit status: wrong use or configuration

PIPED = 250  # columns of a table; in a pipe or a log file there is no window to fit into


class Voice:
    """Standard output or standard error, line by line; a terminal breaks what is too long."""

    def __init__(self, stream: Literal["stdout", "stderr"]) -> None:
        self._stream = stream

    @property
    def is_terminal(self) -> bool:
        stream: TextIO | None = getattr(sys, self._stream)
        return stream is not None and stream.isatty()

    def print(self, text: str) -> None:
        stream: TextIO | None = getattr(sys, self._stream)
        if stream is not None:  # None if it was closed before Python started
            stream.write(f"{text}\n")
            stream.flush()


console = Voice("stdout")
errors = Voice("stderr")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """What an encoding lacks, as JSON escapes it: readable for people, the same for programs."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(json.dumps(c)[1:-1] for c in error.object[error.start : error.end]), error.end


codecs.register_error("frontdesk.escaped", _escaped)


def bear_any_text() -> None:
    """Let standard output and error take any character, whatever their encoding."""
    if sys.stdout is None:  # it was closed before Python started
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="frontdesk.escaped")


@contextmanager
def unwritable_told() -> Iterator[None]:
    """Exit with a sentence where something cannot be written; a reader that is gone hears none."""
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        errors.print(plain(f"{error.filename or 'error'}: {error.strerror}"))
        raise SystemExit(ATTENTION) from None


def log_to_stderr() -> None:
    """Log to standard error, each line with its time; for processes that stay."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, at a terminal only."""
    if not errors.is_terminal:
        yield lambda: None
        return
    # Rich takes a quarter of a command's time to import, and most show neither bar nor table.
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


def counted(number: int, noun: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


STEERING = ("Cc", "Cf", "Cs")  # Unicode categories: what a terminal may act upon


def plain(text: object) -> str:
    """Text for a terminal, without characters by which a visitor or a CRM could steer it."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in STEERING else "\ufffd" for c in str(text)
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
    from rich.console import Console  # as above
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    piped = not console.is_terminal
    Console(highlight=False, width=PIPED if piped else None, soft_wrap=piped).print(table)


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
