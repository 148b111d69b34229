"""Which entries of list-leads our own deliveries explain, one to one."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from frontdesk.crm.realpad.api import Clock, Inquiry
from frontdesk.delivery.matching import folded
from frontdesk.model.account import Claim
from frontdesk.model.lead import Lead

# Between the CRM's time of a lead and our outcome of it: as a rule, and at the most.
REACHES = (timedelta(minutes=2), timedelta(hours=1))
NOBODY = UUID(int=0)


class Pairs(NamedTuple):
    """What is left over: inquiries that no delivery explains, deliveries without an inquiry."""

    left: list[Inquiry]
    lost: list[Claim]


def pair(inquiries: Sequence[Inquiry], claims: Iterable[Claim], clock: Clock) -> Pairs:
    """Match the list with our deliveries, by the inquiry where it is known, else the customer."""
    unexplained = {str(inquiry.inquiry_id) for inquiry in inquiries}
    by_customer, lost = [], []
    # Those that name their inquiry first, so that no other takes it.
    for claim in claims:
        if claim.inquiry_id is None:
            by_customer.append((claim, [claim.customer_id] if claim.customer_id else []))
        elif claim.inquiry_id in unexplained:
            unexplained.remove(claim.inquiry_id)
        else:
            lost.append(claim)
    free = [inquiry for inquiry in inquiries if str(inquiry.inquiry_id) in unexplained]
    pairs = _nearest(free, by_customer, lambda inquiry: str(inquiry.customer_id), clock)
    return Pairs(pairs.left, lost + pairs.lost)


def pair_by_people(
    pairs: Pairs,
    people: Mapping[UUID, Collection[Lead]],
    customers: Mapping[str, frozenset[str]],
    clock: Clock,
) -> Pairs:
    """Match what is left over by what is known of people too.

    Realpad may have answered without the customer's id, or merged the customer into another.
    `people`: the leads of submissions. `customers`: by what contacts the journal knows them, which
    comes first: the name may be that of somebody else in the household.
    """
    owners: dict[str, list[str]] = {}
    for customer, known_by in customers.items():
        for contact in known_by:
            owners.setdefault(contact, []).append(customer)

    def leads(claim: Claim) -> Collection[Lead]:
        return people.get(claim.submission or NOBODY, ())

    def theirs(claim: Claim) -> set[str]:
        told = frozenset[str]().union(*(lead.contacts for lead in leads(claim)))
        return {customer for contact in told for customer in owners.get(contact, ())}

    def names(claim: Claim) -> set[str]:
        return {folded(lead.name) for lead in leads(claim)}

    by_customer = [(claim, theirs(claim)) for claim in pairs.lost]
    pairs = _nearest(pairs.left, by_customer, lambda inquiry: str(inquiry.customer_id), clock)
    # Whom nobody known explains is a new customer, if one came at that time.
    known = [i for i in pairs.left if customers.get(str(i.customer_id))]
    strange = [i for i in pairs.left if not customers.get(str(i.customer_id))]
    by_name = [(claim, names(claim)) for claim in pairs.lost]
    new = _nearest(strange, by_name, _shown, clock, REACHES[:1])
    by_name = [(claim, names(claim)) for claim in new.lost]
    return _nearest(known + new.left, by_name, _shown, clock)


def _shown(inquiry: Inquiry) -> str:
    return folded(inquiry.customer_name or "")


def _nearest(
    inquiries: Sequence[Inquiry],
    claims: Iterable[tuple[Claim, Collection[str]]],
    key: Callable[[Inquiry], str],
    clock: Clock,
    reaches: Sequence[timedelta] = REACHES,
) -> Pairs:
    """Give each claim the inquiry nearest in time of those with one of its keys."""
    shelves: dict[str, list[tuple[datetime, int]]] = {}
    for number, inquiry in enumerate(inquiries):
        shelves.setdefault(key(inquiry), []).append((inquiry.timestamp, number))
    for shelf in shelves.values():
        shelf.sort()
    taken, open_claims = set(), list(claims)
    for reach in reaches:
        lost = []
        for claim, keys in open_claims:
            at = claim.at + clock.ahead
            near = [
                (abs(shelf[place][0] - at), name, place)
                for name in keys
                for shelf in [shelves.get(name, [])]
                for place in _beside(shelf, at)
            ]
            distance, name, place = min(near, default=(reach * 2, "", 0))
            if distance > reach:
                lost.append((claim, keys))
            else:
                taken.add(shelves[name].pop(place)[1])
        open_claims = lost
    left = [inquiry for number, inquiry in enumerate(inquiries) if number not in taken]
    return Pairs(left, [claim for claim, _ in open_claims])


def _beside(shelf: Sequence[tuple[datetime, int]], at: datetime) -> range:
    """The places of the last before a time and of the first after it."""
    after = bisect_left(shelf, (at, 0))
    return range(max(0, after - 1), min(len(shelf), after + 1))
