"""Recognises the same enquiry sent again, as people do who doubt that the first one arrived."""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from frontdesk.journal.events import Received


class Twins:
    """Remembers what came in within a window of time: a digest and an id each."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._seen: OrderedDict[bytes, tuple[datetime, UUID]] = OrderedDict()

    def earlier(self, event: Received) -> UUID | None:
        """The submission with the same content on the same form, not long before this one."""
        if not self._window:
            return None
        content = msgspec.json.encode((event.form, event.lead))
        digest = hashlib.blake2b(content, digest_size=16).digest()
        at, first = self._seen.get(digest, (event.at, event.id))
        if first != event.id and abs(event.at - at) <= self._window:
            return first
        self._seen[digest] = (event.at, event.id)
        self._seen.move_to_end(digest)
        self._prune(event.at)
        return None

    def _prune(self, now: datetime) -> None:
        while self._seen and now - next(iter(self._seen.values()))[0] > self._window:
            self._seen.popitem(last=False)
