"""A store in memory, for tests: the contract in the plainest words, without an index."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import BinaryIO
from uuid import UUID, uuid4

import msgspec

from frontdesk.model import events
from frontdesk.model.account import Claim
from frontdesk.model.events import AnyEvent
from frontdesk.model.record import Record
from frontdesk.model.revocations import customer_mark
from frontdesk.model.times import micros
from frontdesk.store import charts
from frontdesk.store.base import ON_THEIR_WAY, Changes, Kept
from frontdesk.store.charts import Shares, Stretch
from frontdesk.store.counting import Cell, with_wider
from frontdesk.store.emptied import emptied, erasures, is_anew
from frontdesk.store.facts import Facts
from frontdesk.store.ids import id_range, submissions_in
from frontdesk.store.inspection import Inspection
from frontdesk.store.lease import Lease, refuse_lost
from frontdesk.store.marks import family_mark
from frontdesk.store.memory.fold import Fold
from frontdesk.store.memory.lease import MemoryLease
from frontdesk.store.person_history import PersonHistory, person_history
from frontdesk.store.pruning import Pruned
from frontdesk.store.query import PAGE, Found, Page, Position, Query, matches, page
from frontdesk.store.tallies import Tally
from frontdesk.store.words import Worded, spellings, words_of


class MemoryStore:
    """All events in a list; see base.Store."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._written = threading.Event()
        self._owners: dict[str, str | None] = {}  # by what they have claimed
        self._kept: dict[str, Kept] = {}
        self._leases: dict[str, MemoryLease] = {}
        self._fold = Fold()

    def append(self, *events: AnyEvent, lease: Lease | None = None) -> None:
        refuse_lost(lease)
        with self._lock:
            for event in events:
                self._fold.take(event)
        self._written.set()

    def readiness(self) -> str | None:
        return None

    def durability(self) -> str | None:
        return None

    def spooled(self) -> int:
        return 0

    def wait(self, seconds: float) -> None:
        self._written.wait(seconds)
        self._written.clear()

    def wake(self) -> None:
        self._written.set()

    def received_lately(self, submission: UUID) -> bool:
        record = self.get(submission)
        return record is not None and record.submission is not None and record.erased is None

    def close(self) -> None:
        """There is nothing to let go of."""

    # -- what is known by them

    def changes(self, after: str | None, *, wait: bool = True) -> Changes:
        with self._lock:
            now = f"{self._fold.generation}:{self._fold.revision}"
            generation, _, revision = (after or "").partition(":")
            known = generation == self._fold.generation and revision.isdecimal()
            if not known or int(revision) > self._fold.revision:
                found = [record for record in self._fold.in_order() if not record.settled]
                return Changes([_copy(record) for record in found], now, whole=True)
            changed = self._fold.changed_after(int(revision))
            return Changes([_copy(record) for record in changed], now, whole=False)

    def revision(self) -> str:
        with self._lock:
            return f"{self._fold.generation}:{self._fold.revision}"

    def soon(self) -> "MemoryStore":
        return self

    def indexed(self) -> bool:
        return True

    def get(self, submission: UUID) -> Record | None:
        with self._lock:
            record = self._fold.records.get(submission)
            return _copy(record) if record else None

    def events(self, *submissions: UUID) -> list[AnyEvent]:
        with self._lock:
            return [event for event in self._fold.events if _is_about(event, set(submissions))]

    def starting(self, start: str, most: int = 2) -> list[UUID]:
        ids = id_range(start)
        if ids is None:
            return []
        with self._lock:
            found = [
                r.id for r in self._fold.records.values() if r.begun and ids[0] <= r.id <= ids[1]
            ]
        return sorted(found)[:most]

    def find(self, query: Query, after: str | None = None, limit: int = PAGE) -> Page:
        def find(after: Position | None) -> Found:
            with self._lock:
                found = [
                    (record, (micros(record.at), self._fold.keys[record.id]))
                    for record in self._fold.records.values()
                    if record.at is not None and self._matches(record, query)
                ]
            found.sort(key=lambda pair: pair[1], reverse=not query.oldest_first)
            for record, at in found:
                if after is None or (at > after if query.oldest_first else at < after):
                    yield _copy(record), at

        return page(find, after, limit)

    def facts(self, *, hurry: bool = False) -> Facts:
        ledger = self._fold.ledger
        known = ledger.accounts, ledger.receivers, ledger.refusals, ledger.revocations
        return Facts(*known, self._fold.counts)

    def states(self, forms: Collection[str] | None = None) -> dict[str, int]:
        found: dict[str, int] = {}
        wanted = Query(forms=None if forms is None else tuple(forms))
        for record in self._fold.in_order():
            if matches(record, wanted) and (record.submission is not None or not record.settled):
                found[record.state] = found.get(record.state, 0) + 1
        return found

    def _numbers(self, forms: Collection[str] | None) -> list[tuple[Cell, int]]:
        with self._lock:
            numbers = with_wider(charts.counted(self._fold.in_order()) + self._fold.refused)
        return [(cell, n) for cell, n in numbers.items() if forms is None or cell.form in forms]

    def over_time(
        self, bounds: Sequence[datetime], forms: Collection[str] | None = None
    ) -> dict[str, list[int]]:
        def rows(stretch: Stretch) -> Iterator[tuple[str, int, int]]:
            for cell, number in self._numbers(forms):
                if cell.span == stretch.span and stretch.first <= cell.since < stretch.last:
                    yield cell.form, (cell.since - stretch.first) // stretch.step, number

        return charts.over_time(bounds, rows)

    def shares(
        self, since: datetime, until: datetime, forms: Collection[str] | None = None
    ) -> Shares:
        numbers = self._numbers(forms)
        rows = [
            (cell.what, cell.value, number)
            for span in charts.spans(since, until)
            for cell, number in numbers
            if cell.span == span.span and span.first <= cell.since < span.last
        ]
        looked_at = [
            (edge, record)
            for edge in charts.edges(since, until)
            for record in self._fold.in_order()
            if record.at is not None and edge.since <= micros(record.at) < edge.until
        ]
        return charts.shares(rows, looked_at, forms)

    def tallies(self, query: Query) -> list[Tally]:
        with self._lock:
            return Tally.each(one for one in self._fold.in_order() if self._matches(one, query))

    def _matches(self, record: Record, query: Query) -> bool:
        marks = self._fold.marks.get(record.id, set())
        shares = query.sharing is None or not marks.isdisjoint(query.sharing)
        return shares and matches(record, query)

    def claims(self, destination: str) -> list[Claim]:
        with self._lock:
            return self._fold.records.claims(destination)

    def people(
        self,
        destination: str,
        contacts: Collection[str],
        customers: Collection[str],
        submissions: Collection[UUID | None],
    ) -> list[PersonHistory]:
        marks = {*contacts, *(customer_mark(destination, one) for one in customers)}
        wanted = {*self.sharing(marks), *(one for one in submissions if one is not None)}
        ids = {one for one in wanted if (record := self.get(one)) and record.begun}
        return person_history(ids, self.events(*ids), destination)

    def same_content(self, submission: UUID, within: timedelta) -> list[Record]:
        with self._lock:
            if submission not in self._fold.content:
                return []
            content, at = self._fold.content[submission]
            found = []
            for one, (other, then) in self._fold.content.items():
                if one == submission:
                    break
                record = self._fold.records[one]
                if other == content and abs(then - at) <= within and record.state in ON_THEIR_WAY:
                    found.append(_copy(record))
            return found

    def of_lead(self, lead: str) -> list[UUID]:
        with self._lock:
            ids = [record.id for record in self._fold.in_order()]
            return [one for one in ids if family_mark(lead) in self._fold.marks.get(one, ())]

    def sharing(self, marks: Collection[str]) -> list[UUID]:
        with self._lock:
            return [one for one, theirs in self._fold.marks.items() if not theirs.isdisjoint(marks)]

    def mentioning(self, texts: Collection[str]) -> list[UUID]:
        wanted = {spelling for text in texts for spelling in spellings(text)}
        with self._lock:
            said = [(e.id, words_of(e)) for e in self._fold.events if isinstance(e, Worded)]
        found = (one for one, words in said if any(text in words for text in wanted))
        return list(dict.fromkeys(found))

    # -- among threads

    def lease(self, name: str) -> MemoryLease:
        return MemoryLease(self._leases, name)

    def leased(self, name: str) -> bool:
        return name in self._leases

    def claim_once(self, key: str, until: int, owner: str | None = None) -> bool:
        with self._lock:
            if key not in self._owners:
                self._owners[key] = owner
                return True
            return owner is not None and self._owners[key] == owner

    # -- what is no event

    def keep(self, name: str, content: bytes) -> None:
        self._kept[name] = Kept(str(uuid4()), content)

    def kept(self, name: str, known: str = "") -> Kept | None:
        found = self._kept.get(name)
        return found if found is None or found.revision != known else None

    # -- what is written already

    def erase(self, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
        with self._lock:
            erased = erasures(submissions, self._fold.events, by)
            self.append(*erased.values())
            kept = [
                emptied(e) if (mark := erased.get(e.id)) and not is_anew(e, mark) else e
                for e in self._fold.events
            ]
            changed = sum(a != b for a, b in zip(kept, self._fold.events, strict=True))
            self._fold = Fold(kept)
        return changed

    def empty_late(self) -> None:
        with self._lock:
            erased = {r.id for r in self._fold.records.values() if r.erased is not None}
            kept = [emptied(e) if e.id in erased else e for e in self._fold.events]
            if kept != self._fold.events:
                self._fold = Fold(kept)

    def finish_erasure(self) -> None:
        """None can be cut short."""

    def prune(
        self,
        before: date,
        archive: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
        *,
        dry_run: bool = False,
    ) -> Pruned:
        return Pruned([], [])

    def inspect(self) -> Inspection:
        begun = sum(record.begun for record in self._fold.in_order())
        return Inspection([], 0, len(self._fold.events), begun)


def _copy(record: Record) -> Record:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=Record)


def _is_about(event: AnyEvent, submissions: set[UUID]) -> bool:
    if isinstance(event, events.Notified):
        return not submissions.isdisjoint(submissions_in(event))
    return not isinstance(event, events.OF_NO_SUBMISSION) and event.id in submissions
