"""hCaptcha, through the `hcaptcha` package, whose traps are kept in here."""

import importlib.util
import re
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.breaker import Breaker
from frontdesk.intake.captcha.siteverify import NoAnswerError, Vendor
from frontdesk.intake.sections import HCaptchaSection

PAGES = "https://www.hcaptcha.com"


class HCaptcha(Vendor):
    """Asks hCaptcha about a response."""

    provider = "hcaptcha"
    hosts = ("https://hcaptcha.com", "https://*.hcaptcha.com")

    def __init__(self, section: HCaptchaSection, breaker: Breaker) -> None:
        super().__init__(section, breaker)
        # A copy of our own, which asks over our session: the package's has no limits.
        spec: Any = importlib.util.find_spec("hcaptcha.hcaptcha")
        package: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(package)
        package.aiohttp = SimpleNamespace(ClientSession=lambda: _Asking(self._siteverify.ask))
        self._verifier = package.HCaptchaVerifier(section.secret)  # a logger would get the secret

    def _passes(self, response: str, ip: str) -> bool:
        said = _result(self._verifier.verify(response, ip))
        # Despite its annotation it returns a dict, and one that is true for a failed captcha.
        return isinstance(said, dict) and said.get("success") is True

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


class _Asking:
    """Our question, in the place of aiohttp's session and of what that answers."""

    def __init__(self, ask: Callable[[dict[str, str]], dict[str, Any]]) -> None:
        self._ask = ask
        self._said: dict[str, Any] = {}

    async def __aenter__(self) -> "_Asking":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave nothing open."""

    def post(self, _url: str, data: dict[str, str]) -> "_Asking":
        self._said = self._ask(data)
        return self

    async def json(self) -> dict[str, Any]:
        return self._said


def _result(verifying: Coroutine[Any, Any, object]) -> object:
    """What a coroutine returns that never waits for a loop, as ours does not."""
    try:
        verifying.send(None)
    except StopIteration as done:
        return done.value
    verifying.close()
    raise NoAnswerError("the hcaptcha package waits for something else than its session")
