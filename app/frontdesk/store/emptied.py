"""Remove the person from an event."""

from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.lead import Lead, Origin


def emptied(event: events.AnyEvent) -> events.AnyEvent:
    """The same event without the person. Ids in a CRM stay: they explain entries of its list."""
    match event:
        case events.Received():
            # The id of a lead of another system stays, too.
            told = event.origin.message
            told = told and replace(told, fields=(), filed="")
            origin = Origin(channel=event.origin.channel, ip="", message=told)
            return replace(event, lead=_without_person(event.lead), origin=origin)
        case events.Attempt() if event.request is not None:
            return replace(event, request=None)
        case events.Amended():
            return replace(event, lead=_without_person(event.lead))
        case events.Revocation():
            return replace(event, email=None, notes=None)
        case events.Delivered() | events.Deferred() | events.Failed() if event.answer is not None:
            return replace(event, answer=replace(event.answer, body=""))
        case _:
            return event


def _without_person(lead: Lead) -> Lead:
    return Lead(first_name="", last_name="", language=lead.language)
