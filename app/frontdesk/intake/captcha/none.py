"""No captcha at all: for tests and closed networks, and only when that is said aloud."""

from typing import Any

from frontdesk.intake.captcha.base import Verdict


class NoCaptcha:
    """Everybody passes."""

    provider = "none"
    content_sources: tuple[str, ...] = ()

    def verify(self, response: str, ip: str, form: str) -> Verdict:
        return Verdict.PASSED

    def widget(self, language: str, contact: str) -> dict[str, Any]:
        return {}

    def challenge(self, form: str) -> None:
        return None

    def close(self) -> None:
        pass

    def diagnose(self) -> None:
        return None
