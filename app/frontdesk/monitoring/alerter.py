"""Send notifications, while the courier goes on delivering."""

import logging
import platform
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from frontdesk.config import Settings
from frontdesk.deadline import joined
from frontdesk.model.events import Notified, utcnow
from frontdesk.model.receivers import Receiver, Receivers
from frontdesk.model.record import Record
from frontdesk.monitoring.conditions import conditions
from frontdesk.monitoring.digest import Digest, digest, matters, remembered
from frontdesk.monitoring.machine import Machine
from frontdesk.monitoring.recipients import Recipient, recipients
from frontdesk.monitoring.status import status
from frontdesk.sender import MessageError, Sender
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError

log = logging.getLogger("frontdesk.notify")

GATHERING = 30.0  # seconds between looks, at most; news is sent one look after it was found
LONGEST_WAIT = 3600.0  # seconds until a receiver that took nothing is tried again
LEAST_WAIT = 1.0
UNWRITABLE = 1.0  # seconds between tries to write down that something was told
GRACE = 5.0  # seconds that a message under way gets when the courier stops


def speaker(settings: Settings) -> str:
    """The words by which a message says where it comes from."""
    where = settings.public_url or platform.node()
    return f"Frontdesk at {where}" if where else "Frontdesk"


class Alerter:
    """Looks at the journal now and then, and tells each receiver what is new, in its own thread.

    What a receiver knows is only kept in the journal, so that a restart repeats nothing.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._recipients = {one: Sender(one.url) for one in recipients(settings)}
        self._speaker = speaker(settings)
        self._interval = min(GATHERING, settings.notify.bundle)
        self._looked = -float("inf")
        self._gathering: set[Recipient] = set()
        self._under_way: dict[Recipient, threading.Thread] = {}
        self._stop = threading.Event()

    def look(self, store: Store, records: Collection[Record]) -> None:
        """Start sending what is due now. Does not wait for it, and raises nothing.

        `store`: the one to ask. `records`: all that are open at the moment.
        """
        if time.monotonic() - self._looked < self._interval:
            return
        self._looked = time.monotonic()
        try:
            self._look(store, records, utcnow())
        except Exception:  # no fault of this may hold up deliveries
            log.exception("nobody could be told how things stand")

    def _look(self, store: Store, records: Collection[Record], now: datetime) -> None:
        settings = self._settings
        facts = store.facts()
        found = status(
            facts, store.states(), records, settings.destinations, now, (), settings.last
        )
        # This process delivers. A proxy is for `status` and the log to mention.
        machine = Machine.now(store, settings)._replace(delivering=True, proxied=False)
        late = timedelta(seconds=settings.notify.late)
        standing = matters(conditions(found, machine, now, late), facts, records)
        self._rename(facts.receivers)
        for recipient in self._recipients:
            thread = self._under_way.get(recipient)
            if thread is not None:
                # Before it ended it wrote down what was told. The facts above may be older than
                # that; those of the next look are not.
                if not thread.is_alive():
                    del self._under_way[recipient]
                continue
            known = recipient.known(facts.receivers)
            receiver = remembered(known, standing, settings.destinations)
            repeat = timedelta(seconds=settings.notify.repeat)
            news = digest(standing, receiver, now, repeat, self._speaker)
            if news is None:
                self._gathering.discard(recipient)
            elif recipient not in self._gathering:
                self._gathering.add(recipient)
            elif not self._waits(receiver, now):
                self._gathering.discard(recipient)
                self._start(recipient, news, now)

    def _rename(self, receivers: Receivers) -> None:
        """Write down all receivers' former names, while the configuration still says them."""
        lines = [line for one in self._recipients for line in one.renamings(receivers)]
        if lines:
            with suppress(JournalError):  # the next look tries again
                self._store.append(*lines)

    def _waits(self, receiver: Receiver, now: datetime) -> bool:
        """Whether it is too soon after the last try; a time in the future delays nothing."""
        if receiver.tried_at is None or receiver.tried_at > now:
            return False
        wait = self._settings.notify.bundle
        if receiver.failures:
            wait = max(wait, LEAST_WAIT) * 2.0 ** min(receiver.failures - 1, 40)
            wait = max(self._settings.notify.bundle, min(wait, LONGEST_WAIT))
        return (now - receiver.tried_at).total_seconds() < wait

    def _start(self, recipient: Recipient, news: Digest, now: datetime) -> None:
        tell = partial(self._tell, recipient, news, now)
        thread = threading.Thread(target=tell, name="notify", daemon=True)
        self._under_way[recipient] = thread
        thread.start()

    def rest(self) -> None:
        """Give messages that are being sent GRACE to end; one that does not is sent again later."""
        self._stop.set()
        joined(self._under_way.values(), GRACE)
        self._stop.clear()  # this process may be elected again
        self._gathering.clear()

    # -- in a receiver's thread -----------------------------------------------------------------

    def _tell(self, recipient: Recipient, news: Digest, now: datetime) -> None:
        sender, entry = self._recipients[recipient], recipient.entry
        told = Notified(at=now, receiver=recipient.identity)
        try:
            sender.send(news.title, news.text, well=not news.what and not news.again)
        except MessageError as error:
            log.error("%s (%s) took no message: %s", entry, sender.name, error)
            self._write(replace(told, reason=str(error)))
        else:
            log.info("%s (%s) was told: %s", entry, sender.name, news.title)
            self._write(replace(told, what=news.what, over=news.over, again=news.again))

    def _write(self, event: Notified) -> None:
        """Write down what was told, and try until the disk takes it.

        Until then the receiver is told nothing more: it would hear the same again and again.
        """
        while True:
            try:
                self._store.append(event)
                return
            except JournalError:
                if self._stop.wait(UNWRITABLE):
                    return
