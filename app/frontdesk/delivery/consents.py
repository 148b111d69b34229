"""What may still be granted, and what is to be revoked: nothing is granted again by an old lead."""

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

Renamed = Mapping[
    str, Mapping[int, int]
]  # by form: present ids of consents, by these and former ones


def present(renamed: Renamed, form: str, consent: int) -> int:
    """The id that a form's consent has now, whichever it was given or revoked under."""
    return renamed.get(form, {}).get(consent, consent)


class Consents:
    """The one place between the journal's revocations and what a CRM is sent."""

    def __init__(
        self, revocations: Revocations, keepers: Collection[str], renamed: Renamed
    ) -> None:
        """`keepers`: the destinations whose CRM keeps consents."""
        self._revocations = revocations
        self._keepers = frozenset(keepers)
        self._renamed = renamed

    def order(self, record: Record, destination: str) -> Submission | Withdrawal | None:
        """What is asked of the CRM; of a lead without what was revoked since it came."""
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
        # Also where the CRM keeps none: nobody can tell it of the revocation.
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
        """The id that the CRM has for it now, if the forms agree on one."""
        found = {now[consent] for now in self._renamed.values() if consent in now}
        return found.pop() if len(found) == 1 else consent

    def granted_again(self, wanted: Revocation, destination: str) -> UUID | None:
        """The lead that came and arrived after a revocation, which must not take it back."""
        return self._revocations.regranted(wanted, destination)

    def undone(self, sent: Submission, destination: str, customer: str) -> list[Revocation]:
        """What is to be revoked once more after a lead has arrived, as only its customer tells.

        Of somebody whom nothing but the customer's number, which is known now, connects with it.
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
        """Whether something was revoked after a time, and before a submission came."""
        theirs = self._revocations.since(since, record.marks)
        return any(record.at is not None and known.at < record.at for known in theirs)

    def marks(self, wanted: Revocation) -> frozenset[str]:
        """What no lead may have that goes at the same time as a revocation."""
        return self._revocations.theirs(wanted)


def named(withdrawal: Withdrawal, store: Store, destination: str) -> Withdrawal:
    """The same, by the customer or the address of the submission; raises DeliveryError."""
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
