"""Which entry of list-leads is of a lead in doubt, if any: by customers, names and times.

Realpad gives us nothing of our own to know a lead again by, so this is evidence. While waiting
can bring more of it, the lead waits; where it cannot, the lead is sent: a second enquiry of a
customer is a nuisance, a missing one a customer lost.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from frontdesk.crm.realpad.api import Clock, Inquiry, Listing
from frontdesk.crm.realpad.assignment import Share, certain
from frontdesk.crm.realpad.listed import NOBODY, REACHES, Pairs, pair, pair_by_people
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    LookupContext,
    Lookups,
    OpenAttempt,
)
from frontdesk.delivery.matching import folded
from frontdesk.model.account import Claim
from frontdesk.model.lead import Lead

BLUR = timedelta(seconds=5)  # what else may lie between the clock that tells Date and the list's
KNOWN = timedelta(seconds=30)  # an error with which the CRM's clock still counts as known
NEAR = REACHES[-1]


class _Suspect:
    """A lead in doubt, its times by the CRM's clock."""

    def __init__(self, attempt: OpenAttempt, clock: Clock, patience: float) -> None:
        lead = attempt.submission.lead
        self.name = folded(lead.name)
        self.contacts = lead.contacts
        self._slack = clock.error + BLUR
        self.since = attempt.first + clock.ahead - self._slack
        self.sent = attempt.last + clock.ahead
        self._patience = timedelta(seconds=patience)

    def in_time(self, inquiry: Inquiry) -> bool:
        """Whether the entry came between the last attempt and the end of the CRM's work on it."""
        after = inquiry.timestamp - self.sent
        return -self._slack <= after <= self._patience + self._slack


def look_up(listing: Listing, context: LookupContext, lookups: Lookups) -> Delivered | None:
    """The entry of the lead in doubt; None: it is to be sent. Raises DeliveryError to wait."""
    clock = listing.clock
    pairs = pair(listing.inquiries, context.claims, clock)
    attempts = [context.attempt, *(attempt for attempt in context.others if attempt.unknown)]
    suspects = [_Suspect(attempt, clock, lookups.patience) for attempt in attempts]
    since = min(suspect.since for suspect in suspects)
    if any(inquiry.timestamp >= since for inquiry in pairs.left) or any(
        claim.at + clock.ahead >= since - NEAR for claim in pairs.lost
    ):
        search = _Search(clock, context, suspects, pairs, since)
        if share := search.recognised() or search.of_another_name():
            found, only = share
            # Of entries that could as well be another's, the customer may be somebody else.
            return Delivered(str(found.customer_id) if only else None, str(found.inquiry_id))
        pairs = search.pairs
    _wait_for_the_rest(listing, pairs, context.attempt, lookups)
    return None


class _Repeat(NamedTuple):
    """A lead that was delivered in the end; an earlier attempt of it may have been stored, too."""

    submission: UUID | None
    since: datetime  # by the CRM's clock
    until: datetime

    def covers(self, inquiry: Inquiry) -> bool:
        return self.since <= inquiry.timestamp <= self.until


def _repeats(claims: Iterable[Claim], clock: Clock) -> dict[str | None, list[_Repeat]]:
    """By the customers that the CRM has named."""
    ahead = clock.ahead - clock.error - BLUR
    found: dict[str | None, list[_Repeat]] = {}
    for claim in claims:
        if claim.doubted_at is not None:
            repeat = _Repeat(claim.submission, claim.doubted_at + ahead, claim.at + ahead)
            found.setdefault(claim.customer_id, []).append(repeat)
    return found


