"""The configured destinations, ready to be talked to."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from frontdesk.config import Form, Settings
from frontdesk.crm.confirmation.destination import ConfirmationDestination
from frontdesk.crm.mail.destination import MailDestination
from frontdesk.crm.realgeeks.destination import RealGeeksDestination
from frontdesk.crm.realpad.destination import RealpadDestination
from frontdesk.crm.webhook.destination import WebhookDestination
from frontdesk.delivery.destination import ConsentKeeper, Destination
from frontdesk.store.base import Store


class Part(NamedTuple):
    """What a destination is made of.

    `forms`: those that have a section for its kind. `store`: None where nothing is delivered, as
    for a check.
    """

    name: str
    account: Any
    forms: Mapping[str, Form]
    settings: Settings
    store: Store | None


_MAKERS: dict[str, Callable[[Part], Destination]] = {
    "realpad": lambda part: RealpadDestination(part.account, part.forms),
    "realgeeks": lambda part: RealGeeksDestination(part.account, part.forms),
    "webhook": lambda part: WebhookDestination(
        part.name, part.account, part.forms, part.store, part.settings.last
    ),
    "mail": lambda part: MailDestination(
        part.name, part.account, part.forms, part.settings, part.store
    ),
    "confirmation": lambda part: ConfirmationDestination(
        part.name, part.account, part.forms, part.settings, part.store
    ),
}


def keepers(settings: Settings) -> dict[str, ConsentKeeper]:
    """The destinations whose CRM keeps consents, and can be told of a revocation."""
    every = destinations(settings)
    return {name: known for name, known in every.items() if isinstance(known, ConsentKeeper)}


def destinations(settings: Settings, store: Store | None = None) -> dict[str, Destination]:
    """Every configured destination; to deliver, it needs the store."""
    made = {}
    for name, section in settings.destinations.items():
        forms = {slug: form for slug, form in settings.forms.items() if section.type in form.crm}
        made[name] = _MAKERS[section.type](Part(name, section.account, forms, settings, store))
    return made
