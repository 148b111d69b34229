"""Fold the lines of a journal into rows, by which it can be asked; where they are kept is open."""

from collections.abc import Collection, Iterable
from typing import Protocol
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model import events
from frontdesk.model.account import Account, Claim
from frontdesk.model.ledger import Ledger
from frontdesk.model.receivers import Receivers
from frontdesk.model.record import Record
from frontdesk.model.refusals import History
from frontdesk.model.revocations import Kept, Revocations
from frontdesk.model.times import micros
from frontdesk.store.counting import cells_of_refusals
from frontdesk.store.emptied import empty_record
from frontdesk.store.facts import Counts, Facts
from frontdesk.store.ids import as_id, submissions_in
from frontdesk.store.marks import content_of, marks_in
from frontdesk.store.pending import Pending, Place, Row
from frontdesk.store.words import Worded, words_of

# What may be written while somebody else erases the person.
LATE = (*events.OF_DELIVERY, events.Commented)
REMEMBERED = 2000  # records; most lines are of what came in lately


class Known(Struct):
    """What is known besides submissions, as it is written down."""

    accounts: dict[str, Account] = field(default_factory=dict)
    openings: set[UUID] = field(default_factory=set)
    receivers: Receivers = field(default_factory=Receivers)
    refusals: History = field(default_factory=History)
    revocations: Kept = field(default_factory=Kept)
    counts: Counts = field(default_factory=Counts)
    revision: int = 0
    turns: int = 0  # that records have had: a look at all of them would take its time

    def facts(self, damaged: int) -> Facts:
        """The same as a store tells it. `damaged`: lines that are no events."""
        return Facts(
            accounts=self.accounts,
            receivers=self.receivers,
            refusals=self.refusals,
            revocations=Revocations.of(self.revocations),
            counts=self.counts,
            damaged=damaged,
        )


class Tables(Protocol):
    """Where rows are written, and looked up again."""

    def known(self) -> Known:
        """What was last given to `write`."""

    def last_key(self) -> int:
        """The highest key that a row has; 0 if there is none."""

    def row(self, submission: UUID, /) -> Row | None:
        """The row of an id."""

    def open_rows(self) -> list[Row]:
        """The rows of what is owed, or waits for a person."""

    def marked(self, marks: Collection[str]) -> set[UUID]:
        """The ids of which a line had one of these marks."""

    def claims(self, destination: str) -> list[Claim]:
        """As `base.Store.claims`."""

    def damages(self) -> int:
        """The number of lines that are no events."""

    def write(self, pending: Pending, revision: int) -> None:
        """Write the rows of what is pending; `revision`: of the transaction."""

    def finish(self, known: Known) -> None:
        """Write what is known besides, after all rows."""


class UnwritableError(Exception):
    """Something has to be written or looked up, and there is no transaction."""


