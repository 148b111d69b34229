"""Remove the person from an event, and tell from when on one is about nobody."""

from collections.abc import Collection, Iterable
from uuid import UUID

from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.lead import Lead, Origin
from frontdesk.model.ledger import BEGINNINGS
from frontdesk.model.record import Record


def emptied(event: events.AnyEvent) -> events.AnyEvent:
    """The same event without the person. Ids in a CRM stay: they explain entries of its list."""
    match event:
        case events.Received():
            origin = _without_visitor(event.origin)
            return replace(event, lead=_without_person(event.lead), origin=origin)
        case events.Attempt() if event.request is not None:
            return replace(event, request=None)
        case events.Amended():
            return replace(event, lead=_without_person(event.lead))
        case events.Revocation():
            return replace(event, email=None, notes=None)
        case events.Commented():
            return replace(event, text="")
        case events.Outcome() if event.answer is not None:
            return replace(event, answer=replace(event.answer, body=""))
        case _:
            return event


def empty_record(record: Record) -> None:
    """Remove the person from a record, as if its lines had always been empty."""
    came, gone = record.submission, record.revocation
    if came is not None:
        origin = _without_visitor(came.origin)
        record.submission = replace(came, lead=_without_person(came.lead), origin=origin)
    if gone is not None:
        record.revocation = replace(gone, email=None, notes=None)
    record.contacts = frozenset()
    record.comments.clear()
    record.correction = record.correction and _without_person(record.correction)
    for delivery in record.deliveries.values():
        delivery.answer = delivery.answer and replace(delivery.answer, body="")


def _without_visitor(origin: Origin) -> Origin:
    # The id of a lead of another system stays, too.
    told = origin.message
    told = told and replace(told, fields=(), filed="")
    return Origin(channel=origin.channel, ip="", message=told)


def _without_person(lead: Lead) -> Lead:
    return Lead(first_name="", last_name="", language=lead.language)


def erasures(
    submissions: Collection[UUID], known: Iterable[events.AnyEvent], by: str
) -> dict[UUID, events.Erased]:
    """What says that these are erased: no earlier than all that is known of them began.

    That may be in the future, by a clock that was put right since.
    """
    now = events.utcnow()
    times = dict.fromkeys(submissions, now)
    for event in known:
        if isinstance(event, BEGINNINGS) and event.id in times:
            times[event.id] = max(times[event.id], event.at)
    return {one: events.Erased(id=one, at=at, by=by) for one, at in times.items()}


def is_anew(event: events.AnyEvent, erased: events.Erased) -> bool:
    """Whether it is of a new enquiry, on its way: the same may just have come again."""
    return isinstance(event, BEGINNINGS) and event.at > erased.at
