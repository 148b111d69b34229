"""The courier and its outbox in memory: whatever happens in whatever order, once and not lost.

The journal is a list, the CRM a counter, threads are callables that run when the machine says so.
Nobody waits: every time to be waited for is nothing.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from frontdesk.config import Form
from frontdesk.delivery.courier import Shift, Terms
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    Finding,
    LookupContext,
    Lookups,
    PriorDelivery,
)
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.schedule import LEAST_TRIES, LONGEST_WAIT, Schedule
from frontdesk.model import events
from frontdesk.model.account import Claim
from frontdesk.model.events import AnyEvent, utcnow
from frontdesk.model.lead import Submission
from frontdesk.model.ledger import Ledger
from frontdesk.store.errors import JournalError
from frontdesk.store.lease import Lease
from frontdesk.store.memory.store import MemoryStore
from tests.samples import received

AT_ONCE = Schedule(first=0.0, longest=0.0, give_up_after=0.0)
ROUNDS = 100  # more than enough to deliver what a machine can have brought in

REFUSALS = {
    "503": DeliveryError("503"),
    "429": DeliveryError("429", account=True),
    "400": DeliveryError("400", permanent=True),
    "401": DeliveryError("401", permanent=True, account=True),
    "cut": DeliveryError("cut", unknown=True),
    "cut, stored": DeliveryError("cut", unknown=True),
    "ban, stored": DeliveryError("401", permanent=True, account=True, unknown=True),
    "no list": DeliveryError("503 for the list"),
    "no list, banned": DeliveryError("401 for the list", permanent=True, account=True),
}
# Mostly well, or a machine would spend its time behind closed accounts.
DELIVERY = [*["well"] * 6, "503", "429", "400", "401", "cut", "cut, stored", "ban, stored"]
LOOKUP = [*["well"] * 3, "no list", "no list, banned"]
CRASHES = ["before the intent", "before it is sent", "after it was sent"]


class Crash(BaseException):
    """kill -9."""


class Lines(MemoryStore):
    """A journal in memory, whose disk may be full."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.dies = False

    def append(self, *new: AnyEvent, lease: Lease | None = None) -> None:
        if self.dies:
            raise Crash
        if self.full:
            raise JournalError("No space left on device")
        super().append(*new, lease=lease)

    @property
    def lines(self) -> list[AnyEvent]:
        return self._fold.events


class Crm:
    """Stores what it stores, answers as it is told, and has a list that is true."""

    def __init__(self) -> None:
        self.lookups = Lookups(patience=0.0, back=timedelta(days=7))
        self.stored: Counter[UUID] = Counter()
        self.answer, self.lookup, self.crash = "well", "well", ""

    def deliver(self, submission: Submission, prior: PriorDelivery) -> Delivered:
        if self.crash == "before it is sent":
            raise Crash
        if self.answer == "well" or self.answer.endswith("stored"):
            self.stored[submission.id] += 1
        if self.crash == "after it was sent":
            raise Crash
        if self.answer != "well":
            raise REFUSALS[self.answer]
        return Delivered("60001")

    def find(self, context: LookupContext) -> Delivered | None:
        if self.lookup != "well":
            raise REFUSALS[self.lookup]
        return Delivered("60001", "12001") if self.stored[context.attempt.submission.id] else None

    def check(self, forms: Sequence[Form]) -> Iterator[Finding]:
        raise NotImplementedError

    def compare(
        self, delivered: Sequence[tuple[Submission, Claim]], since: datetime
    ) -> Iterator[Finding]:
        raise NotImplementedError


