"""Any other system as a destination; it knows a message again by its `webhook-id`.

Source: the Standard Webhooks specification, 1.0.0.
"""

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from urllib3.exceptions import HTTPError

from frontdesk.config import Form
from frontdesk.crm.again import arrivals
from frontdesk.crm.journal import asked
from frontdesk.crm.webhook import payload, signature, template
from frontdesk.crm.webhook.settings import WebhookAccount
from frontdesk.crm.wire import Wire
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    Finding,
    Lookups,
    PriorDelivery,
    Sending,
)
from frontdesk.http.session import DirectSession
from frontdesk.model.exchange import Request
from frontdesk.model.lead import Submission
from frontdesk.model.record import Record
from frontdesk.store.base import Store

JSON: Final = {"Content-Type": "application/json"}
# Nobody is let in, nothing is there, or not any more: it is the same for every lead.
CLOSING: Final = frozenset({401, 403, 404, 405, 410})
BODY_LIMIT: Final = 1 << 16  # bytes of an answer, of which only the start is kept
TELLING: Final = 8  # characters from which on a part of an address may be a secret


class WebhookDestination:
    """One address that enquiries are posted to."""

    def __init__(
        self,
        name: str,
        account: WebhookAccount,
        forms: Mapping[str, Form],
        store: Store | None,
        last: Collection[str] = (),
    ) -> None:
        """`forms`: those that have a section for it. `store`: see Part. `last`: see Settings."""
        self._last = last
        self._name, self._account, self._forms, self._store = name, account, forms, store
        self._keys = [signature.key(secret) for secret in account.secrets]
        parts = urlsplit(account.url)
        self._site = f"{parts.scheme}://{parts.netloc}/"
        self._path = account.url.removeprefix(self._site.rstrip("/")).removeprefix("/")
        self._called = f"POST {parts.hostname}"
        self._session = DirectSession(private=account.private)
        self._wire = Wire(
            self._site,
            [*account.secrets, *_secrets(self._path, *account.headers.values())],
            connect_timeout=account.connect_timeout,
            read_timeout=account.read_timeout,
            closing=CLOSING,
            session=self._session,
            system="the receiver",
            accepted=self._accepts,
            body_limit=BODY_LIMIT,
        )

    @property
    def lookups(self) -> Lookups | None:
        """See Destination."""
        return None

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        """Post the message; raises DeliveryError."""
        body = msgspec.json.encode(self._body(submission))
        before = arrivals(self._store, self._name, submission, prior)
        message = signature.identity(submission, self._name, before)
        told = signature.headers(message, int(time.time()), body, self._keys)
        headers = {**self._account.headers, **JSON, **told}
        reply = self._wire.exchange("POST", self._path, self._called, data=body, headers=headers)
        return Delivered(inquiry_id=str(message), answer=reply.answer)

    def sending(self, submission: Submission, prior: PriorDelivery) -> Sending:
        """See Previewable."""
        return Sending(request=Request(self._site, "signed", json=self._body(submission)))

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """See Destination. Nothing is asked: many a receiver takes every request for an event."""
        try:
            self._session.connect(self._account.url, self._account.connect_timeout)
        except (HTTPError, OSError) as error:
            raise self._wire.failure(self._called, error) from None
        signed = "signed" if self._keys else "not signed, since there are no secrets"
        yield Finding(True, f"{self._site} can be reached; what is sent there is {signed}")

    def _body(self, submission: Submission) -> dict[str, Any]:
        form = self._forms.get(submission.form)
        if self._account.last:
            event = payload.delivered(submission, form, self._record(submission), self._last)
        else:
            event = payload.received(submission, form)
        if not self._account.body:
            return event
        values = template.flat(event["data"])
        return template.filled(self._account.body, values, escape=self._account.escape)

    def _record(self, submission: Submission) -> Record:
        """How it stands; what the others have made of it is known by then."""
        with asked():
            record = self._store.get(submission.id) if self._store else None
        if record is None:
            raise DeliveryError("nothing was sent, for the journal does not know the submission")
        return record

    def _accepts(self, status: int, location: str) -> bool:
        if self._account.redirect is None:
            return 200 <= status < 300
        try:
            to = urlsplit(location)
        except ValueError:  # whatever a stranger says
            return False
        return 300 <= status < 400 and f"{to.scheme}://{to.netloc}" == self._account.redirect


def _secrets(*texts: str) -> Iterator[str]:
    """Whatever in a path, its query or a header may be one."""
    for text in texts:
        yield from (part for part in (text, *re.split("[/?&= ]", text)) if len(part) >= TELLING)
