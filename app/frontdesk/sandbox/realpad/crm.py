"""What the Realpad stand-in does and remembers. Knows neither HTTP nor `frontdesk`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from frontdesk.sandbox.realpad.contracts import CONTRACTS, FORMATS, Refusal, refuse, require
from frontdesk.sandbox.realpad.flats import Flat, export

LISTED: Final = timedelta(days=7)  # how far back list-leads reaches


@dataclass
class Consent:
    """A consent record; revoking invalidates it and keeps it."""

    id: int
    source: str
    given_at: str
    valid: bool = True
    revoked_at: str | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Customer:
    """Who the leads are from; the first of the emails is the primary one."""

    id: int
    name: str
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    favorites: list[str] = field(default_factory=list)
    consents: dict[int, Consent] = field(default_factory=dict)
    past: list[Consent] = field(default_factory=list)  # what later ones have taken the place of


@dataclass
class Lead:
    """One accepted create-lead call, its parameters exactly as received but for the credentials."""

    inquiry_id: int
    customer_id: int
    at: str
    parameters: dict[str, str]


class Crm:
    """The memory and the endpoints: four of Realpad's specification, and get-project.

    Not locked by itself.
    """

    def __init__(
        self,
        credentials: tuple[str, str],
        consent_types: Mapping[int, str],
        projects: Mapping[int, str],
        attributes: Mapping[str, str],
        flats: Sequence[Flat],
        clock: Callable[[], datetime],
    ) -> None:
        for key, kind in attributes.items():
            if kind not in FORMATS:
                raise ValueError(f"custom attribute {key}: no such type as {kind!r}")
        self._credentials = credentials
        self._consent_types = consent_types
        self._projects = projects
        self._attributes = attributes
        self._first_flats = flats
        self.clock = clock
        # Numbers are not used again after a reset, so that nothing old is taken for something new.
        self._customer_ids = count(60001)
        self._inquiry_ids = count(12001)
        self._calls: dict[str, Callable[[dict[str, str]], str | list[dict[str, Any]]]] = {
            "create-lead": self._create_lead,
            "list-leads": self._list_leads,
            "list-consent-types": self._list_consent_types,
            "revoke-customer-consent": self._revoke,
            "get-project": self._get_project,
        }
        self.reset()

    def reset(self) -> None:
        """Forget every lead and customer, and list the first flats."""
        self.flats = self._first_flats
        self.leads: list[Lead] = []
        self.customers: dict[int, Customer] = {}
        self._by_phone: dict[str, Customer] = {}
        self._by_email: dict[str, Customer] = {}  # of those who share one, the first

    def call(self, endpoint: str, sent: Sequence[tuple[str, str]]) -> str | list[dict[str, Any]]:
        """Answer a call with a text or a list for JSON; raises Refusal."""
        return self._calls[endpoint](self._checked(endpoint, sent))

    def customers_with_consents(self) -> list[dict[str, Any]]:
        """Every customer, the consent records as a list."""
        return [
            {**asdict(customer), "consents": [asdict(c) for c in customer.consents.values()]}
            for customer in self.customers.values()
        ]

    def enter_customer(self, name: str, email: str = "", phone: str = "") -> int:
        """Somebody enters a customer by hand, or changes the name of one; the customer's id."""
        first, _, last = name.rpartition(" ")
        given = {"name": first, "surname": last, "email": email, "phone": phone}
        customer = self._find_or_add(given)
        customer.name = name
        return customer.id

    def now(self) -> str:
        """The time as the API writes it: ISO 8601 with its offset."""
        return self.clock().isoformat(timespec="seconds")

    def _checked(self, endpoint: str, sent: Sequence[tuple[str, str]]) -> dict[str, str]:
        """The parameters without credentials, once nothing is left to object to."""
        values = dict(sent)
        refuse(len(values) < len(sent), "A parameter was sent more than once.")
        require(values, ("login", "password"))
        if (values.pop("login"), values.pop("password")) != self._credentials:
            raise Refusal(401, "Not authorized.")
        CONTRACTS[endpoint].check(values, self._attributes if endpoint == "create-lead" else {})
        return values

    def _create_lead(self, values: dict[str, str]) -> str:
        project = values.get("project")
        refuse(project and int(project) not in self._projects, f"Unknown project: {project}.")
        consents = self._consent_ids(values.get("consents", values.get("updateconsents", "")))

        customer = self._find_or_add(values)
        _remember(customer.favorites, values.get("internalid") or values.get("unitid", ""))
        if "consents" in values:
            customer.past += customer.consents.values()
            customer.consents.clear()
        for consent in consents:
            self._give(customer, consent, values.get("consentsource", ""))
        self.leads.append(Lead(next(self._inquiry_ids), customer.id, self.now(), values))
        return str(customer.id)

    def _list_leads(self, _: dict[str, str]) -> list[dict[str, Any]]:
        oldest = self.clock() - LISTED
        recent = [lead for lead in self.leads if datetime.fromisoformat(lead.at) >= oldest]
        return [self._listed(lead) for lead in reversed(recent)]

    def _listed(self, lead: Lead) -> dict[str, Any]:
        project = lead.parameters.get("project")
        return {
            "inquiry_id": lead.inquiry_id,
            "customer_id": lead.customer_id,
            "customer_name": self.customers[lead.customer_id].name,
            "timestamp": lead.at,
            "projects": [self._projects[int(project)]] if project else [],
            "campaign": lead.parameters.get("campaign"),
            "product_interest": lead.parameters.get("preferencerooms"),
        }

    def _list_consent_types(self, _: dict[str, str]) -> list[dict[str, Any]]:
        return [{"id": number, "name": name} for number, name in self._consent_types.items()]

    def _revoke(self, values: dict[str, str]) -> str:
        (consent_id,) = self._consent_ids(values["consentid"])
        customer = self._the_customer(values)
        # The specification does not say what revoking a consent never given does; here: nothing.
        if consent := customer.consents.get(consent_id):
            consent.valid = False
            consent.revoked_at = self.now()
            _remember(consent.notes, values.get("notes", ""))
        return ""

    def _get_project(self, values: dict[str, str]) -> str:
        project = values["projectid"]
        refuse(int(project) not in self._projects, f"Unknown project: {project}.")
        return export(self.flats)

    def _consent_ids(self, listed: str) -> list[int]:
        ids = [int(number) for number in listed.split(",") if number]
        unknown = [str(number) for number in ids if number not in self._consent_types]
        refuse(unknown, f"Unknown consent type: {', '.join(unknown)}.")
        return ids

    def _give(self, customer: Customer, consent_id: int, source: str) -> None:
        earlier = customer.consents.get(consent_id)
        notes = list(earlier.notes) if earlier else []
        customer.past += [earlier] if earlier else []
        customer.consents[consent_id] = Consent(consent_id, source, self.now(), notes=notes)

    def _find_or_add(self, values: dict[str, str]) -> Customer:
        """The customer with this phone, else with this email, else a new one.

        The phone goes first so that two customers can come to share an email address, as two
        people of one household do; revoking by that address is then a conflict.
        """
        phone, email = values.get("phone", ""), values.get("email", "").lower()
        customer = self._by_phone.get(phone) or self._by_email.get(email)
        if customer is None:  # a known one keeps the name first known, as in a CRM
            customer = Customer(next(self._customer_ids), f"{values['name']} {values['surname']}")
            self.customers[customer.id] = customer
        if phone:
            _remember(customer.phones, phone)
            self._by_phone.setdefault(phone, customer)
        if email:
            _remember(customer.emails, email)
            self._by_email.setdefault(email, customer)
        return customer

    def _the_customer(self, values: dict[str, str]) -> Customer:
        if "customerid" in values:
            found = [c for c in self.customers.values() if c.id == int(values["customerid"])]
        else:
            email = values["email"].lower()
            found = [c for c in self.customers.values() if c.emails[:1] == [email]]
        refuse(not found, "Customer not found.")
        if len(found) > 1:
            raise Refusal(409, "The email matches more than one customer. Use customerid.")
        return found[0]


def _remember(known: list[str], value: str) -> None:
    if value and value not in known:
        known.append(value)
