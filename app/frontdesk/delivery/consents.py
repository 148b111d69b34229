"""Which consents a lead may still grant, and which are to be revoked.

An old lead must not grant again what its person has revoked since.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from frontdesk.delivery.destination import DeliveryError, Withdrawal
from frontdesk.model.events import Revocation
from frontdesk.model.lead import Submission
from frontdesk.model.record import Record
from frontdesk.model.revocations import Revocations, customer_mark
from frontdesk.store.base import Store

# By form: the present id of each consent, by its present and its former ids.
Renamed = Mapping[str, Mapping[int, int]]


def present(renamed: Renamed, form: str, consent: int) -> int:
    """The present id of a form's consent, of which `consent` may be a former id."""
    return renamed.get(form, {}).get(consent, consent)


class Consents:
    """Decides between the journal's revocations and what a CRM is sent."""

    def __init__(
        self, revocations: Revocations, keepers: Collection[str], renamed: Renamed
    ) -> None:
        """`keepers`: the destinations whose CRM keeps consents. `renamed`: see Renamed."""
        self._revocations = revocations
        self._keepers = frozenset(keepers)
        self._renamed = renamed

    def order(self, record: Record, destination: str) -> Submission | Withdrawal | None:
        """What to send to a destination for a record; None if its first line is missing.

        A lead is without the consents that were revoked since it came.
        """
        if record.submission is not None:
            return self._grants(record, record.submission, destination)
        if (wanted := record.revocation) is None:
            return None
        return Withdrawal(
            consent=self._successor(wanted.consent),
            email=wanted.email or "",
            customer=wanted.customer or "",
            submission=wanted.submission,
            notes=wanted.notes or "",
        )

    def _grants(self, record: Record, submission: Submission, destination: str) -> Submission:
        # Where a CRM keeps no consents, it cannot be told of a revocation: it is granted nothing.
        revoked = {
            known.consent
            for known in self._revocations.since(submission.at, record.marks)
            if destination in known.destinations or destination not in self._keepers
        }
        now = partial(present, self._renamed, submission.form)
        revoked = set(map(now, revoked))
        left = tuple(c for c in submission.lead.consents if now(c.id) not in revoked)
        return replace(submission, lead=replace(submission.lead, consents=left))

    def _successor(self, consent: int) -> int:
        """The present id of a consent, if the forms agree on one; else the id itself."""
        found = {now[consent] for now in self._renamed.values() if consent in now}
        return found.pop() if len(found) == 1 else consent

    def granted_again(self, wanted: Revocation, destination: str) -> UUID | None:
        """The later lead by which a revoked consent was granted again, and stays granted."""
        return self._revocations.regranted(wanted, destination)

    def undone(self, sent: Submission, destination: str, customer: str) -> list[Revocation]:
        """The revocations to repeat after a lead has arrived, because it granted them again.

        They are of a person whom nothing connects with the lead but the customer's id, which the
        CRM has only now told. `customer`: that id.
        """
        now = partial(present, self._renamed, sent.form)
        agreed = {now(consent.id) for consent in sent.lead.consents if consent.granted}
        return [
            Revocation(
                at=known.at,  # what was granted after it stays granted
                consent=known.consent,
                destinations=(destination,),
                by=known.by,
                customer=customer,
            )
            for known in self._revocations.since(sent.at, [customer_mark(destination, customer)])
            if now(known.consent) in agreed and destination in known.destinations
        ]

    def changed(self, since: datetime, record: Record) -> bool:
        """Whether the person revoked a consent between a time and the record's own."""
        theirs = self._revocations.since(since, record.marks)
        return any(record.at is not None and known.at < record.at for known in theirs)

    def marks(self, wanted: Revocation) -> frozenset[str]:
        """The marks of a revocation's person: no lead with one of them is sent at the same time."""
        return self._revocations.theirs(wanted)


def named(withdrawal: Withdrawal, store: Store, destination: str) -> Withdrawal:
    """The same withdrawal, with a customer or an address in place of its submission.

    Raises DeliveryError if neither is known.
    """
    if withdrawal.submission is None:
        return withdrawal
    (known,) = store.people(destination, (), (), [withdrawal.submission])
    if len(known.customers) == 1:
        return withdrawal._replace(customer=known.customers.pop())
    email = known.leads[-1].email if known.leads else None
    if not email:
        message = "neither the customer nor an email address is known: name the customer's id"
        raise DeliveryError(message, permanent=True)
    return withdrawal._replace(email=email)
