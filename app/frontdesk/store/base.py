"""The contract of a store: what is asked of it, and what it answers with."""

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from operator import attrgetter
from typing import BinaryIO, NamedTuple, Protocol
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model.account import Account, Claim
from frontdesk.model.events import AnyEvent, Deferred, Delivered, Failed, Received
from frontdesk.model.lead import Lead
from frontdesk.model.receivers import Receivers
from frontdesk.model.record import Record
from frontdesk.model.refusals import History
from frontdesk.model.revocations import Revocations
from frontdesk.store.query import PAGE, Page, Query

# States of what has arrived or is still owed.
ON_THEIR_WAY = ("unknown", "deferred", "pending", "delivered")
OUTCOMES = ("delivered", "deferred", "failed")


class JournalError(Exception):
    """Nothing could be written durably, or read; the message is for the operator."""


class IndexBuildingError(JournalError):
    """The index is being built, and has come so far: 0 to 1."""

    def __init__(self, done: float) -> None:
        super().__init__(f"the journal is being indexed: {done:.0%} done")
        self.done = done


class Changes(NamedTuple):
    """What has changed since a cursor; `whole`: instead, all that is open, for it is not known."""

    records: list[Record]
    cursor: str
    whole: bool


class Counts(Struct):
    """What the journal counts, by form, and by destination and outcome."""

    received: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    closures: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    def take(self, event: AnyEvent, record: Record, *, new: bool) -> None:
        """Count what a line says; `new`: it begins its submission."""
        match event:
            case Received() if new:
                _add(self.received, event.form)
                if record.held is not None:
                    _add(self.held, event.form)
            case Delivered() | Deferred() | Failed():
                outcomes = self.outcomes.setdefault(event.destination, {})
                _add(outcomes, type(event).__name__.lower())
                if event.closes_account:
                    _add(self.closures, event.destination)


