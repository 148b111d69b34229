"""`consents`: the consent types of the CRM, and their revocation."""

from collections.abc import Mapping
from uuid import UUID

import click

from frontdesk.cli.look import described, remark
from frontdesk.cli.operator import Command, Operator, by, pass_operator
from frontdesk.cli.printing import ATTENTION, console, errors, plain, print_json, print_table
from frontdesk.cli.selection import find_record, short
from frontdesk.cli.waiting import wait
from frontdesk.crm import accounts
from frontdesk.delivery.destination import ConsentKeeper, DeliveryError
from frontdesk.intake.revocation import RevocationError, wanted
from frontdesk.model.ledger import Ledger


@click.group()
def consents() -> None:
    """The consent types of the CRM, and their revocation."""


def _keepers(operator: Operator, name: str | None) -> Mapping[str, ConsentKeeper]:
    """The accounts that are meant: the one that is named, or all that keep consents."""
    every = operator.settings.destinations
    if name is not None and name not in every:
        raise click.UsageError(f"no destination is called {name!r}; there are {', '.join(every)}")
    meant = [each for each in every if name in (None, each)]
    known = accounts.keepers(operator.settings)
    keepers = {each: known[each] for each in meant if each in known}
    if not keepers:
        raise click.UsageError(f"{', '.join(meant)}: this CRM keeps no consents")
    return keepers


@consents.command(name="list", cls=Command)
@click.option("--destination", help="Which account, if there are several.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a consent type.")
@pass_operator
def list_types(operator: Operator, *, destination: str | None, as_json: bool) -> None:
    """List the consent types that the CRM knows, for `forms.<form>.consents`."""
    keepers = _keepers(operator, destination)
    if len(keepers) > 1:
        raise click.UsageError(f"say which --destination: {', '.join(keepers)}")
    (keeper,) = keepers.values()
    types = keeper.consent_types()
    if as_json:
        for number, name in types:
            print_json({"id": number, "name": name})
    else:
        print_table(("id", "name"), types)


@consents.command(cls=Command)
@click.argument("consent", type=click.IntRange(min=1), metavar="CONSENT-ID")
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
    keepers = _keepers(operator, destination)
    ledger = operator.ledger()
    told = {
        "email": email,
        "customer": customer,
        "submission": submission and str(_submission(ledger, submission)),
        "notes": notes,
    }
    given = {field: value for field, value in told.items() if value}
    try:
        revocation = wanted({**given, "consent": consent}, keepers, by())
    except RevocationError as error:
        raise click.UsageError(
            "; ".join(f"--{f}: {t}" for f, t in error.problems.items())
        ) from None
    for name, keeper in keepers.items():
        if ledger.account(name).closed is None:  # else nobody may ask it anything
            _refuse_unknown(consent, name, keeper)
    operator.journal.append(revocation)
    if not no_wait:
        ledger = wait(operator, [revocation.id])
    else:
        ledger.apply(revocation)
    record = ledger.records[revocation.id]
    if as_json:
        print_json({"id": revocation.id, **described(record)})
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


def _submission(ledger: Ledger, wanted: str) -> UUID:
    record = find_record(ledger, wanted)
    if record.submission is None:
        raise click.UsageError(f"{wanted!r} is no submission's id")
    return record.id


def _refuse_unknown(consent: int, name: str, keeper: ConsentKeeper) -> None:
    try:
        types = dict(keeper.consent_types())
    except DeliveryError:
        return  # it cannot be asked, now or at all; whether it is one, the CRM will say
    if consent not in types:
        known = ", ".join(map(str, types))
        raise click.UsageError(f"{name} has no consent {consent}; it has {known or 'none'}")
