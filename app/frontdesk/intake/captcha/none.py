"""No captcha at all: for tests and closed networks, and only when that is said aloud."""

from typing import Any, Literal

from frontdesk.config import CaptchaSection
from frontdesk.intake.captcha.base import Verdict


class NoneSection(CaptchaSection):
    """`provider = "none"`."""

    allow_none: Literal[True]


class NoCaptcha:
    """Everybody passes."""

    provider = "none"
    field = "captcha"
    content_sources: tuple[str, ...] = ()

    def verify(self, response: str, ip: str, form: str) -> Verdict:
        return Verdict.PASSED

    def widget(self, language: str, contact: str) -> dict[str, Any]:
        return {}

    def challenge(self, form: str) -> None:
        return None

    def diagnose(self) -> None:
        return None
