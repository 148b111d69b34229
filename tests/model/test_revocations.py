"""Whose consents are revoked: people by what they have in common, also after a restart."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from frontdesk.model import events
from frontdesk.model.lead import Consent
from frontdesk.model.ledger import Ledger
from frontdesk.model.revocations import Revocations
from frontdesk.store.files.store import FileStore
from tests.samples import received

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = A, B, C, D, R = tuple(UUID(int=number) for number in range(1, 6))
JANA, PHONE = "jana@example.com", "+420777123456"
NEWS = (Consent(1, granted=True),)


def when(second: float) -> datetime:
    return START + timedelta(seconds=second)


def came(submission: UUID, second: float, **lead: object) -> events.Received:
    return received(submission, at=when(second), consents=NEWS, **{"email": None, **lead})


def landed(identity: UUID, second: float, customer: str | None = None) -> events.Delivered:
    return events.Delivered(id=identity, at=when(second), destination="crm", customer_id=customer)


def revoked(second: float, identity: UUID = R, **whose: object) -> events.Revocation:
    facts = {"consent": 1, "destinations": ("crm",), "by": "eva", **whose}
    return events.Revocation(id=identity, at=when(second), **facts)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    made = FileStore(tmp_path)
    yield made
    made.close()


def read(store: FileStore) -> Revocations:
    """What a process knows that begins now."""
    fresh = FileStore(store.journal.directory.parent)
    found = fresh.facts().revocations
    fresh.close()
    return found


def theirs(revocations: Revocations, *marks: str, at: float = 0) -> list[UUID]:
    return [known.id for known in revocations.since(when(at), marks)]


@pytest.mark.parametrize("jana", [JANA, "ja#na@example.com", "o'nová@example.com"])
def test_a_restart_knows_whose_they_are_although_all_is_settled(
    store: FileStore, jana: str
) -> None:
    store.append(
        came(A, 1, email=jana.upper(), phone=PHONE), landed(A, 2, "60001"),
        came(B, 3, phone=PHONE), landed(B, 4, "60002"),
        came(C, 5, email="petr@example.com"), landed(C, 6, "60003"),
        revoked(10, email=jana), landed(R, 11),
    )  # fmt: skip
    for _ in range(3):
        found = read(store)
        assert store.changes(None).records == [], "all of it is settled"
        for mark in (jana, PHONE, str(A), str(B), "crm#60001", "crm#60002"):
            assert theirs(found, mark) == [R], mark
            assert theirs(found, mark, at=10) == [R], "a doubt is decided for the person"
            assert theirs(found, mark, at=10.001) == []
        for mark in ("petr@example.com", str(C), "crm#60003", "other#60001"):
            assert theirs(found, mark) == [], mark


def test_a_restart_knows_what_waits_and_what_was_granted_again(store: FileStore) -> None:
    wanted = revoked(10, email=JANA)
    store.append(came(A, 1, email=JANA), landed(A, 2, "60001"), wanted)
    store.append(came(B, 20, email=JANA), landed(B, 21, "60001"))
    for _ in range(3):
        (waiting,) = [record for record in store.changes(None).records if record.id == R]
        assert waiting.revocation == wanted
        assert read(store).regranted(wanted, "crm") == B


def test_two_whom_it_may_mean_are_told_apart_by_nobody(store: FileStore) -> None:
    wanted = revoked(10, email=JANA)
    store.append(
        came(A, 1, email=JANA), landed(A, 2, "60001"), wanted,
        came(B, 20, email=JANA), landed(B, 21, "60002"),
    )  # fmt: skip
    found = read(store)
    assert found.customers(wanted, "crm") == ["60001", "60002"]
    assert found.regranted(wanted, "crm") is None, "it is sent, and asked about"


def test_a_revocation_that_was_discarded_counts_no_more(store: FileStore) -> None:
    failed = events.Failed(id=R, at=when(11), destination="crm", reason="answered 409")
    discarded = events.Discarded(id=R, at=when(12), by="eva")
    store.append(came(A, 1, email=JANA), landed(A, 2), revoked(10, email=JANA), failed)
    assert theirs(read(store), JANA) == [R]
    store.append(discarded)
    for _ in range(2):
        assert theirs(read(store), JANA) == []


def test_whatever_the_order_of_lines_the_same_people_are_found() -> None:
    """Merged journals, and lines that come twice."""
    story = [
        came(A, 1, email=JANA, phone=PHONE),
        landed(A, 2, "60001"),
        came(B, 3, phone=PHONE, email="other@example.com"),
        came(C, 4, email="third@example.com"),
        landed(C, 5, "60001"),
        came(D, 6, email="petr@example.com"),
        revoked(10, customer="60001"),
        revoked(11, UUID(int=9), email="petr@example.com"),
    ]
    chance = random.Random("orders")
    for _ in range(50):
        ledger = Ledger()
        for event in chance.sample(story, len(story)) + story[:3]:
            ledger.apply(event)
        marks = {one: record.marks for one in NAMES if (record := ledger.records.get(one))}
        found = {one: theirs(ledger.revocations, *marks[one]) for one in (A, B, C)}
        assert found == {A: [R], B: [R], C: [R]}
        assert theirs(ledger.revocations, str(D)) == [UUID(int=9)]
