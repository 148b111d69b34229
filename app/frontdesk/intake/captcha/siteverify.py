"""The question that hCaptcha and Turnstile are both asked, and what an answer can mean."""

import json
import os
from typing import Any

import requests
from urllib3.exceptions import HTTPError as TransportError

from frontdesk.http import Session, ends_within, read

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
        os.register_at_fork(after_in_child=self._connect)

    def _connect(self) -> None:
        self._session = session = Session()
        # What the environment says of proxies and certificates, once and not with each question.
        found = session.merge_environment_settings(self._url, {}, None, None, None)
        session.proxies, session.verify = found["proxies"], found["verify"]
        session.trust_env = False

    def ask(self, question: dict[str, str]) -> dict[str, Any]:
        """The vendor's answer: `success`, `error-codes`. Raises NoAnswerError; RefusedError."""
        try:
            status, said = self._post(question)
        except (requests.RequestException, TransportError) as error:
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
        with (
            ends_within(self._timeout),
            self._session.post(
                self._url,
                data=question,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            ) as answer,
        ):
            body = read(answer, ANSWER_LIMIT)
        if len(body) >= ANSWER_LIMIT:
            raise NoAnswerError(f"HTTP {answer.status_code}, without end")
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            said = json.loads(body) if kind == "application/json" else None
        except (ValueError, RecursionError):
            said = None
        return answer.status_code, said if isinstance(said, dict) else None
