"""Realpad as a destination: a lead becomes create-lead's parameters, its answer an outcome."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from frontdesk.config import DestinationKind, Duration, Form, Problem, Secret, Section, Url
from frontdesk.crm.realpad.api import BASE_URL, RealpadApi
from frontdesk.crm.realpad.explanation import pair, pair_by_people
from frontdesk.crm.realpad.reconciliation import look_up
from frontdesk.delivery.destination import (
    Case,
    Comparison,
    Delivered,
    DeliveryError,
    Finding,
    Lookups,
    There,
    Withdrawal,
)
from frontdesk.journal.ledger import Claim
from frontdesk.lead import AttributeValue, Lead, Submission

STRING_LIMIT = 5000  # characters, Realpad's specification
NAMELESS = "–"
FORBIDDEN, CONFLICT = 403, 409
LISTED = timedelta(days=7)  # how far list-leads goes back

RESERVED = frozenset(
    {"login", "password", "name", "surname", "email", "phone", "project", "salesman"}
    | {"preferencerooms", "preferencepricemax", "internalid", "unitid", "referral", "campaign"}
    | {"language", "tags", "note", "consentsource", "consents", "updateconsents"}
)

Tag = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^,]+$")]
DatabaseId = Annotated[int, Field(ge=1)]


class RealpadAccount(Section):
    """`[destinations.<name>]` with `type = "realpad"`."""

    base_url: Url = BASE_URL
    login: Secret
    password: Secret
    connect_timeout: Duration = Field(10.0, gt=0, le=120)
    read_timeout: Duration = Field(30.0, gt=0, le=300)


class RealpadForm(Section):
    """`[forms.<form>.realpad]`: what a form adds to its leads for Realpad."""

    project: DatabaseId | None = None
    referral: DatabaseId | None = None
    salesman: DatabaseId | None = None
    salesmen: dict[str, DatabaseId] = Field({}, max_length=1_000)
    campaign: str = Field("", max_length=200)
    tags: tuple[Tag, ...] = Field((), strict=False)
    unit_as: Literal["internalid", "unitid"] = "internalid"
    consent_mode: Literal["update", "replace"] = "update"


def problems(form: Form, account: RealpadAccount, section: RealpadForm) -> Iterator[Problem]:
    """What contradicts Realpad's rules in a form that is otherwise well."""
    if section.unit_as == "unitid":
        for index, unit in enumerate(form.units):
            if not (unit.isascii() and unit.isdigit()):
                yield ("units", index), 'must be a number, because of realpad.unit_as = "unitid"'


KIND = DestinationKind(RealpadAccount, RealpadForm, RESERVED, problems)


