"""`check`, `verify` and `consents`: what is asked of the CRM itself."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import click

from frontdesk import crm, proxies
from frontdesk.cli.operator import Command, Operator, by, pass_operator, told
from frontdesk.cli.printing import Remark, console, plain, print_json, print_table, report
from frontdesk.cli.whom import folded
from frontdesk.crm.realgeeks import webhook
from frontdesk.delivery.destination import (
    ConsentKeeper,
    DeliveryError,
    Destination,
    Finding,
    Searchable,
)
from frontdesk.intake.captcha import build
from frontdesk.journal import events
from frontdesk.journal.ledger import Account, Ledger


@click.command(cls=Command)
@click.option("--open", "opens", is_flag=True, help="Open closed accounts that take us again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def check(operator: Operator, *, opens: bool, as_json: bool) -> None:
    """Check the configuration, the journal, the captcha and every CRM account."""
    findings = [("configuration", Finding(True, "valid"))]
    findings += [("journal", finding) for finding in _journal(operator)]
    findings += [("captcha", finding) for finding in _captchas(operator)]
    findings += [("webhook", finding) for finding in webhook.findings(operator.settings)]
    findings += [("proxies", finding) for finding in _proxies(operator)]
    ledger = operator.ledger()
    for name, destination in crm.destinations(operator.settings).items():
        account = ledger.account(name)
        findings += [(name, f) for f in _account(operator, account, name, destination, opens=opens)]
    report([Remark(name, *finding) for name, finding in findings], as_json=as_json)


def _journal(operator: Operator) -> Iterator[Finding]:
    reason = operator.journal.readiness()
    where = operator.journal.directory
    yield Finding(reason is None, f"{where}: {reason or 'can be written'}")


def _proxies(operator: Operator) -> Iterator[Finding]:
    settings = operator.settings
    if proxies.noticed(settings.data_dir, settings.trusted_proxies):
        yield Finding(False, f"{proxies.UNKNOWN}; set it to their number, or nobody has an address")


def _captchas(operator: Operator) -> Iterator[Finding]:
    settings = operator.settings
    sections = {
        settings.captcha_of(form).model_dump_json(): settings.captcha_of(form)
        for form in settings.forms.values()
    }
    for section in sections.values():
        captcha = build(section, settings.secret_key, settings.data_dir)
        problem = captcha.diagnose()
        yield Finding(problem is None, f"{captcha.provider}: {problem or 'works'}")


def _account(
    operator: Operator, account: Account, name: str, destination: Destination, *, opens: bool
) -> Iterator[Finding]:
    forms = [f for f in operator.settings.forms.values() if name in f.destinations]
    closed = ""
    if account.closed_at:
        closed = f"closed since {account.closed_at:%Y-%m-%d %H:%M} UTC ({account.closed})"
    try:
        yield from destination.check(forms)
    except DeliveryError as error:
        yield Finding(False, told(error))
        if closed:
            yield Finding(False, f"{closed}; nothing is sent")
        return
    if closed and opens:
        operator.journal.append(events.Opened(destination=name, by=by()))
        yield Finding(True, f"was {closed}; is open again")
    elif closed:
        again = "the CRM takes us again: `frontdesk check --open` opens it"
        yield Finding(False, f"{closed}; {again}")


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@pass_operator
def verify(operator: Operator, *, as_json: bool) -> None:
    """Compare what was delivered with what the CRM lists, as far as its list goes back."""
    ledger = operator.ledger()
    findings: list[tuple[str, Finding]] = []
    for name, destination in crm.destinations(operator.settings).items():
        if destination.lookups is None or not isinstance(destination, Searchable):
            findings.append((name, Finding(True, "has no list to compare with")))
            continue
        since = events.utcnow() - destination.lookups.back
        # Of what was sent twice, by a person's decision or after an erasure, both.
        delivered = [
            (record.submission, claim)
            for claim in ledger.account(name).claims
            if claim.at >= since
            and claim.submission is not None
            and (record := ledger.records.get(claim.submission))
            and record.submission
        ]
        try:
            findings += [(name, finding) for finding in destination.compare(delivered, since)]
        except DeliveryError as error:
            findings.append((name, Finding(False, told(error))))
    report([Remark(name, *finding) for name, finding in findings], as_json=as_json)


@click.group()
def consents() -> None:
    """The consent types of the CRM, and their revocation."""


def _keeper(operator: Operator, name: str | None) -> tuple[str, ConsentKeeper]:
    """The account that is meant; it need not be named where only one keeps consents."""
    every = crm.destinations(operator.settings)
    keepers = {each: known for each, known in every.items() if isinstance(known, ConsentKeeper)}
    if name in keepers:
        return name, keepers[name]
    if name in every or not keepers:
        what = name or ", ".join(every)
        raise click.UsageError(f"{what}: this CRM keeps no consents")
    if name is None and len(keepers) == 1:
        return next(iter(keepers.items()))
    raise click.UsageError(f"say which --destination: {', '.join(keepers)}")


@consents.command(name="list", cls=Command)
@click.option("--destination", help="Which account, if there are several.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a consent type.")
@pass_operator
def list_types(operator: Operator, *, destination: str | None, as_json: bool) -> None:
    """List the consent types that the CRM knows, for `forms.<form>.consents`."""
    types = _keeper(operator, destination)[1].consent_types()
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
    name, account = _keeper(operator, destination)
    theirs = _submissions_of(operator.ledger(), name, email=email, customer=customer)
    account.revoke_consent(consent, email=email, customer=customer, notes=notes)
    console.print(plain(f"consent {consent} of {email or customer} is revoked"))
    operator.journal.append(
        *(
            events.Revoked(id=submission, destination=name, consent=consent, by=by())
            for submission in theirs or [uuid4()]
        )
    )


def _submissions_of(ledger: Ledger, name: str, *, email: str, customer: str) -> list[UUID]:
    """A customer's submissions that went to this destination, as far as we know them."""
    return [
        record.id
        for record in ledger.records.values()
        if record.submission
        and (delivery := record.deliveries.get(name))
        and delivery.state == "delivered"
        and (
            delivery.customer_id == customer
            if customer
            else folded(record.submission.lead.email or "") == folded(email)
        )
    ]
