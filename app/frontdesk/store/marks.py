"""What submissions have in common: marks of their people, a CRM's lead, or the same words."""

import hashlib
from collections.abc import Collection

import msgspec

from frontdesk.model import events
from frontdesk.model.revocations import customer_mark, marks_of


def family_mark(lead: str) -> str:
    """The mark of a lead of another system, by its id there."""
    return f"lead:{lead}"


def marks_in(event: events.AnyEvent) -> Collection[str]:
    """The marks that a line gives its submission or revocation; see Revocations."""
    match event:
        case events.Received(origin=origin) if origin.message is not None:
            return {*event.lead.contacts, family_mark(origin.message.lead)}
        case events.Received() | events.Amended():
            return event.lead.contacts
        case events.Revocation():
            return marks_of(event)
        case events.Delivered(destination=name, customer_id=str(customer)) if customer:
            return {customer_mark(name, customer)}
        case _:
            return ()


def content_of(event: events.Received) -> bytes | None:
    """A digest of what was asked and on which form, the same for an enquiry that is sent again.

    None for a message of another system, which is recognised by the id of its lead instead.
    """
    if event.origin.message is not None:
        return None
    told = msgspec.json.encode((event.form, event.lead))
    return hashlib.blake2b(told, digest_size=16).digest()
