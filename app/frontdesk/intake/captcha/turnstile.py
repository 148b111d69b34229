"""Cloudflare Turnstile: one question to its siteverify API, and only a plain yes is believed."""

import json
import os

import requests
from urllib3.exceptions import HTTPError as TransportError

from frontdesk.config import Url
from frontdesk.http import Session, ends_within, read
from frontdesk.intake.captcha.base import Verdict
from frontdesk.intake.captcha.vendor import (
    ANSWER_LIMIT,
    OUR_MISTAKES,
    NoAnswerError,
    Vendor,
    VendorSection,
)

# What siteverify says of a response that is not good, and of itself.
REFUSALS = frozenset({"missing-input-response", "invalid-input-response", "timeout-or-duplicate"})
ILLNESS = "internal-error"


class TurnstileSection(VendorSection):
    """`provider = "turnstile"`."""

    vendor = "Turnstile"
    test_keys = frozenset(
        {
            "1x00000000000000000000AA",
            "2x00000000000000000000AB",
            "1x00000000000000000000BB",
            "2x00000000000000000000BB",
            "3x00000000000000000000FF",
            "1x0000000000000000000000000000000AA",
            "2x0000000000000000000000000000000AA",
            "3x0000000000000000000000000000000AA",
        }
    )

    verify_url: Url = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    script_url: Url = "https://challenges.cloudflare.com/turnstile/v0/api.js"


class Turnstile(Vendor):
    """Asks Cloudflare about a response."""

    provider = "turnstile"
    field = "cf-turnstile-response"
    hosts = ("https://challenges.cloudflare.com",)

    def __init__(self, section: TurnstileSection, contact: str = "") -> None:
        super().__init__(section, contact)
        self._connect()
        os.register_at_fork(after_in_child=self._connect)

    def _connect(self) -> None:
        # Connections must not be shared with the process that a fork came from.
        self._session = Session()

    def _ask(self, response: str, ip: str) -> Verdict:
        question = {"secret": self._section.secret, "response": response}
        if ip:
            question["remoteip"] = ip
        try:
            status, body = self._post(question)
            answer = json.loads(body)
        except (requests.RequestException, TransportError) as error:
            return self._unavailable(type(error).__name__)
        except NoAnswerError as error:
            return self._unavailable(str(error))
        except (ValueError, RecursionError):
            return self._unavailable("an answer that is not JSON")
        if not isinstance(answer, dict):
            return self._unavailable("an answer of unknown form")
        codes = answer.get("error-codes")
        said = set(map(str, codes)) if isinstance(codes, list) else set()
        if said & OUR_MISTAKES:
            return self._unavailable("it does not know our secret")
        if status == requests.codes.ok and "success" in answer and ILLNESS not in said:
            return Verdict.PASSED if answer["success"] is True else Verdict.FAILED
        # Nor may a program make it look out of order with a response of its own making.
        if said & REFUSALS and status < requests.codes.server_error:
            return Verdict.FAILED
        return self._unavailable(f"HTTP {status} {sorted(said)}"[:200])

    def _post(self, question: dict[str, str]) -> tuple[int, bytes]:
        """The answer's status and body; raises for one that does not end in time."""
        section = self._section
        with (
            ends_within(section.timeout),
            self._session.post(
                section.verify_url,
                data=question,
                timeout=section.timeout,
                stream=True,
                allow_redirects=False,
            ) as answer,
        ):
            body = read(answer, ANSWER_LIMIT)
        if len(body) >= ANSWER_LIMIT:
            raise NoAnswerError("an answer without end")
        return answer.status_code, body
