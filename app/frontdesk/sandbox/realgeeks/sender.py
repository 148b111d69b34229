"""A stand-in of Real Geeks' outgoing API, for the tests and for trying a webhook out.

It signs, repeats, retries and mixes up its messages as the real one may. It knows nothing of the
rest of `frontdesk`, as a foreign system should not.
"""

import argparse
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self
from uuid import uuid4

import requests

TRIES: Final = 8
PAUSE: Final = 0.5  # seconds between tries; the real one takes ten minutes and more
EXTRAS: Final = {
    "partner_id": "riverside",
    "site_uuid": "6e5f0a4c-6f0f-4a55-9f57-0d7b6a6e2c11",
    "site_domain": "www.example.com",
    "source": "Website Property Search",
    "source_system": "Website",
}


class Message(NamedTuple):
    """One request: its headers without the signature, and the bytes that are signed."""

    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, action: str, lead: str, at: datetime | None = None, **fields: Any) -> Self:
        """A message about a lead; `fields` as in the specification."""
        at = at or datetime.now(UTC)
        login = f"http://www.example.com/member/quick_login/{lead}/"
        facts = {"action": action, "id": lead, "site_login_url": login, **EXTRAS, **fields}
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "RealGeeks-LeadRouter/1.0",
            "X-Lead-Router-Action": action,
            "X-Lead-Router-Message-Id": str(uuid4()),
            "X-Lead-Router-Timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%f}000Z",
        }
        return cls(headers, json.dumps(facts).encode())

    def signed(self, secret: str) -> dict[str, str]:
        """All headers."""
        signature = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return {**self.headers, "X-Lead-Router-Signature": signature}

    def post(self, url: str, secret: str, **headers: str) -> requests.Response:
        """Send it once; `headers` replaces those of these names."""
        sent = {**self.signed(secret), **headers}
        return requests.post(url, data=self.body, headers=sent, timeout=30)


def story(name: str, lead: str | None = None) -> list[Message]:
    """What one lead does: it is created, changed, looks at flats, and somebody notes something."""
    lead = lead or uuid4().hex
    email, activity = f"{name.lower()}@example.com", {"source": "Website", "description": ""}
    viewed = {**activity, "type": "property_viewed"}
    note = {**activity, "type": "note", "description": f"{name} would like to see A.101."}
    return [
        Message.of("created", lead, first_name=name, last_name="Nováková", email=email, phone=""),
        Message.of("activity_added", lead, activities=[viewed]),
        Message.of("updated", lead, phone="+420 777 123 456", phone2=""),
        Message.of("activity_added", lead, activities=[note]),
        Message.of("unknown", lead, first_name=name, last_name="Novotná", email=email),
    ]


def mixed(messages: Iterable[Message], chance: random.Random) -> list[Message]:
    """The messages out of order, and some of them twice."""
    sent = [one for one in messages for _ in range(chance.choice((1, 1, 2)))]
    chance.shuffle(sent)
    return sent


def deliver(url: str, secret: str, messages: Iterable[Message]) -> Iterator[int | None]:
    """Send all, each until it is taken or for TRIES times; the last status, None without any."""
    for message in messages:
        status = None
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE)
            try:
                status = message.post(url, secret).status_code
            except requests.RequestException:
                continue
            if status < 300:
                break
        yield status


def main() -> None:
    """Send some leads to a webhook."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("url", help="https://leads.example.com/hooks/realgeeks/<form>")
    parser.add_argument("secret", help="one of the form's webhook_secrets")
    parser.add_argument("--leads", type=int, default=3, metavar="N")
    parser.add_argument("--seed", type=int, help="the same order again; else another each time")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - it keeps no secret
    messages = [one for number in range(options.leads) for one in story(f"Jana{number}")]
    sent = mixed(messages, chance)
    for message, status in zip(sent, deliver(options.url, options.secret, sent), strict=True):
        print(status or "no answer", message.headers["X-Lead-Router-Action"])


if __name__ == "__main__":
    main()
