"""The contract of a captcha provider, and what every provider's module in the browser says."""

from enum import Enum
from typing import Any, Protocol

from frontdesk.config import contact_href
from frontdesk.i18n import catalogue

# Stands in for a response where the vendor's script could not be loaded, say for an ad blocker.
BLOCKED = "blocked"


class Verdict(Enum):
    PASSED = "passed"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"  # the provider cannot be asked; see `on_outage`
    BUSY = "busy"  # it could be, but too many ask at once


class Captcha(Protocol):
    """Tells people from programs. A provider is one file, and a module in static/."""

    provider: str
    # Hosts of others that its script needs (Content-Security-Policy); what has them can be BLOCKED.
    content_sources: tuple[str, ...]

    def verify(self, response: str, ip: str, form: str) -> Verdict:
        """Check a response to a form once. It is spent by that, whatever the verdict."""

    def widget(self, language: str, contact: str) -> dict[str, Any]:
        """What its module needs to know, as JSON: `module` is the file in static/, if any."""

    def challenge(self, form: str) -> dict[str, Any] | None:
        """A fresh challenge of a form, where the provider has such a thing."""

    def diagnose(self) -> str | None:
        """What an operator must mend, or None; asks the provider."""

    def close(self) -> None:
        """Leave what other processes are told of the provider to those who go on asking it."""


def facts(module: str, language: str, contact: str, **texts: str) -> dict[str, Any]:
    """What every module is told: itself, whom to ask instead, and its texts."""
    _ = catalogue(language).gettext
    common = {
        "checking": _("Checking that you are human…"),
        "done": _("Checked."),
        "failed": _(
            "We could not check that you are human. Nothing that you wrote is lost;"
            " please try again."
        ),
        "retry": _("Try again"),
        "contact": _("You can also reach us here:"),
    }
    return {
        "module": module,
        "language": language,
        "contact": {"text": contact, "href": contact_href(contact)} if contact else None,
        "texts": {**common, **texts},
    }
