"""What hCaptcha and Turnstile have in common: keys, a script for the browser, `siteverify` to ask.

Each of the two adds its section's defaults and what is its own; the question, and what an answer
can mean, are the same.
"""

import json
import logging
import os
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError as TransportError

from frontdesk.forks import weakly
from frontdesk.http.session import Address, exchange, read
from frontdesk.i18n import catalogue
from frontdesk.intake.captcha.base import Verdict, facts
from frontdesk.intake.captcha.breaker import Breaker
from frontdesk.intake.sections import VendorSection

log = logging.getLogger("frontdesk.captcha")

ANSWER_LIMIT = 16 * 1024  # bytes
# These say that our configuration is wrong, not that the visitor is a program.
OUR_MISTAKES = frozenset({"missing-input-secret", "invalid-input-secret"})
ILLNESS = "internal-error"
TOO_MANY = 429
# By their meaning these are about the address, the way there, or our login, whatever the response:
# no visitor brings them about. Any other 4xx is about the one question that got it.
NOT_THE_RESPONSES = frozenset({401, 404, 405, 407, 408, 410, 421, 425, 426})


class NoAnswerError(Exception):
    """The vendor said nothing that can be believed; the message says what, for the log."""


class RefusedError(Exception):
    """The vendor, or a firewall of its, does not take this one response at all."""


class Siteverify:
    """Asks over HTTP, within a time limit, reading to a limit, and follows nothing.

    | status         | JSON with reasons | other JSON           | anything else |
    | -------------- | ----------------- | -------------------- | ------------- |
    | 200            | what it says      | what it says         | no answer     |
    | 429            | no answer         | no answer            | no answer     |
    | other 4xx      | what it says      | refused or no answer | the same      |
    | 1xx, 3xx, 5xx  | no answer         | no answer            | no answer     |

    Refused, so that nobody makes a vendor look out of order with a response of his own making;
    no answer for NOT_THE_RESPONSES. Reasons that blame our secret, or the vendor itself, are no
    answer with any status.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._connect()
        # Connections must not be shared with the process that a fork came from.
        os.register_at_fork(after_in_child=weakly(self._connect))

    def _connect(self) -> None:
        self._address = Address(self._url)

    def ask(self, question: dict[str, str]) -> dict[str, Any]:
        """The vendor's answer: `success`, `error-codes`. Raises NoAnswerError; RefusedError."""
        try:
            status, said = exchange(self._timeout, lambda: self._post(question))
        except (requests.Timeout, TransportError) as error:
            raise NoAnswerError(type(error).__name__) from None
        codes = said.get("error-codes", []) if said is not None else []
        if not isinstance(codes, list):
            raise NoAnswerError(f"HTTP {status}, an answer of unknown form")
        reasons = set(map(str, codes))
        if reasons & OUR_MISTAKES:
            raise NoAnswerError("it does not know the secret")
        if status == TOO_MANY or ILLNESS in reasons:
            raise NoAnswerError(f"HTTP {status} {sorted(reasons)}"[:200])
        if status // 100 == 4:
            if reasons:
                return {"success": False, "error-codes": codes}
            if status not in NOT_THE_RESPONSES:
                raise RefusedError(f"HTTP {status}")
        if status != requests.codes.ok:
            raise NoAnswerError(f"HTTP {status}")
        if said is None or not ("success" in said or reasons):
            raise NoAnswerError("HTTP 200, an answer of unknown form")
        return said

    def _post(self, question: dict[str, str]) -> tuple[int, dict[str, Any] | None]:
        """The answer's status, and its JSON object if it is one."""
        answer = self._address.post(question, self._timeout)
        try:
            body = read(answer, ANSWER_LIMIT)
        finally:
            answer.close()  # the connection too, unless the answer was read to its end
        if len(body) >= ANSWER_LIMIT:
            raise NoAnswerError(f"HTTP {answer.status}, without end")
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            said = json.loads(body) if kind == "application/json" else None
        except (ValueError, RecursionError):
            said = None
        return answer.status, said if isinstance(said, dict) else None


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

    def close(self) -> None:
        self._breaker.close()

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
