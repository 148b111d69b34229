"""What a fold has taken in, and its tables have not been told yet."""

from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from frontdesk.model.account import Claim
from frontdesk.model.record import Record
from frontdesk.model.times import micros
from frontdesk.store.counting import Cell, cells_of

Place = tuple[Any, ...]  # of a line in its journal; what it is made of is the journal's affair


class Row(Struct):
    """A record, and what else its row has.

    `key`: in the order in which records began. `content`: a digest of what was asked on which form.
    `turn`: when it was put on its way, among all, and `turn_at` at which time (microseconds).
    `counted`: the numbers that it is a part of in the tables.
    """

    key: int
    record: Record
    fresh: bool  # there is no row of it yet
    content: bytes | None = None
    turn: int | None = None
    turn_at: int | None = None
    counted: tuple[Cell, ...] = ()

    @property
    def came_in(self) -> int | None:
        """When it came in (microseconds)."""
        return micros(self.record.at) if self.record.at else None

    def described(self) -> tuple[object, ...]:
        """By what it is looked for.

        When it came in, its form, state, unit, campaign and channel, whether it is open, and its
        `content`, `turn` and `turn_at`.
        """
        record = self.record
        submission = record.submission
        lead = submission.lead if submission else None
        return (
            self.came_in,
            submission.form if submission else None,
            record.state,
            lead.unit if lead else None,
            lead.campaign if lead else None,
            submission.origin.channel if submission else None,
            not record.settled,
            self.content,
            self.turn,
            self.turn_at,
        )

    def hush(self) -> None:
        """Drop what came late of an erased record: it is not kept either."""
        if self.record.erased is not None:
            for delivery in self.record.deliveries.values():
                delivery.answer = delivery.answer and replace(delivery.answer, body="")


class Pending:
    """What has been taken in, until it is written."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Row] = {}
        self.gone: list[int] = []  # keys of rows that others have replaced
        self.lates: list[Place] = []
        self.damages: list[Place] = []
        self.lines: list[Place] = []  # each after the id that it is of
        self.named: list[Place] = []  # of messages, each after an id that it names
        self.marks: set[tuple[str, bytes]] = set()
        self.destinations: set[str] = set()  # where customers have numbers
        self.texts: list[tuple[int, int | None, str]] = []  # a row's key and time, and words
        self.claims: list[tuple[str, Claim]] = []
        self.counts: dict[Cell, int] = {}  # by how much each number becomes larger

    def count(self, cell: Cell, more: int) -> None:
        """Make one of the numbers larger."""
        self.counts[cell] = self.counts.get(cell, 0) + more

    def drop(self, row: Row) -> None:
        """Drop a row in favour of another one, which has its id."""
        self.gone.append(row.key)
        self._recount(row, ())

    def count_rows(self) -> None:
        """Count the rows as they are now."""
        for row in self.rows.values():
            self._recount(row, cells_of(row.record))

    def _recount(self, row: Row, cells: tuple[Cell, ...]) -> None:
        if cells != row.counted:
            for cell in row.counted:
                self.count(cell, -1)
            for cell in cells:
                self.count(cell, 1)
            row.counted = cells

    def clear(self) -> None:
        """Forget it, once it is written."""
        for row in self.rows.values():
            row.fresh = False
        self.rows.clear()
        for written in (self.gone, self.lates, self.damages, self.lines, self.named):
            written.clear()
        self.marks.clear()
        self.destinations.clear()
        self.texts.clear()
        self.claims.clear()
        self.counts.clear()