def _add(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


class Facts(Struct):
    """All that is known besides submissions; to be read, and never to be changed.

    `damaged`: how many lines are none of ours, or torn.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    receivers: Receivers = field(default_factory=Receivers)
    refusals: History = field(default_factory=History)
    revocations: Revocations = field(default_factory=Revocations)
    counts: Counts = field(default_factory=Counts)
    damaged: int = 0

    def account(self, destination: str) -> Account:
        """How a destination stands; as a new one, if nothing is known of it."""
        return self.accounts.get(destination) or Account()


class Tally(NamedTuple):
    """How many submissions came in on a day (UTC), by what they have in common."""

    day: date
    form: str
    campaign: str | None
    unit: str | None
    state: str
    number: int

    @classmethod
    def each(cls, records: Iterable[Record]) -> list["Tally"]:
        """Those of these submissions, oldest day first."""
        found: dict[Tally, int] = {}
        for record in records:
            if (came := record.submission) is not None:
                lead = came.lead
                one = cls(came.at.date(), came.form, lead.campaign, lead.unit, record.state, 0)
                found[one] = found.get(one, 0) + 1
        counted = (one._replace(number=number) for one, number in found.items())
        return sorted(counted, key=attrgetter("day"))


class PersonHistory(Struct):
    """A submission of the journal: its lead in every version, and the customers that it is of."""

    submission: UUID
    leads: list[Lead] = field(default_factory=list)
    customers: set[str] = field(default_factory=set)


class Flaw(Struct, frozen=True):
    """Something to mend, or (not `grave`) something to know."""

    where: str
    what: str
    grave: bool = True


class Inspection(Struct):
    """What was found, and how much was looked at."""

    flaws: list[Flaw]
    segments: int = 0
    lines: int = 0
    submissions: int = 0


class Lease(Protocol):
    """One holder at a time among all that share a store; it ends with its holder's process."""

    def win(self) -> bool:
        """Try to become the holder; True when won, or held already. Raises OSError."""

    def won(self) -> bool:
        """Whether it is held, and is still the one that others will find."""

    def resign(self) -> None:
        """Let another win."""


class Stay(NamedTuple):
    """A day of the journal that is not removed, and why; `foreign`: it is none of ours."""

    name: str
    why: str
    foreign: bool


class Pruned(NamedTuple):
    """Days that are removed, or would be, each with its number of submissions; and the others."""

    days: list[tuple[str, int]]
    stay: list[Stay]


class Store(Protocol):
    """Where events are kept, and what is known by them.

    Whatever is asked, the answer has all that was appended before, by any process. Raises
    JournalError or OSError where the journal cannot be read.
    """

    # -- events

    def append(self, *events: AnyEvent) -> None:
        """Write the events, in order and next to each other, and return once they are durable.

        Raises JournalError; the events then count as not written.
        """

    def readiness(self) -> str | None:
        """Why nothing can be written, or None; looks again once a second."""

    def wait(self, seconds: float) -> None:
        """Sleep until this process appends something, at most `seconds`."""

    def wake(self) -> None:
        """End a `wait`, although nothing was written."""

    def received_lately(self, submission: UUID) -> bool:
        """Whether a submission came in lately, and was not erased; never waits for an index."""

    def close(self) -> None:
        """Let go of what is open; the next question opens it again."""

    # -- what is known by them

    def changes(self, after: str | None, *, wait: bool = True) -> Changes:
        """What has changed since a cursor; all that is open, with None or one that is unknown.

        Without `wait`, raises IndexBuildingError as long as another process builds an index.
        """

    def soon(self) -> "Store":
        """The same; or, while it has to be indexed first, one that knows all that is open.

        What is settled without doubt, that one does not know. See `indexed`.
        """

    def indexed(self) -> bool:
        """Whether no index has to be built."""

    def get(self, submission: UUID) -> Record | None:
        """All that is known of one submission, or of one revocation."""

    def events(self, *submissions: UUID) -> list[AnyEvent]:
        """The whole story of these, in order; of what a receiver was told, too."""

    def starting(self, start: str, most: int = 2) -> list[UUID]:
        """Ids that begin so, `most` at most; none for less than four characters."""

    def find(self, query: Query, after: str | None = None, limit: int = PAGE) -> Page:
        """A page of what a query is of, newest first unless it says otherwise.

        Raises QueryError for a cursor that is none, and for a limit out of 1 to LONGEST_PAGE.
        """

    def facts(self, *, hurry: bool = False) -> Facts:
        """Accounts, receivers, refusals, revocations and counts.

        In a `hurry`, raises IndexBuildingError where it takes more than a moment to tell.
        """

    def states(self) -> dict[str, int]:
        """How many submissions there are by state, and revocations that are not settled."""

    def tallies(self, query: Query) -> list[Tally]:
        """How many submissions of a query came in, by day, form, campaign, unit and state."""

    def claims(self, destination: str) -> list[Claim]:
        """The deliveries of the last CLAIMS_KEPT that explain entries of a CRM's own list."""

    def people(
        self,
        destination: str,
        contacts: Collection[str],
        customers: Collection[str],
        submissions: Collection[UUID | None],
    ) -> list[PersonHistory]:
        """The submissions with one of these contacts, for these customers, or of these ids."""

    def same_content(self, submission: UUID, within: timedelta) -> list[Record]:
        """What was asked on the same form in the same words shortly before, oldest first.

        Only what has arrived or is still owed.
        """

    def of_lead(self, lead: str) -> list[UUID]:
        """The submissions that a lead of another system, of that id there, came in by; in order."""

    def sharing(self, marks: Collection[str]) -> list[UUID]:
        """The submissions and revocations that have one of these marks; see Record."""

    def mentioning(self, texts: Collection[str]) -> list[UUID]:
        """Those of which any version may have one of these texts; perhaps more, never fewer."""

    # -- among processes

    def lease(self, name: str) -> Lease:
        """One holder among all that share the store."""

    def leased(self, name: str) -> bool:
        """Whether a lease has a holder at the moment. Raises OSError."""

    def claim_once(self, key: str, until: int) -> bool:
        """True for the first who asks; remembered until that time (seconds since 1970) at least.

        Raises OSError.
        """

    # -- what is written already

    def erase(self, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
        """Empty all lines of these, and torn ones with a trace in them; the number of lines.

        Nothing of the person is left in any file then. Raises OSError; JournalError.
        """

    def empty_late(self) -> None:
        """Empty what came of erased submissions afterwards. Raises OSError; JournalError."""

    def finish_erasure(self) -> None:
        """Carry out an erasure that did not come to its end. Raises OSError; JournalError."""

    def prune(
        self,
        before: date,
        archive: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
        *,
        dry_run: bool = False,
    ) -> Pruned:
        """Remove whole days before one in which everything is settled. Raises OSError.

        `archive`: opens the file to which what is removed is copied first.
        """

    def inspect(self) -> Inspection:
        """Read all of it, and name what is not as it should be."""
