"""Real Geeks as a destination."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from frontdesk.config import Form
from frontdesk.crm.realgeeks.settings import RealGeeksAccount, RealGeeksForm
from frontdesk.delivery.destination import Case, Delivered, DeliveryError, Finding, Lookups
from frontdesk.journal.ledger import Claim
from frontdesk.lead import Submission


class RealGeeksDestination:
    """One site in Real Geeks; `forms` are the sections of the forms that deliver to it."""

    def __init__(self, account: RealGeeksAccount, forms: Mapping[str, RealGeeksForm]) -> None:
        self._forms = forms

    @property
    def lookups(self) -> Lookups | None:
        """None: it knows a lead by the id that we give it."""
        return None

    def deliver(self, submission: Submission) -> Delivered:
        """Send the lead; raises DeliveryError."""
        raise DeliveryError("Real Geeks is not there yet")

    def find(self, case: Case) -> Delivered | None:
        """See Destination."""
        return None

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """See Destination."""
        raise DeliveryError("Real Geeks is not there yet")

    def compare(
        self, delivered: Sequence[tuple[Submission, Claim]], since: datetime
    ) -> Iterator[Finding]:
        """See Destination."""
        yield from ()

    def consent_types(self) -> list[tuple[int, str]]:
        """See Destination."""
        return []

    def revoke_consent(self, consent: int, *, email: str, customer: str, notes: str) -> None:
        """See Destination."""
