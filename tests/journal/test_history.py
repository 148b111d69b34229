"""What the journal knows of people: searched for, and kept nowhere."""

from pathlib import Path
from uuid import UUID

import pytest

from frontdesk.journal.erasure import erase
from frontdesk.journal.files import Journal
from frontdesk.journal.history import Acquaintance, acquaintances
from frontdesk.model import events
from frontdesk.model.lead import contact
from tests.support import received

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def delivered(submission: UUID, customer: str, to: str = "crm") -> events.Delivered:
    return events.Delivered(id=submission, destination=to, customer_id=customer)


def known(journal: Journal, *contacts: str, customers: tuple[str, ...] = ()) -> set[UUID]:
    return {one.submission for one in acquaintances(journal, "crm", contacts, customers, ())}


def test_by_contacts_customers_and_ids(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    first = received(A, email="Jana@Example.com", phone="+420777123456")
    journal.append(first, delivered(A, "7"))
    journal.append(received(B, email="petr@example.com"), delivered(B, "8"), delivered(B, "7", "x"))
    journal.append(received(C, email="jana@example.com.au"))
    assert known(journal, "jana@example.com") == known(journal, "+420777123456") == {A}
    assert known(journal, customers=("8",)) == {B}
    assert known(journal, customers=("7",)) == {A}, "customer 7 of another CRM is somebody else"
    assert known(journal, "77", "example.com", customers=("77", "")) == set()
    assert known(journal) == set()
    assert acquaintances(journal, "crm", (), (), [A, None]) == [
        Acquaintance(A, [first.lead], {"7"})
    ]
    assert acquaintances(journal, "x", (), (), [A]) == [Acquaintance(A, [first.lead], set())]


@pytest.mark.parametrize("email", ["Žofie@Example.com", "STRAßE@example.com", "a#B@example.com"])
def test_by_an_address_in_any_letters(tmp_path: Path, email: str) -> None:
    journal = Journal(tmp_path)
    journal.append(received(A, email=email), received(B, email="b@example.com"))
    assert known(journal, contact(email)) == {A}


def test_a_lead_that_was_amended(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    better = received(email="right@example.com").lead
    journal.append(received(A, email="wrong@example.com"))
    journal.append(events.Amended(id=A, by="eva", lead=better, changed=("email",)))
    for email in ("wrong@example.com", "right@example.com"):
        (found,) = acquaintances(journal, "crm", [email], (), ())
        assert [lead.email for lead in found.leads] == ["wrong@example.com", "right@example.com"]


def test_through_damage_and_many_segments(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(received(A))
    journal.close()
    (segment,) = journal.segments()
    segment.rename(tmp_path / "2025-01-01.jsonl")
    with (tmp_path / "2025-01-01.jsonl").open("ab") as file:
        file.write(b'{"v":1,"event":"delivered","customer_id":"7","id":"no')
    journal.append(delivered(A, "7"))
    assert known(journal, customers=("7",)) == known(journal, "jana@example.com") == {A}


def test_what_was_erased_is_known_no_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(received(A), delivered(A, "7"))
    erase(journal, [A], [], "eva")
    assert known(journal, "jana@example.com") == set()
    (found,) = acquaintances(journal, "crm", (), ("7",), ())
    assert [lead.email for lead in found.leads] == [None]
