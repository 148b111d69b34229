"""Those who are to be told when something needs a person: whether they can be."""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from frontdesk.config import Settings
from frontdesk.model.events import Notified
from frontdesk.monitoring.alerter import speaker
from frontdesk.monitoring.recipients import recipients
from frontdesk.sender import MessageError, Sender
from frontdesk.store.base import JournalError, Store


class Tried(NamedTuple):
    """A test message: to which `entry` of `notify.urls`, by what service, why it was not taken."""

    entry: str
    service: str
    reason: str | None


def send_tests(store: Store, settings: Settings) -> Iterator[Tried]:
    """Send a test message to each of `notify.urls`, in order, and write down what came of it."""
    text = f"If something needed you, you would read it here.\n\nThis is {speaker(settings)}."
    for recipient in recipients(settings):
        sender = Sender(recipient.url)
        reason: str | None = None
        try:
            sender.send("Frontdesk: a test", text, well=True)
        except MessageError as error:
            reason = str(error)
        with suppress(JournalError):  # so that `status` and the courier know; it may be the trouble
            store.append(Notified(receiver=recipient.identity, reason=reason))
        yield Tried(recipient.entry, sender.name, reason)
