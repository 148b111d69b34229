"""Those who are to be told when something needs a person: whether they can be."""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from frontdesk.config import Settings
from frontdesk.delivery.addressees import addressees
from frontdesk.delivery.notifier import desk
from frontdesk.messenger import MessageError, Messenger
from frontdesk.model.events import Notified
from frontdesk.store.base import JournalError, Store


class Tried(NamedTuple):
    """A test message: to which `entry` of `notify.urls`, by what service, why it was not taken."""

    entry: str
    service: str
    reason: str | None


def send_tests(store: Store, settings: Settings) -> Iterator[Tried]:
    """Send a test message to each of `notify.urls`, in order, and write down what came of it."""
    text = f"If something needed you, you would read it here.\n\nThis is {desk(settings)}."
    for addressee in addressees(settings):
        messenger = Messenger(addressee.url)
        reason: str | None = None
        try:
            messenger.send("Frontdesk: a test", text, well=True)
        except MessageError as error:
            reason = str(error)
        with suppress(JournalError):  # so that `status` and the courier know; it may be the trouble
            store.append(Notified(receiver=addressee.identity, reason=reason))
        yield Tried(addressee.entry, messenger.name, reason)
