"""Recognises the same enquiry sent again, as people do who doubt that the first one arrived."""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

import msgspec

from frontdesk.journal.lines import Place
from frontdesk.model.events import Received

Family = dict[UUID, tuple[datetime, Place]]  # submissions with the same content, in their order


class Twins:
    """Remembers what came in within a window of time: a digest, ids and times."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._seen: OrderedDict[bytes, tuple[datetime, Family]] = OrderedDict()
        self._open: dict[UUID, Family] = {}  # of those that came after another

    def note(self, event: Received, place: Place) -> None:
        """Take in a submission that has come; each once, for what comes twice repeats nothing."""
        if not self._window:
            return
        content = msgspec.json.encode((event.form, event.lead))
        digest = hashlib.blake2b(content, digest_size=16).digest()
        _, family = self._seen.get(digest, (event.at, {}))
        if family:
            self._open[event.id] = family
        family[event.id] = event.at, place
        self._shorten(family)
        self._seen[digest] = (event.at, family)
        self._seen.move_to_end(digest)
        self._prune(event.at)

    def earlier(self, submission: UUID) -> list[tuple[UUID, datetime]]:
        """Those with the same content on the same form, not long before this one; oldest first."""
        family = self._open.get(submission, {})
        if submission not in family:
            return []
        before = list(family)[: list(family).index(submission)]
        at, _ = family[submission]
        known = [(one, family[one][0]) for one in before]
        return [(one, then) for one, then in known if abs(at - then) <= self._window]

    def places(self) -> list[Place]:
        """Where those stand that are remembered, in their order."""
        families = [family for _, family in self._seen.values()]
        found = [known for family in families for known in family.values()]
        return [place for _, place in sorted(found, key=itemgetter(0))]

    def close(self, submission: UUID) -> None:
        """Nobody will ask what this one repeats; it still speaks for those after it."""
        self._open.pop(submission, None)

    def forget(self, submission: UUID) -> None:
        """It speaks for none any more: it was not sent, or what it said is erased."""
        if submission in self._open:
            self._open.pop(submission).pop(submission, None)
            return
        for family in (*(family for _, family in self._seen.values()), *self._open.values()):
            family.pop(submission, None)

    def _shorten(self, family: Family) -> None:
        """Drop those that were long before all who may still ask: a monitor never stops sending."""
        at = next((known[0] for one, known in family.items() if one in self._open), None)
        while at is not None and at - next(iter(family.values()))[0] > self._window:
            del family[next(iter(family))]

    def _prune(self, now: datetime) -> None:
        while self._seen and now - next(iter(self._seen.values()))[0] > self._window:
            self._seen.popitem(last=False)
