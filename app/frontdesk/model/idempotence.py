"""Which lines change nothing: those that came before, and those of what was erased since."""

from typing import get_args

from frontdesk.model import events
from frontdesk.model.record import Delivery, Record
from frontdesk.model.times import micros

_OF_DESTINATION = (*events.OF_DELIVERY, events.Superseded)
_KINDS = {kind: number for number, kind in enumerate(get_args(events.AnyEvent))}


def is_new(record: Record, event: events.AnyEvent) -> bool:
    """Note that an event came, in the record that it is of; whether it came for the first time."""
    of: Record | Delivery = record
    if isinstance(event, _OF_DESTINATION):
        delivery = record.deliveries.get(event.destination)
        if delivery is None:
            delivery = record.deliveries[event.destination] = Delivery(since=event.at)
        of = delivery
    line = _number(event)
    if line in of.seen:
        return False
    of.seen |= {line}
    return True


def is_of_former_life(record: Record, event: events.AnyEvent) -> bool:
    """Whether an event belongs to what was erased, before the submission began anew."""
    if record.began is None:
        return False
    if event.at < record.began:
        return True
    if isinstance(event, events.Attempt):
        record.attempts |= {event.attempt}
    if isinstance(event, events.Outcome):
        # What was under way at the erasure ends before anything is attempted anew.
        ours = event.attempt in record.attempts if event.attempt else bool(record.attempts)
        if not ours:
            record.seen |= {_number(event)}
        return _number(event) in record.seen
    return False


def _number(event: events.AnyEvent) -> int:
    """A number for when and what it was: the same in every process."""
    return micros(event.at) * len(_KINDS) + _KINDS[type(event)]
