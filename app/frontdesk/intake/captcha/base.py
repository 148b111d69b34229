"""The contract of a captcha provider."""

from enum import Enum
from typing import Any, Protocol


class Verdict(Enum):
    PASSED = "passed"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"  # the provider cannot be asked; see `on_outage`


class Captcha(Protocol):
    """Tells people from programs. A provider is one file, and the browser's module of it."""

    provider: str
    field: str  # the HTML form's field that carries the response
    content_sources: tuple[str, ...]  # hosts that its script needs (Content-Security-Policy)

    def verify(self, response: str, ip: str) -> Verdict:
        """Check a response once. A response is spent by it, whatever the verdict."""

    def widget(self, language: str) -> dict[str, Any]:
        """What the browser needs beside `provider` and `field`, as JSON.

        `module` is the file in static/ that knows what to do with it; none is needed without it.
        """

    def challenge(self) -> dict[str, Any] | None:
        """A fresh challenge for a browser to solve, where the provider has such a thing."""

    def diagnose(self) -> str | None:
        """What an operator must mend, or None; asks the provider."""
