"""The contract between the courier and a CRM."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from frontdesk.journal.events import Answer
from frontdesk.journal.ledger import Claim
from frontdesk.lead import Submission

__all__ = ["Answer", "Delivered", "DeliveryError", "Destination"]


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
