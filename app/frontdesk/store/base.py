"""The contract of a store: what is asked of it, and what it answers with."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import BinaryIO, NamedTuple, Protocol
from uuid import UUID

from frontdesk.model.account import Claim
from frontdesk.model.events import AnyEvent
from frontdesk.model.record import Record
from frontdesk.store.charts import Shares
from frontdesk.store.facts import Facts
from frontdesk.store.inspection import Inspection
from frontdesk.store.lease import Lease
from frontdesk.store.person_history import PersonHistory
from frontdesk.store.pruning import Pruned
from frontdesk.store.query import PAGE, Page, Query
from frontdesk.store.tallies import Tally

# States of a submission that has arrived, or is still to arrive, at a CRM.
ON_THEIR_WAY = ("unknown", "deferred", "pending", "delivered")
FOREVER = 253_370_764_800  # seconds since 1970: what is claimed until then is never forgotten


class Changes(NamedTuple):
    """The records that have changed since a cursor, and the cursor to ask with next time.

    `whole`: what has changed is not known; `records` are all that are open, and no others.
    """

    records: list[Record]
    cursor: str
    whole: bool


class Kept(NamedTuple):
    """What is kept under a name; the revision is another one each time that it was kept."""

    revision: str
    content: bytes


class Store(Protocol):
    """Where events are kept, and what they add up to.

    Every answer takes into account all that any process appended before the question. Every
    question raises JournalError or OSError where the journal cannot be read. Any number of threads
    may share a store.
    """

    # -- events

    def append(self, *events: AnyEvent, lease: Lease | None = None) -> None:
        """Write the events, in order and next to each other; return once they are durable.

        Raises JournalError: then the events count as not written. With a lease of this store, they
        are written only while it is held; LeaseLostError otherwise.
        """

    def readiness(self) -> str | None:
        """Why nothing can be written, or None if something can; tries once a second at most."""

    def durability(self) -> str | None:
        """What an acknowledged append outlives, if that depends on a database's settings.

        Raises JournalError.
        """

    def spooled(self) -> int:
        """How many appends are on this machine, and not in the journal yet. Raises OSError."""

    def wait(self, seconds: float) -> None:
        """Sleep for so many seconds, or until this process appends something."""

    def wake(self) -> None:
        """End a `wait` at once."""

    def received_lately(self, submission: UUID) -> bool:
        """Whether a submission is among the last few thousand events, and was not erased since.

        Does not wait for an index, and raises nothing.
        """

    def close(self) -> None:
        """Close files and connections; the next question opens them again."""

    # -- what is known by them

    def changes(self, after: str | None, *, wait: bool = True) -> Changes:
        """The records that have changed since a cursor.

        `after`: the cursor of an earlier answer. With None, or a cursor that the store does not
        know, the answer is all that is open. Without `wait`, raises IndexBuildingError while
        another process builds an index.
        """

    def revision(self) -> str:
        """A text that is another one once a record has changed; the same in all processes."""

    def soon(self) -> "Store":
        """A store to begin deliveries with at once: this one, if it is indexed.

        Otherwise one that knows all that is open, and not what is certainly settled; a thread
        builds the index meanwhile. Use this one again as soon as it is `indexed`.
        """

    def indexed(self) -> bool:
        """Whether questions are answered without building an index first."""

    def get(self, submission: UUID) -> Record | None:
        """All that is known of one submission or revocation; None if it is not in the journal."""

    def events(self, *submissions: UUID) -> list[AnyEvent]:
        """All events of these submissions and revocations, in the order of the journal.

        Among them are the messages to receivers that name one of them.
        """

    def starting(self, start: str, most: int = 2) -> list[UUID]:
        """Ids that begin with these characters, in order, `most` at most.

        There are none for fewer than four characters, nor for a submission whose first line is
        missing.
        """

    def find(self, query: Query, after: str | None = None, limit: int = PAGE) -> Page:
        """One page of the records that a query asks for, newest first unless it says otherwise.

        `after`: the `next` of the page before. Raises QueryError for any other text, and for a
        limit that is not between 1 and LONGEST_PAGE.
        """

    def facts(self, *, hurry: bool = False) -> Facts:
        """Accounts, receivers, refusals, revocations and counts.

        In a `hurry`, raises IndexBuildingError if the answer would take more than a moment; a
        thread then does what takes so long.
        """

    def states(self, forms: Collection[str] | None = None) -> dict[str, int]:
        """The number of submissions in each state; revocations count until they are settled.

        `forms`: only submissions to these count, and no revocations.
        """

    def over_time(
        self, bounds: Sequence[datetime], forms: Collection[str] | None = None
    ) -> dict[str, list[int]]:
        """The number of submissions between each two neighbouring times, by form.

        Those that were erased do not count. `bounds`: in order, to a quarter of an hour.
        """

    def shares(
        self, since: datetime, until: datetime, forms: Collection[str] | None = None
    ) -> Shares:
        """How many submissions of a time there are by each of their values, and how many refusals.

        Those that were erased do not count. What there is by what name, see `store.counting`; the
        largest number of each comes first. Refusals are those of the whole days (UTC) that come
        nearest to the time.
        """

    def tallies(self, query: Query) -> list[Tally]:
        """The number of submissions that a query asks for, by day and the rest of a Tally."""

    def claims(self, destination: str) -> list[Claim]:
        """The deliveries that may explain entries of a CRM's own list, in the journal's order.

        They go back CLAIMS_KEPT from the newest of them.
        """

    def people(
        self,
        destination: str,
        contacts: Collection[str],
        customers: Collection[str],
        submissions: Collection[UUID | None],
    ) -> list[PersonHistory]:
        """What is known of people by their submissions and revocations.

        Those count that have one of these contacts (see `model.lead.contact`), or belong to one of
        these customers of the destination, or have one of these ids; None among the ids is passed
        over.
        """

    def same_content(self, submission: UUID, within: timedelta) -> list[Record]:
        """Earlier submissions with the same content on the same form, oldest first.

        Both must have been put on their way `within` this time of each other. Only those count
        that have arrived or are still to arrive (ON_THEIR_WAY).
        """

    def of_lead(self, lead: str) -> list[UUID]:
        """The submissions that are messages about one lead of another system, in order.

        `lead`: its id there.
        """

    def sharing(self, marks: Collection[str]) -> list[UUID]:
        """The submissions and revocations that had one of these marks in any version.

        What marks are, see `store.marks`.
        """

    def mentioning(self, texts: Collection[str]) -> list[UUID]:
        """The submissions and revocations that may have one of these texts in any version.

        There may be some without; none that has one is missing.
        """

    # -- among processes

    def lease(self, name: str) -> Lease:
        """The lease of that name; every caller gets an object of its own."""

    def leased(self, name: str) -> bool:
        """Whether a lease has a holder at the moment. Raises OSError."""

    def claim_once(self, key: str, until: int, owner: str | None = None) -> bool:
        """Use up a key: True for the first caller in any process, False for all others.

        `until`: how long at least a key is remembered, in seconds since 1970. With FOREVER it is
        remembered durably, or not claimed. `owner`: for whom the caller claims it; True again for
        the same owner, who may not have learnt the first answer. Without one it is True for one
        call only. Raises OSError, whether the key is used up then or not.
        """

    # -- what is no event

    def keep(self, name: str, content: bytes) -> None:
        """Keep something in the place of what was kept under a name; durable on return.

        `name`: small letters, digits and hyphens. Raises OSError.
        """

    def kept(self, name: str, known: str = "") -> Kept | None:
        """What is kept under a name; None if nothing is, or only what is `known`, a revision.

        Raises OSError.
        """

    # -- what is written already

    def erase(self, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
        """Remove the person from all lines of these submissions and revocations.

        `traces`: texts, such as an address, by which torn lines of the person are recognised and
        emptied, too. `by`: the person who erases. Returns the number of lines that were changed;
        afterwards no file has anything of the person. Raises OSError, JournalError.
        """

    def empty_late(self) -> None:
        """Remove the person from lines that were written after their erasure.

        A delivery that was under way writes such lines. Raises OSError, JournalError.
        """

    def finish_erasure(self) -> None:
        """Finish an erasure that was cut short, if there is one. Raises OSError, JournalError."""

    def prune(
        self,
        before: date,
        archive: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
        *,
        dry_run: bool = False,
    ) -> Pruned:
        """Remove the days before a date (UTC) in which everything is settled.

        `archive`: opens the file to which the days are copied first. With `dry_run` nothing is
        removed. Raises OSError.
        """

    def inspect(self) -> Inspection:
        """Read the whole journal, and name all that is wrong with it."""
