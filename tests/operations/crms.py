"""A CRM that answers as it is told to."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from frontdesk.config import Form
from frontdesk.delivery.destination import (
    Comparison,
    Delivered,
    DeliveryError,
    Finding,
    LookupContext,
    Lookups,
    PriorDelivery,
    Withdrawal,
)
from frontdesk.model.account import Claim
from frontdesk.model.lead import Lead, Submission


class Crm:
    """Keeps consents, and has a list in which nothing is; `error`: it answers nothing else."""

    lookups: Lookups | None = None

    def __init__(self, error: DeliveryError | None = None) -> None:
        self.error = error

    def _answer(self) -> None:
        if self.error is not None:
            raise self.error

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        yield Finding(True, "knows the login")
        self._answer()

    def consent_types(self) -> list[tuple[int, str]]:
        self._answer()
        return [(2, "Processing"), (3, "News")]

    def compare(
        self,
        claims: Collection[Claim],
        people: Mapping[UUID | None, Sequence[Lead]],
        since: datetime,
    ) -> Comparison:
        self._answer()
        return Comparison([*claims], ["a stranger"], 1)

    def find(self, context: LookupContext) -> Delivered | None:
        raise NotImplementedError

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        raise NotImplementedError

    def revoke(self, withdrawal: Withdrawal) -> Delivered:
        raise NotImplementedError
