"""The CRMs of a seed, a receiver of webhooks and a mail server, which go away and come back."""

from contextlib import ExitStack
from datetime import timedelta
from typing import NamedTuple

from frontdesk.config import api_key
from frontdesk.sandbox.observation import prague
from frontdesk.sandbox.realgeeks import app as realgeeks
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.crm.webhook.receiver import HOOK, create_receiver
from tests.faults.visitors import KEY
from tests.postbox import CONFIRMATION, MAIL, Postbox, post_office
from tests.support import GENERAL, calls, free_port, leads, with_real_geeks

# The CRM hangs for less than `retry_first`, as the documents ask for: it is over with a request
# by the time of the lookup.
CHANGES = {
    "1000/minute": "1000000/minute",
    'retry_first = "50 ms"': 'retry_first = "2 s"',
    'retry_longest = "200 ms"': 'retry_longest = "2 s"',
    'same_within = "0 s"': 'same_within = "10 minutes"',
    'read_timeout = "20 s"': 'read_timeout = "600 ms"',
    'connect_timeout = "5 s"': 'connect_timeout = "1 s"',
}


KEYED = f"""
[[forms.riverside.api_keys]]
name = "newsletter"
sha256 = "{api_key.digest(KEY)}"
"""

# Behind both CRMs: to another system, by mail to a person and, unless there is none to be sent,
# to the visitor.
BESIDE = 'destinations = ["crm", "geeks", "hook", "sales", "hello"]'
SALES = "sales@example.com"


class Requests(NamedTuple):
    """How many each of them has had, and how many messages the mail server was given."""

    crm: int
    geeks: int
    hook: int
    mail: int


class Crms:
    """Realpad, Real Geeks and a receiver of webhooks over HTTP, and a mail server."""

    def __init__(self, ahead: timedelta) -> None:
        """`ahead`: how far the CRM's clock is ahead of ours."""
        self.sandbox = create_sandbox(clock=lambda: prague() + ahead)
        self._crm = serve_sandbox(self.sandbox)
        self.crm = self._crm.url
        self.other_sandbox = realgeeks.create_sandbox()
        self._geeks = serve_sandbox(self.other_sandbox)
        self.geeks = self._geeks.url
        self.receiver = create_receiver()
        self._hook = serve_sandbox(self.receiver)
        self.hook = self._hook.url
        self.box, self._mail_port = Postbox(), free_port()
        self._post = ExitStack()
        self.open_post()

    def configuration(self, *, apart: bool) -> str:
        """Of somebody who delivers to all; `apart`: by couriers of their own."""
        text = GENERAL.replace("{crm}", self.crm) + with_real_geeks(self.geeks) + KEYED
        text = text.replace('destinations = ["crm", "geeks"]', BESIDE)
        text += HOOK.replace("{hook}", self.hook)
        text += (MAIL + CONFIRMATION).replace("{smtp}", self.post)
        text = text.replace('type = "confirmation"', 'type = "confirmation"\nper_hour = 100_000')
        for old, new in CHANGES.items():
            text = text.replace(old, new)
        if apart:
            text = text.replace('courier = "inside"', 'courier = "apart"')
        return text

    def close_crm(self) -> None:
        self._crm.close()

    def close_geeks(self) -> None:
        self._geeks.close()

    def close_hook(self) -> None:
        self._hook.close()

    def open_hook(self) -> None:
        """It comes back with all that it had."""
        port = int(self.hook.rsplit(":", 1)[1])
        self._hook = serve_sandbox(self.receiver, port=port)

    def open_geeks(self) -> None:
        """It comes back with all that it had."""
        port = int(self.geeks.rsplit(":", 1)[1])
        self._geeks = serve_sandbox(self.other_sandbox, port=port)

    def open_crm(self) -> None:
        """It comes back with all that it had."""
        port = int(self.crm.rsplit(":", 1)[1])
        self._crm = serve_sandbox(self.sandbox, port=port)

    @property
    def post(self) -> str:
        return f"smtp://127.0.0.1:{self._mail_port}?tls=no"

    def close_post(self) -> None:
        self._post.close()

    def open_post(self) -> None:
        """It comes back with all that it had."""
        self._post.enter_context(post_office(box=self.box, port=self._mail_port))

    def mend_crms(self) -> None:
        """They behave again; also while nobody can reach them."""
        self.box.mend()
        for sandbox in (self.sandbox, self.other_sandbox, self.receiver):
            sandbox.test_client().delete("/_sandbox/faults")

    def requests(self) -> Requests:
        asked = (len(calls(url)) for url in (self.crm, self.geeks, self.hook))
        return Requests(*asked, self.box.asked["MAIL"])

    def arrived(self) -> list[str]:
        """By what every lead that the CRM has is known: its note, else the email address."""
        every = [lead["parameters"] for lead in leads(self.crm)]
        return [parameters.get("note") or parameters["email"] for parameters in every]

    def arrived_at_geeks(self) -> list[str]:
        """The same of the other CRM; by its ids it could not have a lead twice."""
        return [lead["fields"]["notes"] for lead in leads(self.geeks)]

    def mailed(self) -> dict[str, set[str]]:
        """By their marks, the ids of the letters about leads that a person has."""
        found: dict[str, set[str]] = {}
        for mail in self.box.to(SALES):
            for line in mail.body().splitlines():
                if line.startswith("> "):
                    found.setdefault(line.removeprefix("> "), set()).add(mail.id)
        return found

    def confirmed(self) -> dict[str, set[str]]:
        """By their addresses, the ids of the confirmations that visitors have."""
        found: dict[str, set[str]] = {}
        for mail in [*self.box.mails]:
            for address in mail.to:
                if address != SALES:
                    found.setdefault(address, set()).add(mail.id)
        return found

    def consents(self) -> dict[str, set[int]]:
        """By their addresses, what customers have agreed to, by what the CRM has now."""
        return {
            email: {consent["id"] for consent in customer["consents"] if consent["valid"]}
            for customer in leads(self.crm, "customers")
            for email in customer["emails"]
        }

    def close(self) -> None:
        self._crm.close()
        self._geeks.close()
        self._hook.close()
        self._post.close()

    def arrived_at_hook(self) -> list[str]:
        """The same of the receiver, once for each `webhook-id`."""
        told = [message["event"]["data"]["lead"] for message in leads(self.hook)]
        return [lead.get("note") or lead["email"] for lead in told]
