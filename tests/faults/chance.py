"""What docs/delivery.md leaves to chance when a CRM has not said whose a lead is."""

from collections.abc import Collection, Iterable

from frontdesk.model.lead import Lead
from tests.support import alike


class Relatives:
    """Leads by what they have in common."""

    def __init__(self, leads: Iterable[Lead]) -> None:
        self._leads: dict[str, list[Lead]] = {}
        for lead in leads:
            for contact in lead.contacts:
                self._leads.setdefault(contact, []).append(lead)

    def of(self, one: Lead) -> list[Lead]:
        """Those with an address or a number in common with it, and itself."""
        found = {id(lead): lead for c in one.contacts for lead in self._leads.get(c, ())}
        return [*found.values()]


def cannot_be_told(
    one: Lead, untold: Lead, relatives: Relatives, doubted: Collection[Lead]
) -> bool:
    """Whether an entry may be of `one` in doubt as well as of `untold`, of an unknown customer.

    They are alike; or `untold` is like a relative of `one`, whose name the entry may show, and was
    taken for that relative, which was in doubt, or is itself shown under the name of another.
    `relatives`: among all leads that there are. `doubted`: those of them that were in doubt.
    """
    if alike(one, untold):
        return True
    shown = [lead for lead in relatives.of(one) if alike(lead, untold)]
    has_relatives = len(relatives.of(untold)) > 1
    return any(has_relatives or lead in doubted for lead in shown)
