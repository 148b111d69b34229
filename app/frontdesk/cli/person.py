"""`person`: everything that is held about somebody, and its erasure (GDPR, articles 15, 17, 20)."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import click
import phonenumbers

from frontdesk.cli.look import COLUMNS, row
from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import (
    ATTENTION,
    console,
    errors,
    plain,
    print_json,
    print_table,
    progress,
)
from frontdesk.journal import events
from frontdesk.journal.erasure import erase
from frontdesk.journal.ledger import Ledger, Record
from frontdesk.journal.lines import Damage
from frontdesk.journal.plan import finish
from frontdesk.journal.rewriting import alone

UNDER_WAY = timedelta(minutes=2)  # within which the CRM's answer to an attempt may still come


@click.command(cls=Command)
@click.argument("who", metavar="EMAIL|PHONE")
@click.argument("action", type=click.Choice(["show", "export", "erase"]))
@click.option("--yes", is_flag=True, help="Erase without asking back.")
@pass_operator
def person(
    operator: Operator, *, who: str, action: Literal["show", "export", "erase"], yes: bool
) -> None:
    """Show, export or erase what the journal holds about a person."""
    with alone(operator.journal.directory):
        finish(operator.journal)
    marks = _marks(who, {form.phone_region for form in operator.settings.forms.values()})
    found, ledger = _search(operator, marks)
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
            question = f"Erase {len(submissions)} submissions for good?"
            if not yes and not click.confirm(question, err=True):
                raise SystemExit(ATTENTION)
            _erase(operator, found, submissions, marks, ledger)


def _marks(who: str, regions: Iterable[str]) -> frozenset[str]:
    """An email address, or a telephone number as E.164 in each region; exits with 2."""
    if "@" in who:
        return frozenset({folded(who)})
    marks = set()
    for region in regions:
        try:
            number = phonenumbers.parse(who, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            marks.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if not marks:
        raise click.UsageError(f"{who!r} is neither an email address nor a telephone number")
    return frozenset(marks)


def folded(email: str) -> str:
    """An address as it is compared, whatever its case and spelling."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def _is_about(event: events.AnyEvent, marks: frozenset[str]) -> bool:
    if not isinstance(event, events.Received | events.Amended):
        return False
    lead = event.lead
    return folded(lead.email or "") in marks or (lead.phone or "") in marks


def _search(operator: Operator, marks: frozenset[str]) -> tuple[list[events.AnyEvent], Ledger]:
    """All lines of the submissions that have, or once had, such an address; these folded.

    Those of leads of other systems with all their messages.
    """
    theirs: set[UUID] = set()
    told: dict[tuple[str, str], set[UUID]] = {}  # by a lead of another system
    with progress("Reading the journal") as step:
        for line in operator.journal.read():
            step()
            if isinstance(line, Damage):
                errors.print(plain(f"skipped {line}"))
            else:
                if _is_about(line.event, marks):
                    theirs.add(line.event.id)
                if isinstance(line.event, events.Received) and line.event.origin.message:
                    lead = line.event.form, line.event.origin.message.lead
                    told.setdefault(lead, set()).add(line.event.id)
    for (_, name), submissions in told.items():  # one message says who it is, another what they do
        if not theirs.isdisjoint(submissions) or name in map(str, theirs):
            theirs |= submissions
    found, ledger = [], Ledger()
    for line in operator.journal.read() if theirs else ():
        if not isinstance(line, Damage) and line.event.id in theirs:
            found.append(line.event)
            ledger.apply(line.event)
    return found, ledger


def _came(record: Record) -> datetime:
    """When a submission came in; one without its first line, before all others."""
    return record.submission.at if record.submission else datetime.min.replace(tzinfo=UTC)


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
    console.print(plain(f"{len(submissions)} submissions erased, {erased} lines emptied"))
    for submission in submissions:
        for name, delivery in ledger.records[submission].deliveries.items():
            if delivery.customer_id:
                console.print(plain(f"still in {name}: customer {delivery.customer_id}"))
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
