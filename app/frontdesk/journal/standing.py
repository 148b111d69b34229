"""The journal folded into what is open; of what is settled, only counts and a memory of ids."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from frontdesk.journal.lines import Line, Place
from frontdesk.model import events
from frontdesk.model.lead import Message
from frontdesk.model.ledger import BEGINNINGS, Account, Ledger, Record
from frontdesk.model.receivers import Receivers
from frontdesk.model.refusals import History
from frontdesk.model.revocations import Key, Known, Regranted, key_of

# Another number whenever the same lines add up to something else, or State has another shape: what
# a checkpoint says is only believed by the fold that made it.
FOLD = 10
REMEMBERED = 50_000  # settled submissions, twice; a repeated line of theirs opens none again
OUTCOMES = ("delivered", "deferred", "failed")


class Counts(Struct):
    """What one segment brought, or several: by form, and by destination."""

    received: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    closures: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, other: "Counts") -> None:
        """Count what another has counted."""
        _add(self.received, other.received)
        _add(self.held, other.held)
        _add(self.closures, other.closures)
        for destination, outcomes in other.outcomes.items():
            _add(self.outcomes.setdefault(destination, {}), outcomes)


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for key, number in more.items():
        counts[key] = counts.get(key, 0) + number


def _lead_of(form: str, message: Message) -> str:
    return f"{form}/{message.lead}"


class Revoked(Struct):
    """Where a revocation stands, and what became known of it since."""

    place: Place
    withdrawn: bool
    regranted: Regranted


class State(Struct):
    """A standing without anything personal: leads are only referred to by their places."""

    records: list[Record]
    places: dict[UUID, list[Place]]  # of the lines that hold the leads of `records`
    accounts: dict[str, Account]
    openings: set[UUID]
    receivers: Receivers
    settled: dict[UUID, datetime]
    settled_before: dict[UUID, datetime]
    counts: dict[str, Counts]
    messages: dict[str, dict[UUID, Place]] = field(default_factory=dict)
    erased: dict[UUID, datetime] = field(default_factory=dict)
    revoked: list[Revoked] = field(default_factory=list)
    refusals: History = field(default_factory=History)


class Standing:
    """Takes lines in, in the order of the journal.

    Memory grows with what is open, with the messages of other systems, which may speak of the
    same lead again after years, and with erasures and revocations, which are few.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()  # of what is open; without the CRM's answers
        self._places: dict[UUID, list[Place]] = {}
        self._settled: dict[UUID, datetime] = {}  # and when
        self._settled_before: dict[UUID, datetime] = {}
        self._counts: dict[str, Counts] = {}  # by segment
        self._messages: dict[str, dict[UUID, Place]] = {}  # by form and lead, see `messages`
        self._erased: dict[UUID, datetime] = {}  # and when
        self._revoked: dict[Key, tuple[Place, Known]] = {}

    def apply(self, line: Line) -> Record | None:
        """Take one line in; the record that it changed."""
        event = line.event
        if isinstance(event, events.Erased):
            self._note_erasure(event)
        if isinstance(event, events.Revocation | events.Revoked):
            noted = self.ledger.revocations.note(event)
            self._revoked.setdefault(key_of(event), (line.place, noted))
        if not self._is_open_to(event):
            return None
        known = self.ledger.records.get(event.id)
        new = known is None or not known.begun
        if isinstance(event, events.Received) and event.origin.message is not None:
            family = self._messages.setdefault(_lead_of(event.form, event.origin.message), {})
            if event.id in family and known is None:
                return None  # it came again, long after it was settled
            if new:
                family.pop(event.id, None)  # it begins anew, after those that came meanwhile
                family[event.id] = line.place
        record = self.ledger.apply(event)
        if record is None:
            return None
        match event:
            case events.Received() if new:
                counts = self._counts_of(line)
                _add(counts.received, {event.form: 1})
                if record.held is not None:
                    _add(counts.held, {event.form: 1})
                self._places.setdefault(record.id, []).append(line.place)
            case events.Amended() | events.Revocation():
                self._places.setdefault(record.id, []).append(line.place)
            case events.Delivered() | events.Deferred() | events.Failed():
                counts = self._counts_of(line)
                outcome = {type(event).__name__.lower(): 1}
                _add(counts.outcomes.setdefault(event.destination, {}), outcome)
                if event.closes_account:
                    _add(counts.closures, {event.destination: 1})
                record.deliveries[event.destination].answer = None  # up to 4 KB; `show` reads it
        if record.settled:
            self._forget(record, event.at)
        return record

    def is_erased(self, submission: UUID) -> bool:
        """Whether it was erased, and has not come again since."""
        return submission in self._erased

    def _settled_at(self, submission: UUID) -> datetime | None:
        return self._settled.get(submission) or self._settled_before.get(submission)

    def _note_erasure(self, event: events.Erased) -> None:
        record = self.ledger.records.get(event.id)
        began = record.began if record else self._settled_at(event.id)
        known = self._erased.get(event.id)
        if known is not None or began is None or event.at > began:  # else of a former life
            self._erased[event.id] = max(event.at, known or event.at)
            self.ledger.excuse(event.id)  # also of what is settled, and of no record any more

    def _is_open_to(self, event: events.AnyEvent) -> bool:
        """Whether a line can change anything; opens again what it is to open."""
        settled = self._settled_at(event.id)
        erased = self._erased.get(event.id)
        if erased is not None:
            if not (isinstance(event, BEGINNINGS) and event.at > erased):
                return event.id in self.ledger.records
            del self._erased[event.id]
            self._places.pop(event.id, None)  # a correction may have come without its submission
            self.ledger.records[event.id] = Record(id=event.id, erased=erased)
        # Else only a later decision to send it twice opens it again; lines may be read twice, and
        # a replay without force may have been decided before the courier was through.
        elif settled is None:
            return True
        elif not (isinstance(event, events.Replayed) and event.force and event.at > settled):
            return False
        self._settled.pop(event.id, None)
        self._settled_before.pop(event.id, None)
        return True

    def messages(self, form: str, message: Message) -> dict[UUID, Place]:
        """The submissions that a message's lead came in by, oldest first, and where they stand."""
        return self._messages.get(_lead_of(form, message), {})

    def _counts_of(self, line: Line) -> Counts:
        return self._counts.setdefault(line.segment, Counts())

    def _forget(self, record: Record, at: datetime) -> None:
        del self.ledger.records[record.id]
        self._places.pop(record.id, None)
        if len(self._settled) >= REMEMBERED:
            self._settled_before, self._settled = self._settled, {}
        self._settled[record.id] = at

    def counts(self, segments: Iterable[str]) -> Counts:
        """What these segments brought; those that were pruned count no more."""
        total = Counts()
        for segment in segments:
            total.add(self._counts.get(segment, Counts()))
        return total

    def rests_on(self, segments: Collection[str]) -> bool:
        """Whether the lead of something open stands in one of these."""
        return any(
            place.segment in segments for places in self._places.values() for place in places
        )

    def state(self, segments: Collection[str]) -> State:
        """All of it that has to be kept while these segments are there."""
        return State(
            records=[
                replace(record, submission=None, revocation=None, correction=None, contacts=set())
                for record in self.ledger.records.values()
            ],
            places=self._places,
            accounts=self.ledger.accounts,
            openings=self.ledger.openings,
            receivers=self.ledger.receivers,
            settled=self._settled,
            settled_before=self._settled_before,
            counts={name: self._counts[name] for name in segments if name in self._counts},
            messages=self._messages,
            erased=self._erased,
            revoked=[
                Revoked(place, known.withdrawn, known.regranted)
                for place, known in self._revoked.values()
                if place.segment in segments
            ],
            refusals=self.ledger.refusals,
        )

    @classmethod
    def of(cls, state: State, read: Callable[[Place], events.AnyEvent]) -> "Standing":
        """The standing that a state is of; `read` gives the events at the places of leads.

        Raises ValueError where that is another's event.
        """
        made = cls()
        made.ledger.accounts, made.ledger.openings = state.accounts, state.openings
        made.ledger.receivers, made.ledger.refusals = state.receivers, state.refusals
        made._settled_before, made._settled = state.settled_before, state.settled
        made._counts, made._places = state.counts, state.places
        made._messages, made._erased = state.messages, state.erased
        for kept in state.revoked:
            event = read(kept.place)
            if not isinstance(event, events.Revocation | events.Revoked):
                raise ValueError("a revocation is not in its place")
            known = made.ledger.revocations.note(event)
            known.withdrawn, known.regranted = kept.withdrawn, kept.regranted
            made._revoked[key_of(event)] = kept.place, known
        for record in state.records:
            made.ledger.records[record.id] = record
            lead = [read(place) for place in state.places.get(record.id, ())]
            if any(event.id != record.id for event in lead):
                raise ValueError("a lead is not in its place")
            for event in lead:
                if isinstance(event, events.Amended):
                    record.correction = event.lead
                    record.contacts |= event.lead.contacts
                if isinstance(event, events.Revocation):
                    made.ledger.want(record, event)
            for event in lead:
                if isinstance(event, events.Received):
                    made.ledger.begin(record, event)
        return made
