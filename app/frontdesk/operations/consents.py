"""Revoke a consent that a customer has given, and ask a CRM which consents it knows."""

from collections.abc import Mapping
from uuid import UUID

from frontdesk.config import Settings
from frontdesk.crm import accounts
from frontdesk.delivery.destination import ConsentKeeper, DeliveryError
from frontdesk.intake.revocation import RevocationError, wanted
from frontdesk.operations.errors import (
    IncapableError,
    InvalidError,
    UnknownConsentError,
    UnknownDestinationError,
)
from frontdesk.store.base import Store


def keepers(settings: Settings, destination: str | None = None) -> dict[str, ConsentKeeper]:
    """The accounts that are meant: the one that is named, or all whose CRM keeps consents.

    Raises UnknownDestinationError; IncapableError, if there is none among them.
    """
    every = settings.destinations
    if destination is not None and destination not in every:
        raise UnknownDestinationError(destination, [*every])
    meant = [name for name in every if destination in (None, name)]
    known = accounts.keepers(settings)
    found = {name: known[name] for name in meant if name in known}
    if not found:
        raise IncapableError(meant, "consents")
    return found


def revoke(
    store: Store,
    meant: Mapping[str, ConsentKeeper],
    consent: int,
    by: str,
    *,
    email: str = "",
    customer: str = "",
    submission: UUID | None = None,
    notes: str = "",
) -> UUID:
    """Write down that a consent is revoked, to be sent as a lead is; the revocation's id.

    `meant`: see `keepers`. Exactly one says whose it is: `email`, `customer` (the id in the CRM),
    or `submission`. Raises InvalidError; UnknownConsentError, if a CRM says that it has no such
    consent; JournalError.
    """
    told = {
        "email": email,
        "customer": customer,
        "submission": str(submission or ""),
        "notes": notes,
    }
    given = {field: value for field, value in told.items() if value}
    try:
        revocation = wanted({**given, "consent": consent}, meant, by)
    except RevocationError as error:
        problems = {field: [text] for field, text in error.problems.items()}
        raise InvalidError(problems) from None
    facts = store.facts()
    for name, keeper in meant.items():
        if facts.account(name).closed is None:  # else nobody may ask it anything
            _refuse_unknown(consent, name, keeper)
    store.append(revocation)
    return revocation.id


def _refuse_unknown(consent: int, name: str, keeper: ConsentKeeper) -> None:
    try:
        known = [identity for identity, _ in keeper.consent_types()]
    except DeliveryError:
        return  # it cannot be asked, now or at all; whether it is one, the CRM will say
    if consent not in known:
        raise UnknownConsentError(name, consent, known)
