"""Revoke a consent that a customer has given, and find the accounts that keep consents."""

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
    """The destination of that name, or with None all whose CRM keeps consents; by name.

    Raises UnknownDestinationError; IncapableError if the CRM, or every CRM, keeps no consents.
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
    """Write down that a consent is revoked; the courier sends it. Returns the revocation's id.

    `meant`: the destinations, from `keepers`. `consent`: its id in the CRM. Exactly one of `email`,
    `customer` (an id in the CRM) and `submission` says whose consent it is. `by`: the person who
    revokes it. `notes`: why, for the CRM. Raises InvalidError; UnknownConsentError if a CRM that
    can be asked has no such consent; JournalError.
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
        if facts.account(name).closed is None:  # a closed account is not asked anything
            _refuse_unknown(consent, name, keeper)
    store.append(revocation)
    return revocation.id


def _refuse_unknown(consent: int, name: str, keeper: ConsentKeeper) -> None:
    try:
        known = [identity for identity, _ in keeper.consent_types()]
    except DeliveryError:
        return  # it cannot be asked; the delivery will tell whether there is such a consent
    if consent not in known:
        raise UnknownConsentError(name, consent, known)
