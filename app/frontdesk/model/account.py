"""What is known of a destination's account, and what explains the entries of its CRM's list."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct, field

CLAIMS_KEPT = timedelta(days=8)  # the list of no CRM that we know goes back further


class Claim(Struct, frozen=True):
    """A delivery that explains an entry in the CRM's own list.

    `doubted_at`: the first of several attempts before it, each of which the CRM may have stored.
    """

    at: datetime
    customer_id: str | None
    inquiry_id: str | None
    submission: UUID | None = None
    doubted_at: datetime | None = None


class Account(Struct):
    """A destination as the journal knows it."""

    closed: str | None = None  # why nothing is sent
    closed_at: datetime | None = None
    until: datetime | None = None  # nothing is sent before
    proven: bool = False  # the last answer was a success
    delivered_at: datetime | None = None  # the last success
    delivered_first: datetime | None = None
    compared_at: datetime | None = None  # with its own list, or tried to be
    not_compared: str | None = None  # why the last try failed
    tries: int = 0  # that failed since
    missing: set[UUID] = field(default_factory=set)  # what it had taken and does not list
    missing_at: datetime | None = None  # when the last of them was found so
    accepted: set[UUID] = field(default_factory=set)  # what is missing on purpose
    unexplained: int = 0  # entries of its list
    unconfirmed: set[UUID] = field(default_factory=set)  # taken without saying whose they are

    def paused(self, now: datetime) -> bool:
        """Whether nothing may be sent: it is closed, or has asked us to wait."""
        return self.closed is not None or (self.until is not None and self.until > now)
