"""What an inbox asks of a provider of OpenID Connect, whichever package speaks to it."""

import secrets
from typing import Any, NamedTuple, Protocol

LEEWAY = 120  # seconds that the provider's clock may be wrong


class AwayError(Exception):
    """The provider does not answer, or not as a provider does; the message has no secrets."""


class RefusedError(Exception):
    """What the provider says of somebody is not to be believed; the message has no secrets."""


class Errand(NamedTuple):
    """What has to be known again when somebody comes back from the provider."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Errand":
        """Another one each time."""
        return cls(*(secrets.token_urlsafe(32) for _ in cls._fields))


class Provider(Protocol):
    """A provider; any number of threads may ask it."""

    def address(self, errand: Errand, back: str, *, again: bool) -> str:
        """Where to send a browser, which comes `back`. `again`: who is known is asked anew.

        Raises AwayError.
        """

    def is_issuer(self, named: str) -> bool:
        """Whether this is the provider's name. Raises AwayError."""

    def claims(self, code: str, errand: Errand, back: str) -> dict[str, Any]:
        """What the provider says of who came back with a code. Raises AwayError, RefusedError."""
