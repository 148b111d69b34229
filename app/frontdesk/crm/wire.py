"""An exchange with a CRM over HTTP, and what its answer, or the lack of one, means."""

import logging
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn, TypeVar

import msgspec
import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError as TransportError
from urllib3.exceptions import LocationValueError, NewConnectionError, SSLError

from frontdesk.crm.answers import Answers
from frontdesk.delivery.destination import DeliveryError
from frontdesk.http.connections import ForbiddenAddressError
from frontdesk.http.session import Session, exchange, read, seconds_of
from frontdesk.model.exchange import BODY_KEPT, Answer

BODY_LIMIT = 64 << 20  # bytes; a week of a quarter of a million leads
GATEWAY_STATUSES = frozenset({502, 504})

# urllib3 warns of retries that we do not use, with addresses in them.
logging.getLogger("urllib3").setLevel(logging.ERROR)

T = TypeVar("T")


class Reply(NamedTuple):
    """A success: what the journal keeps, its whole body, and its `Date` between two of ours."""

    answer: Answer
    body: bytes
    date: str | None
    asked: datetime
    answered: datetime


def _succeeded(status: int, _: str) -> bool:
    return 200 <= status < 300


class Wire:
    """One account; a pooled session that several threads may use. Times in seconds."""

    def __init__(
        self,
        base_url: str,
        secrets: Iterable[str],
        *,
        connect_timeout: float,
        read_timeout: float,
        closing: Collection[int],
        auth: AuthBase | None = None,
        session: Session | None = None,
        system: str = "the CRM",
        accepted: Callable[[int, str], bool] = _succeeded,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        """`closing`: the statuses with which the CRM refuses the account, not only the lead.

        `secrets` never leave the exchange, whatever the CRM quotes. `session`: one of its own,
        whose credentials `auth` would replace. `system`: what it is called in messages.
        `accepted`: whether a status and a `Location` mean that it has what it was sent.
        """
        self._base_url = base_url.rstrip("/") + "/"
        self._timeout = (connect_timeout, read_timeout)
        self._closing = frozenset(closing)
        self._answers = Answers(secrets)
        self._system, self._accepted, self._body_limit = system, accepted, body_limit
        self._session = session or Session()
        if auth is not None:
            self._session.auth = auth

    def url(self, path: str) -> str:
        return self._base_url + path

    def exchange(self, method: str, path: str, name: str, **content: Any) -> Reply:
        """One request, called `name` in messages, its `content` as in requests; not followed.

        Raises DeliveryError for whatever is not accepted.
        """

        def ask() -> tuple[requests.Response, datetime, bytes]:
            with self._session.request(
                method,
                self.url(path),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                **content,
            ) as response:
                return response, datetime.now(UTC), read(response.raw, self._body_limit)

        began, asked = time.monotonic(), datetime.now(UTC)
        try:
            response, answered, body = exchange(sum(self._timeout), ask)
        except (requests.RequestException, TransportError) as error:
            raise self.failure(name, error) from None
        text = body[: 4 * BODY_KEPT].decode("utf-8", "replace")
        answer = self._answers.kept(response.status_code, text, began)
        if not self._accepted(answer.status, response.headers.get("Location", "")):
            self._refused(name, answer, response.headers.get("Retry-After"))
        return Reply(answer, body, response.headers.get("Date"), asked, answered)

    def failure(self, name: str, error: Exception) -> DeliveryError:
        """What it means that an exchange called `name` has not come to its end."""
        cause = _cause(error)
        if isinstance(cause, ForbiddenAddressError):
            return DeliveryError(f"{name}: {cause.objection}", permanent=True, account=True)
        unsent = _before_sending(error)
        what = "cannot be reached" if unsent else "did not finish its answer"
        message = f"{name}: {self._system} {what} ({_kind(error)})"
        return DeliveryError(message, unknown=not unsent)

    def _refused(self, name: str, answer: Answer, retry_after: str | None) -> NoReturn:
        status = answer.status
        message = f"{name} answered {status}"
        if status in self._closing:
            raise DeliveryError(message, permanent=True, account=True, answer=answer)
        if status == 429:
            wait = seconds_of(retry_after)
            raise DeliveryError(message, account=True, retry_after=wait, answer=answer)
        if 400 <= status < 500:
            raise DeliveryError(message, permanent=True, answer=answer)
        if 300 <= status < 400:
            # Never followed: it would carry the credentials elsewhere. Some servers redirect
            # after they have stored something, so nobody knows.
            raise DeliveryError(f"{message}, a redirect", unknown=True, answer=answer)
        raise DeliveryError(
            message,
            # A gateway that gave up does not know what the CRM behind it did with the request,
            # and nobody knows what a status outside the standard's classes means.
            unknown=status in GATEWAY_STATUSES or not 500 <= status < 600,
            retry_after=seconds_of(retry_after),
            answer=answer,
        )


def parsed(reply: Reply, name: str, kind: type[list[T]]) -> list[T]:
    """The JSON list that an answer should be. Raises DeliveryError."""
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        message = f"{name} answered {reply.answer.status} with something that is not its list"
        raise DeliveryError(message, answer=reply.answer) from None


def _before_sending(error: BaseException) -> bool:
    """Whether the connection failed before a byte of the request can have left."""
    not_an_address = requests.exceptions.InvalidURL | LocationValueError
    if isinstance(error, requests.ConnectTimeout | not_an_address):
        return True
    cause = _cause(error)
    if isinstance(cause, SSLError):  # other faults of TLS can also come after the request
        return any(isinstance(arg, ssl.SSLCertVerificationError) for arg in cause.args)
    return isinstance(cause, NewConnectionError)


def _cause(error: BaseException) -> object:
    """What urllib3 says of an error of requests."""
    if isinstance(error, requests.ConnectionError) and error.args:
        return getattr(error.args[0], "reason", error.args[0])
    return error


def _kind(error: BaseException) -> str:
    """A name for the operator, without the addresses that the messages carry."""
    return type(error).__name__
