"""Try whether the receivers of notifications can be reached."""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from frontdesk.config import Settings
from frontdesk.model.events import Notified
from frontdesk.monitoring.alerter import speaker
from frontdesk.monitoring.recipients import recipients
from frontdesk.sender import MessageError, Sender
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError


class Tried(NamedTuple):
    """A test message to one `entry` of `notify.urls`; `reason`: why it was not taken, or None."""

    entry: str
    service: str
    reason: str | None


def send_tests(store: Store, settings: Settings) -> Iterator[Tried]:
    """Send a test message to each of `notify.urls`, in order, and write the result down.

    Why a message was not taken is in the answer, and raises nothing.
    """
    text = f"If something needed you, you would read it here.\n\nThis is {speaker(settings)}."
    for recipient in recipients(settings):
        sender = Sender(recipient.url)
        reason: str | None = None
        try:
            sender.send("Frontdesk: a test", text, well=True)
        except MessageError as error:
            reason = str(error)
        # `status` and the courier are to know. But a broken journal may be why this is tried.
        with suppress(JournalError):
            store.append(Notified(receiver=recipient.identity, reason=reason))
        yield Tried(recipient.entry, sender.name, reason)
