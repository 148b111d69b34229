"""What the configuration says of a system that gets enquiries as webhooks."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from frontdesk import networks
from frontdesk.config import (
    AccountSection,
    DestinationKind,
    Form,
    Origin,
    Problem,
    Secret,
    Section,
    Untouched,
    Url,
)
from frontdesk.crm.webhook import signature, template

# What a request is made of, and what says whose a message is.
_RESERVED: Final = {
    *("connection", "content-encoding", "content-length", "content-type", "expect", "host"),
    *("keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"),
}
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


def _signing(value: str) -> str:
    signature.key(value)
    return value


def _in_a_header(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("must be ASCII, on one line")
    return value


class WebhookAccount(AccountSection):
    """`[destinations.<name>]` with `type = "webhook"`."""

    takes_anyone = True

    private: bool = False
    # What is in its path may be a secret, as with Slack.
    url: Annotated[Url, Field(max_length=2000), Untouched] = Field(repr=False)
    sends: Literal["received", "delivered"] = "received"
    secrets: list[Annotated[str, Untouched, AfterValidator(_signing)]] = Field(
        [], max_length=3, repr=False
    )
    headers: dict[str, Annotated[Secret, AfterValidator(_in_a_header)]] = Field(
        {}, max_length=20, repr=False
    )
    body: dict[str, Any] = Field({})
    escape: bool = False
    redirect: Origin | None = None

    @property
    def last(self) -> bool:
        """See AccountSection."""
        return self.sends == "delivered"

    @field_validator("url")
    @classmethod
    def _may_be_sent_to(cls, url: str, info: ValidationInfo) -> str:
        private = bool(info.data.get("private"))
        parts = urlsplit(url)
        if parts.fragment:
            raise ValueError("an address that is sent to has no #")
        host = parts.hostname or ""
        address = networks.written(host)
        why = networks.objection(address, private=private) if address else None
        if why is not None:
            led = host if host == address else f"{host}, {address},"
            raise ValueError(f"{led} {why}")
        if parts.scheme != "https" and not private:
            raise ValueError("must be an https address; http is for private = true")
        return url

    @field_validator("headers")
    @classmethod
    def _none_of_ours(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if not _HEADER.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a header")
            if name.lower() in _RESERVED or name.lower().startswith("webhook-"):
                raise ValueError(f"{name} is set by Frontdesk")
        return headers

    @field_validator("body")
    @classmethod
    def _can_be_filled(cls, body: dict[str, Any]) -> dict[str, Any]:
        return template.checked(body)


class WebhookForm(Section):
    """`[forms.<form>.webhook]`: a form adds nothing."""


def problems(form: Form, account: WebhookAccount, section: WebhookForm) -> Iterator[Problem]:
    """What shows when a form is seen as a whole."""
    if account.last and len(form.destinations) == 1:
        said = 'a webhook that sends = "delivered" waits for the other destinations'
        yield ("destinations",), f"{said}, and there is none"


KIND = DestinationKind(WebhookAccount, WebhookForm, frozenset(), problems)
