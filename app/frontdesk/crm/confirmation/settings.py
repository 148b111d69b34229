"""What the configuration says of confirmations: a server, and what a form's visitors are sent."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from frontdesk.config import (
    DestinationKind,
    Duration,
    EnclosedFile,
    Form,
    OptionalLocalized,
    OptionalUrl,
    Problem,
    Section,
    untranslated,
)
from frontdesk.crm.mail.settings import MailAccount, Route, route_problems
from frontdesk.crm.mailing.mailboxes import OptionalAddress
from frontdesk.model.lead import Lead

DAY = 86400.0  # seconds; what was used up is remembered for two (see store.files.spent)


class ConfirmationAccount(MailAccount):
    """`[destinations.<name>]` with `type = "confirmation"`."""

    takes_anyone = False
    takes_leads = False

    per_hour: int = Field(100, ge=1, le=100_000)


class Enclosure(Section):
    """What goes with a confirmation: a file of the configuration's folder, or a link."""

    attachment: EnclosedFile | None = None
    link: OptionalUrl = ""


class ConfirmationRoute(Route, Enclosure):
    """`[[forms.<form>.confirmation.routes]]`: what goes with some of the confirmations."""


class ConfirmationForm(Enclosure):
    """`[forms.<form>.confirmation]`: what a form's visitors are sent, and how often."""

    answered_by: OptionalLocalized = ""
    reply_to: OptionalAddress = ""
    once_in: Annotated[Duration, Field(ge=60, le=DAY)] = DAY
    routes: list[ConfirmationRoute] = Field([], max_length=1_000)

    def enclosure(self, lead: Lead) -> Enclosure:
        """That of the first route that fits, else that of the form."""
        return next((route for route in self.routes if route.fits(lead)), self)


def problems(
    form: Form, account: ConfirmationAccount, section: ConfirmationForm
) -> Iterator[Problem]:
    """What a form lacks that confirms enquiries."""
    if not form.contact and not section.reply_to:
        said = "is missing, and so is confirmation.reply_to: where consents are withdrawn"
        yield ("contact",), said
    for said in untranslated(section.answered_by, form.languages):
        yield ("confirmation", "answered_by"), said
    yield from route_problems(form, "confirmation", section.routes)


KIND = DestinationKind(ConfirmationAccount, ConfirmationForm, frozenset(), problems)
