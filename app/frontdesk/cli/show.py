"""`show`: one submission, or revocation, and what became of it."""

from typing import Any

import click
import msgspec

from frontdesk.cli import curl
from frontdesk.cli.evidence import as_page, show_text
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import console, hanging, plain, print_json
from frontdesk.cli.records import shown
from frontdesk.model.events import Notified
from frontdesk.operations.evidence import evidence
from frontdesk.operations.find import find_record, short
from frontdesk.operations.record import described, remark
from frontdesk.operations.story import Story, story

# What is shown above the history, or not at all.
_ELSEWHERE = ("event", "id", "at", "lead", "origin", "attempt", "form", "request")


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
    store, settings = operator.store, operator.settings
    record = find_record(store, submission)
    if proof:
        found = evidence(store, settings, record)
        if html:
            click.echo(as_page(found))
        elif as_json:
            print_json(found)
        else:
            show_text(found)
        return
    told = story(store, settings, record)
    if as_json:
        print_json({**described(record), "revoked": told.revoked, "events": told.events})
    elif request:
        for command in curl.commands(told.events):
            click.echo(command)
    else:
        _show(told)


def _show(told: Story) -> None:
    record = told.record
    console.print(plain(f"{record.id}  {record.state}  {remark(record)}"))
    for key, value in _facts(told).items():
        console.print(plain(f"  {key:<12} {hanging(shown(value), 15)}"))
    for known in told.revoked:
        when = f"{known.at:%Y-%m-%d %H:%M:%S} by {known.by}"
        where = ", ".join(known.destinations)
        text = f"consent {known.consent}, {when}: not sent to {where} any more ({short(known.id)})"
        console.print(plain(f"  {'revoked':<12} {hanging(text, 15)}"))
    console.print(plain("  history"))
    for event in told.events:
        facts = msgspec.to_builtins(event)
        details = {key: value for key, value in facts.items() if key not in _ELSEWHERE}
        if isinstance(event, Notified):
            details["receiver"] = told.receivers[event.id]
        said = hanging(shown(details), 36)
        console.print(plain(f"    {event.at:%Y-%m-%d %H:%M:%S}  {facts['event']:<10} {said}"))


def _facts(told: Story) -> dict[str, Any]:
    """What is known of it, but for what happened to it."""
    if (wanted := told.record.revocation) is not None:
        facts = msgspec.to_builtins(wanted)
        for name, customers in told.customers.items():
            facts[f"known in {name}"] = f"customer {', '.join(customers)}"
        return {key: value for key, value in facts.items() if key not in ("event", "id", "at")}
    facts = msgspec.to_builtins(told.record.submission)
    return {**facts["lead"], **facts["origin"]}
