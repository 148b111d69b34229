"""What the configuration says of mail to people: a server, and who gets the leads of a form."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from frontdesk.config import (
    AccountSection,
    DestinationKind,
    Duration,
    Form,
    Problem,
    Section,
    SpokenLanguage,
)
from frontdesk.crm.mailing.mailboxes import Address, Mailbox, SmtpUrl
from frontdesk.model.lead import Lead

Recipients = Annotated[list[Address], Field(max_length=20)]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]


class MailAccount(AccountSection):
    """`[destinations.<name>]` with `type = "mail"`."""

    takes_anyone = True

    url: SmtpUrl = Field(repr=False)  # with a password in it
    sender: Mailbox = Field(alias="from")
    read_timeout: Duration = Field(60.0, gt=0, le=300)  # mail servers take their time


class Route(Section):
    """For whom something else holds: of these units, and with these languages; empty for all."""

    units: list[Pattern] = Field([], max_length=1_000)
    languages: list[SpokenLanguage] = []

    def fits(self, lead: Lead) -> bool:
        """Whether it holds for a lead."""
        units = not self.units or any(fnmatchcase(lead.unit or "", one) for one in self.units)
        return units and (not self.languages or lead.language in self.languages)


class MailRoute(Route):
    """`[[forms.<form>.mail.routes]]`: who gets some of the leads."""

    to: Recipients = Field(min_length=1)


class MailForm(Section):
    """`[forms.<form>.mail]`: who gets the leads of a form, and in which language."""

    to: Recipients = []
    language: SpokenLanguage | None = None
    routes: list[MailRoute] = Field([], max_length=1_000)

    def recipients(self, lead: Lead) -> list[str]:
        """Those of the first route that fits, else those of the form."""
        return next((route.to for route in self.routes if route.fits(lead)), self.to)


def problems(form: Form, account: MailAccount, section: MailForm) -> Iterator[Problem]:
    """What a form lacks whose leads are sent by mail."""
    if not section.to:
        yield ("mail", "to"), "is missing: who gets the leads that no route is for"
    yield from route_problems(form, "mail", section.routes)


def route_problems(form: Form, kind: str, routes: Sequence[Route]) -> Iterator[Problem]:
    """Routes that no lead can ever take."""
    for index, route in enumerate(routes):
        place = (kind, "routes", index)
        for number, language in enumerate(route.languages):
            if language not in form.languages:
                yield (*place, "languages", number), "is none of the form's languages"
        for number, pattern in enumerate(route.units):
            if form.units and not any(fnmatchcase(unit, pattern) for unit in form.units):
                yield (*place, "units", number), f"the form has no unit like {pattern!r}"


KIND = DestinationKind(MailAccount, MailForm, frozenset(), problems)
