"""What is known of people by the lines of their submissions."""

from collections.abc import Collection, Iterable
from uuid import UUID

from frontdesk.model import events
from frontdesk.store.base import PersonHistory


def person_history(
    ids: Collection[UUID], lines: Iterable[events.AnyEvent], destination: str
) -> list[PersonHistory]:
    """These submissions, by their lines: every version, and all whose it was ever said to be."""
    found = {one: PersonHistory(one) for one in ids}
    for event in lines:
        if (known := found.get(event.id)) is None:
            continue
        match event:
            case events.Received() | events.Amended():
                known.leads.append(event.lead)
            case events.Delivered(destination=name, customer_id=str(customer)):
                if name == destination and customer:
                    known.customers.add(customer)
    return list(found.values())
