"""`notify`: whether those who are to be told can be told."""

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import Remark, report
from frontdesk.operations.receivers import send_tests


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a receiver.")
@pass_operator
def notify(operator: Operator, *, as_json: bool) -> None:
    """Send a test message to everybody in `notify.urls`; exits with 1 if one does not take it."""
    if not operator.settings.notify.urls:
        raise click.UsageError("nobody is to be told: the configuration has no notify.urls")
    tried = send_tests(operator.store, operator.settings)
    report(
        [Remark(one.entry, one.reason is None, _said(one.service, one.reason)) for one in tried],
        as_json=as_json,
    )


def _said(service: str, reason: str | None) -> str:
    return f"{service}: {reason or 'took a test message'}"
