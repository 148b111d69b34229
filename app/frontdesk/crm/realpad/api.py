"""Realpad's API on the wire: four endpoints, form-encoded, and what its answers mean.

Source: Realpad's specification, "Sending leads"; statuses 403, 418 and 429 from its page
"Authentication & Error Handling".
"""

import html
import json
import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, NamedTuple, NoReturn, TypeVar
from urllib.parse import quote, quote_plus

import msgspec
import requests
from msgspec import Struct
from urllib3.exceptions import HTTPError as TransportError
from urllib3.exceptions import LocationValueError, NewConnectionError, SSLError

from frontdesk.delivery.destination import Answer, DeliveryError
from frontdesk.http import Session, ends_within, read
from frontdesk.journal.events import BODY_KEPT

BASE_URL = "https://cms.realpad.eu/ws/v10/"
BODY_LIMIT = 64 << 20  # bytes; a week of a quarter of a million leads
CLOCKS_DIFFER = timedelta(minutes=5)  # where nothing says by how much
SECOND = timedelta(seconds=1)
GATEWAY_STATUSES = frozenset({502, 504})
ACCOUNT_STATUSES = frozenset({401, 403, 418})  # login or ban, terms not accepted, API retired

Parameters = Mapping[str, str]
T = TypeVar("T")

# urllib3 warns of retries that we do not use, with addresses in them.
logging.getLogger("urllib3").setLevel(logging.ERROR)


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
        self._base_url = base_url.rstrip("/") + "/"
        self._credentials = {"login": login, "password": password}
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        spellings = {text for secret in (login, password) for text in _spellings(secret)}
        self._secrets = sorted(spellings, key=len, reverse=True)
        self._session = Session()

    def create_lead(self, parameters: Parameters) -> Answer:
        """Store a lead; the answer's body is the customer's id. Raises DeliveryError."""
        return self._call("create-lead", parameters)[0]

    def list_leads(self) -> Listing:
        """The account's leads of the last seven days. Raises DeliveryError."""
        return Listing(*self._list("list-leads", list[Inquiry]))

    def list_consent_types(self) -> list[ConsentType]:
        """The consent types that this tenant has. Raises DeliveryError."""
        return self._list("list-consent-types", list[ConsentType])[0]

    def revoke_customer_consent(
        self, consent: int, *, email: str = "", customer: str = "", notes: str = ""
    ) -> None:
        """Revoke a customer's consent, by exactly one of email and id. Raises DeliveryError."""
        who = {"email": email, "customerid": customer, "notes": notes}
        given = {key: value for key, value in who.items() if value}
        self._call("revoke-customer-consent", {"consentid": str(consent), **given})

    def _list(self, endpoint: str, kind: type[list[T]]) -> tuple[list[T], Clock]:
        answer, body, clock = self._call(endpoint, {})
        try:
            return msgspec.json.decode(body, type=kind), clock
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            message = f"{endpoint} answered {answer.status} with something that is not its list"
            raise DeliveryError(message, answer=answer) from None

    def _call(self, endpoint: str, parameters: Parameters) -> tuple[Answer, bytes, Clock]:
        started, asked = time.monotonic(), datetime.now(UTC)
        try:
            with (
                ends_within(self._connect_timeout + self._read_timeout),
                self._session.post(
                    self._base_url + endpoint,
                    data={**parameters, **self._credentials},
                    timeout=(self._connect_timeout, self._read_timeout),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                clock = clock_of(response.headers.get("Date"), asked, datetime.now(UTC))
                body = read(response, BODY_LIMIT)
        except (requests.RequestException, TransportError) as error:
            unsent = _before_sending(error)
            what = "cannot be reached" if unsent else "did not finish its answer"
            message = f"{endpoint}: the CRM {what} ({_kind(error)})"
            raise DeliveryError(message, unknown=not unsent) from None
        # Cut last, so that no half of a credential is left at the end.
        text = self._safe(body[: 4 * BODY_KEPT].decode("utf-8", "replace"))[:BODY_KEPT]
        answer = Answer(response.status_code, round(time.monotonic() - started, 3), text)
        if not 200 <= answer.status < 300:
            _refused(endpoint, answer, response.headers.get("Retry-After"))
        return answer, body, clock

    def _safe(self, text: str) -> str:
        # Some servers quote the request in their error page.
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _spellings(secret: str) -> Iterator[str]:
    """How a page, a log or a JSON document may quote it."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), html.escape(secret))
    yield from (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))


def _refused(endpoint: str, answer: Answer, retry_after: str | None) -> NoReturn:
    status = answer.status
    message = f"{endpoint} answered {status}"
    if status in ACCOUNT_STATUSES:
        raise DeliveryError(message, permanent=True, account=True, answer=answer)
    if status == 429:
        raise DeliveryError(message, account=True, retry_after=_seconds(retry_after), answer=answer)
    if 400 <= status < 500:
        raise DeliveryError(message, permanent=True, answer=answer)
    if 300 <= status < 400:
        # Never followed: it would carry the credentials elsewhere. Some servers redirect after
        # they have stored something, so the lead is looked for before it is sent again.
        raise DeliveryError(f"{message}, a redirect", unknown=True, answer=answer)
    raise DeliveryError(
        message,
        # A gateway that gave up does not know what the CRM behind it did with the request, and
        # nobody knows what a status outside the standard's classes means.
        unknown=status in GATEWAY_STATUSES or not 500 <= status < 600,
        retry_after=_seconds(retry_after),
        answer=answer,
    )


def clock_of(date: str | None, asked: datetime, answered: datetime) -> Clock:
    """What an answer's Date (RFC 9110, 6.6.1) says of the CRM's clock; it has no fractions."""
    try:
        told = parsedate_to_datetime(date or "")
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        least, most = told - answered, told + SECOND - asked
    except (ValueError, OverflowError):
        return Clock()
    return Clock((least + most) / 2, (most - least) / 2) if least <= most else Clock()


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in either of its notations (RFC 9110, 10.2.3); None when absent or absurd."""
    if not retry_after:
        return None
    try:
        if retry_after.isascii() and retry_after.isdigit():
            return float(retry_after)
        when = parsedate_to_datetime(retry_after)
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None


def _before_sending(error: BaseException) -> bool:
    """Whether the connection failed before a byte of the request can have left."""
    not_an_address = requests.exceptions.InvalidURL | LocationValueError
    if isinstance(error, requests.ConnectTimeout | not_an_address):
        return True
    cause: object = error
    if isinstance(error, requests.ConnectionError) and error.args:
        cause = getattr(error.args[0], "reason", error.args[0])
    if isinstance(cause, SSLError):  # other faults of TLS can also come after the request
        return any(isinstance(arg, ssl.SSLCertVerificationError) for arg in cause.args)
    return isinstance(cause, NewConnectionError)


def _kind(error: BaseException) -> str:
    """A name for the operator, without the addresses that the messages carry."""
    return type(error).__name__
