"""`replay`, `amend` and `release`: what a person decides about submissions."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import click
import msgspec

from frontdesk.cli.look import remark, shown, subject
from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import (
    ATTENTION,
    WRONG,
    console,
    errors,
    plain,
    print_json,
    print_table,
    progress,
)
from frontdesk.cli.selection import find_record, refuse_unknown, selected, selection, short
from frontdesk.cli.waiting import wait
from frontdesk.journal.lines import read_file
from frontdesk.model import events
from frontdesk.model.ledger import Ledger, Record


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
    own = operator.ledger()
    ledger = operator.ledger(read_file(foreign)) if foreign else own
    chosen: Iterable[Record] = (
        [find_record(ledger, wanted) for wanted in ids] if ids else ledger.records.values()
    )
    refuse_unknown(form, operator.settings, ledger)
    chosen = selected(chosen, state=state, form=form, since=since, until=until)
    sent: list[tuple[Record, str]] = []
    skipped: list[tuple[Record, str]] = []
    for record in chosen:
        why = _not_replayed(record, own, operator.settings.destinations, force=force)
        (skipped if why else sent).append((record, why))
    if not dry_run:
        with progress("Putting them in the outbox", total=len(sent)) as step:
            for record, _ in sent:
                operator.journal.append(*_replay(record, foreign=bool(foreign), force=force))
                step()
        if sent and not no_wait:
            own = wait(operator, [record.id for record, _ in sent])
    _report(own, sent, skipped, dry_run=dry_run, waited=not no_wait, as_json=as_json)


def _not_replayed(
    record: Record, own: Ledger, configured: Mapping[str, object], *, force: bool
) -> str:
    here = own.records.get(record.id)
    delivered = "delivered" in (record.state, here.state if here else "")
    if not record.begun:
        return "its first line is missing"
    if record.erased:
        return "was erased"
    if record.discarded:
        return "was discarded"
    if record.duplicate_of is not None and not force:
        return f"repeats {short(record.duplicate_of)}; --force sends it all the same"
    if record.held is not None:
        return "is held; release it"
    if delivered and not force:
        return "is delivered already; --force sends it twice"
    unknown = sorted(set(record.destinations) - set(configured))
    return f"no destination is called {', '.join(unknown)} here" if unknown else ""


def _replay(record: Record, *, foreign: bool, force: bool) -> list[events.AnyEvent]:
    stored = {name for name, delivery in record.deliveries.items() if delivery.stored}
    wanted = tuple(
        name
        for name in record.destinations
        if force or name not in record.deliveries or record.deliveries[name].state != "delivered"
    )
    lines: list[events.AnyEvent] = []
    if foreign:
        # What was under way there is unknown here too, and is looked up before it is sent.
        lines += [
            events.Attempt(id=record.id, at=delivery.attempted_at, destination=name)
            for name, delivery in record.deliveries.items()
            if delivery.word == "unknown" and delivery.attempted_at is not None
        ]
    lines.append(
        events.Replayed(
            id=record.id,
            by=by(),
            destinations=wanted,
            force=force,
            delivered=tuple(name for name in wanted if name in stored),
        )
    )
    # The whole of it once more, last: an outbox that has forgotten it, or never knew it, can send
    # it only then.
    return [*lines, record.revocation or _received(record)]


def _received(record: Record) -> events.Received:
    submission = record.submission
    assert submission is not None  # noqa: S101 - such records are skipped above
    return events.Received(
        id=record.id,
        at=submission.at,
        form=submission.form,
        lead=submission.lead,
        origin=submission.origin,
        destinations=submission.destinations,
    )


def _report(
    ledger: Ledger,
    sent: list[tuple[Record, str]],
    skipped: list[tuple[Record, str]],
    *,
    dry_run: bool,
    waited: bool,
    as_json: bool,
) -> None:
    rows = []
    for record, why in [*sent, *skipped]:
        now = ledger.records.get(record.id, record)
        outcome = "left alone" if why else "would be sent" if dry_run else now.state
        name = subject(record)
        rows.append((str(record.id), name, outcome, why or remark(now)))
    if as_json:
        for identity, name, outcome, why in rows:
            print_json({"id": identity, "name": name, "outcome": outcome, "remark": why})
    elif rows:
        print_table(("id", "name", "outcome", "remark"), ((row[0][:8], *row[1:]) for row in rows))
    else:
        errors.print("none matches")
    undelivered = [row for row in rows[: len(sent)] if row[2] != "delivered"]
    if not dry_run and waited and undelivered:
        raise SystemExit(ATTENTION)


@click.command(cls=Command)
@click.argument("submission", metavar="ID")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE…")
@pass_operator
def amend(operator: Operator, submission: str, changes: tuple[str, ...]) -> None:
    """Correct a lead, for example: amend 3f2c email=jana@example.com rooms=2+kk,3+kk

    The form's own validation applies; FIELD= empties a field. Then `replay` sends it.
    """
    from frontdesk.intake.correction import Correction  # the forms, which the others do without

    record = find_record(operator.ledger(), submission)
    if record.submission is None:
        raise click.UsageError(f"{submission!r} is a revocation; discard it, and revoke anew")
    if record.erased is not None:
        raise click.UsageError(f"{submission!r} was erased; nothing is known of it any more")
    form = operator.settings.forms.get(record.submission.form)
    if form is None:
        raise click.UsageError(f"the configuration has no form {record.submission.form!r}")
    wanted = {}
    for change in changes:
        field, equals, value = change.partition("=")
        if not equals:
            raise click.UsageError(f"{change!r} is not FIELD=VALUE")
        wanted[field] = value
    before = record.submission.lead
    correction = Correction(form, before)
    lead, problems = correction.apply(wanted)
    if lead is None:
        for field, messages in problems.items():
            errors.print(plain(f"{field}: {' '.join(messages)}"))
        raise SystemExit(WRONG)
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(lead)
    changed = tuple(key for key in {**old, **new} if old.get(key) != new.get(key))
    if not changed:
        errors.print("nothing has changed")
        return
    operator.journal.append(events.Amended(id=record.id, by=by(), lead=lead, changed=changed))
    for key in changed:
        console.print(plain(f"{key}: {shown(old.get(key, ''))} -> {shown(new.get(key, ''))}"))
    if record.state == "delivered":
        errors.print("note: the CRM still has the values from before")
        if "consents" in changed:
            errors.print("`frontdesk consents revoke` takes a consent away there")
    elif record.state == "failed":
        console.print(plain(f"Now: frontdesk replay {short(record.id)}"))


@click.command(cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--all", "everything", is_flag=True, help="All that are held (of --form, if given).")
@click.option("--form", help="With --all: only this form.")
@click.option(
    "--discard",
    is_flag=True,
    help="Do not send them, held or failed; they stay in the journal. Of revocations, too.",
)
@pass_operator
def release(
    operator: Operator, *, ids: tuple[str, ...], everything: bool, form: str | None, discard: bool
) -> None:
    """Let held submissions go to the CRM, or discard them."""
    if bool(ids) == everything:
        raise click.UsageError("say which: ids, or --all")
    ledger = operator.ledger()
    if ids:
        chosen = [find_record(ledger, wanted) for wanted in ids]
    else:
        chosen = selected(ledger.records.values(), state="held", form=form)
    attention = False
    for record in chosen:
        if record.state not in (("held", "failed") if discard else ("held",)):
            errors.print(plain(f"{short(record.id)} is not held but {record.state}"))
            attention = True
            continue
        decision = events.Discarded if discard else events.Released
        operator.journal.append(decision(id=record.id, by=by()))
        console.print(plain(f"{short(record.id)} {'discarded' if discard else 'released'}"))
    if not chosen:
        errors.print("nothing is held")
    if attention:
        raise SystemExit(ATTENTION)
