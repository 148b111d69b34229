"""The CRMs that leads are delivered to; a new one is a folder and its line here."""

from collections.abc import Callable, Mapping
from typing import Any

from frontdesk.config import DestinationKind, Form, Settings
from frontdesk.crm.realgeeks.destination import RealGeeksDestination
from frontdesk.crm.realgeeks.settings import KIND as REALGEEKS
from frontdesk.crm.realpad.destination import KIND as REALPAD
from frontdesk.crm.realpad.destination import RealpadDestination
from frontdesk.delivery.destination import ConsentKeeper, Destination

# What makes a destination gets the account, and the forms that have a section for this CRM.
_CRMS: dict[str, tuple[DestinationKind, Callable[[Any, Mapping[str, Form]], Destination]]] = {
    "realpad": (REALPAD, RealpadDestination),
    "realgeeks": (REALGEEKS, RealGeeksDestination),
}

KINDS = {name: kind for name, (kind, _) in _CRMS.items()}


def keepers(settings: Settings) -> dict[str, ConsentKeeper]:
    """The destinations whose CRM keeps consents, and can be told of a revocation."""
    every = destinations(settings)
    return {name: known for name, known in every.items() if isinstance(known, ConsentKeeper)}


def destinations(settings: Settings) -> dict[str, Destination]:
    """Every configured destination, ready to deliver."""
    made = {}
    for name, section in settings.destinations.items():
        forms = {slug: form for slug, form in settings.forms.items() if section.type in form.crm}
        made[name] = _CRMS[section.type][1](section.account, forms)
    return made
