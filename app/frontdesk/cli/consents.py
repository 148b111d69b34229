"""`consents`: the consent types of the CRM, and their revocation."""

from uuid import UUID

import click

from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import ATTENTION, console, errors, plain, print_json, print_table
from frontdesk.cli.waiting import outcomes
from frontdesk.config.form import LAST_CONSENT
from frontdesk.operations import consents as revocation
from frontdesk.operations.consents import keepers
from frontdesk.operations.errors import InvalidError
from frontdesk.operations.find import find_record, short
from frontdesk.operations.record import described, remark
from frontdesk.store.base import Store


@click.group()
def consents() -> None:
    """The consent types of the CRM, and their revocation."""


@consents.command(name="list", cls=Command)
@click.option("--destination", help="Which account, if there are several.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a consent type.")
@pass_operator
def list_types(operator: Operator, *, destination: str | None, as_json: bool) -> None:
    """List the consent types that the CRM knows, for `forms.<form>.consents`."""
    known = keepers(operator.settings, destination)
    if len(known) > 1:
        raise click.UsageError(f"say which --destination: {', '.join(known)}")
    (keeper,) = known.values()
    types = keeper.consent_types()
    if as_json:
        for number, name in types:
            print_json({"id": number, "name": name})
    else:
        print_table(("id", "name"), types)


@consents.command(cls=Command)
@click.argument("consent", type=click.IntRange(1, LAST_CONSENT), metavar="CONSENT-ID")
@click.option("--email", default="", help="The customer's email address.")
@click.option("--customer", default="", help="The customer's id in the CRM.")
@click.option("--submission", default="", help="The id of a submission of the customer's.")
@click.option("--notes", default="", help="Why, for the CRM's record.")
@click.option("--destination", help="Only this account; else all whose CRM keeps consents.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the outcome.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@pass_operator
def revoke(
    operator: Operator,
    *,
    consent: int,
    email: str,
    customer: str,
    submission: str,
    notes: str,
    destination: str | None,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Revoke a consent that a customer has given.

    It is written down at once, sent as a lead is, and no older lead grants it again.
    """
    meant = keepers(operator.settings, destination)
    store = operator.store
    try:
        identity = revocation.revoke(
            store,
            meant,
            consent,
            by(),
            email=email,
            customer=customer,
            submission=_submission(store, submission) if submission else None,
            notes=notes,
        )
    except InvalidError as error:
        problems = (f"--{field}: {' '.join(said)}" for field, said in error.problems.items())
        raise click.UsageError("; ".join(problems)) from None
    known = {} if no_wait else outcomes(operator, [identity])
    record = known.get(identity) or store.get(identity)
    assert record is not None  # noqa: S101 - it was just written down
    if as_json:
        print_json({"id": identity, **described(record)})
    else:
        whose = email or customer or submission
        what = {"delivered": "is revoked", "failed": "could not be revoked"}
        said = what.get(record.state, "is going to be revoked")
        regranted = any(one.superseded_by for one in record.deliveries.values())
        if regranted:
            said = "was given again"
        reason = remark(record) if regranted or record.state != "delivered" else ""
        console.print(
            plain(f"consent {consent} of {whose} {said}{f': {reason}' if reason else ''}")
        )
        if record.state != "delivered":
            errors.print(plain(f"see frontdesk show {short(record.id)}"))
    if not no_wait and record.state != "delivered":
        raise SystemExit(ATTENTION)


def _submission(store: Store, asked: str) -> UUID:
    record = find_record(store, asked)
    if record.submission is None:
        raise click.UsageError(f"{asked!r} is no submission's id")
    return record.id