class Threads:
    """A pool whose threads run one after the other, when they are told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[None], Callable[[Any], None], Any]] = []

    def submit(self, work: Callable[[Any], None], job: Any) -> "Future[None]":
        self.waiting.append((future := Future(), work, job))
        return future

    def run(self, number: int) -> None:
        future, work, job = self.waiting.pop(number % len(self.waiting))
        work(job)
        future.set_result(None)


class Office(RuleBasedStateMachine):
    """Enquiries come, the CRM misbehaves, processes die, persons decide."""

    @initialize()
    def open(self) -> None:
        self.lines, self.crm = Lines(), Crm()
        self.lease = self.lines.lease("courier")
        self.contents: dict[UUID, str] = {}
        self.erased: set[str] = set()  # contents of which one was
        self.came = 0
        self.start()

    def start(self) -> None:
        """A new process, which knows only what the journal says."""
        self.lines.full = self.lines.dies = False
        self.crm.crash, self.crm.answer, self.crm.lookup = "", "well", "well"
        self.lease.resign()  # of the process before, whatever became of it
        self.lease = self.lines.lease("courier")
        assert self.lease.win()
        self.stop = threading.Event()
        terms = Terms({"crm": self.crm}, AT_ONCE, 3, same_within=600.0)
        self.shift = Shift(self.lines, Lanes(self.lease), terms, self.stop, 0.0)
        self.outbox = self.shift.outbox
        self.threads = Threads()
        self.step()

    def step(self) -> None:
        self.shift.step(self.threads)  # type: ignore[arg-type]

    def ledger(self) -> Ledger:
        ledger = Ledger()
        for event in self.lines.lines:
            ledger.apply(event)
        return ledger

    # -- what visitors and persons do --------------------------------------------------------

    @rule(content=st.integers(0, 5), held=st.integers(0, 9).map(lambda n: n == 0))
    def enquire(self, content: int, held: bool) -> None:
        """Few contents, so that some are sent again."""
        # What is due at the same moment goes in the order of ids, so these are no random ones.
        self.came += 1
        first = received(UUID(int=self.came), first_name=f"Jana {'abcdef'[content]}")
        self.contents[first.id] = first.lead.first_name
        if held:
            self.lines.append(events.Held(id=first.id, reason="spam suspected"))
        self.lines.append(first)
        self.step()

    @rule(data=st.data())
    def come_again(self, data: st.DataObject) -> None:
        """What was held comes again, and nothing holds it back."""
        held = [record for record in self.ledger().records.values() if record.state == "held"]
        if held:
            submission = data.draw(st.sampled_from(held)).submission
            if submission is not None:
                again = received(submission.id, first_name=submission.lead.first_name)
                self.lines.append(msgspec.structs.replace(again, cleared=True))
                self.step()

    @precondition(lambda self: self.lines.lines)
    @rule(data=st.data())
    def write_twice(self, data: st.DataObject) -> None:
        """A visitor repeats a request, or an operator merges what was there already."""
        last = len(self.lines.lines)
        start = data.draw(st.integers(0, last - 1))
        end = data.draw(st.integers(start + 1, last))
        self.lines.append(*self.lines.lines[start:end])
        self.step()

    @precondition(lambda self: self.contents)
    @rule(data=st.data(), again=st.booleans())
    def erase(self, data: st.DataObject, again: bool) -> None:
        """As `frontdesk person erase` does it; the same may come again at once, or never."""
        one = data.draw(st.sampled_from(list(self.contents)))
        self.lines.erase({one}, (), "eva")
        self.step()
        while jobs := [n for n, (*_, job) in enumerate(self.threads.waiting) if job.id == one]:
            self.threads.run(jobs[0])
            self.step()
        del self.crm.stored[one]  # so that it is seen whether it arrives once more
        content = self.contents.pop(one)
        self.erased.add(content)
        if again:
            self.lines.append(received(one, first_name=content))
            self.contents[one] = content
            self.step()

    @rule()
    def replay_what_failed(self) -> None:
        for record in self.ledger().records.values():
            if record.state == "failed":
                self.replay(record.id)
        self.step()

    def replay(self, submission: UUID) -> None:
        """As `frontdesk replay` writes it."""
        self.lines.append(events.Replayed(id=submission, by="eva", destinations=("crm",)))

    @rule()
    def open_account(self) -> None:
        self.lines.append(events.Opened(destination="crm", by="eva"))
        self.step()

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        held = [record.id for record in self.ledger().records.values() if record.state == "held"]
        if held:
            self.lines.append(events.Released(id=data.draw(st.sampled_from(held)), by="eva"))
            self.step()

    # -- what becomes of it ------------------------------------------------------------------

    @precondition(lambda self: self.threads.waiting)
    @rule(
        number=st.integers(0, 5), answer=st.sampled_from(DELIVERY), lookup=st.sampled_from(LOOKUP)
    )
    def deliver(self, number: int, answer: str, lookup: str) -> None:
        self.crm.answer, self.crm.lookup = answer, lookup
        self.threads.run(number)
        self.step()

    @precondition(lambda self: self.threads.waiting)
    @rule(number=st.integers(0, 5), when=st.sampled_from(CRASHES))
    def crash_at_work(self, number: int, when: str) -> None:
        self.crm.crash, self.lines.dies = when, when == "before the intent"
        with suppress(Crash):
            self.threads.run(number)
        self.start()

    @rule()
    def crash(self) -> None:
        self.start()

    @precondition(lambda self: self.threads.waiting)
    @rule(number=st.integers(0, 5), answer=st.sampled_from(DELIVERY))
    def end_while_the_disk_is_full(self, number: int, answer: str) -> None:
        """The intent is down already, or not; the outcome cannot be written any more."""
        self.crm.answer = answer
        intend = self.lines.append

        def only_intents(*new: AnyEvent) -> None:
            self.lines.full = not isinstance(new[0], events.Attempt)
            intend(*new)

        self.lines.append = only_intents
        self.stop.set()
        self.threads.run(number)
        self.lines.append = intend
        self.start()

    @precondition(lambda self: self.threads.waiting)
    @rule(number=st.integers(0, 5), late=st.booleans())
    def another_takes_over(self, number: int, late: bool) -> None:
        """Somebody removes the lock's file: before its holder announces a lead, or just then."""
        former, announce = self.threads, self.lines.append

        def too_late(*new: AnyEvent) -> None:
            self.lines.append = announce
            self.start()
            announce(*new)

        if late:
            self.lines.append = too_late
        else:
            self.start()
        before = self.crm.stored.copy()
        former.run(number)
        self.lines.append = announce
        assert self.crm.stored == before
        self.step()

    # -- what must be so, whatever happened --------------------------------------------------

    @invariant()
    def nothing_is_stored_twice(self) -> None:
        assert max(self.crm.stored.values(), default=0) <= 1

    @invariant()
    def nothing_erased_comes_back(self) -> None:
        assert {one for one, count in self.crm.stored.items() if count} <= self.contents.keys()

    @invariant()
    def nothing_is_left_lying(self) -> None:
        """What is due is under way, unless its account is closed."""
        if self.outbox.account("crm").closed is None and len(self.outbox):
            assert self.threads.waiting

    @invariant()
    def nothing_is_lost_from_sight(self) -> None:
        records = self.ledger().records
        for submission in self.contents:
            record = records[submission]
            if record.state == "delivered":
                assert self.crm.stored[submission] == 1
            if record.state in ("held", "failed"):
                assert record.held or record.deliveries["crm"].reason
            if record.state in ("held", "duplicate"):
                assert not self.crm.stored[submission]

    def teardown(self) -> None:
        """All is mended, a person does what the documents say: everything arrives."""
        if not hasattr(self, "lines"):
            return
        self.start()
        failed = {e.id for e in self.lines.lines if isinstance(e, events.Failed)}
        for _ in range(ROUNDS):
            self.open_account()
            self.replay_what_failed()
            for _ in range(len(self.threads.waiting)):
                self.threads.run(0)
                self.step()
        records = self.ledger().records
        assert {records[one].state for one in self.contents} <= {"delivered", "duplicate", "held"}
        assert len(self.outbox) == 0
        self.nothing_is_stored_twice()
        self.nothing_is_lost_from_sight()
        for content in set(self.contents.values()):
            same = [one for one, its in self.contents.items() if its == content]
            # What failed or was held does not speak for those that came after it.
            spoke = (
                failed.isdisjoint(same)
                and content not in self.erased
                and not any(isinstance(e, events.Held) and e.id in same for e in self.lines.lines)
            )
            count = sum(self.crm.stored[one] for one in same)
            if spoke:
                assert count == 1, f"{content} arrived {count} times"


