"""Real Geeks' Incoming Leads API on the wire.

Source: Real Geeks' specification, "Leads"; statuses, the users and the activities from its pages
"Incoming Leads API", "Users" and "Activities", and from its own clients in Python and Ruby.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from requests.auth import HTTPBasicAuth

from frontdesk.crm.wire import Wire, parsed
from frontdesk.model.exchange import Answer, Request

JSON = {"Content-Type": "application/json; charset=utf-8"}
ACCOUNT_STATUSES = frozenset({401, 403})  # credentials, permission
POTENTIAL_SELLERS = "potential-seller-leads"

Fields = Mapping[str, Any]


class User(Struct, frozen=True):
    """Somebody that a lead can be assigned to; other keys are ignored."""

    id: str | int
    name: str | None = None


class RealGeeksApi:
    """One site; a pooled session that several threads may use. Times in seconds.

    A call raises DeliveryError for whatever is not a 2xx.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        site: UUID,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
    ) -> None:
        pair = username.encode(), password.encode()
        self._site = f"sites/{site}"
        self._wire = Wire(
            base_url,
            (username, password, b64encode(b":".join(pair)).decode()),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            closing=ACCOUNT_STATUSES,
            auth=HTTPBasicAuth(*pair),
        )

    def lead_request(self, fields: Fields, changed: UUID | None = None) -> Request:
        """What `create_lead` sends, or `update_lead` of the one that is changed."""
        method, path = ("PATCH", f"leads/{changed}") if changed else ("POST", "leads")
        return self._request(method, path, fields)

    def create_lead(self, lead: Fields) -> Answer:
        """Store a lead under the `id` that it has."""
        return self._send("POST", "leads", "POST leads", lead)

    def update_lead(self, lead: UUID, changes: Fields) -> Answer:
        """Change what is named of a lead."""
        return self._send("PATCH", f"leads/{lead}", "PATCH lead", changes)

    def add_activities(self, lead: UUID, activities: Sequence[Fields]) -> Answer:
        """Add to the history of a lead."""
        path = f"leads/{lead}/activities"
        return self._send("POST", path, "POST activities", activities)

    def potential_seller_request(self, fields: Fields) -> Request:
        """What `create_potential_seller_lead` sends."""
        return self._request("POST", POTENTIAL_SELLERS, fields)

    def create_potential_seller_lead(self, lead: Fields) -> Answer:
        """Store somebody who asked what a property is worth, without a contact."""
        return self._send("POST", POTENTIAL_SELLERS, f"POST {POTENTIAL_SELLERS}", lead)

    def users(self) -> list[User]:
        """The users of the site."""
        name = "GET users"
        return parsed(self._wire.exchange("GET", f"{self._site}/users", name), name, list[User])

    def _request(self, method: str, path: str, content: Fields) -> Request:
        url = self._wire.url(f"{self._site}/{path}")
        return Request(url, "basic", method=method, json=content)

    def _send(self, method: str, path: str, name: str, content: object) -> Answer:
        data = msgspec.json.encode(content)
        path = f"{self._site}/{path}"
        return self._wire.exchange(method, path, name, data=data, headers=JSON).answer
