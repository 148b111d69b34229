"""ALTCHA: a proof of work that our own server sets and checks; nobody else is asked."""

import base64
import binascii
import hashlib
import json
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

import altcha
from pydantic import Field

from frontdesk.config import CaptchaSection, Duration
from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.base import Verdict, facts
from frontdesk.journal.ownership import make_folder

ALGORITHM = "PBKDF2/SHA-256"  # as slow for a bot as for a browser, unlike bare SHA-256
RESPONSE_LIMIT = 10_000  # characters
HOUR = 3600


class AltchaSection(CaptchaSection):
    """`provider = "altcha"`."""

    cost: int = Field(5000, ge=1000, le=1_000_000)
    counter: int = Field(100, ge=1, le=100_000)
    expires: Duration = Field(1200.0, ge=60, le=HOUR)


class Spent:
    """Remembers used solutions, for all processes of a machine.

    One empty file each: creating it exclusively is the one step that two processes can't both do.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def spend(self, solution: str) -> bool:
        """True the first time. Raises OSError."""
        hour = int(time.time()) // HOUR
        name = hashlib.sha256(solution.encode()).hexdigest()
        # A solution lives for an hour at most, so it can only be in this hour's folder or the
        # one before.
        if (self._directory / str(hour - 1) / name).exists():
            return False
        folder = self._directory / str(hour)
        if not folder.is_dir():
            self._tidy(hour)
            make_folder(folder)
        try:
            (folder / name).touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _tidy(self, hour: int) -> None:
        for folder in self._directory.glob("*"):
            if folder.name.isdigit() and int(folder.name) < hour - 1:
                # Another process may be at it too; what is left over goes next time.
                shutil.rmtree(folder, ignore_errors=True)


class Altcha:
    """Issues and verifies challenges of ALTCHA's second protocol."""

    provider = "altcha"
    field = "altcha"
    content_sources: tuple[str, ...] = ()

    def __init__(self, section: AltchaSection, secret_key: str, directory: Path) -> None:
        self._section = section
        self._secret = hashlib.sha256(f"altcha challenge {secret_key}".encode()).digest()
        self._key_secret = hashlib.sha256(f"altcha key {secret_key}".encode()).digest()
        self._spent = Spent(directory)

    def challenge(self, form: str) -> dict[str, Any]:
        # A counter of our choice makes the work the same for everybody; a prefix to be found
        # by luck would let one visitor wait for six seconds and another for none.
        least = self._section.counter // 2
        challenge = altcha.create_challenge(
            ALGORITHM,
            self._section.cost,
            counter=least + secrets.randbelow(self._section.counter - least + 1),
            expires_at=int(time.time() + self._section.expires),
            hmac_secret=self._secret,
            hmac_key_secret=self._key_secret,
        )
        return challenge.to_dict()

    def verify(self, response: str, ip: str, form: str) -> Verdict:
        if not response or len(response) > RESPONSE_LIMIT:
            return Verdict.FAILED
        result = altcha.verify_solution(response, self._secret, hmac_key_secret=self._key_secret)
        if result.verified is not True:
            return Verdict.FAILED
        try:
            nonce = json.loads(base64.b64decode(response))["challenge"]["parameters"]["nonce"]
            first = self._spent.spend(str(nonce))
        except (ValueError, KeyError, TypeError, binascii.Error):
            return Verdict.FAILED
        except OSError:
            return Verdict.UNAVAILABLE
        return Verdict.PASSED if first else Verdict.FAILED

    def widget(self, language: str, contact: str) -> dict[str, Any]:
        _ = catalogue(language).gettext
        insecure = _(
            "Your browser can check that you are human only on a secure page, whose address"
            " begins with https."
        )
        found = facts("altcha.js", language, contact, insecure=insecure)
        return {**found, "lifetime": self._section.expires}

    def diagnose(self) -> None:
        return None
