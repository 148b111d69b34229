"""What the journal knows of a destination's account, and of the leads that its CRM took."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model import events

CLAIMS_KEPT = timedelta(days=8)  # no known CRM's list goes back further; Realpad's has a week


class Claim(Struct, frozen=True):
    """A delivery, which explains an entry of the CRM's own list.

    `at`: when its success was written down. `doubted_at`: if there were several attempts, and the
    CRM may have stored each, the time of the first one.
    """

    at: datetime
    customer_id: str | None
    inquiry_id: str | None
    submission: UUID | None = None
    doubted_at: datetime | None = None


class Account(Struct):
    """A destination as the journal knows it."""

    closed: str | None = None  # why nothing is sent until a person opens it
    closed_at: datetime | None = None
    until: datetime | None = None  # the CRM asked us to send nothing before
    proven: bool = False  # the last answer was a success
    delivered_at: datetime | None = None  # the last success
    delivered_first: datetime | None = None  # the first lead that it took
    compared_at: datetime | None = None  # the last comparison with its list, also one that failed
    not_compared: str | None = None  # why the last comparison failed
    tries: int = 0  # comparisons that failed since one succeeded
    missing: set[UUID] = field(default_factory=set)  # submissions that it took and does not list
    missing_at: datetime | None = None  # when one was last found missing
    accepted: set[UUID] = field(default_factory=set)  # submissions that are missing on purpose
    unexplained: int = 0  # entries of its list that no delivery explains
    unconfirmed: set[UUID] = field(default_factory=set)  # taken without telling the customer's id

    def paused(self, now: datetime) -> bool:
        """Whether nothing may be sent at that time: it is closed, or the CRM asked us to wait."""
        return self.closed is not None or (self.until is not None and self.until > now)

    def heed(self, event: events.Deferred | events.Failed | events.Compared) -> None:
        """Note what a failure says about the account as a whole."""
        if event.closes_account:
            self.closed = event.reason
            self.closed_at = self.closed_at or event.at
        if not isinstance(event, events.Failed):
            self.until = event.account_until or self.until
        if event.closes_account or isinstance(event, events.Deferred):
            self.proven = False