class Fold:
    """The records of a ledger, in tables, with what of them is not written yet.

    Lines are taken in at any time, and written in a transaction: by `finish`, or before that, with
    `writing`. What is only in memory is lost with the object, and read again from the journal.
    """

    def __init__(self, tables: Tables, *, writing: bool = False) -> None:
        """`tables`: all that is known is read from them."""
        self._tables = tables
        self._rows: dict[UUID, Row] = {}
        self._missed: UUID | None = None  # it is new
        self._pending = Pending()
        self.writing = writing
        self.taken = 0  # lines that are not written
        known = tables.known()
        self.ledger = Ledger(self)
        self.ledger.accounts, self.ledger.openings = known.accounts, known.openings
        self.ledger.receivers, self.ledger.refusals = known.receivers, known.refusals
        self.ledger.revocations = Revocations.of(known.revocations)
        self.counts, self.revision, self._turn = known.counts, known.revision, known.turns
        self._key = tables.last_key()

    def facts(self) -> Facts:
        """What is known besides submissions, as of now."""
        ledger = self.ledger
        return Facts(
            accounts=ledger.accounts,
            receivers=ledger.receivers,
            refusals=ledger.refusals,
            revocations=ledger.revocations,
            counts=self.counts,
            damaged=self._tables.damages() + len(self._pending.damages),
        )

    # -- the records of the ledger; see model.shelf.Records -----------------------------------

    def get(self, submission: UUID, /) -> Record | None:
        row = self._row(submission)
        return row.record if row else None

    def _row(self, submission: UUID) -> Row | None:
        if (row := self._rows.get(submission)) is not None:
            return row
        if submission == self._missed:
            return None
        found = self._tables.row(submission)
        if found is None:
            self._missed = submission
            return None
        return self._keep(found)

    def _keep(self, row: Row) -> Row:
        # What is there already may have been changed.
        return self._rows.setdefault(row.record.id, row)

    def put(self, record: Record) -> None:
        if (former := self._rows.pop(record.id, None) or self._row(record.id)) is not None:
            # It has begun anew, after those that came meanwhile.
            self._rows.pop(record.id, None)
            self._pending.drop(former)
        self._key += 1
        self._missed = None
        self._pending.rows[record.id] = self._keep(Row(self._key, record, fresh=True))

    def changed(self, record: Record) -> None:
        row = self._row(record.id)
        if row is not None:
            self._pending.rows[record.id] = row

    def owed(self, destination: str) -> list[Record]:
        self.flush()
        records = [self._keep(row).record for row in self._tables.open_rows()]
        return [record for record in records if record.owes(destination)]

    def sharing(self, marks: Collection[str]) -> list[set[str]]:
        self.flush()
        ids = self._tables.marked(marks)
        ids.update(own for mark in marks if (own := as_id(mark)) is not None)
        every = (record.marks for one in ids if (record := self.get(one)))
        return [theirs for theirs in every if not theirs.isdisjoint(marks)]

    def claim(self, destination: str, claim: Claim) -> None:
        self._pending.claims.append((destination, claim))

    def claims(self, destination: str) -> list[Claim]:
        self.flush()
        return self._tables.claims(destination)

    # -- lines --------------------------------------------------------------------------------

    def take(self, event: events.AnyEvent, place: Place) -> None:
        """Take a line in. Raises UnwritableError."""
        self.taken += 1
        ledger = self.ledger
        pending = self._pending
        if isinstance(event, events.OF_NO_SUBMISSION):
            if isinstance(event, events.Refused) and ledger.refusals.takes(event):
                for cell, times in cells_of_refusals(event):
                    pending.count(cell, times)
            ledger.apply(event)
            if isinstance(event, events.Notified):
                pending.named += [(one.bytes, *place) for one in submissions_in(event)]
            return
        record = ledger.records.get(event.id)
        begun = record is not None and record.begun
        began = record.began if record else None
        record = ledger.apply(event)
        own = event.id.bytes
        pending.lines.append((own, *place))
        if isinstance(event, LATE):  # of one that was erased, these may still come
            known = record or self.get(event.id)
            if known is not None and known.erased is not None:
                pending.lates.append(place)
        if record is None:
            return
        row = self._row(event.id)
        assert row is not None  # noqa: S101 - the ledger has put it here
        self.counts.take(event, record, new=not begun or record.began != began)
        self._describe(event, row, own)

    def _describe(self, event: events.AnyEvent, row: Row, own: bytes) -> None:
        """Note by what its submission can be found; `own`: its id."""
        pending = self._pending
        for mark in marks_in(event):
            pending.marks.add((mark, own))
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
        late = row.record.erased is not None and isinstance(event, LATE)
        if isinstance(event, Worded) and not late and (words := words_of(event)):
            pending.texts.append((row.key, row.came_in, words))

    def empty(self, submission: UUID, lines: Iterable[events.AnyEvent]) -> None:
        """Know nothing more of the person of an erased submission.

        `lines`: all that the journal has of it now. Its marks and texts were removed.
        """
        row = self._row(submission)
        if row is None:
            return
        if row.record.erased is not None:
            empty_record(row.record)
            row.content = None
            self.changed(row.record)
        for event in lines:
            self._pending.marks.update((mark, submission.bytes) for mark in marks_in(event))
            former = row.record.began is not None and event.at < row.record.began
            if isinstance(event, Worded) and not former and (words := words_of(event)):
                self._pending.texts.append((row.key, row.came_in, words))

    def forget(self, submissions: Iterable[UUID]) -> None:
        """Know nothing more of records whose rows were removed."""
        for one in submissions:
            self._rows.pop(one, None)
        self._missed = None

    def damaged(self, place: Place) -> None:
        """Remember what is no event: something of a person may stand in it."""
        self.taken += 1
        self._pending.damages.append(place)

    def flush(self) -> None:
        """Write down what was taken in, but for the facts. Raises UnwritableError."""
        if not self.writing:
            raise UnwritableError
        for row in self._pending.rows.values():
            row.hush()
        self._pending.count_rows()
        self._tables.write(self._pending, self.revision + 1)
        self._pending.clear()

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
        self.revision += 1
        ledger = self.ledger
        known = Known(
            accounts=ledger.accounts,
            openings=ledger.openings,
            receivers=ledger.receivers,
            refusals=ledger.refusals,
            revocations=ledger.revocations.kept(),
            counts=self.counts,
            revision=self.revision,
            turns=self._turn,
        )
        self._tables.finish(known)
