"""Waits for outcomes at a terminal, which shows how far it is."""

from collections.abc import Collection
from uuid import UUID

from frontdesk.cli.operator import Operator
from frontdesk.cli.printing import progress
from frontdesk.model.record import Record
from frontdesk.operations.wait import delivering, wait


def outcomes(operator: Operator, ids: Collection[UUID]) -> dict[UUID, Record]:
    """What is known of each when all have an outcome; this process delivers, if none else does."""
    with (
        delivering(operator.settings, operator.store),
        progress("Delivering", total=len(ids)) as step,
    ):
        return wait(operator.store, ids, step, last=operator.settings.last)
