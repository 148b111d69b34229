"""Takes lines into the index: folds them, and notes where they stand and what they say."""

import sqlite3
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model import events
from frontdesk.model.account import CLAIMS_KEPT, Account, Claim
from frontdesk.model.ledger import Ledger
from frontdesk.model.receivers import Receivers
from frontdesk.model.record import Record
from frontdesk.model.refusals import History
from frontdesk.model.revocations import Kept, Revocations
from frontdesk.model.times import micros
from frontdesk.store.base import ON_THEIR_WAY, Counts, Facts
from frontdesk.store.files.codec import Damage, Line
from frontdesk.store.files.index.pending import Pending, Row
from frontdesk.store.files.index.reader import (
    changed_since,
    get,
    ids_of_content,
    open_records,
)
from frontdesk.store.files.index.schema import MARKED, identity, pack, unpack_record, unpacker
from frontdesk.store.ids import as_id, submissions_in
from frontdesk.store.marks import content_of, marks_in
from frontdesk.store.words import Worded, words_of

SLOTS = 1 << 22  # bytes
REMEMBERED = 2000  # records; most lines are of what came in lately


class _Kept(Struct):
    """The facts as they are written down."""

    accounts: dict[str, Account] = field(default_factory=dict)
    openings: set[UUID] = field(default_factory=set)
    receivers: Receivers = field(default_factory=Receivers)
    refusals: History = field(default_factory=History)
    revocations: Kept = field(default_factory=Kept)
    counts: Counts = field(default_factory=Counts)
    revision: int = 0
    turns: int = 0  # that records have had: a look at all of them would take its time


_unpack_facts = unpacker(_Kept)
_unpack_claim = unpacker(Claim)


class UnwritableError(Exception):
    """Something has to be written or looked up, and there is no transaction."""


