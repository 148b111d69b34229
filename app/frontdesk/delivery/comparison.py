"""Compare a CRM's own list with what the journal says it took; nothing is sent for it."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from frontdesk.delivery.destination import (
    Comparison,
    DeliveryError,
    Destination,
    Lookups,
    Searchable,
)
from frontdesk.delivery.outbox import Outbox
from frontdesk.delivery.schedule import LONGEST_WAIT
from frontdesk.model import events
from frontdesk.model.account import CLAIMS_KEPT, Account, Claim
from frontdesk.model.record import Record
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError

log = logging.getLogger("frontdesk.courier")

LEAST_WAIT = 60.0  # seconds to wait at least when a CRM asks us to


class Snapshot(NamedTuple):
    """What the journal says of a destination at one moment.

    `owed`: submissions whose delivery, perhaps a second one, is open or has failed: the list need
    not have them. `missing`, `accepted`, `unconfirmed`: as in Account. `compared_at`: the last
    comparison.
    """

    destination: str
    claims: Sequence[Claim]
    owed: frozenset[UUID]
    missing: frozenset[UUID]
    accepted: frozenset[UUID]
    unconfirmed: frozenset[UUID]
    compared_at: datetime | None = None

    @classmethod
    def of(cls, destination: str, store: Store, records: Iterable[Record]) -> "Snapshot":
        """A copy of what is known now, which another thread may use.

        `records`: all that are open. Raises OSError, JournalError.
        """
        account = store.facts().account(destination)
        return cls(
            destination,
            store.claims(destination),
            frozenset(record.id for record in records if _is_owed(record, destination)),
            frozenset(account.missing),
            frozenset(account.accepted),
            frozenset(account.unconfirmed),
            account.compared_at,
        )


def _is_owed(record: Record, destination: str) -> bool:
    delivery = record.deliveries.get(destination)
    return delivery is not None and delivery.state != "delivered"


class Result(NamedTuple):
    """What a comparison found.

    `event`: what is written down. `lost`: the newest delivery of each submission that the list
    lacks; some may be so recent that they are still to be listed. `compared`: the number of
    deliveries. `comparison`: None if the CRM could not be asked.
    """

    event: events.Compared
    lost: list[Claim]
    compared: int
    comparison: Comparison | None


def compare(
    store: Store,
    known: Snapshot,
    searchable: Searchable,
    lookups: Lookups,
    by: str | None = None,
    *,
    accept: bool = False,
) -> Result:
    """Ask a CRM for its list, and compare it with the journal.

    `by`: the person who asked, or None for the courier. `accept`: leads that are missing now are
    missing on purpose. If the CRM could not be asked, the event says why. Raises OSError,
    JournalError where the journal cannot be read.
    """
    now = events.utcnow()
    claims = [claim for claim in known.claims if claim.at >= now - lookups.back]
    ids = {claim.submission for claim in claims}
    people = {
        one.submission: one.leads
        for one in store.people(known.destination, (), (), ids)
        if one.leads
    }
    try:
        found = searchable.compare(claims, people, now - lookups.back)
    except DeliveryError as error:
        return Result(_failed(known, by, now, error), [], len(claims), None)
    # Of a submission that was delivered more than once, only the last delivery has to be listed.
    newest = {claim.submission: claim for claim in claims}
    absent = {c.submission: c for c in found.missing if c is newest[c.submission]}
    excused = known.accepted | known.owed
    lost = {one: claim for one, claim in absent.items() if one not in excused}
    # What has just arrived may not be listed yet.
    young = {one for one, c in lost.items() if (now - c.at).total_seconds() < lookups.patience}
    missing = _sorted((lost.keys() - young) | (known.missing - ids))
    event = events.Compared(
        at=_after(known.compared_at, now),
        destination=known.destination,
        by=by,
        missing=() if accept else missing,
        accepted=missing if accept else (),
        seen=_sorted((known.unconfirmed & ids) - known.owed - absent.keys()),
        unexplained=len(found.unexplained),
    )
    return Result(event, [*lost.values()], len(claims), found)


def _after(last: datetime | None, now: datetime) -> datetime:
    """Now; or right after the last comparison, if the clock was set back since then."""
    if last is None or last < now:
        return now
    with suppress(OverflowError):
        return last + timedelta.resolution
    return last


def _failed(
    known: Snapshot, by: str | None, now: datetime, error: DeliveryError
) -> events.Compared:
    until = None
    if error.account and not error.permanent:
        wait = min(max(error.retry_after or 0.0, LEAST_WAIT), LONGEST_WAIT)
        until = now + timedelta(seconds=wait)
    return events.Compared(
        at=_after(known.compared_at, now),
        destination=known.destination,
        by=by,
        reason=str(error),
        closes_account=error.account and error.permanent,
        account_until=until,
    )


def _sorted(found: Collection[UUID | None]) -> tuple[UUID, ...]:
    return tuple(sorted(one for one in found if one is not None))


class Comparisons:
    """Compares every destination that has a list from time to time, in the courier's threads."""

    def __init__(
        self, store: Store, destinations: Mapping[str, Destination], every: float, soon: float
    ) -> None:
        """`every`: seconds between two comparisons, 0 for none; `soon`: after one that failed."""
        self._store = store
        self._every, self._soon = every, soon
        self._searchables = {
            name: (known, known.lookups)
            for name, known in destinations.items()
            if every and known.lookups and isinstance(known, Searchable)
        }
        self._under_way: dict[str, Future[None]] = {}
        self._begun: dict[str, datetime] = {}  # the last, also if it could not be written down

    def land(self) -> None:
        """Forget the comparisons that have ended; what they found is in the journal by then."""
        for name in [name for name, future in self._under_way.items() if future.done()]:
            self._under_way.pop(name).result()

    def start(
        self, held: Collection[str], outbox: Outbox, pool: Executor, busy: Collection[str]
    ) -> None:
        """Start the comparisons that are due.

        `held`: the destinations that this courier sends to; `busy`: those to which something is
        being sent. Raises OSError, JournalError.
        """
        now = events.utcnow()
        for name, (searchable, lookups) in self._searchables.items():
            account = outbox.account(name)
            if name not in held or name in self._under_way or account.paused(now):
                continue
            if name in busy and not account.proven:
                continue  # one request at a time finds out whether a CRM is well again
            if (due := self._due(name, account, now)) is not None and due <= now:
                self._begun[name] = now
                known = Snapshot.of(name, self._store, outbox.records())
                with suppress(RuntimeError):  # the interpreter is on its way out
                    self._under_way[name] = pool.submit(self._compare, known, searchable, lookups)

    def _due(self, name: str, account: Account, now: datetime) -> datetime | None:
        if account.delivered_at is None or now - account.delivered_at > CLAIMS_KEPT:
            return None  # no list goes back to when it last took a lead
        last, begun = account.compared_at or account.delivered_first, self._begun.get(name)
        # A time in the future, which a wrong clock wrote, puts nothing off.
        if not (known := [at for at in (last, begun) if at is not None and at <= now]):
            return now
        last = max(known)
        retry = self._soon * 2.0 ** min(account.tries - 1, 40)
        return last + timedelta(seconds=min(self._every, retry) if account.tries else self._every)

    def _compare(self, known: Snapshot, searchable: Searchable, lookups: Lookups) -> None:
        try:
            event = compare(self._store, known, searchable, lookups).event
        except Exception:
            log.exception("%s could not be compared", known.destination)
            reason = "internal error; see the log"
            at = _after(known.compared_at, events.utcnow())
            event = events.Compared(at=at, destination=known.destination, reason=reason)
        try:
            self._store.append(event)
        except JournalError as error:
            log.error("what a comparison found could not be written: %s", error)
            return
        if event.reason is not None:
            log.warning("%s could not be compared: %s", known.destination, event.reason)
        for submission in {*event.missing} - known.missing:
            log.error("%s was delivered to %s, which lacks it", submission, known.destination)