class RealpadDestination:
    """One Realpad account; `forms` are the sections of the forms that deliver to it."""

    def __init__(self, account: RealpadAccount, forms: Mapping[str, RealpadForm]) -> None:
        self.api = RealpadApi(
            account.base_url,
            account.login,
            account.password,
            connect_timeout=account.connect_timeout,
            read_timeout=account.read_timeout,
        )
        self._forms = forms
        # What Realpad is given to answer, and a quarter more.
        patience = 1.25 * (account.connect_timeout + account.read_timeout)
        self._lookups = Lookups(patience, LISTED)

    @classmethod
    def of(cls, account: RealpadAccount, forms: Mapping[str, Form]) -> Self:
        """The account, with what its forms say of Realpad."""
        return cls(account, {slug: form.crm["realpad"] for slug, form in forms.items()})

    @property
    def lookups(self) -> Lookups | None:
        """See Destination."""
        return self._lookups

    def deliver(self, submission: Submission, there: There = "no") -> Delivered:
        """Send the lead with create-lead; raises DeliveryError."""
        form = self._forms.get(submission.form, RealpadForm())
        answer = self.api.create_lead(parameters(submission, form))
        # Usually the customer's id; whatever else a 2xx carries is kept in the journal.
        body = answer.body.strip()
        return Delivered(body if body.isdecimal() else None, answer=answer)

    def find(self, case: Case) -> Delivered | None:
        """See Searchable."""
        return look_up(self.api.list_leads(), case, self._lookups)

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """See Destination. list-leads first: any login for leads may call it."""
        self.api.list_leads()
        yield Finding(True, "login accepted")
        try:
            known = dict(self.consent_types())
        except DeliveryError as error:
            if not error.account:
                raise
            yield Finding(True, "note: no READ_CUSTOMER_DATA, so consent ids are not checked")
            return
        for form in forms:
            for consent in form.consents:
                name = known.get(consent.id)
                what = f"forms.{form.slug}: consent {consent.id}"
                yield Finding(name is not None, f"{what}: {name or 'Realpad has no such id'}")

    def compare(
        self, claims: Sequence[Claim], people: Mapping[UUID, Sequence[Lead]], since: datetime
    ) -> Comparison:
        """See Searchable. Realpad lists the last seven days."""
        listing = self.api.list_leads()
        inquiries = [i for i in listing.inquiries if i.timestamp >= since + listing.clock.ahead]
        customers = {
            claim.customer_id: frozenset[str]().union(*(lead.contacts for lead in leads))
            for claim in claims
            if claim.customer_id and claim.submission and (leads := people.get(claim.submission))
        }
        pairs = pair(inquiries, claims, listing.clock)
        left, lost = pair_by_people(pairs, people, customers, listing.clock)
        unexplained = [
            f"inquiry {inquiry.inquiry_id} of customer {inquiry.customer_id} ({inquiry.timestamp})"
            for inquiry in left
        ]
        return Comparison(lost, unexplained, len(inquiries))

    def consent_types(self) -> list[tuple[int, str]]:
        """See ConsentKeeper."""
        return [(kind.id, kind.name) for kind in self.api.list_consent_types()]

    def revoke(self, withdrawal: Withdrawal) -> Delivered:
        """See ConsentKeeper."""
        try:
            answer = self.api.revoke_customer_consent(
                withdrawal.consent,
                email=withdrawal.email,
                customer=withdrawal.customer,
                notes=withdrawal.notes[:STRING_LIMIT],
            )
        except DeliveryError as error:
            status = error.answer.status if error.answer else None
            if status == CONFLICT:
                message = "several customers have this email; revoke it by the customer's id"
            elif status == FORBIDDEN:
                # The login may well be good for leads, which must not wait for this.
                message = f"{error}: the login may lack WRITE_CUSTOMER_DATA"
            else:
                raise
            raise DeliveryError(message, permanent=True, answer=error.answer) from None
        return Delivered(withdrawal.customer or None, answer=answer)


def parameters(submission: Submission, form: RealpadForm) -> dict[str, str]:
    """create-lead's parameters without the credentials (Realpad's specification)."""
    lead = submission.lead
    granted = ",".join(str(consent.id) for consent in lead.consents if consent.granted)
    unit_as = form.unit_as
    if lead.unit and unit_as == "unitid" and not (lead.unit.isascii() and lead.unit.isdigit()):
        unit_as = "internalid"  # typed by a visitor; as a number Realpad would refuse the lead
    candidates: dict[str, object] = {
        # Both are mandatory; only leads from elsewhere may lack one.
        "name": lead.first_name or NAMELESS,
        "surname": lead.last_name or NAMELESS,
        "email": lead.email,
        "phone": lead.phone,
        "project": form.project,
        "referral": form.referral,
        "salesman": form.salesmen.get(lead.assignee or "", form.salesman),
        "tags": ",".join(dict.fromkeys([*form.tags, *lead.tags])),
        "campaign": lead.campaign or form.campaign,
        unit_as: lead.unit,
        "preferencerooms": "|".join(lead.rooms),
        "preferencepricemax": lead.price_max,
        "note": lead.note,
        "language": lead.language,
        "consentsource": submission.origin.source or submission.origin.ip,
        # `consents` replaces all that the customer has agreed to; empty it would clear them.
        "consents" if form.consent_mode == "replace" else "updateconsents": granted,
    }
    sent = {key: str(value)[:STRING_LIMIT] for key, value in candidates.items() if value}
    attributes = {
        key: attribute(value)
        for key, value in lead.attributes.items()
        if key not in RESERVED and value not in ("", [])  # false and 0 are answers
    }
    return sent | attributes


def attribute(value: AttributeValue) -> str:
    """A custom attribute's value in the notation of Realpad's specification."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(value)
        case _:
            return str(value)
