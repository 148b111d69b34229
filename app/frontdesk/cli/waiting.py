"""Waits for what becomes of something that was put in the outbox."""

import time
from collections.abc import Collection
from uuid import UUID

from frontdesk.cli.operator import Operator
from frontdesk.cli.printing import progress
from frontdesk.journal.lines import Damage
from frontdesk.model.ledger import Ledger, Record

PATIENCE = 60.0  # seconds
ENDS = ("delivered", "failed")


def wait(operator: Operator, ids: Collection[UUID]) -> Ledger:
    """Until all have an outcome; delivers in this process when no courier runs elsewhere."""
    # All that talks to CRMs; a command that does not wait in the end does without.
    from frontdesk.couriers import make_courier
    from frontdesk.delivery.courier import run_beside

    open_ids = set(ids)
    ledger, tail = Ledger(), operator.journal.tail()
    with (
        run_beside(make_courier(operator.settings, operator.journal)),
        progress("Delivering", total=len(ids)) as step,
    ):
        deadline = time.monotonic() + PATIENCE
        while open_ids and time.monotonic() < deadline:
            for line in tail.read():
                if not isinstance(line, Damage):
                    ledger.apply(line.event)
            ended = {identity for identity in open_ids if _ended(ledger.records[identity])}
            for _ in ended:
                step()
            open_ids -= ended
            if all(_stuck(ledger, identity) for identity in open_ids):
                break
            time.sleep(0.05)
    return ledger


def _ended(record: Record) -> bool:
    """Whether every destination has said yes or no."""
    return all(delivery.state in ENDS for delivery in record.deliveries.values())


def _stuck(ledger: Ledger, identity: UUID) -> bool:
    """Whether it waits for nothing but accounts that are closed."""
    return all(
        delivery.state in ENDS or ledger.account(name).closed
        for name, delivery in ledger.records[identity].deliveries.items()
    )
