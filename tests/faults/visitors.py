"""Visitors who know only what they were told: thanked with an id, or not."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import requests

from tests.support import ENQUIRY

Temper = Literal["patient", "hasty", "doubter", "robot", "leaver", "returner"]
PATIENCE = 60.0  # seconds of unbroken refusal until a patient visitor is sure it is down for good
TIMEOUT = 10
KEY = f"fdk_{'n' * 43}"  # of the newsletter's program
NEWS = 1  # the consent that is revoked
LEAVING = ("leaver", "returner")


@dataclass
class Visitor:
    """One enquiry. A doubter sends it a second time, as a new one, after having been thanked.

    A leaver wants no news any more, as soon as there was an answer; a returner wants some again.
    """

    number: int
    temper: Temper
    key: str
    thanked: list[str] = field(default_factory=list)  # ids
    answers: list[int] = field(default_factory=list)  # statuses; 0 for none at all
    revoked: str = ""  # the revocation that was accepted

    @property
    def mark(self) -> str:
        """By what the lead is known in the journal and the CRM."""
        return f"I am visitor {self.number}."

    @property
    def lead(self) -> dict[str, Any]:
        """Every third is a namesake of others, every fifth shares an address with others."""
        name = _letters(self.number % 9 if self.number % 3 == 0 else self.number + 9)
        household = f"house{self.number // 15}" if self.number % 5 == 0 else f"visitor{self.number}"
        return {
            **ENQUIRY,
            "first_name": f"Jan {name}",
            "last_name": "Novák",
            "email": f"{household}@example.com",
            "note": self.mark,
            "phone": f"+420777{self.number:06}",
            **({"link": "https://spam.example"} if self.temper == "robot" else {}),
            **({"consents": [2, NEWS]} if self.temper in LEAVING else {}),
        }

    def visit(self, urls: Sequence[str]) -> None:
        """Send the enquiry; how often and how long depends on the temper."""
        tries = 2 if self.temper == "hasty" else None
        self._insist(urls, self.key, tries)
        if self.temper in LEAVING and self.thanked:
            self._leave(urls)
        if self.temper == "doubter" or (self.temper == "returner" and self.revoked):
            self._insist(urls, f"{self.key}-again", None)

    def _leave(self, urls: Sequence[str]) -> None:
        """The newsletter's program has the consent revoked, and does not give up."""
        deadline, attempt = time.monotonic() + PATIENCE, self.number
        while not self.revoked and time.monotonic() < deadline:
            attempt += 1
            try:
                answer = requests.post(
                    f"{urls[attempt % len(urls)]}/consents/revoke",
                    json={"consent": NEWS, "email": self.lead["email"]},
                    headers={"Authorization": f"Bearer {KEY}", "Idempotency-Key": self.key},
                    timeout=TIMEOUT,
                )
            except requests.RequestException:
                self.answers.append(0)
            else:
                self.answers.append(answer.status_code)
                if answer.status_code == 202:
                    self.revoked = answer.json()["id"]
                    return
            time.sleep(0.1)

    def _insist(self, urls: Sequence[str], key: str, tries: int | None) -> None:
        deadline, token = time.monotonic() + PATIENCE, None
        attempt = self.number  # whom they ask first
        while (tries is None or attempt < self.number + tries) and time.monotonic() < deadline:
            url = urls[attempt % len(urls)]
            attempt += 1
            try:
                if token is None:
                    answer = requests.get(f"{url}/forms/riverside/token", timeout=TIMEOUT)
                    if not answer.ok:
                        self.answers.append(answer.status_code)
                        time.sleep(0.1)
                        continue
                    token = answer.json()["token"]
                answer = requests.post(
                    f"{url}/forms/riverside",
                    json={**self.lead, "token": token},
                    headers={"Idempotency-Key": key},
                    timeout=TIMEOUT,
                )
            except requests.RequestException:
                self.answers.append(0)
                time.sleep(0.1)
                continue
            self.answers.append(answer.status_code)
            if answer.status_code == 202:
                self.thanked.append(answer.json()["id"])
                return
            time.sleep(0.1)


def crowd(count: int, seed: int) -> list[Visitor]:
    """So many visitors of all tempers, the same ones for a seed."""
    chance = random.Random(f"visitors {seed}")
    tempers: list[Temper] = ["patient", "hasty", "doubter", "robot", "leaver", "returner"]
    found = []
    for number in range(count):
        temper = chance.choices(tempers, (50, 15, 10, 5, 12, 8))[0]
        if temper in LEAVING and number % 5 == 0:
            temper = "patient"  # whom the CRM cannot tell from others of the same address
        found.append(Visitor(number, temper, f"key-{seed}-{number}"))
    return found


def _letters(number: int) -> str:
    """A name for a number; names have no digits."""
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(97 + rest) + text
        if not number:
            return text.capitalize()
