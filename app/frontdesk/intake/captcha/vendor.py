"""What hCaptcha and Turnstile have in common: keys, a script for the browser, an API to ask."""

import logging
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from frontdesk.config import CaptchaSection, Duration, Url
from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.base import Verdict, facts

log = logging.getLogger("frontdesk.captcha")

RESPONSE_LIMIT = 10_000  # characters
ANSWER_LIMIT = 16 * 1024  # bytes
# These say that our configuration is wrong, not that the visitor is a program.
OUR_MISTAKES = frozenset({"missing-input-secret", "invalid-input-secret"})


class NoAnswerError(Exception):
    """The vendor said nothing that can be believed; the message says what, for the log."""


class VendorSection(CaptchaSection):
    """What both sections have; their own classes add the defaults of the addresses."""

    sitekey: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    mode: Literal["checkbox", "invisible"] = "checkbox"
    verify_url: Url
    script_url: Url
    timeout: Duration = Field(5.0, gt=0, le=30)
    allow_test_keys: bool = False

    vendor: ClassVar[str]
    test_keys: ClassVar[frozenset[str]]  # published by the vendor, sitekeys and secrets

    @model_validator(mode="after")
    def _no_test_keys(self) -> Self:
        if not self.allow_test_keys and self.test_keys & {self.sitekey, self.secret}:
            raise ValueError(
                f"these are {self.vendor}'s public test keys, with which bots pass;"
                " allow_test_keys = true permits them"
            )
        return self


class Vendor:
    """A captcha that is shown by a vendor's script and checked by asking the vendor."""

    hosts: ClassVar[tuple[str, ...]]  # that the vendor's own script needs

    def __init__(self, section: VendorSection, contact: str) -> None:
        self._section = section
        self._contact = contact
        shown_from = _origin(section.script_url)
        official = _origin(type(section).model_fields["script_url"].default)
        self.content_sources = self.hosts if shown_from == official else (shown_from,)

    def verify(self, response: str, ip: str) -> Verdict:
        if not response or len(response) > RESPONSE_LIMIT:
            return Verdict.FAILED
        return self._ask(response, ip)

    def _ask(self, response: str, ip: str) -> Verdict:
        """Ask the vendor."""
        raise NotImplementedError

    def _unavailable(self, why: str) -> Verdict:
        log.error("%s cannot be asked: %s", self._section.vendor, why)
        return Verdict.UNAVAILABLE

    def widget(self, language: str) -> dict[str, Any]:
        _ = catalogue(language).gettext
        section = self._section
        host = urlsplit(self.content_sources[0]).hostname
        found = facts(
            "widget.js",
            language,
            self._contact,
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

    def challenge(self) -> None:
        return None

    def diagnose(self) -> str | None:
        # A made-up response: it is refused, but not before the secret was looked at.
        vendor = self._section.vendor
        match self.verify("frontdesk check", ""):
            case Verdict.UNAVAILABLE:
                return f"{vendor} cannot be asked, or does not know the secret; see the log"
            case Verdict.PASSED:
                return f"{vendor} lets everybody pass: these are test keys"
            case Verdict.FAILED:
                return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
