"""hCaptcha, through the `hcaptcha` package, which needs to be held by the hand."""

import asyncio
import concurrent.futures
import importlib.util
import os
import re
import threading
from types import SimpleNamespace
from typing import Any

from frontdesk.config import Url
from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.base import Verdict
from frontdesk.intake.captcha.vendor import OUR_MISTAKES, NoAnswerError, Vendor, VendorSection

PAGES = "https://www.hcaptcha.com"


class HCaptchaSection(VendorSection):
    """`provider = "hcaptcha"`."""

    vendor = "hCaptcha"
    test_keys = frozenset(
        {
            "10000000-ffff-ffff-ffff-000000000001",
            "20000000-ffff-ffff-ffff-000000000002",
            "30000000-ffff-ffff-ffff-000000000003",
            "0x0000000000000000000000000000000000000000",
        }
    )

    verify_url: Url = "https://api.hcaptcha.com/siteverify"
    script_url: Url = "https://js.hcaptcha.com/1/api.js"


class HCaptcha(Vendor):
    """Asks hCaptcha about a response, within a time limit, and believes only a plain yes."""

    provider = "hcaptcha"
    field = "h-captcha-response"
    hosts = ("https://hcaptcha.com", "https://*.hcaptcha.com")

    def __init__(self, section: HCaptchaSection, contact: str = "") -> None:
        super().__init__(section, contact)
        package = self._package()
        self._refused = package.HCaptchaVerificationError
        self._verifier = package.HCaptchaVerifier(section.secret)  # a logger would get the secret
        self._verifier.verification_url = section.verify_url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Any = None  # made on the loop
        self._starting = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_loop)

    def _package(self) -> Any:
        """The package's module, in a copy of our own that asks over our session."""
        spec: Any = importlib.util.find_spec("hcaptcha.hcaptcha")
        package: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(package)
        package.aiohttp = SimpleNamespace(ClientSession=self._kept_session)
        return package

    def _kept_session(self) -> Any:
        # It brings aiohttp; nobody without hCaptcha should wait for that.
        from frontdesk.intake.captcha.hcaptcha_session import Session

        if self._session is None:
            self._session = Session(self._section.timeout)
        return self._session

    def _ask(self, response: str, ip: str) -> Verdict:
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
        except NoAnswerError as error:
            return self._unavailable(str(error))
        except Exception as error:  # noqa: BLE001 - the package lets all sorts of them through
            return self._unavailable(type(error).__name__)
        # Despite its annotation it returns a dict, and one that is true for a failed captcha.
        if not isinstance(result, dict):
            return self._unavailable("an answer of unknown form")
        errors = result.get("errors")
        if isinstance(errors, list) and OUR_MISTAKES.intersection(map(str, errors)):
            return self._unavailable("it does not know our secret")
        return Verdict.PASSED if result.get("success") is True else Verdict.FAILED

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
        self._loop, self._session, self._starting = None, None, threading.Lock()

    def _notice(self, language: str) -> list[str | dict[str, str]]:
        # Without its checkbox, which has these links, hCaptcha asks sites to show them.
        if self._section.mode != "invisible":
            return []
        _ = catalogue(language).gettext
        new_tab = _("(opens in a new tab)")
        links = {
            "privacy": {"text": _("privacy policy"), "href": f"{PAGES}/privacy", "hint": new_tab},
            "terms": {"text": _("terms of service"), "href": f"{PAGES}/terms", "hint": new_tab},
        }
        text = _("hCaptcha protects this form; its %(privacy)s and %(terms)s apply.")
        return [links.get(piece, piece) for piece in re.split(r"%\((\w+)\)s", text)]
