"""The contract between the courier and a CRM."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from msgspec import Struct

from frontdesk.config import Form
from frontdesk.journal.events import Answer
from frontdesk.journal.ledger import Claim
from frontdesk.lead import Submission

__all__ = ["Answer", "Delivered", "DeliveryError", "Destination", "Finding"]


class Delivered(Struct, frozen=True):
    """The CRM has the lead. `inquiry_id` only where the CRM's own list was asked."""

    customer_id: str | None = None
    inquiry_id: str | None = None
    answer: Answer | None = None


class DeliveryError(Exception):
    """A lead was not delivered, or nobody knows whether it was.

    `permanent`: sending the same again makes no sense. `unknown`: the CRM may have the lead.
    `account`: it concerns every lead of the account (permanent: closed; else: it must wait).
    `retry_after`: seconds that the CRM asked for. The message holds no personal data.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        account: bool = False,
        retry_after: float | None = None,
        answer: Answer | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.unknown = unknown
        self.account = account
        self.retry_after = retry_after
        self.answer = answer


class Finding(NamedTuple):
    """What a look at a CRM found, for the operator."""

    well: bool
    message: str


class Destination(Protocol):
    """A configured account in a CRM."""

    def deliver(self, submission: Submission) -> Delivered:
        """Send the lead once; raises DeliveryError."""

    def find(
        self, submission: Submission, attempted_at: datetime, claims: Sequence[Claim]
    ) -> Delivered | None:
        """Look for the lead of an unknown attempt; raises DeliveryError when that can't be done.

        `claims` are the deliveries that explain other entries of the CRM's list.
        """

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """Ask the CRM whether it takes us and knows what the forms refer to; sends no lead.

        Raises DeliveryError when it does not take us.
        """

    def compare(
        self, delivered: Sequence[tuple[Submission, Claim]], since: datetime
    ) -> Iterator[Finding]:
        """Name what is missing on either side since then; raises DeliveryError."""

    def consent_types(self) -> list[tuple[int, str]]:
        """The consent types that the CRM has, id and name; raises DeliveryError."""

    def revoke_consent(self, consent: int, *, email: str, customer: str, notes: str) -> None:
        """Revoke a customer's consent, by exactly one of email and id; raises DeliveryError."""
