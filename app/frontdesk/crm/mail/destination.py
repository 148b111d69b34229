"""Mail to people as a destination; they know a letter again by its Message-ID."""

from collections.abc import Iterator, Mapping, Sequence

from frontdesk.config import Form, Settings
from frontdesk.crm.again import arrivals
from frontdesk.crm.mail.settings import MailAccount, MailForm
from frontdesk.crm.mailing.letters import Letter, message, reply_to
from frontdesk.crm.mailing.post import Post
from frontdesk.crm.mailing.told import facts
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    Finding,
    Lookups,
    PriorDelivery,
)
from frontdesk.model.lead import Submission
from frontdesk.store.base import Store


class MailDestination:
    """Those who answer the leads of some forms."""

    def __init__(
        self,
        name: str,
        account: MailAccount,
        forms: Mapping[str, Form],
        settings: Settings,
        store: Store | None,
    ) -> None:
        """`name`: the destination's. `forms`, `store`: see Part."""
        self._name, self._forms, self._store = name, forms, store
        self._post = Post(name, account, "enquiry", settings.templates_dir)
        self._inbox = _inbox(settings)

    @property
    def lookups(self) -> Lookups | None:
        """See Destination."""
        return None

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        """Send it to those whom the form names; raises DeliveryError."""
        form = self._forms.get(submission.form)
        if form is None:
            said = "the form is not configured any more, and nobody else says who gets its mail"
            raise DeliveryError(said, permanent=True)
        section: MailForm = form.crm["mail"]
        recipients = section.recipients(submission.lead)
        time = arrivals(self._store, self._name, submission, prior)
        message_id = self._post.message_id(submission, time)
        content = message(
            self._letter(submission, form, section.language or form.languages[0], again=time > 0),
            sender=self._post.sender,
            recipients=recipients,
            message_id=message_id,
            auto="auto-generated",  # or a salesman's holiday would be told to the visitor
            headers=reply_to(submission.lead.email),
        )
        answer = self._post.hand_in(recipients, content)
        return Delivered(inquiry_id=message_id, answer=answer)

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """See Destination."""
        yield from self._post.check()
        for form in forms:
            section: MailForm = form.crm["mail"]
            every = dict.fromkeys([*section.to, *(to for one in section.routes for to in one.to)])
            yield Finding(True, f"forms.{form.slug}: to {', '.join(every)}")

    def _letter(self, submission: Submission, form: Form, language: str, *, again: bool) -> Letter:
        told = facts(submission, form, language)
        link = f"{self._inbox}/inbox/{submission.id}" if self._inbox else ""
        return self._post.letter(language, {**told, "again": again, "inbox": link})


def _inbox(settings: Settings) -> str:
    """Where operators see the inbox; empty if there is none, or nobody says where it is."""
    if settings.inbox is None:
        return ""
    return (settings.inbox.public_url or settings.public_url).rstrip("/")
