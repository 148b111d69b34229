"""Whatever comes in whatever order: every store says what a plain fold of all lines says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.model.events import AnyEvent
from frontdesk.model.lead import Consent, Message, Origin
from frontdesk.model.ledger import Ledger
from frontdesk.model.record import STATES, Record
from frontdesk.store.base import Store
from frontdesk.store.facts import Counts, Facts
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory.store import MemoryStore
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.query import Query
from tests.postgresql import Database
from tests.samples import received

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = A, B, C, R = tuple(UUID(int=number << 100) for number in range(1, 5))
DESTINATIONS = ("crm", "erp")
NEWS = (Consent(1, granted=True),)

seconds = st.integers(0, 5).map(lambda second: DAY + timedelta(seconds=second))
submissions = st.sampled_from(NAMES[:3])
outcome = {
    "id": st.sampled_from(NAMES),
    "at": seconds,
    "destination": st.sampled_from(DESTINATIONS),
}
names = st.sampled_from((0, 1, "a7", "b3"))
emails = st.sampled_from(("jana@example.com", "Žofie@example.com", None))
customers = st.sampled_from(("60001", "60002", None))
origins = st.sampled_from(
    [
        Origin("json", "192.0.2.7"),
        Origin("realgeeks", "", message=Message(lead="7", digest="d", at=DAY, action="created")),
    ]
)


def lead(email: str | None, note: str) -> dict[str, Any]:
    return {"email": email, "note": note, "consents": NEWS, "unit": note, "campaign": email}


came = st.builds(
    lambda submission, at, to, email, note, origin, form: replace(
        received(submission, at=at, destinations=to, **lead(email, note)), origin=origin, form=form
    ),
    submissions,
    seconds,
    st.sampled_from([("crm",), ("crm", "erp")]),
    emails,
    st.sampled_from(("777-123 456", "Řeka")),
    origins,
    st.sampled_from(("riverside", "quay")),
)
any_event = st.one_of(
    came,
    came,
    st.builds(
        events.Held,
        id=submissions,
        at=seconds,
        reason=st.just("spam suspected"),
        captcha=st.sampled_from((None, "passed", "busy", events.UNASKED)),
    ),
    st.builds(events.Released, id=submissions, at=seconds, by=st.just("eva")),
    st.builds(events.Discarded, id=st.sampled_from(NAMES), at=seconds, by=st.just("eva")),
    st.builds(events.Duplicate, id=submissions, at=seconds, of=submissions),
    st.builds(events.Erased, id=st.sampled_from(NAMES), at=seconds, by=st.just("eva")),
    st.builds(
        lambda submission, at, told: events.Amended(
            id=submission, at=at, by="eva", lead=told.lead, changed=("note",)
        ),
        submissions,
        seconds,
        st.builds(lambda email, note: received(**lead(email, note)), emails, st.sampled_from("xy")),
    ),
    st.builds(
        events.Replayed,
        id=submissions,
        at=seconds,
        by=st.just("eva"),
        destinations=st.just(("crm",)),
        force=st.booleans(),
    ),
    st.builds(
        events.Commented,
        id=st.sampled_from(NAMES),
        at=seconds,
        by=st.just("eva"),
        text=st.sampled_from(("wants a cellar", "")),
    ),
    st.builds(events.Opened, at=seconds, destination=st.just("crm"), by=st.just("eva")),
    st.builds(events.Attempt, **outcome),
    st.builds(events.Delivered, **outcome, customer_id=customers),
    st.builds(
        events.Deferred,
        **outcome,
        reason=st.just("503"),
        until=seconds,
        unknown=st.booleans(),
        account_until=st.none() | seconds,
    ),
    st.builds(events.Withheld, **outcome, reason=st.just("no address")),
    st.builds(events.Failed, **outcome, reason=st.just("401"), closes_account=st.booleans()),
    st.builds(
        events.Compared,
        at=seconds,
        destination=st.sampled_from(DESTINATIONS),
        missing=st.lists(submissions, max_size=2).map(tuple),
        seen=st.lists(submissions, max_size=2).map(tuple),
        unexplained=st.integers(0, 2),
    ),
    st.builds(
        events.Notified,
        at=seconds,
        receiver=names,
        formerly=st.none() | names,
        what=st.sampled_from([(), ("late",), (f"failed:{A}",)]),
        reason=st.none() | st.just("answered 500"),
    ),
    st.builds(
        events.Refused,
        id=submissions,  # of processes, here
        at=seconds,
        day=st.dates(DAY.date(), DAY.date() + timedelta(days=2)),
        counts=st.just((events.Refusal("riverside", "fields", 1),)),
    ),
    st.builds(
        lambda at, whose: events.Revocation(
            id=R, at=at, consent=1, destinations=("crm",), by="eva", **whose
        ),
        seconds,
        st.sampled_from([{"email": "jana@example.com"}, {"customer": "60001"}, {"submission": A}]),
    ),
    st.builds(
        events.Revoked, id=submissions, at=seconds, destination=st.just("crm"), consent=st.just(1),
        by=st.just("eva"),
    ),
)  # fmt: skip
parts_of_a_journal = st.lists(st.lists(any_event, max_size=8), min_size=1, max_size=5)

QUERIES = [
    Query(),
    *(Query(state=state) for state in STATES),
    Query(form="quay", oldest_first=True),
    Query(unit="Řeka"),
    Query(campaign="jana@example.com", submissions=True),
    Query(destination="erp"),
    Query(customer="60001"),
    Query(since=DAY + timedelta(seconds=2), until=DAY + timedelta(seconds=4)),
    *(
        Query(texts=(text,))
        for text in ("jana@", "zofie", "777123456", "reka", "60002", "7", "x", "cellar")
    ),
    Query(texts=(str(A), "eva"), form="riverside"),
]


# A day has no end at the moment of an event, nor has a time that is counted in parts.
BOUNDS = [DAY + timedelta(hours=6 * number) for number in range(-3, 9)]
TIMES = [
    ((DAY - timedelta(days=70), DAY + timedelta(days=70)), None),
    ((DAY - timedelta(hours=14), DAY + timedelta(hours=10)), None),
    ((DAY + timedelta(seconds=2), DAY + timedelta(days=1, seconds=4)), ["riverside"]),
    ((DAY + timedelta(seconds=1), DAY + timedelta(seconds=4)), ["quay"]),
]


def plain(facts: Facts) -> dict[str, Any]:
    """What can be compared."""
    known = facts.revocations.kept()
    return {
        "accounts": facts.accounts,
        "receivers": facts.receivers,
        "refusals": facts.refusals,
        "counts": facts.counts,
        "damaged": facts.damaged,
        "revocations": known.known,
        "people": sorted((sorted(marks), numbers) for marks, numbers in known.people),
    }


def answers(store: Store) -> dict[str, Any]:
    """Every answer of a store; of sets in an order."""
    day = timedelta(days=1)
    contacts = ["jana@example.com", "žofie@example.com"]
    found: dict[str, Any] = {f"find {query}": store.find(query).records for query in QUERIES}
    found |= {f"tallies {query}": sorted(map(str, store.tallies(query))) for query in QUERIES}
    found |= {f"get {one}": store.get(one) for one in NAMES}
    found |= {f"events {one}": store.events(one) for one in NAMES}
    found |= {f"same {one}": store.same_content(one, day) for one in NAMES}
    found |= {f"claims {name}": store.claims(name) for name in DESTINATIONS}
    people = store.people("crm", contacts, ["60001"], [R])
    return found | {
        "all events": store.events(*NAMES),
        "starting": store.starting("0000", 9),
        "facts": plain(store.facts()),
        "states": store.states(),
        "states of one form": store.states(["quay"]),
        "over time": store.over_time(BOUNDS),
        "over time, of one form": store.over_time(BOUNDS, ["riverside"]),
        **{f"shares {time}": store.shares(*time, forms) for time, forms in TIMES},
        "people": sorted(people, key=lambda one: one.submission),
        "lead": store.of_lead("7"),
        "sharing": sorted(store.sharing([*contacts, "crm#60001", "erp#60002", str(A)])),
        "open": sorted(store.changes(None).records, key=lambda record: record.id),
    }


def folded(lines: list[AnyEvent]) -> tuple[dict[UUID, Record], Ledger, Counts]:
    """All of it at once, by nothing but the ledger."""
    ledger, counts, records = Ledger(), Counts(), dict[UUID, Record]()
    for line in lines:
        before = ledger.records.get(line.id)
        begun, began = (before.begun, before.began) if before else (False, None)
        record = ledger.apply(line)
        if record is not None:
            records[record.id] = record
            counts.take(line, record, new=not begun or record.began != began)
    return records, ledger, counts


def says_the_same(parts: list[list[AnyEvent]]) -> None:
    """Both stores after each part, and both after all of it, and a plain fold."""
    with TemporaryDirectory() as folder:
        days = iter(DAY + timedelta(days=number // 3) for number in range(99))
        day = next(days)
        files, memory = FileStore(Path(folder), lambda: day), MemoryStore()
        cursors: list[str | None] = [None, None]
        known: list[dict[UUID, Record]] = [{}, {}]
        for part in parts:
            files.append(*part)
            memory.append(*part)
            day = next(days)
            for number, store in enumerate((files, memory)):
                changes = store.changes(cursors[number])
                cursors[number] = changes.cursor
                known[number] |= {record.id: record for record in changes.records}
        assert known[0] == known[1], "who follows them knows the same"
        assert answers(files) == answers(memory)
        records, ledger, counts = folded([line for part in parts for line in part])
        assert {one: files.get(one) for one in records} == records
        facts = files.facts()
        assert (facts.accounts, facts.counts) == (ledger.accounts, counts)
        assert (facts.receivers, facts.refusals) == (ledger.receivers, ledger.refusals)
        assert plain(facts)["people"] == plain(Facts(revocations=ledger.revocations))["people"]
        files.close()
        again = FileStore(Path(folder))
        assert answers(again) == answers(memory)
        again.close()
        for path in (Path(folder) / "index").iterdir():
            path.unlink()
        assert answers(again) == answers(memory), "built of all at once"
        again.close()


# What was under way at an erasure ends after the same person has come again.
LATE = DAY + timedelta(seconds=1)
AGAIN: list[AnyEvent] = [
    events.Erased(id=A, at=DAY, by="eva"),
    events.Held(id=A, at=LATE, reason="spam suspected"),
    events.Delivered(id=A, at=LATE, destination="crm", customer_id="60001"),
]


@given(parts_of_a_journal)
@example([AGAIN[:2], AGAIN[2:]])
def test_all_stores_say_the_same_at_any_time(parts: list[list[AnyEvent]]) -> None:
    says_the_same([part for part in parts if part])


@settings(
    max_examples=settings.default.max_examples // 10,  # each makes all tables anew
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(parts=parts_of_a_journal)
@example(parts=[AGAIN[:2], AGAIN[2:]])
def test_so_does_the_store_of_several_machines(
    database: Database, parts: list[list[AnyEvent]]
) -> None:
    database.execute("drop schema if exists frontdesk cascade")
    memory, one, other = MemoryStore(), PostgresStore(database.url), PostgresStore(database.url)
    there = set[bytes]()  # a line that comes twice is there once
    for number, part in enumerate(parts):
        (one, other)[number % 2].append(*part)
        new = {encode(line): line for line in part}
        memory.append(*(line for text, line in new.items() if text not in there))
        there |= new.keys()
        one.changes(None)
    assert answers(one) == answers(memory) == answers(other)
    database.execute("update frontdesk.state set fold = 0")
    assert answers(other) == answers(memory) == answers(one), "built of all at once"
    one.close()
    other.close()


def test_a_correction_of_what_was_erased_is_none_of_what_begins_anew() -> None:
    """Also where the submission that was corrected has never come."""
    corrected = events.Amended(id=A, at=DAY, by="eva", lead=received(A).lead, changed=("note",))
    erased = events.Erased(id=A, at=DAY + timedelta(seconds=1), by="eva")
    anew = events.Held(id=A, at=DAY + timedelta(seconds=2), reason="spam suspected")
    says_the_same([[corrected, erased, anew], [received(B, at=DAY)]])
