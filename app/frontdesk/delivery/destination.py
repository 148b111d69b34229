"""The contract of a destination, which the courier asks and every CRM keeps."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from msgspec import Struct

from frontdesk.config import Form
from frontdesk.model.account import Claim
from frontdesk.model.exchange import Answer, Request
from frontdesk.model.lead import Lead, Submission
from frontdesk.store.person_history import PersonHistory

PriorDelivery = Literal["no", "perhaps", "yes"]  # whether the CRM has had a lead from us before


class Delivered(Struct, frozen=True):
    """The CRM has what it was sent.

    `customer_id`: its id of the customer, if it has told it. `inquiry_id`: the id of the entry in
    its own list, if the lead was found there.
    """

    customer_id: str | None = None
    inquiry_id: str | None = None
    answer: Answer | None = None


class Withheld(Struct, frozen=True):
    """A lead was not sent, on purpose. `reason`: why, for people, without personal data."""

    reason: str
    answer: Answer | None = None


class DeliveryError(Exception):
    """A lead was not delivered, or it is unknown whether it was.

    `permanent`: sending the same again makes no sense. `unknown`: the CRM may have the lead.
    `account`: it concerns every lead of the account, which is closed if the error is permanent, and
    has to wait otherwise. `retry_after`: the seconds that the CRM asked us to wait. The message
    has no personal data.
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


class Lookups(NamedTuple):
    """How an unknown outcome is cleared up where the CRM does not recognise a repeated lead.

    `patience`: seconds after a request until the CRM has certainly stored the lead, or never will.
    `back`: how far the CRM's own list goes back; less than CLAIMS_KEPT.
    """

    patience: float
    back: timedelta


class OpenAttempt(NamedTuple):
    """A lead that was attempted and is not known to be delivered.

    `first`, `last`: by our clock, the first and the last attempt since an outcome was known.
    `unknown`: the CRM may have the lead.
    """

    submission: Submission
    first: datetime
    last: datetime
    unknown: bool = True


class LookupContext(NamedTuple):
    """What is known when a lead in doubt is looked for in the CRM's list.

    `attempt`: the lead. `others`: the other leads in doubt. `claims`: the deliveries that explain
    entries of the list. `history`: asks the journal, which takes a while, for people with one of
    these contacts, of these customers, or of these submissions; see Store.people.
    """

    attempt: OpenAttempt
    others: Sequence[OpenAttempt]
    claims: Sequence[Claim]
    history: Callable[
        [Collection[str], Collection[str], Collection[UUID | None]], list[PersonHistory]
    ]


class Sending(NamedTuple):
    """What the journal keeps of a request that is about to be sent.

    `left_out`: attributes that it does not have, because the form no longer asks for them.
    `request`: the request without credentials, or None if it is not told.
    """

    left_out: tuple[str, ...] = ()
    request: Request | None = None


class Finding(NamedTuple):
    """One thing that a check found, in a sentence for operators; `well`: nothing is wrong."""

    well: bool
    message: str


class Comparison(NamedTuple):
    """A CRM's list beside our deliveries.

    `missing`: deliveries that have no entry. `unexplained`: entries that no delivery explains, each
    as a text for people. `listed`: the number of all entries.
    """

    missing: list[Claim]
    unexplained: list[str]
    listed: int


class Destination(Protocol):
    """A configured account in a CRM."""

    @property
    def lookups(self) -> Lookups | None:
        """How to clear up unknown outcomes; with them, the class is Searchable, too.

        None if the CRM recognises a lead that it gets twice: then what is unknown is sent again.
        """

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered | Withheld:
        """Send a lead, once.

        `prior`: "no" before the first attempt, "perhaps" after one, "yes" if it was delivered
        before. Raises DeliveryError.
        """

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """Ask the CRM whether it accepts our credentials, and knows what the forms refer to.

        Sends no lead. Raises DeliveryError if the credentials are refused.
        """


@runtime_checkable
class Searchable(Protocol):
    """A destination with `lookups`: its CRM has a list of the leads that it got from us."""

    def find(self, context: LookupContext) -> Delivered | None:
        """Look for a lead in doubt. None if the CRM does not have it: then it is sent again.

        Raises DeliveryError if that cannot be told yet.
        """

    def compare(
        self, claims: Sequence[Claim], people: Mapping[UUID, Sequence[Lead]], since: datetime
    ) -> Comparison:
        """Compare the CRM's list since a time with these deliveries.

        `people`: by submission, its lead in every version. Raises DeliveryError.
        """


class Withdrawal(NamedTuple):
    """A customer's consent to be revoked.

    `consent`: its id in the CRM. Exactly one of `email` and `customer` (an id in the CRM) says
    whose it is; or `submission` does, until `delivery.consents.named` has put one of these in its
    place.
    """

    consent: int
    email: str = ""
    customer: str = ""
    submission: UUID | None = None
    notes: str = ""


@runtime_checkable
class Previewable(Protocol):
    """A destination that can say beforehand what it is going to send."""

    def sending(self, submission: Submission, prior: PriorDelivery) -> Sending:
        """What `deliver` with the same arguments would send first."""


@runtime_checkable
class ConsentKeeper(Protocol):
    """A destination whose CRM keeps what its customers have consented to."""

    def consent_types(self) -> list[tuple[int, str]]:
        """The CRM's consent types, each with its id and name. Raises DeliveryError."""

    def revoke(self, withdrawal: Withdrawal) -> Delivered:
        """Revoke a customer's consent; may be repeated. Raises DeliveryError."""


@runtime_checkable
class Staffed(Protocol):
    """A destination whose CRM lists the users who can be assigned a lead."""

    def users(self) -> list[tuple[str, str]]:
        """The CRM's users, each with an id and a name. Raises DeliveryError."""
