"""`check`, `verify` and `consents`: what is asked of the CRM itself."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import click

from frontdesk import crm
from frontdesk.cli.operator import (
    Command,
    Operator,
    Remark,
    by,
    console,
    pass_operator,
    plain,
    print_json,
    print_table,
    report,
    told,
)
from frontdesk.delivery.destination import DeliveryError, Destination, Finding
from frontdesk.intake.captcha import build
from frontdesk.journal import events
from frontdesk.journal.ledger import Claim, Delivery, Ledger


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def check(operator: Operator, *, as_json: bool) -> None:
    """Check the configuration, the journal, the captcha and every CRM account.

    An account that takes us is opened again, if it was closed.
    """
    findings = [("configuration", Finding(True, "valid"))]
    findings += [("journal", finding) for finding in _journal(operator)]
    findings += [("captcha", finding) for finding in _captchas(operator)]
    ledger = operator.ledger()
    for name, destination in crm.destinations(operator.settings).items():
        findings += [(name, finding) for finding in _account(operator, ledger, name, destination)]
    report([Remark(name, *finding) for name, finding in findings], as_json=as_json)


def _journal(operator: Operator) -> Iterator[Finding]:
    reason = operator.journal.readiness()
    where = operator.journal.directory
    yield Finding(reason is None, f"{where}: {reason or 'can be written'}")


def _captchas(operator: Operator) -> Iterator[Finding]:
    settings = operator.settings
    sections = {
        settings.captcha_of(form).model_dump_json(): settings.captcha_of(form)
        for form in settings.forms.values()
    }
    for section in sections.values():
        captcha = build(section, settings.secret_key[0], settings.data_dir)
        problem = captcha.diagnose()
        yield Finding(problem is None, f"{captcha.provider}: {problem or 'works'}")


def _account(
    operator: Operator, ledger: Ledger, name: str, destination: Destination
) -> Iterator[Finding]:
    forms = [f for f in operator.settings.forms.values() if name in f.destinations]
    closed = ledger.account(name).closed
    try:
        yield from destination.check(forms)
    except DeliveryError as error:
        yield Finding(False, told(error))
        if closed:
            yield Finding(False, f"closed, because {closed}; nothing is sent")
        return
    if closed:
        operator.journal.append(events.Opened(destination=name, by=by()))
        yield Finding(True, f"was closed ({closed}), is open again")


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def verify(operator: Operator, *, as_json: bool) -> None:
    """Compare what was delivered with what the CRM lists, as far as its list goes back."""
    ledger = operator.ledger()
    findings: list[tuple[str, Finding]] = []
    for name, destination in crm.destinations(operator.settings).items():
        if destination.lookups is None:
            findings.append((name, Finding(True, "has no list to compare with")))
            continue
        since = events.utcnow() - destination.lookups.back
        delivered = [
            (record.submission, _claim(record.id, delivery.ended_at, delivery))
            for record in ledger.records.values()
            if record.submission
            and (delivery := record.deliveries.get(name))
            and delivery.state == "delivered"
            and delivery.ended_at is not None
            and delivery.ended_at >= since
        ]
        try:
            findings += [(name, finding) for finding in destination.compare(delivered, since)]
        except DeliveryError as error:
            findings.append((name, Finding(False, told(error))))
    report([Remark(name, *finding) for name, finding in findings], as_json=as_json)


def _claim(submission: UUID, at: datetime, delivery: Delivery) -> Claim:
    return Claim(at, delivery.customer_id, delivery.inquiry_id, submission)


@click.group()
def consents() -> None:
    """The consent types of the CRM, and their revocation."""


def _destination(operator: Operator, name: str | None) -> Destination:
    every = crm.destinations(operator.settings)
    if name is None and len(every) == 1:
        return next(iter(every.values()))
    if name not in every:
        raise click.UsageError(f"say which --destination: {', '.join(every)}")
    return every[name]


@consents.command(name="list", cls=Command)
@click.option("--destination", help="Which account, if there are several.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a consent type.")
@pass_operator
def list_types(operator: Operator, *, destination: str | None, as_json: bool) -> None:
    """List the consent types that the CRM knows, for `forms.<form>.consents`."""
    types = _destination(operator, destination).consent_types()
    if as_json:
        for number, name in types:
            print_json({"id": number, "name": name})
    else:
        print_table(("id", "name"), types)


@consents.command(cls=Command)
@click.argument("consent", type=click.IntRange(min=1), metavar="CONSENT-ID")
@click.option("--email", default="", help="The customer's email address.")
@click.option("--customer", default="", help="The customer's id in the CRM.")
@click.option("--notes", default="", help="Why, for the CRM's record.")
@click.option("--destination", help="Which account, if there are several.")
@pass_operator
def revoke(
    operator: Operator,
    *,
    consent: int,
    email: str,
    customer: str,
    notes: str,
    destination: str | None,
) -> None:
    """Revoke a consent that a customer has given."""
    if bool(email) == bool(customer):
        raise click.UsageError("say who: exactly one of --email and --customer")
    account = _destination(operator, destination)
    account.revoke_consent(consent, email=email, customer=customer, notes=notes)
    console.print(plain(f"consent {consent} of {email or customer} is revoked"))
