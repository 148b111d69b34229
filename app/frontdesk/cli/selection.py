"""Which submissions a command is about: by id, or by the options that choose them."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import click
import msgspec

from frontdesk.cli.params import Moment
from frontdesk.cli.printing import errors, plain
from frontdesk.config import Settings
from frontdesk.model.ledger import STATES, Ledger, Record


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
    texts: Collection[str] = (),
) -> list[Record]:
    """The records that all given filters let through, oldest first; revocations have no form."""
    found = []
    for record in records:
        at, submission = record.at, record.submission
        if at is None:
            continue
        if (
            (state is None or record.state == state)
            and (form is None or (submission is not None and submission.form == form))
            and (since is None or at >= since)
            and (until is None or at < until)
            and (not texts or any(contains(record, text) for text in texts))
        ):
            found.append((at, record))
    return [record for _, record in sorted(found, key=lambda pair: pair[0])]


def contains(record: Record, text: str) -> bool:
    """Whether any value of it has the text, whatever its accents, case and spaces."""
    values = _values(msgspec.to_builtins(record.submission or record.revocation))
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
    return "".join(
        c
        for c in decomposed
        if not (unicodedata.combining(c) or c.isspace() or unicodedata.category(c) == "Cf")
    )


def find_record(ledger: Ledger, wanted: str) -> Record:
    """The record of an id, or of the unmistakable start of one; exits with 2 if there is none."""
    if len(wanted) < 4:
        raise click.UsageError(f"{wanted!r} is too short; write at least four characters of the id")
    found = [
        record
        for identity, record in ledger.records.items()
        if str(identity).startswith(wanted.lower()) and record.begun
    ]
    if len(found) != 1:
        why = (
            "is the start of several ids" if found else "is no submission's id, nor a revocation's"
        )
        raise click.UsageError(f"{wanted!r} {why}")
    return found[0]


def short(submission: UUID) -> str:
    """Enough of an id to name it with."""
    return str(submission)[:8]
