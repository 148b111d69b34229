"""`log` and `show`: what came in and what became of it."""

import time
from contextlib import nullcontext, suppress
from datetime import datetime
from functools import partial
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from frontdesk.cli import curl, evidence
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import console, errors, hanging, plain, print_json, print_table
from frontdesk.cli.selection import find_record, refuse_unknown, selected, selection, short
from frontdesk.delivery.addressees import addressees, entry
from frontdesk.delivery.consents import Renamed, present
from frontdesk.journal.files import POLL
from frontdesk.journal.lines import Damage
from frontdesk.journal.tail import Tail
from frontdesk.model.events import AnyEvent, Notified
from frontdesk.model.ledger import Delivery, Ledger, Record
from frontdesk.model.revocations import Known

COLUMNS = ("received (UTC)", "id", "form", "state", "name", "contact", "unit", "remark")


def subject(record: Record) -> str:
    """Who it is about, in a few words; of a revocation, whose consent is revoked."""
    if record.submission is not None:
        return record.submission.lead.name
    wanted = record.revocation
    return f"revokes consent {wanted.consent}" if wanted else ""


def row(record: Record) -> tuple[str, ...]:
    submission, wanted = record.submission, record.revocation
    if wanted is not None:
        whose = wanted.email or wanted.customer or short(wanted.submission or wanted.id)
        at = f"{wanted.at:%Y-%m-%d %H:%M:%S}"
        named = subject(record), whose, "", remark(record)
        return (at, short(record.id), "", record.state, *named)
    if submission is None:
        return ("", short(record.id), "", record.state, "", "", "", "its first line is missing")
    lead = submission.lead
    return (
        f"{submission.at:%Y-%m-%d %H:%M:%S}",
        short(submission.id),
        submission.form,
        record.state,
        lead.name,
        lead.email or lead.phone or "",
        lead.unit or "",
        remark(record),
    )


def remark(record: Record) -> str:
    """Why a submission is where it is, in one line."""
    submission = record.submission
    if record.duplicate_of is not None and submission and submission.origin.message:
        return f"{short(record.duplicate_of)} has all of it"
    if record.duplicate_of is not None:
        return f"the same enquiry as {short(record.duplicate_of)}, sent again"
    if record.held is not None:
        return record.held
    reasons = []
    for name, delivery in record.deliveries.items():
        if delivery.superseded_by is not None:
            reasons.append(f"{name}: granted again by {short(delivery.superseded_by)}")
        elif delivery.state == "delivered" and record.revocation is not None:
            reasons.append(f"{name}: done")
        elif delivery.state == "delivered":
            reasons.append(
                f"{name}: customer {delivery.customer_id or 'unknown'}{_found(delivery)}"
            )
        elif delivery.reason:
            answer = delivery.answer.said if delivery.answer else ""
            said = f": {answer.splitlines()[0][:100]}" if answer else ""
            reasons.append(f"{name}: {delivery.reason}{said}")
    return "; ".join(reasons)


def _found(delivery: Delivery) -> str:
    """How well it is known that a CRM has what it took."""
    if delivery.listed is False:
        return " (not in the CRM's list)"
    if delivery.reconciled:
        return " (found by lookup)"
    untold = delivery.customer_id is None and delivery.inquiry_id is None
    return " (unconfirmed)" if untold and not delivery.listed else ""


def described(record: Record) -> dict[str, Any]:
    """A record for `--json`."""
    what = {"revocation": record.revocation} if record.revocation else {}
    return {
        "state": record.state,
        "remark": remark(record),
        "submission": record.submission,
        **what,
        "deliveries": record.deliveries,
        "amended": record.amended,
    }


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
    filters: dict[str, Any] = {
        "state": state,
        "form": form,
        "since": since,
        "until": until,
        "texts": _spellings(text, operator) if text else (),
    }
    # Whoever follows ends it with Ctrl-C, at whatever moment.
    with suppress(KeyboardInterrupt) if follow else nullcontext():
        tail = operator.journal.tail()
        ledger = operator.ledger(tail.read())
        refuse_unknown(form, operator.settings, ledger)
        _list(ledger, filters, limit, follow=follow, as_json=as_json)
        if follow:
            _follow(ledger, tail, filters, as_json=as_json)


def _spellings(text: str, operator: Operator) -> tuple[str, ...]:
    """A text as it was typed; an address or a number also as it would have been stored."""
    from frontdesk.cli.whom import Whom  # the forms themselves, which no other list needs

    contact = "@" in text or sum(c.isdecimal() for c in text) > 5
    marks = Whom(text, operator.settings.forms.values()).marks if contact else ()
    return (text, *sorted(marks))


def _list(
    ledger: Ledger, filters: dict[str, Any], limit: int | None, *, follow: bool, as_json: bool
) -> None:
    records = selected(ledger.records.values(), **filters)
    if limit:
        records = records[-limit:]
    if as_json:
        for record in records:
            print_json(described(record))
    elif records:
        print_table(COLUMNS, map(row, records))
    elif not follow:
        errors.print("no submissions" if not ledger.records else "none matches")


