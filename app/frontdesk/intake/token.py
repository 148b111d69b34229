"""The form token: signed proof, without a cookie, that a form was fetched, and when."""

import secrets
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from itsdangerous import BadData, Signer, URLSafeTimedSerializer

_SALT = "frontdesk.form-token"
_RENEWED = "renewed"
SKEW = 600.0  # seconds that the clock of another server may be ahead of ours


class Freshness(Enum):
    GOOD = "good"
    HASTY = "hasty"  # sent faster than a person can fill in a form
    STALE = "stale"  # the page is from a cache, or was left open
    AHEAD = "ahead"  # issued in the future: the clocks of our servers differ, or ours was set back


class Token(NamedTuple):
    """A token that carries our signature; `nonce` is new for every fetched form.

    `age`: in whole seconds; None where that says nothing of how long the form was there.
    """

    nonce: str
    freshness: Freshness
    age: int | None = None


class _Serializer(URLSafeTimedSerializer):
    """Has one signer rather than a new one for every token."""

    @cached_property
    def _signer(self) -> Signer:
        return super().make_signer()

    def make_signer(self, salt: object = None) -> Signer:
        return self._signer


class Tokens:
    """Issues and checks the tokens of forms."""

    def __init__(self, secret_keys: list[str]) -> None:
        # itsdangerous signs with the last of its keys; the configuration has the newest first.
        self._serializer = _Serializer(list(reversed(secret_keys)), salt=_SALT)

    def issue(self, form: str, *, renewed: bool = False) -> str:
        """A new token for the form of this slug.

        `renewed`: in place of a stale one. The visitor has filled the form in already, so sending
        it at once is not hasty.
        """
        payload = [form, secrets.token_urlsafe(12), *([_RENEWED] if renewed else [])]
        token = self._serializer.dumps(payload)
        return token if isinstance(token, str) else token.decode()

    def check(
        self, token: str, form: str, *, fill_time: float, token_age: float, now: datetime
    ) -> Token | None:
        """What the token says; None when it is forged or another form's. Times in seconds."""
        try:
            payload, issued = self._serializer.loads(token, return_timestamp=True)
        except BadData:
            return None
        match payload:
            case [str() as slug, str() as nonce, *marks] if slug == form:
                pass
            case _:
                return None
        age = (now - issued).total_seconds()
        freshness = Freshness.GOOD
        if age > token_age:
            freshness = Freshness.STALE
        elif age < -SKEW:
            freshness = Freshness.AHEAD
        elif 0 <= age < fill_time and _RENEWED not in marks:
            freshness = Freshness.HASTY
        telling = age >= 0 and _RENEWED not in marks
        return Token(nonce, freshness, int(age) if telling else None)
