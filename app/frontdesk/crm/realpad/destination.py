"""Realpad as a destination: a lead becomes create-lead's parameters, its answer an outcome."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from frontdesk.config import Attribute, Form
from frontdesk.crm.realpad.api import RealpadApi
from frontdesk.crm.realpad.listed import pair, pair_by_people
from frontdesk.crm.realpad.reconciliation import look_up
from frontdesk.crm.realpad.settings import RESERVED, RealpadAccount, RealpadForm, is_number
from frontdesk.delivery.destination import (
    Comparison,
    Delivered,
    DeliveryError,
    Finding,
    LookupContext,
    Lookups,
    PriorDelivery,
    Sending,
    Withdrawal,
)
from frontdesk.intake.text import TEXT_LIMIT, cut
from frontdesk.model.account import Claim
from frontdesk.model.lead import AttributeValue, Lead, Submission

NAMELESS = "–"
NO_RIGHT = frozenset({401, 403})  # or no login at all
CONFLICT = 409
LISTED = timedelta(days=7)  # how far list-leads goes back

# Of the types whose values are not listed.
NOTATIONS = {
    "boolean": "true|false",
    "string": "(?s:.*)",
    "integer": "[0-9]+",
    "decimal": r"[0-9]+(\.[0-9]+)?",
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
}


class RealpadDestination:
    """One Realpad account; `forms` are those that have a section for it."""

    def __init__(self, account: RealpadAccount, forms: Mapping[str, Form]) -> None:
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

    @property
    def lookups(self) -> Lookups | None:
        """See Destination."""
        return self._lookups

    def deliver(self, submission: Submission, prior: PriorDelivery = "no") -> Delivered:
        """Send the lead with create-lead; raises DeliveryError."""
        answer = self.api.create_lead(parameters(submission, self._forms.get(submission.form)))
        # Usually the customer's id; whatever else a 2xx carries is kept in the journal.
        body = answer.body.strip()
        return Delivered(body if body.isdecimal() else None, answer=answer)

    def sending(self, submission: Submission, prior: PriorDelivery) -> Sending:
        """See Previewable."""
        form = self._forms.get(submission.form)
        request = self.api.lead_request(parameters(submission, form))
        return Sending(left_out(submission, form), request)

    def find(self, context: LookupContext) -> Delivered | None:
        """See Searchable."""
        return look_up(self.api.list_leads(), context, self._lookups)

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """See Destination. list-leads first: any login for leads may call it."""
        self.api.list_leads()
        yield Finding(True, "login accepted")
        for form in forms:
            yield from _advice(form)
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
                notes=cut(withdrawal.notes, TEXT_LIMIT),
            )
        except DeliveryError as error:
            status = error.answer.status if error.answer else None
            if status == CONFLICT:
                message = "several customers have this email; revoke it by the customer's id"
            elif status in NO_RIGHT and self._good_for_leads():
                # These must not wait for this.
                message = f"{error}: the login may lack WRITE_CUSTOMER_DATA"
            else:
                raise
            raise DeliveryError(message, permanent=True, answer=error.answer) from None
        return Delivered(withdrawal.customer or None, answer=answer)

    def _good_for_leads(self) -> bool:
        """Whether the login is taken for what any login for leads may do."""
        try:
            self.api.list_leads()
        except DeliveryError:
            return False
        return True


def _advice(form: Form) -> Iterator[Finding]:
    """What Realpad can do without, and its users rarely."""
    section: RealpadForm = form.crm["realpad"]
    table = f"note: forms.{form.slug}.realpad has no"
    if section.referral is None:
        said = "referral, which Realpad strongly recommends; its support says which number"
        yield Finding(True, f"{table} {said}")
    if section.project is None:
        yield Finding(True, f"{table} project, so that its leads belong to none")


def parameters(submission: Submission, configured: Form | None) -> dict[str, str]:
    """create-lead's parameters without the credentials (Realpad's specification).

    `configured` is the form as it is now; None where it has left the configuration.
    """
    lead = submission.lead
    form: RealpadForm = configured.crm["realpad"] if configured else RealpadForm()
    granted = [consent.id for consent in lead.consents if consent.granted]
    if configured:
        granted = [configured.consent_now(consent) for consent in granted]
    unit_as = form.unit_as
    if lead.unit and unit_as == "unitid" and not is_number(lead.unit):
        unit_as = "internalid"  # typed by a visitor; as a number Realpad would refuse the lead
    candidates: dict[str, object] = {
        # Both are mandatory; only leads from elsewhere, and valuations, may lack one.
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
        "consentsource": submission.origin.source or submission.origin.address,
        # `consents` replaces all that the customer has agreed to; empty it would clear them.
        "consents" if form.consent_mode == "replace" else "updateconsents": ",".join(
            map(str, dict.fromkeys(granted))
        ),
    }
    sent = {key: cut(str(value), TEXT_LIMIT) for key, value in candidates.items() if value}
    attributes = {
        key: notation(value)
        for key, value in attributes_now(lead, configured).items()
        if key not in RESERVED and value not in ("", [])  # false and 0 are answers
    }
    return sent | attributes


def attributes_now(lead: Lead, form: Form | None) -> dict[str, AttributeValue]:
    """The answers that the form, as it is now, could have been given.

    What is mended in the configuration is mended for the leads that have failed because of it.
    """
    if form is None:  # then nothing says that Realpad does not know them
        return lead.attributes
    asked = {attribute.key: attribute for attribute in form.attributes}
    return {
        key: now
        for key, value in lead.attributes.items()
        if key in asked and (now := _still(asked[key], value)) is not None
    }


def left_out(submission: Submission, form: Form | None) -> tuple[str, ...]:
    """The attributes of which something is not sent."""
    then, now = submission.lead.attributes, attributes_now(submission.lead, form)
    return tuple(k for k in then if k not in now or notation(now[k]) != notation(then[k]))


def _still(asked: Attribute, value: AttributeValue) -> AttributeValue | None:
    """What there is of an answer in the attribute's present type; None for nothing."""
    options = [option.value for option in asked.options]
    if asked.type == "multiselect":
        values = value if isinstance(value, list) else [notation(value)]
        return [one for one in values if one in options] or None
    if asked.type == "select":
        return value if value in options else None
    return value if re.fullmatch(NOTATIONS[asked.type], notation(value)) else None


def notation(value: AttributeValue) -> str:
    """A custom attribute's value in the notation of Realpad's specification."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(value)
        case _:
            return str(value)