TestOffice = Office.TestCase
TestOffice.settings = settings(stateful_step_count=50)


seconds = st.floats(0.001, 1e7)


@given(seconds, seconds, st.integers(1, 10_000), seconds, st.none() | st.floats(0, 1e300))
def test_the_next_try_is_neither_too_soon_nor_too_late(
    first: float, longest: float, setbacks: int, patience: float, retry_after: float | None
) -> None:
    now = utcnow()
    due = Schedule(first, longest, 0.0).again(
        setbacks, now, least=patience, retry_after=retry_after
    )
    least = max(patience, min(retry_after or 0.0, LONGEST_WAIT))
    wait, most = due - now, max(first, longest, LONGEST_WAIT, patience)
    a_moment = timedelta(microseconds=1)
    assert timedelta(seconds=least) - a_moment <= wait <= timedelta(seconds=most) + a_moment


@given(seconds, st.integers(-(10**7), 10**7), st.integers(0, 50))
def test_nothing_is_given_up_early(give_up_after: float, past: int, setbacks: int) -> None:
    """Neither before its time nor after a few tries, however clocks jump."""
    now = utcnow()
    if Schedule(1.0, 1.0, give_up_after).given_up(now - timedelta(seconds=past), now, setbacks):
        assert past > give_up_after
        assert setbacks >= LEAST_TRIES
