"""The contract between the courier and a CRM."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from msgspec import Struct

from frontdesk.config import Form
from frontdesk.model.account import Claim
from frontdesk.model.events import Answer, Request
from frontdesk.model.lead import Lead, Submission
from frontdesk.store.base import PersonHistory

PriorDelivery = Literal["no", "perhaps", "yes"]  # whether the CRM has had a lead from us before


class Delivered(Struct, frozen=True):
    """The CRM has what it was sent. `inquiry_id` only where its own list was asked."""

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


class Lookups(NamedTuple):
    """How an unknown outcome is cleared up where the CRM does not recognise a repeat.

    `patience`: seconds after which the CRM is through with a request, or never will be. `back`:
    how far its own list goes; the journal's claims go back further (`CLAIMS_KEPT`).
    """

    patience: float
    back: timedelta


class OpenAttempt(NamedTuple):
    """A lead that was attempted and is not known to be delivered; times by our clock.

    `first`, `last`: its attempts since an outcome was last known. `unknown`: the CRM may have it.
    """

    submission: Submission
    first: datetime
    last: datetime
    unknown: bool = True


class LookupContext(NamedTuple):
    """What is known when a lead is looked up.

    `others`: the other leads in doubt. `claims`: the deliveries that explain entries of the CRM's
    list. `history`: what the journal knows of people with one of these email addresses or phone
    numbers, of these customers, and of these submissions; it takes a while.
    """

    attempt: OpenAttempt
    others: Sequence[OpenAttempt]
    claims: Sequence[Claim]
    history: Callable[
        [Collection[str], Collection[str], Collection[UUID | None]], list[PersonHistory]
    ]


class Sending(NamedTuple):
    """What the journal says of a request that is about to leave.

    `left_out`: answers that it does not carry, because the form does not ask for them any more.
    """

    left_out: tuple[str, ...] = ()
    request: Request | None = None


class Finding(NamedTuple):
    """What a look at a CRM found, for the operator."""

    well: bool
    message: str


class Comparison(NamedTuple):
    """`missing`: deliveries that no entry of the list is of. `unexplained`: the entries left over.

    `listed`: how many there are in all.
    """

    missing: list[Claim]
    unexplained: list[str]
    listed: int


class Destination(Protocol):
    """A configured account in a CRM."""

    @property
    def lookups(self) -> Lookups | None:
        """None: it recognises a lead that it gets twice, so that what is unknown is sent again."""

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        """Send the lead once; raises DeliveryError.

        `prior`: "perhaps" after any attempt, "yes" when a person has it sent once more.
        """

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """Ask the CRM whether it takes us and knows what the forms refer to; sends no lead.

        Raises DeliveryError when it does not take us.
        """


@runtime_checkable
class Searchable(Protocol):
    """A destination with `lookups`: the CRM tells what it has got from us."""

    def find(self, context: LookupContext) -> Delivered | None:
        """Look for a lead in doubt; None: it is to be sent.

        Raises DeliveryError as long as waiting may bring an answer.
        """

    def compare(
        self, claims: Sequence[Claim], people: Mapping[UUID, Sequence[Lead]], since: datetime
    ) -> Comparison:
        """Hold the CRM's list since then against these deliveries; raises DeliveryError.

        `people`: the leads of their submissions, in every version.
        """


class Withdrawal(NamedTuple):
    """A customer's consent to be revoked; exactly one of `email` and `customer` says whose.

    Before it is sent, it may be the `submission`.
    """

    consent: int
    email: str = ""
    customer: str = ""
    submission: UUID | None = None
    notes: str = ""


@runtime_checkable
class Previewable(Protocol):
    """A destination that says beforehand what it sends."""

    def sending(self, submission: Submission, prior: PriorDelivery) -> Sending:
        """What `deliver` is about to send first."""


@runtime_checkable
class ConsentKeeper(Protocol):
    """A destination whose CRM keeps what a customer has agreed to."""

    def consent_types(self) -> list[tuple[int, str]]:
        """The consent types that the CRM has, id and name; raises DeliveryError."""

    def revoke(self, withdrawal: Withdrawal) -> Delivered:
        """Revoke a customer's consent; twice does no harm. Raises DeliveryError."""


@runtime_checkable
class Staffed(Protocol):
    """A destination whose CRM says who can get a lead."""

    def users(self) -> list[tuple[str, str]]:
        """Its users, id and name; raises DeliveryError."""
