"""The configured accounts in CRMs, ready to be talked to."""

from collections.abc import Callable, Mapping
from typing import Any

from frontdesk.config import Form, Settings
from frontdesk.crm.realgeeks.destination import RealGeeksDestination
from frontdesk.crm.realpad.destination import RealpadDestination
from frontdesk.delivery.destination import ConsentKeeper, Destination

# What makes a destination gets the account, and the forms that have a section for this CRM.
_MAKERS: dict[str, Callable[[Any, Mapping[str, Form]], Destination]] = {
    "realpad": RealpadDestination,
    "realgeeks": RealGeeksDestination,
}


def keepers(settings: Settings) -> dict[str, ConsentKeeper]:
    """The destinations whose CRM keeps consents, and can be told of a revocation."""
    every = destinations(settings)
    return {name: known for name, known in every.items() if isinstance(known, ConsentKeeper)}


def destinations(settings: Settings) -> dict[str, Destination]:
    """Every configured destination, ready to deliver."""
    made = {}
    for name, section in settings.destinations.items():
        forms = {slug: form for slug, form in settings.forms.items() if section.type in form.crm}
        made[name] = _MAKERS[section.type](section.account, forms)
    return made
