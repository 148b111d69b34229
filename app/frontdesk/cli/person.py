"""`person`: everything that is held about somebody, and its erasure (GDPR, articles 15, 17, 20)."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import click

from frontdesk.cli.look import COLUMNS, row
from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import (
    ATTENTION,
    console,
    counted,
    errors,
    plain,
    print_json,
    print_table,
    progress,
)
from frontdesk.cli.whom import Whom
from frontdesk.journal.erasure import erase
from frontdesk.journal.lines import Damage
from frontdesk.journal.plan import finish
from frontdesk.journal.rewriting import alone
from frontdesk.model import events
from frontdesk.model.ledger import Ledger, Record
from frontdesk.model.revocations import marks_of as of

UNDER_WAY = timedelta(minutes=2)  # within which the CRM's answer to an attempt may still come


@click.command(cls=Command)
@click.argument("who", metavar="EMAIL|PHONE|ID")
@click.argument("action", type=click.Choice(["show", "export", "erase"]))
@click.option("--yes", is_flag=True, help="Erase without asking back.")
@pass_operator
def person(
    operator: Operator, *, who: str, action: Literal["show", "export", "erase"], yes: bool
) -> None:
    """Show, export or erase what the journal holds about a person."""
    with alone(operator.journal.directory):
        finish(operator.journal)
    whom = Whom(who, operator.settings.forms.values())
    if not whom.marks:
        said = "neither an email address nor a telephone number nor a submission's whole id"
        said += ", which `frontdesk show` has"
        raise click.UsageError(f"{who!r} is {said}")
    found, ledger = _search(operator, whom)
    submissions = list(dict.fromkeys(event.id for event in found))
    if not submissions:
        errors.print("the journal holds nothing about this person")
        return
    match action:
        case "show":
            print_table(COLUMNS, map(row, sorted(ledger.records.values(), key=_came)))
        case "export":
            for event in found:
                print_json(event)
        case "erase":
            own = {event.id for event in found if whom.is_of(event)}
            others = len({r.id for r in ledger.records.values() if r.revocation is None} - own)
            mention = f", {others} of them with other contacts" if others else ""
            question = f"Erase {_counted(ledger)} for good{mention}?"
            if not yes and not click.confirm(question, err=True):
                raise SystemExit(ATTENTION)
            _erase(operator, found, submissions, whom.marks, ledger)


def _search(operator: Operator, whom: Whom) -> tuple[list[events.AnyEvent], Ledger]:
    """All lines of the submissions that have, or once had, such an address anywhere; these folded.

    Those of leads of other systems with all their messages.
    """
    theirs: set[UUID] = set()
    told: dict[tuple[str, str], set[UUID]] = {}  # by a lead of another system
    revocations: list[events.Revocation] = []
    with progress("Reading the journal") as step:
        for line in operator.journal.read():
            step()
            if isinstance(line, Damage):
                errors.print(plain(f"skipped {line}"))
            else:
                if whom.is_in(line.event):
                    theirs.add(line.event.id)
                if isinstance(line.event, events.Revocation):
                    revocations.append(line.event)
                if isinstance(line.event, events.Received) and line.event.origin.message:
                    lead = line.event.form, line.event.origin.message.lead
                    told.setdefault(lead, set()).add(line.event.id)
    for (_, name), submissions in told.items():  # one message says who it is, another what they do
        if not theirs.isdisjoint(submissions) or name in map(str, theirs):
            theirs |= submissions
    found, ledger = [], Ledger()

    def read(wanted: set[UUID]) -> None:
        for line in operator.journal.read() if wanted else ():
            if not isinstance(line, Damage) and line.event.id in wanted:
                found.append(line.event)
                ledger.apply(line.event)

    read(theirs)
    # What was revoked of theirs by another name: a submission's id, or the CRM's number.
    marks = set().union(*(record.marks for record in ledger.records.values()))
    read({one.id for one in revocations if one.id not in theirs and not marks.isdisjoint(of(one))})
    return found, ledger


def _came(record: Record) -> datetime:
    """When it came in; what is without its first line, before all others."""
    return record.at or datetime.min.replace(tzinfo=UTC)


def _counted(ledger: Ledger) -> str:
    revocations = sum(record.revocation is not None for record in ledger.records.values())
    others = counted(len(ledger.records) - revocations, "submission")
    return f"{others} and {counted(revocations, 'revocation')}" if revocations else others


def _erase(
    operator: Operator,
    found: list[events.AnyEvent],
    submissions: list[UUID],
    marks: frozenset[str],
    ledger: Ledger,
) -> None:
    leads = [e.lead for e in found if isinstance(e, events.Received | events.Amended)]
    traces = {trace for lead in leads for trace in (lead.email, lead.phone) if trace}
    erased = erase(operator.journal, submissions, traces | marks, by())
    done = f"{_counted(ledger)} erased, {counted(erased, 'line')} emptied"
    console.print(plain(done))
    for submission in submissions:
        for name, delivery in ledger.records[submission].deliveries.items():
            if delivery.customer_id and ledger.records[submission].submission:
                console.print(plain(f"still in {name}: customer {delivery.customer_id}"))
    if any(record.revocation and not record.settled for record in ledger.records.values()):
        errors.print("note: a revocation had not arrived; it is not sent any more")
    late = [
        delivery
        for submission in submissions
        for delivery in ledger.records[submission].deliveries.values()
        if delivery.state == "attempting"
        and delivery.attempted_at is not None
        and events.utcnow() - delivery.attempted_at < UNDER_WAY
    ]
    if late:
        errors.print("a delivery was under way; run the same once more in two minutes")
        raise SystemExit(ATTENTION)
