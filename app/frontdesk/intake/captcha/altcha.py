"""ALTCHA: a proof of work that our own server sets and checks; nobody else is asked."""

import base64
import binascii
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import altcha

from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.base import Verdict, facts
from frontdesk.intake.sections import AltchaSection

ALGORITHM = "PBKDF2/SHA-256"  # as slow for a bot as for a browser, unlike bare SHA-256
RESPONSE_LIMIT = 10_000  # characters


class _Keys(NamedTuple):
    """What is derived from one secret key."""

    challenge: bytes
    solution: bytes

    @classmethod
    def of(cls, secret: str) -> "_Keys":
        return cls(
            hashlib.sha256(f"altcha challenge {secret}".encode()).digest(),
            hashlib.sha256(f"altcha key {secret}".encode()).digest(),
        )


class Altcha:
    """Issues and verifies challenges of ALTCHA's second protocol."""

    provider = "altcha"
    content_sources: tuple[str, ...] = ()

    def __init__(
        self, section: AltchaSection, secret_keys: list[str], claim_once: Callable[[str, int], bool]
    ) -> None:
        """`claim_once`: True for the first who asks for a key; see base.Store."""
        self._section = section
        self._keys = [_Keys.of(secret) for secret in secret_keys]  # the first one signs
        self._claim_once = claim_once

    def challenge(self, form: str) -> dict[str, Any]:
        # A counter of our choice makes the work the same for everybody; a prefix to be found
        # by luck would let one visitor wait for six seconds and another for none.
        least = self._section.counter // 2
        keys = self._keys[0]
        challenge = altcha.create_challenge(
            ALGORITHM,
            self._section.cost,
            counter=least + secrets.randbelow(self._section.counter - least + 1),
            expires_at=int(time.time() + self._section.expires),
            data=self._terms(form),
            hmac_secret=keys.challenge,
            hmac_key_secret=keys.solution,
        )
        return challenge.to_dict()

    def _terms(self, form: str) -> dict[str, Any]:
        """What a challenge is for, and how hard it is: signed with it, as its `cost` is anyway."""
        return {
            "form": form,
            "counter": self._section.counter,
            "expires": int(self._section.expires),
        }

    def verify(self, response: str, ip: str, form: str) -> Verdict:
        if not response or len(response) > RESPONSE_LIMIT or not self._is_right(response):
            return Verdict.FAILED
        try:
            signed = json.loads(base64.b64decode(response))["challenge"]["parameters"]
            if signed["data"] != self._terms(form) or signed["cost"] != self._section.cost:
                return Verdict.FAILED  # of another form, or made when work was cheaper
            first = self._claim_once(str(signed["nonce"]), int(signed["expiresAt"]))
        except (ValueError, KeyError, TypeError, binascii.Error):
            return Verdict.FAILED
        except OSError:
            return Verdict.UNAVAILABLE
        return Verdict.PASSED if first else Verdict.FAILED

    def _is_right(self, response: str) -> bool:
        """Whether one of our keys signed it and the work is done."""
        return any(
            altcha.verify_solution(response, keys.challenge, hmac_key_secret=keys.solution).verified
            is True
            for keys in self._keys
        )

    def widget(self, language: str, contact: str) -> dict[str, Any]:
        _ = catalogue(language).gettext
        insecure = _(
            "Your browser can check that you are human only on a secure page, whose address"
            " begins with https."
        )
        found = facts("altcha.js", language, contact, insecure=insecure)
        return {**found, "lifetime": self._section.expires}

    def close(self) -> None:
        pass

    def diagnose(self) -> None:
        return None
