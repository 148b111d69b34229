"""Whose consents are revoked: people by what they have in common, also after a restart."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from frontdesk.journal.checkpoint import CHECKPOINT, resume, save
from frontdesk.journal.files import Journal
from frontdesk.journal.history import acquaint
from frontdesk.journal.lines import Damage
from frontdesk.journal.standing import Standing
from frontdesk.model import events
from frontdesk.model.lead import Consent
from frontdesk.model.ledger import Ledger
from frontdesk.model.revocations import Revocations
from tests.support import received

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B, C, D, R = (UUID(int=number) for number in range(1, 6))
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
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal")
    yield made
    made.close()


def read(journal: Journal) -> Standing:
    """As a courier that starts: from the checkpoint, if there is one, and introduced to all."""
    standing, tail, _ = resume(journal)
    for line in tail.read():
        if not isinstance(line, Damage):
            standing.apply(line)
    acquaint(journal, standing.ledger.revocations)
    save(journal, standing, tail, [])
    return standing


def theirs(revocations: Revocations, *marks: str, at: float = 0) -> list[UUID]:
    return [known.id for known in revocations.since(when(at), marks)]


@pytest.mark.parametrize("jana", [JANA, "ja#na@example.com", "o'nová@example.com"])
def test_a_restart_knows_whose_they_are_although_all_is_settled(
    journal: Journal, jana: str
) -> None:
    journal.append(
        came(A, 1, email=jana.upper(), phone=PHONE), landed(A, 2, "60001"),
        came(B, 3, phone=PHONE), landed(B, 4, "60002"),
        came(C, 5, email="petr@example.com"), landed(C, 6, "60003"),
        revoked(10, email=jana), landed(R, 11),
    )  # fmt: skip
    for _ in range(3):
        standing = read(journal)
        assert standing.ledger.records == {}, "all of it is settled"
        found = standing.ledger.revocations
        for mark in (jana, PHONE, str(A), str(B), "crm#60001", "crm#60002"):
            assert theirs(found, mark) == [R], mark
            assert theirs(found, mark, at=10) == [R], "a doubt is decided for the person"
            assert theirs(found, mark, at=10.001) == []
        for mark in ("petr@example.com", str(C), "crm#60003", "other#60001"):
            assert theirs(found, mark) == [], mark
        kept = (journal.directory / CHECKPOINT).read_bytes()
        assert b"example.com" not in kept
        assert b"+420" not in kept


def test_a_restart_knows_what_waits_and_what_was_granted_again(journal: Journal) -> None:
    wanted = revoked(10, email=JANA)
    journal.append(came(A, 1, email=JANA), landed(A, 2, "60001"), wanted)
    journal.append(came(B, 20, email=JANA), landed(B, 21, "60001"))
    for _ in range(3):
        ledger = read(journal).ledger
        assert ledger.records[R].revocation == wanted
        assert ledger.revocations.regranted(wanted, "crm") == B


def test_two_whom_it_may_mean_are_told_apart_by_nobody(journal: Journal) -> None:
    wanted = revoked(10, email=JANA)
    journal.append(
        came(A, 1, email=JANA), landed(A, 2, "60001"), wanted,
        came(B, 20, email=JANA), landed(B, 21, "60002"),
    )  # fmt: skip
    ledger = read(journal).ledger
    assert ledger.revocations.customers(wanted, "crm") == ["60001", "60002"]
    assert ledger.revocations.regranted(wanted, "crm") is None, "it is sent, and asked about"


def test_a_revocation_that_was_discarded_counts_no_more(journal: Journal) -> None:
    failed = events.Failed(id=R, at=when(11), destination="crm", reason="answered 409")
    discarded = events.Discarded(id=R, at=when(12), by="eva")
    journal.append(came(A, 1, email=JANA), landed(A, 2), revoked(10, email=JANA), failed)
    assert theirs(read(journal).ledger.revocations, JANA) == [R]
    journal.append(discarded)
    for _ in range(2):
        assert theirs(read(journal).ledger.revocations, JANA) == []


def test_whatever_the_order_of_lines_the_same_people_are_found() -> None:
    """Merged journals, and lines that come twice; the ledger of a command and that of a courier."""
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
        everybody = [record.marks for record in ledger.records.values()]
        ledger.revocations.introduce(lambda known=everybody: known)
        found = {one: theirs(ledger.revocations, *ledger.records[one].marks) for one in (A, B, C)}
        assert found == {A: [R], B: [R], C: [R]}
        assert theirs(ledger.revocations, str(D)) == [UUID(int=9)]
