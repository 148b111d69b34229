"""What docs/delivery.md leaves to chance when a CRM has not said whose a lead is."""

from collections.abc import Collection

from frontdesk.model.lead import Lead
from tests.support import alike


def cannot_be_told(
    one: Lead, untold: Lead, leads: Collection[Lead], doubted: Collection[Lead]
) -> bool:
    """Whether an entry may be of `one` in doubt as well as of `untold`, of an unknown customer.

    They are alike; or `untold` is like a relative of `one`, whose name the entry may show, and was
    taken for that relative, which was in doubt, or is itself shown under the name of another.
    `leads`: all that there are. `doubted`: those of them that were in doubt.
    """
    if alike(one, untold):
        return True
    shown = [lead for lead in _relatives(one, leads) if alike(lead, untold)]
    has_relatives = len(_relatives(untold, leads)) > 1
    return any(has_relatives or lead in doubted for lead in shown)


def _relatives(one: Lead, leads: Collection[Lead]) -> list[Lead]:
    """Those with an address or a number in common with it, and itself."""
    return [lead for lead in leads if not lead.contacts.isdisjoint(one.contacts)]
