"""Confirmations as a destination: to the visitor, in our words only."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from frontdesk.config import ENCLOSED_LIMIT, Form, Settings, localized
from frontdesk.config.bounded import content_of
from frontdesk.config.links import written
from frontdesk.crm.again import arrivals
from frontdesk.crm.confirmation.rules import Rules, untrusted
from frontdesk.crm.confirmation.settings import ConfirmationAccount, ConfirmationForm
from frontdesk.crm.mailing.letters import message
from frontdesk.crm.mailing.mailboxes import ascii_address, split
from frontdesk.crm.mailing.post import Post
from frontdesk.crm.mailing.smtp import NoSuchAddressError
from frontdesk.crm.mailing.told import Told, answer_of
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    Finding,
    Lookups,
    PriorDelivery,
    Withheld,
)
from frontdesk.i18n import catalogue, languages
from frontdesk.model.lead import Submission
from frontdesk.store.base import Store
from frontdesk.units import lists

CHOSEN = ("boolean", "select", "multiselect")  # attributes whose answers are in the form's words


class ConfirmationDestination:
    """The visitors of some forms."""

    def __init__(
        self,
        name: str,
        account: ConfirmationAccount,
        forms: Mapping[str, Form],
        settings: Settings,
        store: Store | None,
    ) -> None:
        """`name`: the destination's. `forms`, `store`: see Part."""
        self._name, self._forms, self._settings, self._store = name, forms, settings, store
        self._post = Post(name, account, "confirmation", settings.templates_dir)
        self._rules = (
            Rules(name, account.per_hour, settings.secret_key[0], store) if store else None
        )

    @property
    def lookups(self) -> Lookups | None:
        """See Destination."""
        return None

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered | Withheld:
        """Confirm it to whoever sent it, if that is allowed; raises DeliveryError."""
        form = self._forms.get(submission.form)
        if form is None:
            return Withheld("the form is not configured any more")
        section: ConfirmationForm = form.crm["confirmation"]
        if (reason := untrusted(submission)) is not None:
            return Withheld(reason)
        if self._rules is None:
            raise DeliveryError("nothing is sent without the journal")
        time = arrivals(self._store, self._name, submission, prior)
        message_id = self._post.message_id(submission, time)
        # Before a turn is used up: a template may be broken, or the file gone.
        content = self._message(submission, form, section, message_id)
        if (limit := self._rules.why_not(submission, time, section.once_in, prior)) is not None:
            return Withheld(limit)
        try:
            answer = self._post.hand_in([_recipient(submission)], content)
        except NoSuchAddressError as error:
            # Nobody can mend what a stranger has typed; who answers the lead sees the address.
            said = f"the mail server does not take the address ({error.status})"
            return Withheld(said, error.answer)
        return Delivered(inquiry_id=message_id, answer=answer)

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        """See Destination."""
        yield from self._post.check()
        for form in forms:
            if self._settings.captcha_of(form).provider == "none":
                said = "note: without a captcha, a program can have confirmations sent to anybody"
                yield Finding(True, f"forms.{form.slug}: {said}, as far as once_in and per_hour go")

    def _message(
        self, submission: Submission, form: Form, section: ConfirmationForm, message_id: str
    ) -> bytes:
        enclosure = section.enclosure(submission.lead)
        path = enclosure.attachment
        attachment = None if path is None else (path.name, _content(path))
        # A contact may be a number, or an address that only few servers take.
        answers_to = section.reply_to or ascii_address(form.contact)
        unsubscribe = answers_to or split(self._post.sender)[1]
        language = submission.lead.language
        facts = {
            **_facts(submission, form, section, self._units(form)),
            "link": enclosure.link,
            "attached": attachment is not None,
            "contact": form.contact or section.reply_to,
        }
        return message(
            self._post.letter(language if language in languages() else "en", facts),
            sender=self._post.sender,
            recipients=[_recipient(submission)],
            message_id=message_id,
            auto="auto-replied",
            headers={
                **({"Reply-To": answers_to} if answers_to else {}),
                "List-Unsubscribe": f"<mailto:{quote(unsubscribe, '@')}?subject=unsubscribe>",
            },
            attachment=attachment,
        )

    def _units(self, form: Form) -> dict[str, str]:
        """What the form's units are called, by what leads call them; of its own, or its source.

        Raises DeliveryError.
        """
        try:
            kept = lists.read(self._store, form.slug) if self._store and form.unit_source else None
        except OSError:
            raise DeliveryError("the list of units cannot be read at the moment") from None
        named = {unit.unit: unit.called for unit in kept.units} if kept else {}
        return {unit: unit for unit in form.units} | named


def _content(path: Path) -> bytes:
    """What is attached; it may have become something else since the configuration was read."""
    try:
        return content_of(path, ENCLOSED_LIMIT, "has grown beyond 5 MB")
    except ValueError as error:
        said = f"the attachment cannot be read: {path.name}: {error}"
        raise DeliveryError(said, account=True) from None


def _recipient(submission: Submission) -> str:
    """The visitor's address as mail servers take it; "" where there is none."""
    return ascii_address(submission.lead.email or "") or ""


def _facts(
    submission: Submission, form: Form, section: ConfirmationForm, units: Mapping[str, str]
) -> dict[str, Any]:
    """What the templates are given: nothing that a visitor could word."""
    language = submission.lead.language
    return {
        "title": localized(form.title, language),
        "form": form.slug,
        "answers": list(_chosen(submission, form, units)),
        "answered_by": localized(section.answered_by, language),
        "thanks_next": written(localized(form.thanks_next, language)),
        "consents": [written(c.text) for c in submission.lead.consents if c.granted and c.text],
    }


def _chosen(submission: Submission, form: Form, units: Mapping[str, str]) -> Iterator[Told]:
    """What was chosen among what the form offers."""
    lead = submission.lead
    _ = catalogue(lead.language).gettext
    if known := units.get(lead.unit or ""):
        yield Told(_("Unit"), known)
    if rooms := [one for one in lead.rooms if one in form.rooms]:
        yield Told(_("Rooms"), ", ".join(rooms))
    for attribute in form.attributes:
        value = lead.attributes.get(attribute.key)
        offered = {True, False, *(option.value for option in attribute.options)}
        if attribute.type not in CHOSEN or attribute.hidden or value is None:
            continue
        if all(one in offered for one in (value if isinstance(value, list) else [value])):
            yield answer_of(attribute, attribute.key, value, lead.language)