class _Search:
    """Suspects, the first of whom is looked for, and what nothing explains."""

    def __init__(
        self,
        clock: Clock,
        context: LookupContext,
        suspects: Sequence[_Suspect],
        pairs: Pairs,
        since: datetime,
    ) -> None:
        self._clock = clock
        self._context = context
        self._suspects = suspects
        self._since = since
        self._repeats = _repeats(context.claims, clock)
        self._unnamed = pairs.lost  # deliveries whose customer the list does not name, or the CRM
        lost = {c.submission for c in pairs.lost if c.at + clock.ahead >= since - NEAR}
        untold = {r.submission for r in self._repeats.get(None, ()) if r.until >= since}
        # What the journal has of people: their leads, and by which contacts the CRM knows them.
        self._leads: dict[UUID, Sequence[Lead]] = {}
        self._contacts: dict[str, frozenset[str]] = {}
        self._learn(pairs.left, lost | untold)
        delivered = {one: leads for one, leads in self._leads.items() if one in lost}
        # What was delivered is there for certain, what was attempted before it only perhaps.
        left, lacking = pair_by_people(pairs, delivered, self._contacts, clock)
        self.pairs = Pairs([one for one in left if not self._is_repeat(one)], lacking)
        self._wants: dict[int, list[Inquiry]] = {n: [] for n in range(len(suspects))}
        self._strange: list[Inquiry] = []  # of nobody whom we know
        for inquiry in self.pairs.left:
            self._give(inquiry)

    def _learn(self, unexplained: Sequence[Inquiry], unnamed: Collection[UUID | None]) -> None:
        """Search the journal for whom the entries may be of."""
        names = {suspect.name for suspect in self._suspects}
        customers = {
            str(inquiry.customer_id)
            for inquiry in unexplained
            if inquiry.timestamp >= self._since
            and (_name(inquiry) in names or any(s.in_time(inquiry) for s in self._suspects))
        }
        people = _contacts(self._suspects)
        known = self._context.history(people, customers, unnamed)
        # The customers of these, too, by contacts that only the journal has.
        theirs = _contacts(lead for one in known if one.submission in unnamed for lead in one.leads)
        if not theirs <= people:
            known = self._context.history(people | theirs, customers, unnamed)
        for one in known:
            self._leads[one.submission] = one.leads
            told = _contacts(one.leads)
            for customer in one.customers:
                self._contacts[customer] = self._contacts.get(customer, frozenset()) | told

    def _is_repeat(self, inquiry: Inquiry) -> bool:
        """Whether it may be an earlier attempt of a lead that was delivered in the end."""
        told = self._repeats.get(str(inquiry.customer_id), ())
        untold = self._repeats.get(None, ())
        return any(repeat.covers(inquiry) for repeat in told) or any(
            repeat.covers(inquiry) and self._may_be_of(inquiry, repeat) for repeat in untold
        )

    def _may_be_of(self, inquiry: Inquiry, repeat: _Repeat) -> bool:
        """Whether the entry may be of a lead of which the CRM has not said whose it is."""
        leads = self._leads.get(repeat.submission or NOBODY, ())
        contacts = _contacts(leads)
        if not contacts:
            return True  # nor has the journal
        if known := self._contacts.get(str(inquiry.customer_id)):
            return not known.isdisjoint(contacts)
        # Else only the name says whose it is: a suspect's who has nothing in common with that lead.
        name = _name(inquiry)
        namesakes = [suspect for suspect in self._suspects if suspect.name == name]
        return (
            not namesakes
            or any(folded(lead.name) == name for lead in leads)
            or not _contacts(namesakes).isdisjoint(contacts)
        )

    def _give(self, inquiry: Inquiry) -> None:
        of = self._of(inquiry) if inquiry.timestamp >= self._since else []
        # Namesakes are told apart by their times, where these say anything.
        in_time = [n for n in of if self._suspects[n].in_time(inquiry)]
        for number in in_time or of:
            self._wants[number].append(inquiry)
        if not of:
            self._strange.append(inquiry)

    def _of(self, inquiry: Inquiry) -> list[int]:
        """Whose it may be: by the customer, if that is one we know, else by the name."""
        name, known = _name(inquiry), self._contacts.get(str(inquiry.customer_id))
        return [
            number
            for number, suspect in enumerate(self._suspects)
            if inquiry.timestamp >= suspect.since
            and (not known.isdisjoint(suspect.contacts) if known else name == suspect.name)
        ]

    def recognised(self) -> Share[Inquiry] | None:
        """The entry of the customer, or else with the name, that is certainly the first one's."""
        return self._certain(self._wants)

    def of_another_name(self) -> Share[Inquiry] | None:
        """The entry that can only be of the first one, whom Realpad knows by another name.

        Only if nothing else in the list of seven days is strange: then no one else uses the
        account, and hardly anything else can have made an entry just then.
        """
        if self._wants[0] or self._clock.error > KNOWN:
            return None
        if any(abs(claim.at - self._context.attempt.last) <= NEAR for claim in self._unnamed):
            return None  # it may be of one of these, and what was taken for theirs somebody else's
        missing = {n: s for n, s in enumerate(self._suspects) if not self._wants[n]}
        if len(missing) > 1 or len(self._strange) > 1:
            return None
        wants: dict[int, list[Inquiry]] = {n: [] for n in missing}
        attempted = {folded(attempt.submission.lead.name) for attempt in self._context.others}
        for inquiry in self._strange:
            of = [n for n, suspect in missing.items() if suspect.in_time(inquiry)]
            known = self._contacts.get(str(inquiry.customer_id))
            if not of or known or _name(inquiry) in attempted:
                return None
            for number in of:
                wants[number].append(inquiry)
        return self._certain(wants)

    def _certain(self, wants: dict[int, list[Inquiry]]) -> Share[Inquiry] | None:
        sent = self._suspects[0].sent
        wants[0].sort(key=lambda inquiry: abs(inquiry.timestamp - sent))
        return certain(wants, 0)


def _wait_for_the_rest(
    listing: Listing, pairs: Pairs, attempt: OpenAttempt, lookups: Lookups
) -> None:
    """A list that lacks what Realpad has confirmed about then may lack this lead as well."""
    if listing.inquiries and len(pairs.left) == len(listing.inquiries):
        return  # it names customers otherwise than Realpad's answers do
    listed = datetime.now(UTC) - lookups.back + NEAR
    if any(_named(c) and c.at > listed and abs(c.at - attempt.last) <= NEAR for c in pairs.lost):
        raise DeliveryError(
            "list-leads lacks a lead that the CRM has confirmed; it is not complete"
        )


def _named(claim: Claim) -> bool:
    return claim.customer_id is not None or claim.inquiry_id is not None


def _contacts(people: Iterable[Lead | _Suspect]) -> frozenset[str]:
    return frozenset[str]().union(*(one.contacts for one in people))


def _name(inquiry: Inquiry) -> str:
    return folded(inquiry.customer_name or "")
