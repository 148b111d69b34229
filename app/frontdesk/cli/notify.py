"""`notify`: whether those who are to be told can be told."""

from contextlib import suppress

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import Remark, report
from frontdesk.delivery.addressees import Addressee, addressees
from frontdesk.delivery.notifier import desk
from frontdesk.journal.files import JournalError
from frontdesk.messenger import MessageError, Messenger
from frontdesk.model.events import Notified


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a receiver.")
@pass_operator
def notify(operator: Operator, *, as_json: bool) -> None:
    """Send a test message to everybody in `notify.urls`; exits with 1 if one does not take it."""
    settings = operator.settings
    if not settings.notify.urls:
        raise click.UsageError("nobody is to be told: the configuration has no notify.urls")
    text = f"If something needed you, you would read it here.\n\nThis is {desk(settings)}."
    report(
        [
            _try(operator, addressee, Messenger(addressee.url), text)
            for addressee in addressees(settings)
        ],
        as_json=as_json,
    )


def _try(operator: Operator, addressee: Addressee, messenger: Messenger, text: str) -> Remark:
    reason: str | None = None
    try:
        messenger.send("Frontdesk: a test", text, well=True)
    except MessageError as error:
        reason = str(error)
    with suppress(JournalError):  # so that `status` and the courier know; it may be the trouble
        operator.journal.append(Notified(receiver=addressee.identity, reason=reason))
    said = f"{messenger.name}: {reason or 'took a test message'}"
    return Remark(addressee.entry, reason is None, said)
