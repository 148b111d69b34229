"""Real Geeks as a destination; it knows a lead again, because we give it the submission's id."""

from collections.abc import Iterator, Mapping, Sequence

from frontdesk.config import Form
from frontdesk.crm.realgeeks.api import RealGeeksApi
from frontdesk.crm.realgeeks.fields import changes, new_lead, notes_again
from frontdesk.crm.realgeeks.settings import RealGeeksAccount
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    Finding,
    Lookups,
    PriorDelivery,
    Sending,
)
from frontdesk.model.exchange import Answer
from frontdesk.model.lead import Submission

FORBIDDEN, NOT_FOUND, CONFLICT = 403, 404, 409


class RealGeeksDestination:
    """One site in Real Geeks; `forms` are those that have a section for it."""

    def __init__(self, account: RealGeeksAccount, forms: Mapping[str, Form]) -> None:
        self.api = RealGeeksApi(
            account.base_url,
            account.username,
            account.password,
            account.site_uuid,
            connect_timeout=account.connect_timeout,
            read_timeout=account.read_timeout,
        )
        self._forms = forms

    @property
    def lookups(self) -> Lookups | None:
        """See Destination."""
        return None

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        """Create the lead, or bring it up to date; raises DeliveryError."""
        if submission.lead.anonymous:
            return self._create_potential_seller(submission, prior)
        if prior == "yes":
            try:
                return self._update(submission)
            except DeliveryError as error:
                if _status(error) != NOT_FOUND:
                    raise
        # What may be there is created once more: the API answers before anything is stored, so
        # that it might accept changes of a lead that never arrived.
        try:
            return self._create(submission)
        except DeliveryError as error:
            if prior == "no" or _status(error) != CONFLICT:
                raise
        return self._update(submission)

    def sending(self, submission: Submission, prior: PriorDelivery) -> Sending:
        """See Previewable."""
        form = self._forms.get(submission.form)
        if submission.lead.anonymous:
            seller = new_lead(submission, form)
            return Sending(request=self.api.potential_seller_request(seller))
        if prior == "yes":
            fields = changes(submission, form)
            return Sending(request=self.api.lead_request(fields, submission.id))
        return Sending(request=self.api.lead_request(new_lead(submission, form)))

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """See Destination."""
        try:
            users = {str(user.id): user.name or "a user" for user in self.api.users()}
        except DeliveryError as error:
            if _status(error) != FORBIDDEN:
                raise
            yield Finding(True, "note: this username may not list users; assign_to is not checked")
            return
        yield Finding(True, "username and site accepted")
        for form in forms:
            if wanted := form.crm["realgeeks"].assign_to:
                name = users.get(wanted)
                what = f"forms.{form.slug}: assign_to {wanted}"
                yield Finding(name is not None, f"{what}: {name or 'the site has no such user'}")

    def users(self) -> list[tuple[str, str]]:
        """See Staffed: ids for `assign_to`."""
        return [(str(user.id), user.name or "") for user in self.api.users()]

    def _create(self, submission: Submission) -> Delivered:
        lead = new_lead(submission, self._forms.get(submission.form))
        return _delivered(submission, self.api.create_lead(lead))

    def _create_potential_seller(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        """Create it under its id, also once more: nothing is said of how one is changed."""
        seller = new_lead(submission, self._forms.get(submission.form))
        try:
            answer = self.api.create_potential_seller_lead(seller)
        except DeliveryError as error:
            if prior != "perhaps" or error.answer is None or error.answer.status != CONFLICT:
                raise
            answer = error.answer  # the id can only be taken by this one
        return _delivered(submission, answer)

    def _update(self, submission: Submission) -> Delivered:
        form = self._forms.get(submission.form)
        answer = self.api.update_lead(submission.id, changes(submission, form))
        self.api.add_activities(submission.id, notes_again(submission, form))
        return _delivered(submission, answer)


def _delivered(submission: Submission, answer: Answer) -> Delivered:
    """The lead's id is known; but for whatever is no JSON object nobody vouches."""
    stored = answer.body.lstrip().startswith("{")
    return Delivered(str(submission.id) if stored else None, answer=answer)


def _status(error: DeliveryError) -> int | None:
    return error.answer.status if error.answer else None
