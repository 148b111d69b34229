"""Collect what submissions say of their people."""

from collections.abc import Collection, Iterable
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model import events
from frontdesk.model.lead import Lead


class PersonHistory(Struct):
    """What one submission says of its person.

    `leads`: its lead in every version, oldest first. `customers`: ids in the CRM that was asked
    about, as its answers gave them.
    """

    submission: UUID
    leads: list[Lead] = field(default_factory=list)
    customers: set[str] = field(default_factory=set)


def person_history(
    ids: Collection[UUID], lines: Iterable[events.AnyEvent], destination: str
) -> list[PersonHistory]:
    """The history of each of these submissions.

    `lines`: their events, in order. `destination`: the one whose customers are meant.
    """
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
