"""Whose turn it is: some destinations get a submission only once all others have it."""

from collections.abc import Collection
from datetime import datetime

from frontdesk.model.record import ENDED, Delivery, Record


def owed_since(record: Record, destination: str, last: Collection[str]) -> datetime | None:
    """Since when a destination is owed what it has a delivery of; None before its turn.

    `last`: the destinations whose turn comes when all others have the record.
    """
    delivery = record.deliveries[destination]
    if destination not in last:
        return delivery.since
    before = others(record, last).values()
    if any(other.state not in ENDED for other in before):
        return None
    return max([delivery.since, *(other.ended_at for other in before if other.ended_at)])


def others(record: Record, last: Collection[str]) -> dict[str, Delivery]:
    """The deliveries that come before those to `last`, by destination."""
    return {name: one for name, one in record.deliveries.items() if name not in last}