class Writer:
    """The records of a ledger, in the index, with what of them is not written yet.

    Lines are taken in at any time, and written in a transaction: by `finish`, or before that, with
    `writing`. What is only in memory is lost with the object, and read again from the segments.
    """

    def __init__(self, db: sqlite3.Connection, *, fresh: bool = False) -> None:
        """`db`: with the tables of the schema; all that is known is read from it.

        `fresh`: they are empty, and have no indexes yet.
        """
        self._db = db
        # Where an id may have a row: most do not when all is read, and asking takes its time.
        self._slots = bytearray(SLOTS) if fresh else None
        self._rows: dict[UUID, Row] = {}
        self._missed: UUID | None = None  # it is new
        self.writing = fresh
        self.taken = 0  # lines that are not written
        self.reading = 0  # the number of the present reading of the segments; see Session
        self.changes: dict[UUID, int] = {}  # by record that is not written, its last reading
        (found,) = db.execute("SELECT max(body) FROM fact WHERE name = 'facts'").fetchone()
        kept = _unpack_facts(found) if found else _Kept()
        self.ledger = Ledger(self)
        self.ledger.accounts, self.ledger.openings = kept.accounts, kept.openings
        self.ledger.receivers, self.ledger.refusals = kept.receivers, kept.refusals
        self.ledger.revocations = Revocations.of(kept.revocations)
        self.counts, self.revision, self._turn = kept.counts, kept.revision, kept.turns
        (self._key,) = db.execute("SELECT coalesce(max(key), 0) FROM record").fetchone()
        (text,) = db.execute("SELECT coalesce(max(line), 0) FROM text").fetchone()
        self._pending = Pending(text)

    def facts(self) -> Facts:
        """What is known besides submissions, as of now."""
        ledger = self.ledger
        (damaged,) = self._db.execute("SELECT count(*) FROM damage").fetchone()
        damaged += len(self._pending.damages)
        return Facts(
            accounts=ledger.accounts,
            receivers=ledger.receivers,
            refusals=ledger.refusals,
            revocations=ledger.revocations,
            counts=self.counts,
            damaged=damaged,
        )

    # -- the records of the ledger; see model.shelf.Records -----------------------------------

    def get(self, submission: UUID, /) -> Record | None:
        row = self._row(submission)
        return row.record if row else None

    def _row(self, submission: UUID) -> Row | None:
        if (row := self._rows.get(submission)) is not None:
            return row
        if submission == self._missed or self._is_new(submission):
            return None
        found = self._db.execute(
            "SELECT key, body, content, turn, turn_at FROM record WHERE id = ?", (submission.bytes,)
        ).fetchone()
        if found is None:
            self._missed = submission
            return None
        return self._keep(_read_row(found))

    def _is_new(self, submission: UUID) -> bool:
        """Whether it certainly has no row."""
        return self._slots is not None and not self._slots[hash(submission) % SLOTS]

    def _keep(self, row: Row) -> Row:
        # What is there already may have been changed.
        return self._rows.setdefault(row.record.id, row)

    def put(self, record: Record) -> None:
        if (former := self._rows.pop(record.id, None) or self._row(record.id)) is not None:
            # It has begun anew, after those that came meanwhile.
            self._rows.pop(record.id, None)
            self._pending.gone.append((former.key,))
        self._key += 1
        self._missed = None
        if self._slots is not None:
            self._slots[hash(record.id) % SLOTS] = 1
        self._pending.rows[record.id] = self._keep(Row(self._key, record, fresh=True))
        self.changes[record.id] = self.reading

    def changed(self, record: Record) -> None:
        row = self._row(record.id)
        if row is not None:
            self._pending.rows[record.id] = row
            self.changes[record.id] = self.reading

    def owed(self, destination: str) -> list[Record]:
        self.flush()
        found = self._db.execute(
            "SELECT key, body, content, turn, turn_at FROM record WHERE open"
        ).fetchall()
        records = [self._keep(_read_row(row)).record for row in found]
        return [record for record in records if record.owes(destination)]

    def sharing(self, marks: Collection[str]) -> list[set[str]]:
        self.flush()
        if self._slots is not None:
            self._db.execute(MARKED)
        ids: set[bytes] = set()
        for mark in marks:
            found = self._db.execute("SELECT id FROM mark WHERE mark = ?", (mark,))
            ids.update(one for (one,) in found)
            if (own := as_id(mark)) is not None:
                ids.add(own.bytes)
        every = (record.marks for one in ids if (record := self.get(identity(one))))
        return [theirs for theirs in every if not theirs.isdisjoint(marks)]

    def claim(self, destination: str, claim: Claim) -> None:
        self._pending.claims.append((destination, micros(claim.at), pack(claim)))

    def claims(self, destination: str) -> list[Claim]:
        self.flush()
        return read_claims(self._db, destination)

    # -- what can be asked without anything being written ---------------------------------------

    def look(self, submission: UUID) -> Record | None:
        """A copy of what is known of an id."""
        row = self._rows.get(submission)
        return _copy(row.record) if row else get(self._db, submission)

    def changed_after(self, revision: int, reading: int) -> list[Record]:
        """Copies of the records that have changed after that, written or not."""
        found = {}
        if revision < self.revision:
            found = {record.id: record for record in changed_since(self._db, revision)}
        for one, changed in self.changes.items():
            if revision < self.revision or changed > reading:
                found[one] = _copy(self._pending.rows[one].record)
        return list(found.values())

    def open_records(self) -> list[Record]:
        """Copies of those that are owed, or wait for a person."""
        found = {record.id: record for record in open_records(self._db)}
        found |= {one: _copy(row.record) for one, row in self._pending.rows.items()}
        return [record for record in found.values() if not record.settled]

    def same_content(self, submission: UUID, within: timedelta) -> list[Record]:
        """See base.Store."""
        own = self._row(submission)
        if own is None or own.content is None or own.turn is None or own.turn_at is None:
            return []
        window = within // timedelta(microseconds=1)
        first, last = own.turn_at - window, own.turn_at + window
        same = {
            row.record.id: row
            for row in self._pending.rows.values()
            if row.content == own.content
            and row.turn is not None
            and row.turn < own.turn
            and first <= (row.turn_at or 0) <= last
        }
        for one in ids_of_content(self._db, own.content, own.turn, first, last):
            if one not in same and (row := self._row(one)) is not None:
                same[one] = row
        rows = sorted(same.values(), key=lambda row: row.turn or 0)
        return [_copy(row.record) for row in rows if row.record.state in ON_THEIR_WAY]

    # -- lines --------------------------------------------------------------------------------

    def take(self, line: Line, segment: int) -> None:
        """Take a line of a segment in, by the segment's number. Raises UnwritableError."""
        self.taken += 1
        event = line.event
        place = segment, line.offset, line.length
        ledger = self.ledger
        if isinstance(event, events.OF_NO_SUBMISSION):
            ledger.apply(event)
            if isinstance(event, events.Notified):
                self._pending.lines += [(one.bytes, *place) for one in submissions_in(event)]
            return
        record = ledger.records.get(event.id)
        begun = record is not None and record.begun
        began = record.began if record else None
        record = ledger.apply(event)
        self._pending.lines.append((event.id.bytes, *place))
        if isinstance(event, events.OF_DELIVERY):  # of one that was erased, these may still come
            known = record or self.get(event.id)
            if known is not None and known.erased is not None:
                self._pending.lates.append(place)
        if record is None:
            return
        row = self._pending.rows.get(event.id) or self._row(event.id)
        assert row is not None  # noqa: S101 - the ledger has put it here
        self.counts.take(event, record, new=not begun or record.began != began)
        self._describe(event, row)

    def _describe(self, event: events.AnyEvent, row: Row) -> None:
        """Note by what its submission can be found."""
        pending = self._pending
        pending.marks.update((mark, event.id.bytes) for mark in marks_in(event))
        match event:
            case events.Received() if row.turn is None and row.record.held is None:
                self._turn += 1
                row.turn, row.turn_at = self._turn, micros(event.at)
                row.content = content_of(event)
                pending.rows[event.id] = row  # it may have been written down meanwhile
            case events.Revocation(customer=str()):
                pending.destinations.update(event.destinations)
            case events.Delivered(customer_id=str(customer)) if customer:
                pending.destinations.add(event.destination)
        if isinstance(event, Worded) and (words := words_of(event)):
            pending.texts.append((row.key, words))

    def damaged(self, damage: Damage, segment: int) -> None:
        """Remember bytes that are no event: something of a person may stand in them."""
        self.taken += 1
        self._pending.damages.append((segment, damage.offset, damage.length))

    def flush(self) -> None:
        """Write down what was taken in, but for the facts. Raises UnwritableError."""
        if not self.writing:
            raise UnwritableError
        self._pending.write(self._db, self.revision + 1)

    def trim(self) -> None:
        """Write down what was taken in once it is much, and let go of what is not needed; between
        two lines.
        """
        if len(self._pending.rows) >= REMEMBERED:
            self.flush()
            self._rows.clear()

    def finish(self) -> None:
        """Write down what was taken in, and the facts; the transaction is over then."""
        self.flush()
        if len(self._rows) > REMEMBERED:
            self._rows.clear()
        self.taken = 0
        self.changes.clear()
        self.revision += 1
        ledger = self.ledger
        kept = _Kept(
            accounts=ledger.accounts,
            openings=ledger.openings,
            receivers=ledger.receivers,
            refusals=ledger.refusals,
            revocations=ledger.revocations.kept(),
            counts=self.counts,
            revision=self.revision,
            turns=self._turn,
        )
        self._db.execute("INSERT OR REPLACE INTO fact VALUES ('facts', ?)", (pack(kept),))


def _copy(record: Record) -> Record:
    return unpack_record(pack(record))


def _read_row(found: tuple[int, bytes, bytes | None, int | None, int | None]) -> Row:
    key, body, content, turn, turn_at = found
    return Row(key, unpack_record(body), False, content, turn, turn_at)


def read_claims(db: sqlite3.Connection, destination: str) -> list[Claim]:
    """The claims of the last CLAIMS_KEPT before the newest, in the order of the journal."""
    own = (destination,)
    (last,) = db.execute("SELECT max(at) FROM claim WHERE destination = ?", own).fetchone()
    if last is None:
        return []
    since = last - CLAIMS_KEPT // timedelta(microseconds=1)
    found = db.execute(
        "SELECT body FROM claim WHERE destination = ? AND at >= ? ORDER BY rowid",
        (destination, since),
    )
    return [_unpack_claim(body) for (body,) in found]
