"""The events of a store in memory, and what they add up to; without an index."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.model.ledger import Ledger
from frontdesk.model.record import Record
from frontdesk.model.shelf import Shelf
from frontdesk.store.counting import Cell, cells_of_refusals
from frontdesk.store.facts import Counts
from frontdesk.store.marks import content_of, marks_in


class _Shelf(Shelf):
    """Records, and which of them were changed."""

    def __init__(self) -> None:
        super().__init__()
        self.touched: set[UUID] = set()

    def put(self, record: Record) -> None:
        super().put(record)
        self.touched.add(record.id)

    def changed(self, record: Record) -> None:
        self.touched.add(record.id)


class Fold:
    """What is known by some events, taken in one by one.

    `revisions`: of each record, the revision in which it was last changed. `content`: what was
    asked, and when it was put on its way, in that order. `marks`: see `store.marks`.
    """

    def __init__(self, lines: Iterable[AnyEvent] = ()) -> None:
        self.generation = str(uuid4())
        self.events: list[AnyEvent] = []
        self.records = _Shelf()
        self.ledger = Ledger(self.records)
        self.counts = Counts()
        self.refused: Counter[Cell] = Counter()
        self.keys: dict[UUID, int] = {}  # in the order in which their lives began
        self.revisions: dict[UUID, int] = {}
        self.revision = 0
        self.content: dict[UUID, tuple[bytes, datetime]] = {}
        self.marks: dict[UUID, set[str]] = {}
        for event in lines:
            self.take(event)

    def take(self, event: AnyEvent) -> None:
        """Take in the next event."""
        self.revision += 1
        self.events.append(event)
        if isinstance(event, events.Refused) and self.ledger.refusals.takes(event):
            for cell, times in cells_of_refusals(event):
                self.refused[cell] += times
        known = self.records.get(event.id)
        begun, began = (known.begun, known.began) if known else (False, None)
        record = self.ledger.apply(event)
        for one in self.records.touched:
            self.revisions[one] = self.revision
        self.records.touched.clear()
        if record is None:
            return
        anew = known is None or record.began != began
        if anew:
            self.keys[record.id] = self.revision
            self.content.pop(record.id, None)
        self.counts.take(event, record, new=not begun or anew)
        self.marks.setdefault(event.id, set()).update(marks_in(event))
        if isinstance(event, events.Received) and record.held is None:
            content = content_of(event)
            if content is not None:
                self.content.setdefault(event.id, (content, event.at))

    def changed_after(self, revision: int) -> list[Record]:
        """The records that have changed since a revision."""
        return [self.records[one] for one, at in self.revisions.items() if at > revision]

    def in_order(self) -> list[Record]:
        """All records, in the order in which their lives began."""
        return sorted(self.records.values(), key=lambda record: self.keys[record.id])
