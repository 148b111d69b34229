"""What hCaptcha and Turnstile have in common: keys, a script for the browser, an API to ask."""

import logging
from typing import Any, ClassVar
from urllib.parse import urlsplit

from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.base import Verdict, facts
from frontdesk.intake.captcha.breaker import Breaker
from frontdesk.intake.captcha.siteverify import NoAnswerError, RefusedError, Siteverify
from frontdesk.intake.sections import VendorSection

log = logging.getLogger("frontdesk.captcha")


class Vendor:
    """A captcha that is shown by a vendor's script and checked by asking the vendor."""

    hosts: ClassVar[tuple[str, ...]]  # that the vendor's own script needs

    def __init__(self, section: VendorSection, breaker: Breaker) -> None:
        self._section = section
        self._breaker = breaker
        self._siteverify = Siteverify(section.verify_url, section.timeout)
        shown_from = _origin(section.script_url)
        official = _origin(type(section).model_fields["script_url"].default)
        self.content_sources = self.hosts if shown_from == official else (shown_from,)

    def verify(self, response: str, ip: str, form: str) -> Verdict:
        if not self._section.response.fullmatch(response):
            return Verdict.FAILED
        return self._breaker.ask(lambda: self._ask(response, ip))

    def _ask(self, response: str, ip: str) -> Verdict:
        try:
            return Verdict.PASSED if self._passes(response, ip) else Verdict.FAILED
        except RefusedError as error:
            log.warning("%s refused to look at a response: %s", self._section.vendor, error)
            return Verdict.FAILED
        except NoAnswerError as error:
            log.error("%s cannot be asked: %s", self._section.vendor, error)
            return Verdict.UNAVAILABLE

    def _passes(self, response: str, ip: str) -> bool:
        """Ask the vendor, and believe only a plain yes. Raises as Siteverify does."""
        question = {"secret": self._section.secret, "response": response}
        if ip:
            question["remoteip"] = ip
        said = self._siteverify.ask(question)
        return said.get("success") is True and not said.get("error-codes")

    def widget(self, language: str, contact: str) -> dict[str, Any]:
        _ = catalogue(language).gettext
        section = self._section
        host = urlsplit(self.content_sources[0]).hostname
        found = facts(
            "widget.js",
            language,
            contact,
            unsolved=_("Please show first that you are human, in the box above."),
            closed=_("The check that you are human was not finished. Please send the form again."),
            expired=_("The check that you are human has expired. Please do it again."),
            unsupported=_(
                "Your browser cannot do the check that you are human. Please try another browser."
            ),
            blocked=_(
                "The check that you are human could not be loaded. If you use an ad blocker,"
                " please allow %(host)s; then try again."
            )
            % {"host": host},
            sendable=_(
                "The check that you are human could not be loaded. You can send the form all"
                " the same; one of us will look at it."
            ),
        )
        return {
            **found,
            "sitekey": section.sitekey,
            "script": section.script_url,
            "mode": section.mode,
            "blocked": "refuse" if section.on_outage == "refuse" else "send",
            "notice": self._notice(language),
        }

    def _notice(self, language: str) -> list[str | dict[str, str]]:
        """A text that has to stand beside the widget, in pieces: texts and links."""
        return []

    def challenge(self, form: str) -> None:
        return None

    def diagnose(self) -> str | None:
        # A made-up response: it is refused, but not before the secret was looked at.
        vendor = self._section.vendor
        try:
            passes = self._passes("frontdesk check", "")
        except RefusedError as error:
            return f"{vendor} refuses our questions: {error}"
        except NoAnswerError as error:
            return f"{vendor} cannot be asked: {error}"
        return f"{vendor} lets everybody pass: these are test keys" if passes else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
