"""What is known of one submission, or of one revocation."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model import events
from frontdesk.model.exchange import Answer
from frontdesk.model.holds import INCOMPLETE
from frontdesk.model.lead import Lead, Submission
from frontdesk.model.revocations import customer_mark

DeliveryState = Literal["pending", "attempting", "deferred", "delivered", "failed", "withheld"]
ENDED = frozenset({"delivered", "withheld"})  # nothing more is sent, unless a person insists on it
# The states of a record as a whole. Of several deliveries, the first word in this list counts.
STATES = (
    "erased",
    "discarded",
    "duplicate",
    "held",
    "failed",
    "unknown",
    "deferred",
    "pending",
    "delivered",
)
SETTLED = frozenset({"erased", "discarded", "duplicate", "delivered"})


class Delivery(Struct, gc=False):
    """The way of a submission, or of a revocation, to one destination."""

    since: datetime  # when it was last put on its way: received, released or replayed
    state: DeliveryState = "pending"
    attempts: int = 0
    setbacks: int = 0  # deferrals, also of lookups
    attempted_at: datetime | None = None  # the last attempt
    doubted_at: datetime | None = None  # the first attempt since an outcome was last known
    until: datetime | None = None  # when it is tried again
    unknown: bool = False  # the CRM may have it
    reason: str | None = None  # why it was deferred, failed, or withheld
    answer: Answer | None = None  # the last one
    customer_id: str | None = None
    inquiry_id: str | None = None
    ended_at: datetime | None = None  # when it was delivered, failed, or withheld
    reconciled: bool = False  # it was found in the CRM's list
    listed: bool | None = None  # whether the CRM's list has it; None if that was not looked at
    stored: bool = False  # it was delivered at least once
    superseded_by: UUID | None = None  # the newer submission, for which a revocation was not sent
    seen: frozenset[int] = frozenset()  # as in Record

    @property
    def word(self) -> str:
        """Its state as people are told of it: "unknown" if the CRM may have it."""
        if self.state == "attempting" or (self.state == "deferred" and self.unknown):
            return "unknown"
        return self.state


class Record(Struct, omit_defaults=True, gc=False):
    """All that is known of one submission, or of one revocation.

    If it has neither, its first line is missing from the journal.
    """

    id: UUID
    submission: Submission | None = None
    revocation: events.Revocation | None = None
    contacts: frozenset[str] = frozenset()  # also from before it was amended
    held: str | None = None  # why it waits for a person
    held_code: str | None = None  # the same as one of HOLDS, as far as its line has it
    captcha: str | None = None  # what came of it, of one that was held
    decided: bool = False  # a person released or discarded it
    discarded: bool = False
    duplicate_of: UUID | None = None
    replayed: bool = False
    erased: datetime | None = None  # when its personal data was removed
    began: datetime | None = None  # when it came in again after an erasure; what was before is gone
    attempts: frozenset[UUID] = frozenset()  # since it began again
    amended: int = 0  # how often
    correction: Lead | None = None  # the lead as it was last amended
    comments: list[str] = field(default_factory=list)  # what people wrote about it
    deliveries: dict[str, Delivery] = field(default_factory=dict)  # by destination
    troubles: frozenset[str] = frozenset()  # what it ever was: held, failed, unknown
    arrived_at: datetime | None = None  # when the last that was to get it first had it
    seen: frozenset[int] = frozenset()  # its other lines; one that comes twice counts once

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.erased is not None:
            return "erased"
        if self.discarded:
            return "discarded"
        if self.duplicate_of is not None:
            return "duplicate"
        if self.held is not None:
            return "held"
        words = {delivery.word for delivery in self.deliveries.values()}
        # What is withheld takes nothing from what has arrived elsewhere.
        ended = "delivered" if words else "pending"
        return next((state for state in STATES if state in words), ended)

    @property
    def incomplete(self) -> bool:
        """Whether it was held for want of a contact, which may still come."""
        return self.held_code == INCOMPLETE

    @property
    def begun(self) -> bool:
        """Whether its first line is there."""
        return self.submission is not None or self.revocation is not None

    @property
    def at(self) -> datetime | None:
        """When it came in."""
        begun = self.submission or self.revocation
        return begun.at if begun else None

    @property
    def destinations(self) -> tuple[str, ...]:
        """The destinations that it had when it came in."""
        begun = self.submission or self.revocation
        return begun.destinations if begun else ()

    def owes(self, destination: str) -> bool:
        """Whether a destination is still to get it."""
        delivery = self.deliveries.get(destination)
        waits = delivery is not None and delivery.state not in (*ENDED, "failed")
        return waits and not self.settled

    @property
    def settled(self) -> bool:
        """Whether nothing more is owed, and no person has to look at it."""
        return self.begun and self.state in SETTLED

    @property
    def marks(self) -> set[str]:
        """What shows that it is of the same person as another record; see Revocations."""
        customers = {
            customer_mark(name, delivery.customer_id)
            for name, delivery in self.deliveries.items()
            if delivery.customer_id
        }
        return {str(self.id), *self.contacts, *customers}