def _follow(ledger: Ledger, tail: Tail, filters: dict[str, Any], *, as_json: bool) -> None:
    while True:
        changed: dict[Any, Record] = {}
        for line in tail.read():
            if isinstance(line, Damage):
                errors.print(plain(f"skipped {line}"))
            elif (record := ledger.apply(line.event)) is not None:
                changed[record.id] = record
        for record in selected(changed.values(), **filters):
            if as_json:
                print_json(described(record))
            else:
                console.print(plain(hanging("  ".join(filter(None, row(record))), 21)))
        time.sleep(POLL)


@click.command(cls=Command)
@click.argument("submission", metavar="ID")
@click.option("--request", is_flag=True, help="What was sent, as curl commands without secrets.")
@click.option(
    "--evidence", "proof", is_flag=True, help="Who agreed to what, and all that followed."
)
@click.option("--html", is_flag=True, help="With --evidence: a page to print.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every journal line.")
@pass_operator
def show(
    operator: Operator, submission: str, *, request: bool, proof: bool, html: bool, as_json: bool
) -> None:
    """Show a submission, or a revocation, and all that happened to it.

    The start of its id is enough.
    """
    if html and (not proof or as_json):
        raise click.UsageError("--html goes with --evidence, and not with --json")
    ledger = operator.ledger()
    record = find_record(ledger, submission)
    renamed = operator.settings.consents_renamed
    revoked = since_revoked(ledger, record, renamed, withdrawn=proof)
    its_revocations = {known.id for known in revoked} - {record.id}
    lines: list[AnyEvent] = []
    revoking: list[AnyEvent] = []
    for line in operator.journal.read():
        if isinstance(line, Damage):
            continue
        if (event := _about(record, line.event)) is not None:
            lines.append(event)
        elif line.event.id in its_revocations:
            revoking.append(line.event)
    if proof:
        found = evidence.evidence(record, lines, revoked, revoking)
        if found is None:
            raise click.UsageError(f"{submission!r} is a revocation, or its first line is missing")
        if html:
            click.echo(evidence.as_page(found))
        elif as_json:
            print_json(found)
        else:
            evidence.show_text(found)
        return
    if as_json:
        print_json({**described(record), "revoked": revoked, "events": lines})
        return
    if request:
        for command in curl.commands(lines):
            click.echo(command)
        return
    console.print(plain(f"{record.id}  {record.state}  {remark(record)}"))
    for key, value in _facts(record, ledger).items():
        console.print(plain(f"  {key:<12} {hanging(shown(value), 15)}"))
    for known in revoked:
        when = f"{known.at:%Y-%m-%d %H:%M:%S} by {known.by}"
        where = ", ".join(known.destinations)
        text = f"consent {known.consent}, {when}: not sent to {where} any more ({short(known.id)})"
        console.print(plain(f"  {'revoked':<12} {hanging(text, 15)}"))
    console.print(plain("  history"))
    present = addressees(operator.settings)
    for event in lines:
        told = msgspec.to_builtins(event)
        details = {
            key: value
            for key, value in told.items()
            if key not in ("event", "id", "at", "lead", "origin", "attempt", "form", "request")
        }
        if isinstance(event, Notified):
            details["receiver"] = entry(event, ledger.receivers, present)
        said = hanging(shown(details), 36)
        console.print(plain(f"    {event.at:%Y-%m-%d %H:%M:%S}  {told['event']:<10} {said}"))


def since_revoked(
    ledger: Ledger, record: Record, renamed: Renamed, *, withdrawn: bool = False
) -> list[Known]:
    """What the person has revoked since, of what a submission grants; see Revocations.since."""
    submission = record.submission
    if submission is None:
        return []
    ledger.revocations.introduce(lambda: (one.marks for one in ledger.records.values()))
    now = partial(present, renamed, submission.form)
    granted = {now(consent.id) for consent in submission.lead.consents if consent.granted}
    theirs = ledger.revocations.since(submission.at, record.marks, withdrawn=withdrawn)
    return [known for known in theirs if now(known.consent) in granted]


def _facts(record: Record, ledger: Ledger) -> dict[str, Any]:
    """What is known of it, but for what happened to it."""
    if (wanted := record.revocation) is not None:
        ledger.revocations.introduce(lambda: (one.marks for one in ledger.records.values()))
        facts = msgspec.to_builtins(wanted)
        for name in wanted.destinations:
            if theirs := ledger.revocations.customers(wanted, name):
                facts[f"known in {name}"] = f"customer {', '.join(theirs)}"
        return {key: value for key, value in facts.items() if key not in ("event", "id", "at")}
    facts = msgspec.to_builtins(record.submission)
    return {**facts["lead"], **facts["origin"]}


def _about(record: Record, event: AnyEvent) -> AnyEvent | None:
    """What a line says of a submission: of what somebody was told, only its own part."""
    if isinstance(event, Notified):
        own = tuple(key for key in event.what if key.endswith(f":{record.id}"))
        return replace(event, what=own, over=()) if own else None
    return event if event.id == record.id else None


def shown(value: Any) -> str:
    """A value of a lead or an event in one line."""
    match value:
        case dict():
            return "  ".join(f"{key}={shown(item)}" for key, item in value.items())
        case list() | tuple() if all(isinstance(item, dict) for item in value):
            return "; ".join(map(shown, value))
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value).strip()
