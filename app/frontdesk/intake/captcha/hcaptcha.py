"""hCaptcha, through the `hcaptcha` package, which needs to be held by the hand."""

import asyncio
import concurrent.futures
import logging
import os
import threading
from typing import Any

from pydantic import Field, model_validator

from frontdesk.config import CaptchaSection, Duration, Url
from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.base import Verdict

log = logging.getLogger("frontdesk.captcha")

RESPONSE_LIMIT = 10_000  # characters
# Published by hCaptcha for tests: with them everybody passes.
TEST_SITEKEYS = frozenset(
    {"10000000-ffff-ffff-ffff-000000000001", "20000000-ffff-ffff-ffff-000000000002"}
)
TEST_SECRET = "0x0000000000000000000000000000000000000000"  # noqa: S105 - public
# These say that our configuration is wrong, not that the visitor is a program.
OUR_MISTAKES = frozenset({"missing-input-secret", "invalid-input-secret"})


class HCaptchaSection(CaptchaSection):
    """`provider = "hcaptcha"`."""

    sitekey: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    verify_url: Url = "https://api.hcaptcha.com/siteverify"
    script_url: Url = "https://js.hcaptcha.com/1/api.js"
    timeout: Duration = Field(5.0, gt=0, le=30)
    allow_test_keys: bool = False

    @model_validator(mode="after")
    def _no_test_keys(self) -> "HCaptchaSection":
        test = self.sitekey in TEST_SITEKEYS or self.secret == TEST_SECRET
        if test and not self.allow_test_keys:
            raise ValueError(
                "these are hCaptcha's public test keys, with which every bot passes;"
                " allow_test_keys = true permits them"
            )
        return self


class HCaptcha:
    """Asks hCaptcha about a response, within a time limit, and believes only a plain yes."""

    provider = "hcaptcha"
    field = "h-captcha-response"
    content_sources: tuple[str, ...] = ("https://hcaptcha.com", "https://*.hcaptcha.com")

    def __init__(self, section: HCaptchaSection) -> None:
        # The package brings aiohttp, which nobody without hCaptcha should wait for.
        from hcaptcha.hcaptcha import HCaptchaVerificationError, HCaptchaVerifier

        self._section = section
        self._refused = HCaptchaVerificationError
        self._verifier = HCaptchaVerifier(section.secret)  # no logger: it would log the secret
        self._verifier.verification_url = section.verify_url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_loop)

    def verify(self, response: str, ip: str) -> Verdict:
        if not response or len(response) > RESPONSE_LIMIT:
            return Verdict.FAILED
        asked = asyncio.run_coroutine_threadsafe(
            self._verifier.verify(response, ip), self._running_loop()
        )
        try:
            result = asked.result(self._section.timeout)
        except self._refused:
            return Verdict.FAILED
        except concurrent.futures.TimeoutError:
            asked.cancel()
            return self._unavailable("no answer in time")
        except Exception as error:  # noqa: BLE001 - the package lets all sorts of them through
            return self._unavailable(type(error).__name__)
        # Despite its annotation it returns a dict, and one that is true for a failed captcha.
        if not isinstance(result, dict):
            return self._unavailable("an answer of unknown form")
        errors = result.get("errors")
        if isinstance(errors, list) and OUR_MISTAKES.intersection(map(str, errors)):
            return self._unavailable("hCaptcha does not know our secret")
        return Verdict.PASSED if result.get("success") is True else Verdict.FAILED

    def _unavailable(self, why: str) -> Verdict:
        log.error("hCaptcha cannot be asked: %s", why)
        return Verdict.UNAVAILABLE

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="hcaptcha", daemon=True
                ).start()
            return self._loop

    def _forget_loop(self) -> None:
        # The thread that ran it stays behind in the parent process.
        self._loop, self._starting = None, threading.Lock()

    def widget(self, language: str) -> dict[str, Any]:
        _ = catalogue(language).gettext
        return {
            "module": "hcaptcha.js",
            "script": self._section.script_url,
            "sitekey": self._section.sitekey,
            "language": language,
            "texts": {
                "again": _("Try again"),
                "unsolved": _("Please show first that you are human, in the box above."),
                "failed": _(
                    "The check that you are human could not be loaded. If you use an ad blocker,"
                    " please allow hcaptcha.com; then try again."
                ),
            },
        }

    def challenge(self) -> None:
        return None

    def diagnose(self) -> str | None:
        # A made-up response: hCaptcha refuses it, but says first if it does not know the secret.
        match self.verify("frontdesk check", ""):
            case Verdict.UNAVAILABLE:
                return "hCaptcha cannot be asked, or does not know the secret; see the log"
            case Verdict.PASSED:
                return "hCaptcha lets everybody pass: these are test keys"
            case Verdict.FAILED:
                return None
