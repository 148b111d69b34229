"""Where a ledger keeps its records, and what it asks of all of them at once."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol
from uuid import UUID

from frontdesk.model.account import CLAIMS_KEPT, Claim
from frontdesk.model.record import Record


class Records(Protocol):
    """Where a ledger keeps records, and what it asks of all of them at once."""

    def get(self, submission: UUID, /) -> Record | None:
        """The record of an id, to be changed in place; None if there is none."""

    def put(self, record: Record) -> None:
        """Keep a new record, also in place of one with the same id."""

    def changed(self, record: Record) -> None:
        """Take note that a record was changed in place."""

    def owed(self, destination: str) -> Iterable[Record]:
        """The records that a destination is still to get."""

    def sharing(self, marks: Collection[str]) -> Iterable[Collection[str]]:
        """The marks of every record that has one of these; see Revocations."""

    def claim(self, destination: str, claim: Claim) -> None:
        """Keep a claim; in the order of the journal."""

    def claims(self, destination: str) -> Sequence[Claim]:
        """The claims that are at most CLAIMS_KEPT older than the newest, in their order."""


class Shelf(dict[UUID, Record]):
    """Records in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._claims: dict[str, list[Claim]] = {}

    def put(self, record: Record) -> None:
        self[record.id] = record

    def changed(self, record: Record) -> None:
        """Do nothing: a record is kept as it is."""

    def owed(self, destination: str) -> list[Record]:
        return [record for record in self.values() if record.owes(destination)]

    def sharing(self, marks: Collection[str]) -> list[set[str]]:
        every = (record.marks for record in self.values())
        return [theirs for theirs in every if not theirs.isdisjoint(marks)]

    def claim(self, destination: str, claim: Claim) -> None:
        self._claims.setdefault(destination, []).append(claim)

    def claims(self, destination: str) -> list[Claim]:
        kept = self._claims.get(destination, [])
        newest = max((claim.at for claim in kept), default=None)
        return [claim for claim in kept if newest and newest - claim.at <= CLAIMS_KEPT]
