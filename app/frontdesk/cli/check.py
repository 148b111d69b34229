"""`check`: whether all is as it should be, here and at every CRM."""

from collections.abc import Iterator

import click

from frontdesk import proxies
from frontdesk.cli.operator import Command, Operator, by, pass_operator, told
from frontdesk.cli.printing import Remark, report
from frontdesk.crm import accounts
from frontdesk.crm.realgeeks import webhook
from frontdesk.delivery.destination import DeliveryError, Destination, Finding
from frontdesk.intake.captcha import build
from frontdesk.model import events
from frontdesk.model.ledger import Account


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
    for name, destination in accounts.destinations(operator.settings).items():
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
