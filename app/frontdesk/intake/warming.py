"""What else the first visitor would wait for: locales, catalogues, numbering plans."""

from collections.abc import Hashable

from phonenumbers import PhoneMetadata
from werkzeug.datastructures import MultiDict

from frontdesk.config import Form
from frontdesk.config.asked import asked, required
from frontdesk.intake.enquiry import from_form
from frontdesk.intake.submit import Enquiries

# Sorts of forms that this process has loaded all for; it may make several apps.
_LOADED: set[tuple[Hashable, ...]] = set()
# Each needs a message.
_NONSENSE = MultiDict({"email": "@", "phone": "12", "price_max": "?"})


def warm_up(enquiries: Enquiries) -> None:
    """Load it, for all forms.

    Once the process has run out of file descriptors, nothing could be loaded any more. And where
    one numbering plan cannot be, phonenumbers keeps its lock: the next visitor of an unknown
    country would wait for ever.
    """
    PhoneMetadata.load_all()
    for form in enquiries.settings.forms.values():
        for language in form.languages:
            if (sort := _sort(form, language)) in _LOADED:
                continue
            enquiry = from_form(enquiries.definition(form, language), _NONSENSE)
            enquiry.check()
            for field in enquiries.page(enquiry):
                field()  # as on the page
            _LOADED.add(sort)


def _sort(form: Form, language: str) -> tuple[Hashable, ...]:
    """What decides what a form needs loaded: hundreds differ in nothing but names and texts."""
    return (
        *(language, form.kind, form.currency, form.phone_region),
        *(bool(form.units), bool(form.rooms), form.unit_source is not None),
        frozenset((each.type, each.required, each.hidden) for each in form.attributes),
        required(form),
        frozenset((entry.name, entry.hidden) for entry in asked(form) if not entry.is_attribute),
        frozenset(consent.required for consent in form.consents),
    )
