"""Realpad's API on the wire: four endpoints, form-encoded, and what its answers mean.

Source: Realpad's specification, "Sending leads"; statuses 403, 418 and 429 from its page
"Authentication & Error Handling".
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from frontdesk.crm.wire import Reply, Wire, parsed
from frontdesk.model.exchange import Answer, Request

CLOCKS_DIFFER = timedelta(minutes=5)  # where nothing says by how much
SECOND = timedelta(seconds=1)
ACCOUNT_STATUSES = frozenset({401, 403, 418})  # login or ban, terms not accepted, API retired

Parameters = Mapping[str, str]
T = TypeVar("T")


class Inquiry(Struct, frozen=True):
    """An entry of list-leads; other keys are ignored."""

    inquiry_id: int
    customer_id: int
    customer_name: str | None
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]


class Clock(NamedTuple):
    """How far the CRM's clock is ahead of ours, and how much more or less it may be."""

    ahead: timedelta = timedelta()
    error: timedelta = CLOCKS_DIFFER


class Listing(NamedTuple):
    """list-leads as it was answered: the account's leads of the last seven days, newest first."""

    inquiries: list[Inquiry]
    clock: Clock = Clock()


class ConsentType(Struct, frozen=True):
    id: int
    name: str


class RealpadApi:
    """One account; a pooled session that several threads may use. Times in seconds."""

    def __init__(
        self,
        base_url: str,
        login: str,
        password: str,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
    ) -> None:
        self._credentials = {"login": login, "password": password}
        self._wire = Wire(
            base_url,
            (login, password),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            closing=ACCOUNT_STATUSES,
        )

    def create_lead(self, parameters: Parameters) -> Answer:
        """Store a lead; the answer's body is the customer's id. Raises DeliveryError."""
        return self._call("create-lead", parameters).answer

    def lead_request(self, parameters: Parameters) -> Request:
        """What `create_lead` sends, but for the credentials."""
        return Request(self._wire.url("create-lead"), "form", form=dict(parameters))

    def list_leads(self) -> Listing:
        """The account's leads of the last seven days. Raises DeliveryError."""
        return Listing(*self._list("list-leads", list[Inquiry]))

    def list_consent_types(self) -> list[ConsentType]:
        """The consent types that this tenant has. Raises DeliveryError."""
        return self._list("list-consent-types", list[ConsentType])[0]

    def revoke_customer_consent(
        self, consent: int, *, email: str = "", customer: str = "", notes: str = ""
    ) -> Answer:
        """Revoke a customer's consent, by exactly one of email and id. Raises DeliveryError."""
        who = {"email": email, "customerid": customer, "notes": notes}
        given = {key: value for key, value in who.items() if value}
        return self._call("revoke-customer-consent", {"consentid": str(consent), **given}).answer

    def _list(self, endpoint: str, kind: type[list[T]]) -> tuple[list[T], Clock]:
        reply = self._call(endpoint, {})
        clock = clock_of(reply.date, reply.asked, reply.answered)
        return parsed(reply, endpoint, kind), clock

    def _call(self, endpoint: str, parameters: Parameters) -> Reply:
        data = {**parameters, **self._credentials}
        return self._wire.exchange("POST", endpoint, endpoint, data=data)


def clock_of(date: str | None, asked: datetime, answered: datetime) -> Clock:
    """What an answer's Date (RFC 9110, 6.6.1) says of the CRM's clock; it has no fractions."""
    try:
        told = parsedate_to_datetime(date or "")
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        least, most = told - answered, told + SECOND - asked
    except (ValueError, OverflowError):
        return Clock()
    return Clock((least + most) / 2, (most - least) / 2) if least <= most else Clock()
